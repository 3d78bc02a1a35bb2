#include "engine/nic/test_captures.h"

#include <fcntl.h>
#include <stdlib.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/nic/capture_reader.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/unique_fd.h"
#include "gtest/gtest.h"

namespace netbuf {

std::vector<std::string> TestCapture::bytes() const {
  std::vector<std::string> all;
  for (const TestCaptureFrame& frame : frames) all.push_back(frame.bytes);
  return all;
}

TestDirectory::TestDirectory()
    : path_(absl::StrCat(::testing::TempDir(), "/captures-XXXXXX")) {
  EXPECT_NE(::mkdtemp(path_.data()), nullptr) << path_;
}

TestDirectory::~TestDirectory() { std::filesystem::remove_all(path_); }

std::string TestDirectory::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

bool TestDirectory::Exists(absl::string_view name) const {
  return std::filesystem::exists(PathOf(name));
}

void TestDirectory::Write(absl::string_view name,
                          absl::string_view bytes) const {
  // A new file: some file systems write one that was truncated out to disk when
  // it is closed, which takes milliseconds.
  std::filesystem::remove(PathOf(name));
  std::ofstream out(PathOf(name), std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  EXPECT_TRUE(out.good()) << name;
}

std::string TestDirectory::Read(absl::string_view name) const {
  std::ifstream in(PathOf(name), std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void TestDirectory::WriteCapture(absl::string_view name,
                                 const std::vector<TestCaptureFrame>& frames,
                                 TimestampPrecision precision) const {
  const bool nano = precision == TimestampPrecision::kNanoseconds;
  std::string file = PcapFileHeader(1, nano ? 0xA1B23C4D : 0xA1B2C3D4);
  for (const TestCaptureFrame& frame : frames) {
    const int64_t ns = absl::ToUnixNanos(frame.time);
    const uint32_t length = frame.original_length != 0
                                ? frame.original_length
                                : static_cast<uint32_t>(frame.bytes.size());
    file += PcapRecord(
        static_cast<uint32_t>(ns / 1'000'000'000),
        static_cast<uint32_t>(ns % 1'000'000'000 / (nano ? 1 : 1000)),
        frame.bytes, length);
  }
  Write(name, file);
}

TestCapture TestDirectory::ReadCapture(absl::string_view name) const {
  TestCapture capture;
  absl::StatusOr<std::unique_ptr<CaptureReader>> reader = CaptureReader::Open(
      UniqueFd(::open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC)), name);
  if (!reader.ok()) {
    capture.status = reader.status();
    return capture;
  }
  CapturedFrame frame;
  while ((*reader)->Next(&frame) == CaptureReader::Result::kFrame) {
    capture.frames.push_back(
        {std::string(reinterpret_cast<const char*>(frame.bytes.data()),
                     frame.bytes.size()),
         frame.timestamp, frame.original_length});
  }
  EXPECT_EQ((*reader)->frames_read(), capture.frames.size());
  capture.status = (*reader)->status();
  return capture;
}

std::string Raw32(uint32_t value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

std::string Raw16(uint16_t value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

std::string PcapFileHeader(uint32_t link_type, uint32_t magic) {
  return absl::StrCat(Raw32(magic), Raw16(2), Raw16(4), Raw32(0), Raw32(0),
                      Raw32(262144), Raw32(link_type));
}

std::string PcapRecord(uint32_t seconds, uint32_t fraction,
                       absl::string_view bytes, uint32_t original_length) {
  return absl::StrCat(Raw32(seconds), Raw32(fraction),
                      Raw32(static_cast<uint32_t>(bytes.size())),
                      Raw32(original_length), bytes);
}

}  // namespace netbuf
