#include "engine/nic/capture_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/ndis/error.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "engine/nic/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kTime =
    absl::FromUnixSeconds(1'600'000'000) + absl::Nanoseconds(123'456'789);

std::string Reason(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason : "";
}

absl::Span<const std::byte> AsBytes(absl::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

class CaptureWriterTest : public ::testing::Test {
 protected:
  absl::Status Open(
      FileCalls calls = FileCalls::System(),
      TimestampPrecision precision = TimestampPrecision::kNanoseconds) {
    return OpenFile(directory_.PathOf("f").c_str(), std::move(calls),
                    precision);
  }
  absl::Status OpenFile(
      const char* path, FileCalls calls = FileCalls::System(),
      TimestampPrecision precision = TimestampPrecision::kNanoseconds) {
    UniqueFd file(::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    EXPECT_TRUE(file.valid());
    absl::StatusOr<std::unique_ptr<CaptureWriter>> writer =
        CaptureWriter::Create(std::move(file), "f", precision,
                              std::move(calls));
    if (!writer.ok()) return writer.status();
    writer_ = *std::move(writer);
    return absl::OkStatus();
  }

  // Adds a group of frames.
  void AddGroup(const std::vector<std::string>& frames) {
    for (const std::string& frame : frames) {
      // The writer may refer to it until the flush.
      const std::string& kept = kept_.emplace_back(frame);
      writer_->BeginFrame(kTime, static_cast<uint32_t>(kept.size()));
      writer_->AddBytes(AsBytes(kept));
    }
    writer_->EndGroup();
  }

  std::vector<std::string> Written() const {
    const TestCapture capture = directory_.ReadCapture("f");
    EXPECT_TRUE(capture.status.ok()) << capture.status;
    return capture.bytes();
  }

  TestDirectory directory_;
  std::deque<std::string> kept_;
  std::unique_ptr<CaptureWriter> writer_;
};

TEST_F(CaptureWriterTest, HeaderAloneIsAValidCapture) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(writer_->size(), 24);
  EXPECT_EQ(directory_.Read("f"), PcapFileHeader(1, 0xA1B23C4D));
  ASSERT_TRUE(writer_->Close().ok());
}

TEST_F(CaptureWriterTest, BothPrecisionsAreWritten) {
  const std::string frame = TestFrame(60, 1);
  ASSERT_TRUE(Open().ok());
  AddGroup({frame});
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_EQ(directory_.Read("f"),
            absl::StrCat(PcapFileHeader(1, 0xA1B23C4D),
                         PcapRecord(1'600'000'000, 123'456'789, frame, 60)));
  ::unlink(directory_.PathOf("f").c_str());
  ASSERT_TRUE(
      Open(FileCalls::System(), TimestampPrecision::kMicroseconds).ok());
  AddGroup({frame});
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_EQ(directory_.Read("f"),
            absl::StrCat(PcapFileHeader(1, 0xA1B2C3D4),
                         PcapRecord(1'600'000'000, 123'456, frame, 60)));
}

TEST_F(CaptureWriterTest, TimesThatPcapCannotHoldAreTheNearestItCan) {
  ASSERT_TRUE(Open().ok());
  for (absl::Time time :
       {absl::InfinitePast(), absl::UnixEpoch() - absl::Seconds(1),
        absl::InfiniteFuture()}) {
    writer_->BeginFrame(time, 14);
    writer_->AddBytes(AsBytes("fourteen bytes"));
    writer_->EndGroup();
  }
  EXPECT_EQ(writer_->Flush(), 3);
  const TestCapture capture = directory_.ReadCapture("f");
  EXPECT_EQ(capture.frames.at(0).time, absl::UnixEpoch());
  EXPECT_EQ(capture.frames.at(1).time, absl::UnixEpoch());
  EXPECT_EQ(absl::ToUnixSeconds(capture.frames.at(2).time), 0xFFFFFFFF);
}

TEST_F(CaptureWriterTest, FlushedFramesAreInTheFileBeforeItIsClosed) {
  const std::string frames[] = {TestFrame(60, 1), TestFrame(1514, 2),
                                TestFrame(9014, 3), TestFrame(14, 4)};
  ASSERT_TRUE(Open().ok());
  for (size_t i = 0; i < 4; ++i) {
    AddGroup({frames[i]});
    EXPECT_EQ(writer_->Flush(), 1);
    EXPECT_THAT(Written(), ElementsAreArray(frames, frames + i + 1));
  }
}

TEST_F(CaptureWriterTest, FramesInPiecesOfAnySizeComeOutWhole) {
  // Sizes around the one from which pieces are gathered and not copied.
  std::vector<std::string> frames;
  for (size_t size : {1, 100, 2047, 2048, 2049, 9000, 65535}) {
    frames.push_back(TestFrame(size, static_cast<uint32_t>(size)));
  }
  ASSERT_TRUE(Open().ok());
  for (size_t piece : {1, 7, 1000, 2047, 2048, 65535}) {
    for (const std::string& frame : frames) {
      writer_->BeginFrame(kTime, static_cast<uint32_t>(frame.size()));
      for (size_t at = 0; at < frame.size(); at += piece) {
        writer_->AddBytes(AsBytes(frame).subspan(at, piece));
      }
      writer_->EndGroup();
    }
    EXPECT_EQ(writer_->Flush(), frames.size()) << piece;
  }
  const std::vector<std::string> written = Written();
  ASSERT_EQ(written.size(), 6 * frames.size());
  for (size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(written[i], frames[i % frames.size()]) << i;
  }
}

TEST_F(CaptureWriterTest, ZerosPadAFrame) {
  ASSERT_TRUE(Open().ok());
  writer_->BeginFrame(kTime, 60);
  writer_->AddBytes(AsBytes("fourteen bytes"));
  writer_->AddZeros(46);
  writer_->EndGroup();
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_THAT(Written(), ElementsAre(absl::StrCat("fourteen bytes",
                                                  std::string(46, '\0'))));
}

TEST_F(CaptureWriterTest, AbandonedGroupLeavesNoTrace) {
  const std::string small = TestFrame(60, 1);
  const std::string large = TestFrame(4000, 2);
  ASSERT_TRUE(Open().ok());
  for (const std::string& first : {small, large}) {
    for (const std::string& abandoned : {small, large}) {
      AddGroup({first});
      writer_->BeginFrame(kTime, 4000);
      writer_->AddBytes(AsBytes(abandoned));
      writer_->AbandonGroup();
      AddGroup({small});
      EXPECT_EQ(writer_->Flush(), 2);
    }
  }
  EXPECT_THAT(Written(), ElementsAre(small, small, small, small, large, small,
                                     large, small));
}

TEST_F(CaptureWriterTest, AbandonedFirstGroupLeavesNoTrace) {
  const std::string frame = TestFrame(60, 1);
  ASSERT_TRUE(Open().ok());
  writer_->BeginFrame(kTime, 4000);
  writer_->AddBytes(AsBytes(frame));
  writer_->AbandonGroup();
  EXPECT_EQ(writer_->Flush(), 0);
  AddGroup({frame});
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_THAT(Written(), ElementsAre(frame));
}

TEST_F(CaptureWriterTest, GroupOfThousandsOfPiecesIsWrittenWhole) {
  // More pieces than one gathering write takes (IOV_MAX).
  const std::string frame = TestFrame(2048, 1);
  const std::vector<std::string> frames(3000, frame);
  ASSERT_TRUE(Open().ok());
  AddGroup(frames);
  EXPECT_TRUE(writer_->full());
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_FALSE(writer_->full());
  EXPECT_EQ(Written(), frames);
}

TEST_F(CaptureWriterTest, FullDiskRefusesTheHeader) {
  const absl::Status status = OpenFile("/dev/full");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(Reason(status), "CAPTURE_DISK_FULL");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cannot write capture file \"f\": No space left"));
}

// A file size limit of this process: writes up to it are short, then refused.
// That is how a disk fills up, and the kernel itself cuts the writes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {bytes, old_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_ = {};
  sighandler_t old_handler_;
};

TEST_F(CaptureWriterTest, DiskThatFillsUpKeepsWholeGroupsOnly) {
  const std::vector<std::string> group = {TestFrame(60, 1), TestFrame(60, 2)};
  constexpr size_t kGroup = 2 * (16 + 60);
  ASSERT_TRUE(Open().ok());
  for (size_t room = 0; room < 3 * kGroup; ++room) {
    const uint64_t before = writer_->size();
    {
      FileSizeLimit limit(before + room);
      for (int i = 0; i < 3; ++i) AddGroup(group);
      EXPECT_EQ(writer_->Flush(), room / kGroup) << room;
      EXPECT_EQ(Reason(writer_->last_error()), "CAPTURE_DISK_FULL");
    }
    EXPECT_EQ(writer_->size(), before + room / kGroup * kGroup);
    EXPECT_EQ(directory_.Read("f").size(), writer_->size());
  }
  // There is room again.
  AddGroup(group);
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_THAT(writer_->Close().ok(), true);
  EXPECT_EQ(Written().size() % 2, 0);
}

// A pwritev(2) that fails as told: one entry a call, then it works. A positive
// entry writes so many bytes at most, a negative one is an errno.
FileCalls Scripted(std::vector<int> script) {
  FileCalls calls = FileCalls::System();
  auto left =
      std::make_shared<std::vector<int>>(script.rbegin(), script.rend());
  calls.pwritev = [left](int fd, const iovec* iov, int count,
                         off_t offset) -> ssize_t {
    if (left->empty()) return ::pwritev(fd, iov, count, offset);
    const int next = left->back();
    left->pop_back();
    if (next < 0) {
      errno = -next;
      return -1;
    }
    std::string bytes;
    for (int i = 0; i < count; ++i) {
      bytes.append(static_cast<const char*>(iov[i].iov_base), iov[i].iov_len);
    }
    bytes.resize(std::min<size_t>(bytes.size(), next));
    return ::pwrite(fd, bytes.data(), bytes.size(), offset);
  };
  return calls;
}

TEST_F(CaptureWriterTest, InterruptedAndShortWritesGoOn) {
  // Header, then: interrupted, 1 byte, 17 bytes (in the frame), interrupted.
  ASSERT_TRUE(Open(Scripted({24, -EINTR, 1, 17, -EINTR})).ok());
  const std::vector<std::string> frames = {TestFrame(60, 1), TestFrame(3000, 2),
                                           TestFrame(60, 3)};
  AddGroup(frames);
  EXPECT_EQ(writer_->Flush(), 1);
  EXPECT_EQ(Written(), frames);
}

TEST_F(CaptureWriterTest, ErrorAfterAnyShortWriteLeavesWholeGroups) {
  const std::vector<std::string> frames = {TestFrame(60, 1), TestFrame(3000, 2),
                                           TestFrame(60, 3)};
  const size_t ends[] = {76, 76 + 3016, 76 + 3016 + 76};
  for (size_t cut = 0; cut < ends[2]; cut += 13) {
    ::unlink(directory_.PathOf("f").c_str());
    std::vector<int> script = {24};
    if (cut > 0) script.push_back(static_cast<int>(cut));
    script.push_back(-EIO);
    ASSERT_TRUE(Open(Scripted(script)).ok());
    for (const std::string& frame : frames) AddGroup({frame});
    const size_t whole = std::count_if(std::begin(ends), std::end(ends),
                                       [cut](size_t e) { return e <= cut; });
    EXPECT_EQ(writer_->Flush(), whole) << cut;
    EXPECT_EQ(Reason(writer_->last_error()), "CAPTURE_IO_ERROR");
    EXPECT_THAT(Written(),
                ElementsAreArray(frames.begin(), frames.begin() + whole));
    // And goes on behind them.
    AddGroup({frames[0]});
    EXPECT_EQ(writer_->Flush(), 1);
    EXPECT_EQ(Written().size(), whole + 1);
  }
}

TEST_F(CaptureWriterTest, WriteOfNothingIsAnErrorAndNoEndlessLoop) {
  ASSERT_TRUE(Open(Scripted({24, 0})).ok());
  AddGroup({TestFrame(60, 1)});
  EXPECT_EQ(writer_->Flush(), 0);
  EXPECT_EQ(Reason(writer_->last_error()), "CAPTURE_IO_ERROR");
}

TEST_F(CaptureWriterTest, FileThatCannotBeCutBackTakesNothingMore) {
  FileCalls calls = Scripted({24, 30, -ENOSPC});
  calls.ftruncate = [](int, off_t) {
    errno = EIO;
    return -1;
  };
  ASSERT_TRUE(Open(std::move(calls)).ok());
  AddGroup({TestFrame(60, 1)});
  EXPECT_EQ(writer_->Flush(), 0);
  AddGroup({TestFrame(60, 2)});
  EXPECT_EQ(writer_->Flush(), 0) << "a frame behind half a record is lost";
  EXPECT_EQ(Reason(writer_->last_error()), "CAPTURE_DISK_FULL");
  EXPECT_EQ(Reason(writer_->Close()), "CAPTURE_DISK_FULL");
}

TEST_F(CaptureWriterTest, CloseTellsWhatTheDiskRefused) {
  FileCalls calls = FileCalls::System();
  calls.fdatasync = [](int) {
    errno = EIO;
    return -1;
  };
  ASSERT_TRUE(Open(std::move(calls)).ok());
  const absl::Status status = writer_->Close();
  EXPECT_EQ(Reason(status), "CAPTURE_IO_ERROR");
  EXPECT_THAT(std::string(status.message()), HasSubstr("write out"));
}

}  // namespace
}  // namespace netbuf
