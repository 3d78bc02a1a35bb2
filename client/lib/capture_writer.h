// Writes frames to a pcap file, with nanosecond timestamps.

#ifndef NETBUFD_CLIENT_LIB_CAPTURE_WRITER_H_
#define NETBUFD_CLIENT_LIB_CAPTURE_WRITER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct pcap;
struct pcap_dumper;

namespace netbuf::client {

// Thread safety: none; one thread at a time.
class CaptureWriter {
 public:
  // Replaces the file. "-" is standard output.
  static absl::StatusOr<std::unique_ptr<CaptureWriter>> Create(
      const std::string& path);

  // Writes out what is buffered; errors of that are seen only by Flush.
  ~CaptureWriter();

  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  void Write(absl::Time time, absl::string_view frame);

  // DATA_LOSS when not everything could be written.
  absl::Status Flush();

 private:
  CaptureWriter(std::string path, pcap* capture, pcap_dumper* dumper);

  const std::string path_;
  pcap* const capture_;        // Owned; carries the format only.
  pcap_dumper* const dumper_;  // Owned.
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_CAPTURE_WRITER_H_
