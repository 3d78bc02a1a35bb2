// Reads the frames of a capture, pcap or pcapng, for sending them again.
//
// Only Ethernet captures: a record of another link type is no frame that a
// binding could send.
//
// Example:
//   ASSIGN_OR_RETURN(auto capture, CaptureReader::Open("in.pcapng"));
//   CapturedFrame frame;
//   while (true) {
//     ASSIGN_OR_RETURN(bool more, capture->Next(&frame));
//     if (!more) break;
//     if (!frame.truncated()) Send(frame.data);
//   }

#ifndef NETBUFD_CLIENT_LIB_CAPTURE_READER_H_
#define NETBUFD_CLIENT_LIB_CAPTURE_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct pcap;

namespace netbuf::client {

struct CapturedFrame {
  uint64_t record = 0;  // From 1, as tools count.
  absl::Time time;      // To the nanosecond, if the capture has them.

  // What was captured; valid until the next call of the reader.
  absl::string_view data;

  // Bytes of the frame on the wire.
  uint32_t original_length = 0;

  // Captured short: not the frame that was on the wire.
  bool truncated() const { return data.size() < original_length; }

  // "record 17: captured 96 of 1514 bytes"
  std::string Description() const;
};

// Thread safety: none; one thread at a time.
class CaptureReader {
 public:
  // "-" reads standard input. NOT_FOUND, PERMISSION_DENIED or INVALID_ARGUMENT
  // name the file, and for a capture that is not Ethernet its link type.
  static absl::StatusOr<std::unique_ptr<CaptureReader>> Open(
      const std::string& path);

  ~CaptureReader();

  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // False at the end of the capture. DATA_LOSS names the record that is
  // malformed; nothing can be read behind it.
  absl::StatusOr<bool> Next(CapturedFrame* frame);

  // How much of the file has been read: from 0 to 1, and 0 for what is not a
  // regular file.
  double Progress() const;

 private:
  CaptureReader(std::string path, pcap* capture, int64_t file_size);

  const std::string path_;
  pcap* const capture_;  // Owned.
  const int64_t file_size_;
  uint64_t records_ = 0;
};

// What is in a capture, found by reading it from end to end.
struct CaptureSummary {
  uint64_t frames = 0;  // Whole ones.
  uint64_t bytes = 0;   // Of those.
  uint64_t truncated = 0;
  uint32_t longest = 0;  // The longest whole frame.
};

absl::StatusOr<CaptureSummary> SummarizeCapture(const std::string& path);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_CAPTURE_READER_H_
