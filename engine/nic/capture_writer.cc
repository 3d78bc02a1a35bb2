#include "engine/nic/capture_writer.h"

#include <limits.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
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

struct RecordHeader {
  uint32_t seconds;
  uint32_t fraction;  // Micro- or nanoseconds.
  uint32_t captured_length;
  uint32_t original_length;
};
static_assert(sizeof(RecordHeader) == 16);

// From this size on a run is gathered and not copied: see the header.
constexpr size_t kGatherFrom = 2048;
// A batch of this size spreads the cost of a system call (1 to 2 us) to less
// than a nanosecond a frame, and its copy still fits a second-level cache.
constexpr uint64_t kFullBatch = 256 * 1024;
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kNanosecondsPerMicrosecond = 1000;

RecordHeader MakeRecordHeader(absl::Time time, TimestampPrecision precision,
                              uint32_t length) {
  // What does not fit in 64 bits of nanoseconds (1677 to 2262) saturates.
  constexpr int64_t kLatest =
      std::numeric_limits<uint32_t>::max() * kNanosecondsPerSecond +
      (kNanosecondsPerSecond - 1);
  const int64_t nanoseconds =
      std::clamp<int64_t>(absl::ToUnixNanos(time), 0, kLatest);
  int64_t fraction = nanoseconds % kNanosecondsPerSecond;
  if (precision == TimestampPrecision::kMicroseconds) {
    fraction /= kNanosecondsPerMicrosecond;
  }
  return {static_cast<uint32_t>(nanoseconds / kNanosecondsPerSecond),
          static_cast<uint32_t>(fraction), length, length};
}

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

void CaptureWriter::BeginFrame(absl::Time timestamp, uint32_t length) {
  const RecordHeader header = MakeRecordHeader(timestamp, precision_, length);
  AddCopy(&header, sizeof(header));
}

void CaptureWriter::AddBytes(absl::Span<const std::byte> bytes) {
  if (bytes.size() < kGatherFrom) {
    AddCopy(bytes.data(), bytes.size());
    return;
  }
  pieces_.push_back({bytes.data(), 0, bytes.size()});
  bytes_ += bytes.size();
}

void CaptureWriter::AddZeros(uint32_t count) {
  const size_t offset = copied_.size();
  AddCopy(nullptr, 0);
  copied_.resize(offset + count);
  pieces_.back().size += count;
  bytes_ += count;
}

void CaptureWriter::AddCopy(const void* data, size_t size) {
  const size_t offset = copied_.size();
  const auto* const from = static_cast<const std::byte*>(data);
  copied_.insert(copied_.end(), from, from + size);
  if (pieces_.empty() || pieces_.back().data != nullptr) {
    pieces_.push_back({nullptr, offset, 0});
  }
  // Copies lie behind each other, so this one extends the last piece.
  pieces_.back().size += size;
  bytes_ += size;
}

void CaptureWriter::EndGroup() {
  group_ends_.push_back(bytes_);
  group_first_piece_ = pieces_.size();
  group_first_piece_size_ = pieces_.empty() ? 0 : pieces_.back().size;
  group_first_copied_ = copied_.size();
}

void CaptureWriter::AbandonGroup() {
  pieces_.resize(group_first_piece_);
  if (!pieces_.empty()) pieces_.back().size = group_first_piece_size_;
  copied_.resize(group_first_copied_);
  bytes_ = group_ends_.empty() ? 0 : group_ends_.back();
}

bool CaptureWriter::full() const {
  return bytes_ >= kFullBatch || pieces_.size() >= IOV_MAX;
}

size_t CaptureWriter::Flush() {
  const uint64_t total = bytes_;
  size_t groups = group_ends_.size();
  int error = 0;
  const uint64_t written = broken_ ? 0 : WritePieces(total, &error);
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

uint64_t CaptureWriter::WritePieces(uint64_t total, int* error) {
  uint64_t written = 0;
  size_t first = 0;  // Piece to go on with, and how much of it is written.
  size_t skip = 0;
  while (written < total) {
    iovecs_.clear();
    for (size_t i = first; i < pieces_.size() && iovecs_.size() < IOV_MAX;
         ++i) {
      const Piece& piece = pieces_[i];
      const std::byte* const data =
          piece.data != nullptr ? piece.data : copied_.data() + piece.offset;
      const size_t begin = i == first ? skip : 0;
      iovecs_.push_back(
          {const_cast<std::byte*>(data + begin), piece.size - begin});
    }
    const ssize_t n =
        calls_.pwritev(file_.get(), iovecs_.data(),
                       static_cast<int>(iovecs_.size()), size_ + written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      *error = n < 0 ? errno : EIO;
      return written;
    }
    written += n;
    for (skip += n; first < pieces_.size() && skip >= pieces_[first].size;
         ++first) {
      skip -= pieces_[first].size;
    }
  }
  return written;
}

void CaptureWriter::ClearBatch() {
  copied_.clear();
  pieces_.clear();
  group_ends_.clear();
  bytes_ = 0;
  group_first_piece_ = group_first_piece_size_ = group_first_copied_ = 0;
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
