#include "client/cli/replay.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/lib/capture_writer.h"
#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;
using ::testing::NiceMock;

// A server that takes every frame, and time that passes only by sleeping.
class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() {
    ON_CALL(*connection_, SendFrames)
        .WillByDefault([this](const v1::SendFramesRequest& request) {
          batches_.push_back(request.frame_lengths_size());
          v1::SendFramesResponse response;
          for (const uint32_t length : request.frame_lengths()) {
            response.add_ndis_statuses(length > 100
                                           ? v1::NDIS_STATUS_INVALID_LENGTH
                                           : v1::NDIS_STATUS_SUCCESS);
          }
          return response;
        });
  }

  // A capture of frames of these lengths.
  static std::string Capture(const std::vector<size_t>& lengths) {
    const char* directory = std::getenv("TEST_TMPDIR");
    const std::string path =
        absl::StrCat(directory != nullptr ? directory : "/tmp", "/replay.pcap");
    auto writer = CaptureWriter::Create(path);
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (const size_t length : lengths) {
      (*writer)->Write(absl::UnixEpoch(), std::string(length, 'x'));
    }
    EXPECT_TRUE((*writer)->Flush().ok());
    return path;
  }

  absl::Status Run(const ReplayOptions& options) {
    const ReplayClock clock = {.now = [this] { return now_; },
                               .sleep =
                                   [this](absl::Duration duration) {
                                     now_ += duration;
                                     sleeps_.push_back(duration);
                                   }};
    std::ostringstream err;
    ProgressMeter progress(err, ProgressStyle::kNone, clock.now);
    return Replay(
        client_, options, "protocols/p/bindings/b", "protocols/p/pool", clock,
        stop_,
        [this](const CapturedFrame& frame) {
          skipped_.push_back(frame.Description());
        },
        progress, &result_);
  }

  std::vector<int> batches_;
  std::vector<std::string> skipped_;
  absl::Time now_ = absl::UnixEpoch();
  std::vector<absl::Duration> sleeps_;
  std::atomic<bool> stop_ = false;
  ReplayResult result_;
  std::shared_ptr<NiceMock<MockConnection>> connection_ =
      std::make_shared<NiceMock<MockConnection>>();
  const Client client_{connection_};
};

TEST_F(ReplayTest, EveryFrameIsSentAndCounted) {
  ASSERT_TRUE(Run({.capture = Capture({60, 61, 200}), .batch = 2}).ok());
  EXPECT_THAT(batches_, ElementsAre(2, 1));
  EXPECT_TRUE(result_.AllCameBack());
  EXPECT_EQ(result_.counts.frames, 3);
  EXPECT_EQ(result_.counts.bytes, 321);
  EXPECT_EQ(result_.counts.by_status[v1::NDIS_STATUS_SUCCESS], 2);
  EXPECT_EQ(result_.counts.by_status[v1::NDIS_STATUS_INVALID_LENGTH], 1);
}

TEST_F(ReplayTest, FrameCapturedShortIsSkippedAndToldOnce) {
  const std::string path = Capture({60, 61});
  {
    // The second record's header: its length on the wire becomes 1514.
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const uint32_t length = 1514;
    file.seekp(24 + 16 + 60 + 12);
    file.write(reinterpret_cast<const char*>(&length), sizeof(length));
  }
  ASSERT_TRUE(Run({.capture = path, .loops = 2}).ok());
  EXPECT_THAT(skipped_, ElementsAre("record 2: captured 61 of 1514 bytes"));
  EXPECT_EQ(result_.truncated, 2);
  EXPECT_EQ(result_.counts.frames, 2);
  EXPECT_TRUE(result_.AllCameBack());
}

TEST_F(ReplayTest, LoopsSendTheCaptureAgain) {
  ASSERT_TRUE(Run({.capture = Capture({60, 61}), .loops = 3}).ok());
  EXPECT_EQ(result_.counts.frames, 6);
  EXPECT_EQ(result_.counts.bytes, 363);
}

TEST_F(ReplayTest, LoopForEverOverNothingEnds) {
  ASSERT_TRUE(Run({.capture = Capture({}), .loops = 0}).ok());
  EXPECT_EQ(result_.counts.frames, 0);
}

