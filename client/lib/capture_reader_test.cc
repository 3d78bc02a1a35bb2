#include "client/lib/capture_reader.h"

#include <pcap/pcap.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

std::string TempFile(const std::string& name) {
  const char* directory = std::getenv("TEST_TMPDIR");
  return absl::StrCat(directory != nullptr ? directory : "/tmp", "/", name);
}

struct Record {
  std::string data;
  uint32_t original_length = 0;  // 0: as long as the data.
  timeval time = {};
};

// Written by libpcap itself.
std::string WriteCapture(const std::string& name, int link_type, int precision,
                         const std::vector<Record>& records) {
  const std::string path = TempFile(name);
  pcap_t* capture =
      pcap_open_dead_with_tstamp_precision(link_type, 65535, precision);
  pcap_dumper_t* dumper = pcap_dump_open(capture, path.c_str());
  EXPECT_NE(dumper, nullptr) << pcap_geterr(capture);
  for (const Record& record : records) {
    pcap_pkthdr header = {};
    header.ts = record.time;
    header.caplen = record.data.size();
    header.len = record.original_length != 0 ? record.original_length
                                             : record.data.size();
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
              reinterpret_cast<const u_char*>(record.data.data()));
  }
  pcap_dump_close(dumper);
  pcap_close(capture);
  return path;
}

std::string WriteBytes(const std::string& name, const std::string& bytes) {
  const std::string path = TempFile(name);
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string Frame(size_t length, char fill) {
  return std::string(length, fill);
}

// A pcapng block: type, length, body padded to 4, length.
std::string Block(uint32_t type, std::string body) {
  body.resize((body.size() + 3) / 4 * 4);
  const uint32_t length = body.size() + 12;
  std::string block(reinterpret_cast<const char*>(&type), 4);
  block.append(reinterpret_cast<const char*>(&length), 4);
  block.append(body);
  block.append(reinterpret_cast<const char*>(&length), 4);
  return block;
}

TEST(CaptureReaderTest, FramesComeInOrderByteForByte) {
  const std::string path =
      WriteCapture("plain.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_MICRO,
                   {{Frame(60, 'a')}, {Frame(1514, 'b')}, {Frame(14, '\0')}});
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  for (const auto& [length, fill] :
       {std::pair{60, 'a'}, {1514, 'b'}, {14, '\0'}}) {
    const auto more = (*reader)->Next(&frame);
    ASSERT_TRUE(more.ok()) << more.status();
    ASSERT_TRUE(*more);
    EXPECT_EQ(frame.data, Frame(length, fill));
    EXPECT_FALSE(frame.truncated());
  }
  EXPECT_EQ(frame.record, 3);
  const auto more = (*reader)->Next(&frame);
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
  EXPECT_EQ((*reader)->Progress(), 1);
}

TEST(CaptureReaderTest, NanosecondsAreKept) {
  const std::string path = WriteCapture(
      "nano.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_NANO,
      {{Frame(60, 'a'), 0, {.tv_sec = 1700000000, .tv_usec = 123456789}}});
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  ASSERT_TRUE((*reader)->Next(&frame).value());
  EXPECT_EQ(frame.time, absl::FromUnixNanos(1700000000123456789));
}

TEST(CaptureReaderTest, MicrosecondsAreMicroseconds) {
  const std::string path = WriteCapture(
      "micro.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_MICRO,
      {{Frame(60, 'a'), 0, {.tv_sec = 1700000000, .tv_usec = 123456}}});
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  ASSERT_TRUE((*reader)->Next(&frame).value());
  EXPECT_EQ(frame.time, absl::FromUnixNanos(1700000000123456000));
}

TEST(CaptureReaderTest, PcapngIsReadToo) {
  const uint32_t order = 0x1A2B3C4D;
  std::string section(reinterpret_cast<const char*>(&order), 4);
  section.append("\x01\x00\x00\x00", 4);                  // Version 1.0.
  section.append("\xff\xff\xff\xff\xff\xff\xff\xff", 8);  // Length not known.
  std::string interface("\x01\x00\x00\x00\x00\x00\x00\x00", 8);  // Ethernet.
  const std::string data = Frame(61, 'n');
  const uint32_t fields[] = {0, 0, 0, static_cast<uint32_t>(data.size()),
                             static_cast<uint32_t>(data.size())};
  std::string packet(reinterpret_cast<const char*>(fields), sizeof(fields));
  packet.append(data);
  const std::string path = WriteBytes(
      "one.pcapng", absl::StrCat(Block(0x0A0D0D0A, section),
                                 Block(1, interface), Block(6, packet)));
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  const auto more = (*reader)->Next(&frame);
  ASSERT_TRUE(more.ok()) << more.status();
  ASSERT_TRUE(*more);
  EXPECT_EQ(frame.data, data);
}

TEST(CaptureReaderTest, FrameCapturedShortIsMarked) {
  const std::string path =
      WriteCapture("short.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_MICRO,
                   {{Frame(60, 'a')}, {Frame(96, 'b'), 1514}});
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  ASSERT_TRUE((*reader)->Next(&frame).value());
  EXPECT_FALSE(frame.truncated());
  ASSERT_TRUE((*reader)->Next(&frame).value());
  EXPECT_TRUE(frame.truncated());
  EXPECT_EQ(frame.Description(), "record 2: captured 96 of 1514 bytes");
}

TEST(CaptureReaderTest, CaptureThatIsNotEthernetIsRefusedByName) {
  const std::string path =
      WriteCapture("cooked.pcap", DLT_LINUX_SLL, PCAP_TSTAMP_PRECISION_MICRO,
                   {{Frame(60, 'a')}});
  const absl::Status status = CaptureReader::Open(path).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(),
            absl::StrCat(path,
                         " is not an Ethernet capture but LINUX_SLL "
                         "(Linux cooked v1); give one of Ethernet frames"));
}

