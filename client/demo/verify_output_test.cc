#include "client/demo/verify_output.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/lib/capture_writer.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

constexpr v1::NdisStatus kSent = v1::NDIS_STATUS_SUCCESS;
constexpr v1::NdisStatus kRefused = v1::NDIS_STATUS_INVALID_LENGTH;

std::string Write(const std::string& name,
                  const std::vector<std::string>& frames) {
  const char* directory = std::getenv("TEST_TMPDIR");
  const std::string path =
      absl::StrCat(directory != nullptr ? directory : "/tmp", "/", name);
  auto writer = CaptureWriter::Create(path);
  EXPECT_TRUE(writer.ok()) << writer.status();
  for (const std::string& frame : frames) {
    (*writer)->Write(absl::UnixEpoch(), frame);
  }
  EXPECT_TRUE((*writer)->Flush().ok());
  return path;
}

std::string Wrapped(const std::string& frame) {
  return std::string(kVxlanHeaderBytes, 'h') + frame;
}

class VerifyOutputTest : public ::testing::Test {
 protected:
  // One pass as sent, one inside VXLAN, over a capture of three frames.
  absl::Status Verify(const std::vector<std::string>& output,
                      std::vector<v1::NdisStatus> plain = {kSent, kSent, kSent},
                      std::vector<v1::NdisStatus> wrapped = {kSent, kSent,
                                                             kSent}) {
    const std::string capture = Write("in.pcap", {"one", "two", "three"});
    const SendPass first = {.header_bytes = 0, .statuses = std::move(plain)};
    const SendPass second = {.header_bytes = kVxlanHeaderBytes,
                             .statuses = std::move(wrapped)};
    return VerifyOutput(capture, Write("out.pcap", output), {&first, &second});
  }

  void ExpectDataLoss(const absl::Status& status, absl::string_view text) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), text)) << status;
  }
};

TEST_F(VerifyOutputTest, EveryFrameInOrderIsRight) {
  const absl::Status status = Verify({"one", "two", "three", Wrapped("one"),
                                      Wrapped("two"), Wrapped("three")});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(VerifyOutputTest, FramesThatCameBackWithAnErrorAreNotExpected) {
  const absl::Status status =
      Verify({"one", "three", Wrapped("two")}, {kSent, kRefused, kSent},
             {kRefused, kSent, kRefused});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(VerifyOutputTest, ChangedByteIsFound) {
  ExpectDataLoss(Verify({"one", "twO", "three", Wrapped("one"), Wrapped("two"),
                         Wrapped("three")}),
                 "record 2 of the output");
}

TEST_F(VerifyOutputTest, SwappedFramesAreFound) {
  ExpectDataLoss(Verify({"two", "one", "three", Wrapped("one"), Wrapped("two"),
                         Wrapped("three")}),
                 "record 1 of the output");
}

TEST_F(VerifyOutputTest, PaddingIsFound) {
  ExpectDataLoss(Verify({"one", "two", std::string("three\0", 6)}),
                 "record 3 of the output (6 bytes)");
}

TEST_F(VerifyOutputTest, MissingHeadersAreFound) {
  ExpectDataLoss(Verify({"one", "two", "three", "one"}),
                 "behind 50 header bytes");
}

TEST_F(VerifyOutputTest, MissingFrameIsFound) {
  ExpectDataLoss(Verify({"one", "two", "three", Wrapped("one")}),
                 "the output ends before record 2 of the capture");
}

TEST_F(VerifyOutputTest, FrameNobodySentIsFound) {
  ExpectDataLoss(Verify({"one", "two", "three", Wrapped("one"), Wrapped("two"),
                         Wrapped("three"), Wrapped("three")}),
                 "record 7 of the output was never reported as sent");
}

TEST_F(VerifyOutputTest, FrameThatReportedAnErrorButWentOutIsFound) {
  ExpectDataLoss(Verify({"one", "two", "three"}, {kSent, kRefused, kSent},
                        {kRefused, kRefused, kRefused}),
                 "record 2 of the output");
}

}  // namespace
}  // namespace netbuf::client
