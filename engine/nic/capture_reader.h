// CaptureReader: reads Ethernet frames from a capture file: pcap with micro- or
// nanoseconds, of either byte order, or pcapng.
//
// Example:
//   ASSIGN_OR_RETURN(auto reader, CaptureReader::Open(std::move(fd), name));
//   CapturedFrame frame;
//   while (reader->Next(&frame) == CaptureReader::Result::kFrame) Use(frame);
//   return reader->status();

#ifndef NETBUFD_ENGINE_NIC_CAPTURE_READER_H_
#define NETBUFD_ENGINE_NIC_CAPTURE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/nic/unique_fd.h"

struct pcap;

namespace netbuf {

struct CapturedFrame {
  absl::Time timestamp;
  absl::Span<const std::byte> bytes;  // Valid until the reader's next call.
  uint32_t original_length = 0;       // On the medium.

  // Only the frame's beginning was captured.
  bool cut_short() const { return bytes.size() < original_length; }
};

// Not thread-safe.
class CaptureReader {
 public:
  enum class Result : uint8_t { kFrame, kEnd, kError };

  // `file` is open for reading at its start. INVALID_ARGUMENT names `field`:
  //   CAPTURE_NOT_READABLE   neither pcap nor pcapng, or a broken file header;
  //   CAPTURE_NOT_ETHERNET   another link type, which the message names.
  static absl::StatusOr<std::unique_ptr<CaptureReader>> Open(
      UniqueFd file, absl::string_view name,
      absl::string_view field = "receive_file");
  ~CaptureReader();
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // The next frame. kError is final: what follows a malformed record cannot be
  // found. Record boundaries are not checked beyond what the format says.
  Result Next(CapturedFrame* frame);

  // After kError: DATA_LOSS (CAPTURE_MALFORMED_RECORD) with the record's
  // number, counted from 1. Else OK.
  const absl::Status& status() const { return status_; }
  uint64_t frames_read() const { return frames_read_; }

 private:
  CaptureReader(pcap* handle, absl::string_view name);
  Result Fail(absl::string_view what);

  pcap* const handle_;  // Owned.
  const std::string name_;
  uint64_t frames_read_ = 0;
  absl::Status status_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CAPTURE_READER_H_
