// Capture files in a directory of their own, for tests.

#ifndef NETBUFD_ENGINE_NIC_TEST_CAPTURES_H_
#define NETBUFD_ENGINE_NIC_TEST_CAPTURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/nic/nic_options.h"

namespace netbuf {

struct TestCaptureFrame {
  std::string bytes;
  absl::Time time = absl::FromUnixSeconds(1'600'000'000);
  uint32_t original_length = 0;  // 0: that of `bytes`.
};

// What a capture holds: its frames, and the error that ended them.
struct TestCapture {
  std::vector<TestCaptureFrame> frames;
  absl::Status status;

  std::vector<std::string> bytes() const;
};

// An empty directory, removed with everything in it. Not thread-safe.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string PathOf(absl::string_view name) const;
  bool Exists(absl::string_view name) const;

  void Write(absl::string_view name, absl::string_view bytes) const;
  std::string Read(absl::string_view name) const;

  // pcap, made here byte by byte.
  void WriteCapture(
      absl::string_view name, const std::vector<TestCaptureFrame>& frames,
      TimestampPrecision precision = TimestampPrecision::kNanoseconds) const;
  // Through CaptureReader.
  TestCapture ReadCapture(absl::string_view name) const;

 private:
  std::string path_;
};

// The parts of a pcap file in this machine's byte order.
std::string PcapFileHeader(uint32_t link_type = 1, uint32_t magic = 0xA1B23C4D);
std::string PcapRecord(uint32_t seconds, uint32_t fraction,
                       absl::string_view bytes, uint32_t original_length);
// `value` in this machine's byte order.
std::string Raw32(uint32_t value);
std::string Raw16(uint16_t value);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_TEST_CAPTURES_H_
