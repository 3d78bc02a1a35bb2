#include "client/lib/frame_sender.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/lib/frame_batch.h"
#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;
using ::testing::NiceMock;
using ::testing::Pair;

// A server that notes what it is sent, and answers each frame with a status
// made of its first byte: 's' SUCCESS, 'l' INVALID_LENGTH.
class FrameSenderTest : public ::testing::Test {
 protected:
  FrameSenderTest() {
    ON_CALL(*connection_, SendFrames)
        .WillByDefault([this](const v1::SendFramesRequest& request) {
          return Answer(request);
        });
  }

  absl::StatusOr<v1::SendFramesResponse> Answer(
      const v1::SendFramesRequest& request) {
    std::lock_guard lock(mutex_);
    std::vector<std::string> frames;
    v1::SendFramesResponse response;
    EXPECT_TRUE(ForEachFrame(request, [&](absl::string_view frame) {
                  frames.emplace_back(frame);
                  response.add_ndis_statuses(
                      frame[0] == 's' ? v1::NDIS_STATUS_SUCCESS
                                      : v1::NDIS_STATUS_INVALID_LENGTH);
                }).ok());
    batches_.push_back(frames);
    last_request_ = request;
    if (batches_.size() == failing_batch_) {
      return absl::UnavailableError("the connection broke");
    }
    return response;
  }

  // Notes statuses in `statuses_`, and that they come in order.
  FrameSender::StatusCallback NoteStatus() {
    return [this](uint64_t frame, v1::NdisStatus status) {
      EXPECT_EQ(frame, statuses_.size());
      statuses_.push_back(status);
    };
  }

  std::mutex mutex_;
  std::vector<std::vector<std::string>> batches_;
  v1::SendFramesRequest last_request_;
  size_t failing_batch_ = 0;
  std::vector<v1::NdisStatus> statuses_;
  std::shared_ptr<NiceMock<MockConnection>> connection_ =
      std::make_shared<NiceMock<MockConnection>>();
  const Client client_{connection_};
};

TEST_F(FrameSenderTest, FramesGoOutInOrderInFullBatches) {
  FrameSender sender(client_, {.max_batch_frames = 2}, NoteStatus());
  for (const char* frame : {"s1", "s2", "l3", "s4", "s5"}) {
    ASSERT_TRUE(sender.Add(frame).ok());
  }
  ASSERT_TRUE(sender.Flush().ok());
  EXPECT_THAT(batches_,
              ElementsAre(ElementsAre("s1", "s2"), ElementsAre("l3", "s4"),
                          ElementsAre("s5")));
  EXPECT_THAT(statuses_,
              ElementsAre(v1::NDIS_STATUS_SUCCESS, v1::NDIS_STATUS_SUCCESS,
                          v1::NDIS_STATUS_INVALID_LENGTH,
                          v1::NDIS_STATUS_SUCCESS, v1::NDIS_STATUS_SUCCESS));
  EXPECT_EQ(sender.counts().frames, 5);
  EXPECT_EQ(sender.counts().bytes, 10);
  EXPECT_EQ(sender.counts().completed, 5);
  EXPECT_EQ(sender.counts().unknown, 0);
  EXPECT_THAT(sender.counts().by_status,
              ElementsAre(Pair(v1::NDIS_STATUS_INVALID_LENGTH, 1),
                          Pair(v1::NDIS_STATUS_SUCCESS, 4)));
}

TEST_F(FrameSenderTest, BatchStaysWithinItsBytes) {
  FrameSender sender(client_, {.max_batch_bytes = 10}, NoteStatus());
  for (const char* frame : {"s23456", "s2345", "s234", "s2345678901234"}) {
    ASSERT_TRUE(sender.Add(frame).ok());
  }
  ASSERT_TRUE(sender.Flush().ok());
  // One that is larger than a batch goes alone.
  EXPECT_THAT(batches_,
              ElementsAre(ElementsAre("s23456"), ElementsAre("s2345", "s234"),
                          ElementsAre("s2345678901234")));
}

TEST_F(FrameSenderTest, RequestSaysWhereAndHow) {
  FrameSender sender(client_,
                     {.binding = "protocols/p/bindings/b",
                      .net_buffer_list_pool = "protocols/p/pool",
                      .data_offset = 0,
                      .port_number = 3},
                     NoteStatus());
  ASSERT_TRUE(sender.Add("s").ok());
  ASSERT_TRUE(sender.Flush().ok());
  EXPECT_EQ(last_request_.binding(), "protocols/p/bindings/b");
  EXPECT_EQ(last_request_.net_buffer_list_pool(), "protocols/p/pool");
  EXPECT_TRUE(last_request_.has_data_offset());
  EXPECT_EQ(last_request_.data_offset(), 0);
  EXPECT_EQ(last_request_.port_number(), 3);
}

