// CaptureWriter: appends Ethernet frames to a pcap file, in batches.
//
// Frames are added to a batch in groups; Flush() writes the batch with as few
// system calls as it can. A group is in the file whole or not at all: when a
// write fails in the middle (disk full), the file is cut back to the end of the
// last whole group, and later batches may succeed again.
//
//   file   [ header | group | group | group ] <- part of a group, cut off
//          |<----------- size() ----------->|
//
// Nothing stays in this process: a group that Flush() counts is with the
// kernel, and survives the process.
//
// Where the bytes of a frame lie in short runs they are copied next to their
// record header, for each piece of a gathering write costs the kernel about as
// much as copying 1.5 KB: written so, 64-byte frames took 32 ns each, against
// 79 ns gathered and 84 ns with libpcap's pcap_dump. Runs of 2 KB and more are
// gathered in place, which for 9,000-byte frames is a quarter faster.

#ifndef NETBUFD_ENGINE_NIC_CAPTURE_WRITER_H_
#define NETBUFD_ENGINE_NIC_CAPTURE_WRITER_H_

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/unique_fd.h"

namespace netbuf {

// What the writer asks of the system, so that a test can make any of it fail.
struct FileCalls {
  std::function<ssize_t(int, const iovec*, int, off_t)> pwritev;
  std::function<int(int, off_t)> ftruncate;
  std::function<int(int)> fdatasync;

  static FileCalls System();
};

// Not thread-safe.
class CaptureWriter {
 public:
  // `file` is open for writing and empty. Writes the file header.
  static absl::StatusOr<std::unique_ptr<CaptureWriter>> Create(
      UniqueFd file, absl::string_view name, TimestampPrecision precision,
      FileCalls calls = FileCalls::System());
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // --- The batch ------------------------------------------------------------
  // Begins a frame of `length` bytes in the open group. pcap has 32 bits for
  // seconds; times outside 1970 to 2106 are written as the nearest of them.
  void BeginFrame(absl::Time timestamp, uint32_t length) {
    if (timestamp != time_) SetTime(timestamp);
    record_.captured_length = record_.original_length = length;
    AddCopy(&record_, sizeof(record_));
  }
  // Adds bytes to it, until there are `length`. They stay valid until Flush().
  void AddBytes(absl::Span<const std::byte> bytes) {
    if (bytes.size() < kGatherFrom) {
      AddCopy(bytes.data(), bytes.size());
    } else {
      AddReference(bytes);
    }
  }
  void AddZeros(uint32_t count);
  void EndGroup() {
    group_ends_.push_back(bytes());
    group_start_ = {copied_size_, references_.size()};
  }
  // Takes the open group's frames out of the batch.
  void AbandonGroup();
  // The batch is large enough that a bigger one gains nothing: flush it.
  bool full() const;

  // Writes the batch and empties it. Returns how many of its groups are in the
  // file, from the first on; when it is not all, last_error() says why.
  // REQUIRES: no group is open.
  size_t Flush();

  // Why the last Flush() that failed did. Reasons as CaptureSystemError.
  const absl::Status& last_error() const { return last_error_; }
  uint64_t size() const { return size_; }  // Bytes of the file.

  // Has the system put everything on disk and closes the file; tells what could
  // not be. Nothing may follow.
  absl::Status Close();

 private:
  // From this size on a run is gathered and not copied: see above.
  static constexpr size_t kGatherFrom = 2048;

  // In front of each frame; the file has the machine's byte order.
  struct RecordHeader {
    uint32_t seconds;
    uint32_t fraction;  // Micro- or nanoseconds.
    uint32_t captured_length;
    uint32_t original_length;
  };
  static_assert(sizeof(RecordHeader) == 16);

  // A run that is gathered. The batch is the copied bytes with each such run
  // inserted `at` so many of them:
  //   copied_ [ aaaaaaa | bbbb ]    written: aaaaaaa RRRRRRRR bbbb
  //                     ^ at
  struct Reference {
    absl::Span<const std::byte> bytes;
    size_t at;
  };
  struct Position {
    size_t copied_size = 0;
    size_t references = 0;
  };

  CaptureWriter(UniqueFd file, absl::string_view name,
                TimestampPrecision precision, FileCalls calls);
  void SetTime(absl::Time time);
  void AddCopy(const void* data, size_t size) {
    if (size > capacity_ - copied_size_) Grow(size);
    if (size > 0) std::memcpy(copied_.get() + copied_size_, data, size);
    copied_size_ += size;
  }
  void AddReference(absl::Span<const std::byte> bytes) {
    references_.push_back({bytes, copied_size_});
    referenced_bytes_ += bytes.size();
  }
  void Grow(size_t size);  // Makes room for `size` bytes more.
  uint64_t bytes() const { return copied_size_ + referenced_bytes_; }
  // The batch as the system wants it, in iovecs_.
  void MakeIovecs();
  // Writes iovecs_; returns how many bytes, fewer than there are when the
  // system refused, and then sets *error to the errno.
  uint64_t WriteIovecs(int* error);
  void ClearBatch();

  UniqueFd file_;
  const std::string name_;
  const TimestampPrecision precision_;
  const FileCalls calls_;
  uint64_t size_ = 0;
  absl::Status last_error_;
  // The file ends inside a record and could not be cut back: nothing more can
  // be written.
  bool broken_ = false;

  absl::Time time_ = absl::InfinitePast();  // Of record_.
  RecordHeader record_ = {};

  // The batch.
  std::unique_ptr<std::byte[]> copied_;
  size_t copied_size_ = 0;
  size_t capacity_ = 0;
  std::vector<Reference> references_;
  uint64_t referenced_bytes_ = 0;
  std::vector<uint64_t> group_ends_;  // Bytes from the batch's start.
  Position group_start_;              // Of the open group.
  std::vector<iovec> iovecs_;         // Kept for its memory.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CAPTURE_WRITER_H_