TEST_F(ReplayTest, StopEndsALoopForEver) {
  int calls = 0;
  ON_CALL(*connection_, SendFrames)
      .WillByDefault([this, &calls](const v1::SendFramesRequest& request) {
        if (++calls == 5) stop_ = true;
        v1::SendFramesResponse response;
        for (int i = 0; i < request.frame_lengths_size(); ++i) {
          response.add_ndis_statuses(v1::NDIS_STATUS_SUCCESS);
        }
        return response;
      });
  ASSERT_TRUE(Run({.capture = Capture({60}), .batch = 1, .loops = 0}).ok());
  EXPECT_TRUE(result_.AllCameBack());
  EXPECT_GE(result_.counts.frames, 5);
}

TEST_F(ReplayTest, RateIsKeptOverTheWholeReplay) {
  ASSERT_TRUE(
      Run({.capture = Capture(std::vector<size_t>(100, 60)), .rate = 1000})
          .ok());
  // 10 frames are due in a slot of 10 ms; the last ten go out at 90 ms.
  EXPECT_EQ(*std::max_element(batches_.begin(), batches_.end()), 10);
  EXPECT_EQ(now_ - absl::UnixEpoch(), absl::Milliseconds(90));
}

TEST_F(ReplayTest, LowRateSendsFrameByFrame) {
  ASSERT_TRUE(Run({.capture = Capture({60, 60, 60}), .rate = 2}).ok());
  EXPECT_THAT(batches_, ElementsAre(1, 1, 1));
  EXPECT_THAT(sleeps_,
              ElementsAre(absl::Milliseconds(500), absl::Milliseconds(500)));
}

TEST_F(ReplayTest, FailedCallLeavesFramesUnknown) {
  ON_CALL(*connection_, SendFrames)
      .WillByDefault([](const v1::SendFramesRequest&) {
        return absl::UnavailableError("gone");
      });
  EXPECT_TRUE(absl::IsUnavailable(Run({.capture = Capture({60, 60})})));
  EXPECT_FALSE(result_.AllCameBack());
  EXPECT_EQ(result_.counts.frames, 2);
  EXPECT_EQ(result_.counts.completed, 0);
}

TEST(ReplayResultTest, NoneSucceededOnlyWhenSomeCameBackAndNoneDid) {
  ReplayResult result;
  EXPECT_FALSE(result.NoneSucceeded());
  result.counts.frames = result.counts.completed = 2;
  result.counts.by_status[v1::NDIS_STATUS_PAUSED] = 2;
  EXPECT_TRUE(result.NoneSucceeded());
  result.counts.by_status[v1::NDIS_STATUS_SUCCESS] = 1;
  EXPECT_FALSE(result.NoneSucceeded());
}

TEST(ReplaySummaryTest, TellsFramesRateAndStatuses) {
  ReplayResult result;
  result.counts.frames = 2000;
  result.counts.bytes = 250'000;
  result.counts.completed = 1990;
  result.counts.unknown = 10;
  result.counts.by_status = {{v1::NDIS_STATUS_SUCCESS, 1900},
                             {v1::NDIS_STATUS_INVALID_LENGTH, 90}};
  result.truncated = 4;
  result.elapsed = absl::Seconds(2);
  EXPECT_EQ(ReplaySummary(result),
            "frames:                    2,000\n"
            "bytes:                     250,000\n"
            "time:                      2.000 s\n"
            "rate:                      1,000 frames/s, 1 Mbit/s\n"
            "came back:                 1,990\n"
            "  INVALID_LENGTH:          90\n"
            "  SUCCESS:                 1,900\n"
            "not known:                 10\n"
            "captured short, not sent:  4\n");
  EXPECT_EQ(ReplayJson(result),
            "{\"frames\": 2000, \"bytes\": 250000, \"seconds\": 2.000000, "
            "\"completed\": 1990, \"unknown\": 10, \"truncated\": 4, "
            "\"statuses\": {\"INVALID_LENGTH\": 90, \"SUCCESS\": 1900}}\n");
}

}  // namespace
}  // namespace netbuf::client