TEST(CaptureReaderTest, LinkTypeWithoutANameIsRefusedByNumber) {
  std::string bytes =
      ReadBytes(WriteCapture("ethernet.pcap", DLT_EN10MB,
                             PCAP_TSTAMP_PRECISION_MICRO, {{Frame(60, 'a')}}));
  const uint32_t link_type = 12345;  // The header's last field.
  bytes.replace(20, 4, reinterpret_cast<const char*>(&link_type), 4);
  const absl::Status status =
      CaptureReader::Open(WriteBytes("odd.pcap", bytes)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "link type 12345")) << status;
}

TEST(CaptureReaderTest, MalformedRecordIsNamedBehindTheGoodOnes) {
  const std::string whole =
      WriteCapture("whole.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_MICRO,
                   {{Frame(60, 'a')}, {Frame(60, 'b')}});
  std::string bytes = ReadBytes(whole);
  bytes.resize(bytes.size() - 7);
  const std::string path = WriteBytes("cut.pcap", bytes);
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedFrame frame;
  ASSERT_TRUE((*reader)->Next(&frame).value());
  EXPECT_EQ(frame.data, Frame(60, 'a'));
  const absl::Status status = (*reader)->Next(&frame).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "record 2 is malformed"))
      << status;
}

TEST(CaptureReaderTest, MissingFileSaysSo) {
  const absl::Status status = CaptureReader::Open("/no/such.pcap").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(),
            "cannot read /no/such.pcap: No such file or directory");
}

TEST(CaptureReaderTest, DirectoryIsNotACapture) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(CaptureReader::Open(TempFile("")).status()));
}

TEST(CaptureReaderTest, FileOfSomethingElseIsNotACapture) {
  const std::string path = WriteBytes("text.pcap", "this is no capture at all");
  const absl::Status status = CaptureReader::Open(path).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "is not a capture"))
      << status;
}

TEST(CaptureReaderTest, EmptyFileIsNotACapture) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      CaptureReader::Open(WriteBytes("empty.pcap", "")).status()));
}

TEST(CaptureReaderTest, SummaryCountsWholeAndShortFramesApart) {
  const std::string path = WriteCapture(
      "summary.pcap", DLT_EN10MB, PCAP_TSTAMP_PRECISION_MICRO,
      {{Frame(60, 'a')}, {Frame(96, 'b'), 1514}, {Frame(1514, 'c')}});
  const auto summary = SummarizeCapture(path);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->frames, 2);
  EXPECT_EQ(summary->bytes, 1574);
  EXPECT_EQ(summary->truncated, 1);
  EXPECT_EQ(summary->longest, 1514);
}

}  // namespace
}  // namespace netbuf::client
