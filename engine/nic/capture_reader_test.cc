#include "engine/nic/capture_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ndis/error.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kTime =
    absl::FromUnixSeconds(1'600'000'000) + absl::Nanoseconds(123'456'789);

std::string Reason(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason : "";
}

// The words of `words` in the byte order that is not this machine's.
std::string Swapped(const std::vector<std::string>& words) {
  std::string bytes;
  for (const std::string& word : words) {
    bytes.append(word.rbegin(), word.rend());
  }
  return bytes;
}

// One pcapng block.
std::string Block(uint32_t type, std::string body) {
  body.resize((body.size() + 3) / 4 * 4);
  const uint32_t size = static_cast<uint32_t>(body.size() + 12);
  return absl::StrCat(Raw32(type), Raw32(size), body, Raw32(size));
}

std::string SectionHeader() {
  return Block(0x0A0D0D0A, absl::StrCat(Raw32(0x1A2B3C4D), Raw16(1), Raw16(0),
                                        Raw32(~0u), Raw32(~0u)));
}

// With if_tsresol 9: nanoseconds.
std::string InterfaceDescription(uint16_t link_type) {
  return Block(1,
               absl::StrCat(Raw16(link_type), Raw16(0), Raw32(262144), Raw16(9),
                            Raw16(1), std::string({9, 0, 0, 0}), Raw32(0)));
}

std::string EnhancedPacket(int64_t nanoseconds, const std::string& bytes) {
  return Block(
      6, absl::StrCat(Raw32(0), Raw32(static_cast<uint32_t>(nanoseconds >> 32)),
                      Raw32(static_cast<uint32_t>(nanoseconds)),
                      Raw32(static_cast<uint32_t>(bytes.size())),
                      Raw32(static_cast<uint32_t>(bytes.size())), bytes));
}

class CaptureReaderTest : public ::testing::Test {
 protected:
  TestDirectory directory_;
};

TEST_F(CaptureReaderTest, NanosecondsAreKept) {
  directory_.WriteCapture("f", {{TestFrame(60, 1), kTime}});
  const TestCapture capture = directory_.ReadCapture("f");
  EXPECT_TRUE(capture.status.ok()) << capture.status;
  ASSERT_EQ(capture.frames.size(), 1);
  EXPECT_EQ(capture.frames[0].bytes, TestFrame(60, 1));
  EXPECT_EQ(capture.frames[0].time, kTime);
  EXPECT_EQ(capture.frames[0].original_length, 60);
}

TEST_F(CaptureReaderTest, MicrosecondsAreRead) {
  directory_.WriteCapture("f", {{TestFrame(60, 1), kTime}},
                          TimestampPrecision::kMicroseconds);
  EXPECT_EQ(directory_.ReadCapture("f").frames.at(0).time,
            kTime - absl::Nanoseconds(789));
}

TEST_F(CaptureReaderTest, OtherByteOrderIsRead) {
  directory_.Write(
      "f", absl::StrCat(Swapped({Raw32(0xA1B23C4D), Raw16(2), Raw16(4),
                                 Raw32(0), Raw32(0), Raw32(65535), Raw32(1)}),
                        Swapped({Raw32(5), Raw32(7), Raw32(60), Raw32(60)}),
                        TestFrame(60, 3)));
  const TestCapture capture = directory_.ReadCapture("f");
  EXPECT_TRUE(capture.status.ok()) << capture.status;
  ASSERT_EQ(capture.frames.size(), 1);
  EXPECT_EQ(capture.frames[0].bytes, TestFrame(60, 3));
  EXPECT_EQ(capture.frames[0].time, absl::FromUnixNanos(5'000'000'007));
}

TEST_F(CaptureReaderTest, PcapngIsReadWithNanoseconds) {
  const int64_t ns = absl::ToUnixNanos(kTime);
  directory_.Write("f", absl::StrCat(SectionHeader(), InterfaceDescription(1),
                                     EnhancedPacket(ns, TestFrame(61, 1)),
                                     EnhancedPacket(ns + 1, TestFrame(62, 2))));
  const TestCapture capture = directory_.ReadCapture("f");
  EXPECT_TRUE(capture.status.ok()) << capture.status;
  EXPECT_THAT(capture.bytes(), ElementsAre(TestFrame(61, 1), TestFrame(62, 2)));
  EXPECT_EQ(capture.frames[1].time, kTime + absl::Nanoseconds(1));
}

TEST_F(CaptureReaderTest, CaptureWithoutFramesEndsAtOnce) {
  directory_.WriteCapture("f", {});
  const TestCapture capture = directory_.ReadCapture("f");
  EXPECT_TRUE(capture.status.ok()) << capture.status;
  EXPECT_THAT(capture.frames, IsEmpty());
}

TEST_F(CaptureReaderTest, FrameCapturedShortIsReportedAsSuch) {
  directory_.WriteCapture("f", {{TestFrame(60, 1), kTime, 1514}});
  const TestCapture capture = directory_.ReadCapture("f");
  ASSERT_EQ(capture.frames.size(), 1);
  EXPECT_EQ(capture.frames[0].original_length, 1514);
  CapturedFrame frame;
  std::byte bytes[60];
  frame.bytes = bytes;
  frame.original_length = 1514;
  EXPECT_TRUE(frame.cut_short());
  frame.original_length = 60;
  EXPECT_FALSE(frame.cut_short());
}

TEST_F(CaptureReaderTest, OtherLinkTypesAreRefusedByName) {
  struct {
    uint32_t link_type;
    const char* name;
  } const kCases[] = {
      {113, "LINUX_SLL (Linux cooked v1)"},
      {101, "RAW (Raw IP)"},
      {105, "IEEE802_11 (802.11)"},
      {6, "IEEE802 (Token ring)"},
  };
  for (const auto& c : kCases) {
    directory_.Write("f.pcap", PcapFileHeader(c.link_type));
    const absl::Status status = directory_.ReadCapture("f.pcap").status;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Reason(status), "CAPTURE_NOT_ETHERNET");
    EXPECT_EQ(status.message(),
              absl::StrCat("capture file \"f.pcap\" has link type ", c.name,
                           "; only Ethernet (EN10MB) can be received"));
    EXPECT_EQ(GetErrorInfo(status)->fields.at(0).field, "receive_file");
  }
}

TEST_F(CaptureReaderTest, LinkTypeWithoutANameIsTold) {
  directory_.Write("f", PcapFileHeader(65000));
  EXPECT_THAT(std::string(directory_.ReadCapture("f").status.message()),
              HasSubstr("has link type number 65000"));
}

TEST_F(CaptureReaderTest, NotACaptureIsRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string(1000, 'x'),
        PcapFileHeader().substr(0, 23), std::string(4096, '\0')}) {
    directory_.Write("f", bytes);
    const absl::Status status = directory_.ReadCapture("f").status;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
        << bytes.size();
    EXPECT_EQ(Reason(status), "CAPTURE_NOT_READABLE") << bytes.size();
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
}

TEST_F(CaptureReaderTest, MalformedRecordIsToldByItsNumber) {
  const std::string good =
      absl::StrCat(PcapFileHeader(), PcapRecord(1, 2, TestFrame(60, 1), 60),
                   PcapRecord(1, 3, TestFrame(60, 2), 60));
  struct {
    std::string record;
    const char* what;
  } const kCases[] = {
      {std::string(7, '\0'), "header cut off"},
      {PcapRecord(1, 4, TestFrame(60, 3), 60).substr(0, 30), "data cut off"},
      {absl::StrCat(Raw32(1), Raw32(4), Raw32(0x7FFFFFFF), Raw32(0x7FFFFFFF)),
       "impossible length"},
      {PcapRecord(1, 4, TestFrame(60, 3), 59), "more captured than there was"},
  };
  for (const auto& c : kCases) {
    directory_.Write("f", absl::StrCat(good, c.record));
    const TestCapture capture = directory_.ReadCapture("f");
    EXPECT_EQ(capture.frames.size(), 2) << c.what;
    EXPECT_EQ(capture.status.code(), absl::StatusCode::kDataLoss) << c.what;
    EXPECT_EQ(Reason(capture.status), "CAPTURE_MALFORMED_RECORD");
    EXPECT_THAT(std::string(capture.status.message()),
                HasSubstr("\"f\", record 3: "));
    EXPECT_EQ(GetErrorInfo(capture.status)->metadata.at("record"), "3");
  }
}

TEST_F(CaptureReaderTest, ErrorIsFinal) {
  directory_.Write("f", absl::StrCat(PcapFileHeader(), "junk"));
  auto reader = CaptureReader::Open(
      UniqueFd(::open(directory_.PathOf("f").c_str(), O_RDONLY)), "f");
  ASSERT_TRUE(reader.ok());
  CapturedFrame frame;
  EXPECT_EQ((*reader)->Next(&frame), CaptureReader::Result::kError);
  EXPECT_EQ((*reader)->Next(&frame), CaptureReader::Result::kError);
  EXPECT_EQ((*reader)->frames_read(), 0);
}

// Every byte of a small file, changed to every one of a few values.
TEST_F(CaptureReaderTest, NoCorruptionCrashesIt) {
  const int64_t ns = absl::ToUnixNanos(kTime);
  const std::string files[] = {
      absl::StrCat(PcapFileHeader(), PcapRecord(1, 2, TestFrame(20, 1), 20),
                   PcapRecord(1, 3, TestFrame(20, 2), 20)),
      absl::StrCat(SectionHeader(), InterfaceDescription(1),
                   EnhancedPacket(ns, TestFrame(20, 1))),
  };
  int read = 0;
  for (const std::string& file : files) {
    for (size_t i = 0; i < file.size(); ++i) {
      for (char value : {'\0', '\x01', '\x7F', '\xFF'}) {
        std::string broken = file;
        broken[i] = value;
        directory_.Write("f", broken);
        const TestCapture capture = directory_.ReadCapture("f");
        EXPECT_LE(capture.frames.size(), 2);
        ++read;
      }
    }
  }
  EXPECT_GT(read, 800);
}

}  // namespace
}  // namespace netbuf