TEST_F(FrameSenderTest, UnsetDataOffsetStaysUnset) {
  FrameSender sender(client_, {}, NoteStatus());
  ASSERT_TRUE(sender.Add("s").ok());
  ASSERT_TRUE(sender.Flush().ok());
  EXPECT_FALSE(last_request_.has_data_offset());
}

TEST_F(FrameSenderTest, FlushWithoutFramesSendsNothing) {
  FrameSender sender(client_, {}, NoteStatus());
  EXPECT_TRUE(sender.Flush().ok());
  EXPECT_TRUE(batches_.empty());
}

TEST_F(FrameSenderTest, OneCallIsOnItsWayAtATime) {
  std::atomic<int> in_flight = 0;
  std::atomic<int> most = 0;
  ON_CALL(*connection_, SendFrames)
      .WillByDefault([&](const v1::SendFramesRequest& request) {
        most = std::max(most.load(), ++in_flight);
        std::this_thread::yield();
        auto answer = Answer(request);
        --in_flight;
        return answer;
      });
  FrameSender sender(client_, {.max_batch_frames = 1}, NoteStatus());
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(sender.Add("s").ok());
  ASSERT_TRUE(sender.Flush().ok());
  EXPECT_EQ(most, 1);
  EXPECT_EQ(batches_.size(), 200);
}

TEST_F(FrameSenderTest, StatusesComeInOrderFromConcurrentCalls) {
  std::atomic<int> calls = 0;
  ON_CALL(*connection_, SendFrames)
      .WillByDefault([&](const v1::SendFramesRequest& request) {
        // Every other call answers late.
        if (calls++ % 2 == 0) {
          for (int i = 0; i < 50; ++i) std::this_thread::yield();
        }
        return Answer(request);
      });
  FrameSender sender(client_, {.max_batch_frames = 1, .max_calls_in_flight = 4},
                     NoteStatus());
  std::vector<v1::NdisStatus> expected;
  for (int i = 0; i < 100; ++i) {
    const bool good = i % 3 == 0;
    ASSERT_TRUE(sender.Add(good ? "s" : "l").ok());
    expected.push_back(good ? v1::NDIS_STATUS_SUCCESS
                            : v1::NDIS_STATUS_INVALID_LENGTH);
  }
  ASSERT_TRUE(sender.Flush().ok());
  EXPECT_EQ(statuses_, expected);
}

TEST_F(FrameSenderTest, NothingIsSentAfterACallThatFailed) {
  failing_batch_ = 2;
  FrameSender sender(client_, {.max_batch_frames = 1},
                     [](uint64_t, v1::NdisStatus) {});
  ASSERT_TRUE(sender.Add("s1").ok());
  ASSERT_TRUE(sender.Add("s2").ok());
  EXPECT_TRUE(absl::IsUnavailable(sender.Flush()));
  EXPECT_TRUE(absl::IsUnavailable(sender.Add("s3")));
  EXPECT_TRUE(absl::IsUnavailable(sender.Flush()));
  EXPECT_EQ(batches_.size(), 2);
  EXPECT_EQ(sender.counts().completed, 1);
  EXPECT_EQ(sender.counts().unknown, 1);
}

TEST_F(FrameSenderTest, FrameGatheredWhenTheFailureShowsStaysUnsent) {
  failing_batch_ = 1;
  FrameSender sender(client_, {.max_batch_frames = 1},
                     [](uint64_t, v1::NdisStatus) {});
  ASSERT_TRUE(sender.Add("s1").ok());
  EXPECT_TRUE(absl::IsUnavailable(sender.Add("s2")));
  EXPECT_EQ(batches_.size(), 1);
  EXPECT_EQ(sender.counts().frames, 2);
  EXPECT_EQ(sender.counts().completed, 0);
  EXPECT_EQ(sender.counts().unknown, 1);
}

TEST_F(FrameSenderTest, DestructorWaitsForWhatIsOnItsWay) {
  FrameSender sender(client_, {.max_batch_frames = 1}, NoteStatus());
  ASSERT_TRUE(sender.Add("s").ok());
}

}  // namespace
}  // namespace netbuf::client
