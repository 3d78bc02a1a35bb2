#include "engine/nic/capture_writer.h"

#include <limits.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/status_macros.h"
#include "engine/nic/capture_error.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/unique_fd.h"

namespace netbuf {
namespace {

// The file header of pcap, in the machine's byte order, which the magic tells.
struct FileHeader {
  uint32_t magic;
  uint16_t version_major = 2;
  uint16_t version_minor = 4;
  int32_t time_zone = 0;
  uint32_t timestamp_accuracy = 0;
  uint32_t snap_length =
      262144;              // The most that readers allow; no frame is cut.
  uint32_t link_type = 1;  // LINKTYPE_ETHERNET
};
static_assert(sizeof(FileHeader) == 24);
constexpr uint32_t kMagicMicroseconds = 0xA1B2C3D4;
constexpr uint32_t kMagicNanoseconds = 0xA1B23C4D;

// A batch of this size spreads the cost of a system call (1 to 2 us) to less
// than a nanosecond a frame, and its copy still fits a second-level cache.
constexpr uint64_t kFullBatch = 256 * 1024;
// A batch may pass kFullBatch by one list, whose size is the sender's affair;
// memory beyond this is not kept for it.
constexpr size_t kKeptCapacity = 4 * kFullBatch;
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kNanosecondsPerMicrosecond = 1000;

}  // namespace

FileCalls FileCalls::System() {
  return {&::pwritev, &::ftruncate, &::fdatasync};
}

absl::StatusOr<std::unique_ptr<CaptureWriter>> CaptureWriter::Create(
    UniqueFd file, absl::string_view name, TimestampPrecision precision,
    FileCalls calls) {
  auto writer = absl::WrapUnique(
      new CaptureWriter(std::move(file), name, precision, std::move(calls)));
  const FileHeader header = {.magic =
                                 precision == TimestampPrecision::kNanoseconds
                                     ? kMagicNanoseconds
                                     : kMagicMicroseconds};
  writer->AddCopy(&header, sizeof(header));
  writer->EndGroup();
  if (writer->Flush() != 1) return writer->last_error();
  return writer;
}

CaptureWriter::CaptureWriter(UniqueFd file, absl::string_view name,
                             TimestampPrecision precision, FileCalls calls)
    : file_(std::move(file)),
      name_(name),
      precision_(precision),
      calls_(std::move(calls)) {}

void CaptureWriter::SetTime(absl::Time time) {
  // What does not fit in 64 bits of nanoseconds (1677 to 2262) saturates.
  constexpr int64_t kLatest =
      std::numeric_limits<uint32_t>::max() * kNanosecondsPerSecond +
      (kNanosecondsPerSecond - 1);
  const int64_t nanoseconds =
      std::clamp<int64_t>(absl::ToUnixNanos(time), 0, kLatest);
  int64_t fraction = nanoseconds % kNanosecondsPerSecond;
  if (precision_ == TimestampPrecision::kMicroseconds) {
    fraction /= kNanosecondsPerMicrosecond;
  }
  time_ = time;
  record_.seconds = static_cast<uint32_t>(nanoseconds / kNanosecondsPerSecond);
  record_.fraction = static_cast<uint32_t>(fraction);
}

void CaptureWriter::AddZeros(uint32_t count) {
  if (count > capacity_ - copied_size_) Grow(count);
  std::memset(copied_.get() + copied_size_, 0, count);
  copied_size_ += count;
}

void CaptureWriter::Grow(size_t size) {
  const size_t capacity =
      std::max<size_t>(2 * (copied_size_ + size), kFullBatch + kFullBatch / 4);
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (copied_size_ > 0) std::memcpy(bytes.get(), copied_.get(), copied_size_);
  copied_ = std::move(bytes);
  capacity_ = capacity;
}

void CaptureWriter::AbandonGroup() {
  copied_size_ = group_start_.copied_size;
  references_.resize(group_start_.references);
  const uint64_t kept = group_ends_.empty() ? 0 : group_ends_.back();
  referenced_bytes_ = kept - copied_size_;
}

bool CaptureWriter::full() const {
  return bytes() >= kFullBatch || references_.size() >= IOV_MAX / 2;
}

size_t CaptureWriter::Flush() {
  const uint64_t total = bytes();
  size_t groups = group_ends_.size();
  int error = 0;
  MakeIovecs();
  const uint64_t written = broken_ ? 0 : WriteIovecs(&error);
  if (written < total) {
    groups = std::upper_bound(group_ends_.begin(), group_ends_.end(), written) -
             group_ends_.begin();
    // A broken file keeps the error that broke it.
    if (!broken_) last_error_ = CaptureSystemError(error, "write", name_);
  }
  const uint64_t kept = groups == 0 ? 0 : group_ends_[groups - 1];
  size_ += kept;
  if (written > kept && calls_.ftruncate(file_.get(), size_) != 0) {
    broken_ = true;
  }
  ClearBatch();
  return groups;
}

void CaptureWriter::MakeIovecs() {
  iovecs_.clear();
  size_t copied = 0;
  const auto add_copied = [&](size_t end) {
    if (end > copied) iovecs_.push_back({copied_.get() + copied, end - copied});
    copied = end;
  };
  for (const Reference& reference : references_) {
    add_copied(reference.at);
    iovecs_.push_back({const_cast<std::byte*>(reference.bytes.data()),
                       reference.bytes.size()});
  }
  add_copied(copied_size_);
}

uint64_t CaptureWriter::WriteIovecs(int* error) {
  uint64_t written = 0;
  for (size_t first = 0; first < iovecs_.size();) {
    const size_t count = std::min<size_t>(iovecs_.size() - first, IOV_MAX);
    const ssize_t n = calls_.pwritev(file_.get(), &iovecs_[first],
                                     static_cast<int>(count), size_ + written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      *error = n < 0 ? errno : EIO;
      return written;
    }
    written += n;
    size_t left = n;
    for (; first < iovecs_.size() && left >= iovecs_[first].iov_len; ++first) {
      left -= iovecs_[first].iov_len;
    }
    if (left > 0) {
      iovec& partial = iovecs_[first];
      partial.iov_base = static_cast<std::byte*>(partial.iov_base) + left;
      partial.iov_len -= left;
    }
  }
  return written;
}

void CaptureWriter::ClearBatch() {
  if (capacity_ > kKeptCapacity) {
    copied_.reset();
    capacity_ = 0;
  }
  copied_size_ = 0;
  references_.clear();
  referenced_bytes_ = 0;
  group_ends_.clear();
  group_start_ = {};
}

absl::Status CaptureWriter::Close() {
  // What the disk refuses after write(2) took it is told by a sync only. EINVAL
  // is a file that has no disk.
  int error = 0;
  if (calls_.fdatasync(file_.get()) != 0 && errno != EINVAL) error = errno;
  // Linux closes the descriptor whatever close() says (close(2)).
  if (::close(file_.Release()) != 0 && error == 0 && errno != EINTR) {
    error = errno;
  }
  if (error != 0) return CaptureSystemError(error, "write out", name_);
  if (broken_) return last_error_;
  return absl::OkStatus();
}

}  // namespace netbuf
