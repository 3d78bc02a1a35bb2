#include "client/lib/frame_batch.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "netbuf/v1/data_path_service.pb.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;

// The frames of a message, and how visiting them ended.
std::vector<std::string> Frames(const v1::ReceiveFramesResponse& message,
                                absl::Status* status) {
  std::vector<std::string> frames;
  *status = ForEachFrame(message, [&frames](absl::string_view frame) {
    frames.emplace_back(frame);
  });
  return frames;
}

TEST(FrameBatchTest, FramesComeOutAsTheyWentIn) {
  v1::ReceiveFramesResponse message;
  AppendFrame("first", &message);
  AppendFrame("", &message);
  AppendFrame(absl::string_view("a\0b", 3), &message);
  absl::Status status;
  EXPECT_THAT(Frames(message, &status),
              ElementsAre("first", "", std::string("a\0b", 3)));
  EXPECT_TRUE(status.ok());
}

TEST(FrameBatchTest, MissingBytesAreDataLossBehindTheWholeFrames) {
  v1::ReceiveFramesResponse message;
  AppendFrame("whole", &message);
  message.add_frame_lengths(1);
  absl::Status status;
  EXPECT_THAT(Frames(message, &status), ElementsAre("whole"));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST(FrameBatchTest, ExtraBytesAreDataLoss) {
  v1::ReceiveFramesResponse message;
  AppendFrame("whole", &message);
  message.mutable_frame_data()->append("x");
  absl::Status status;
  EXPECT_THAT(Frames(message, &status), ElementsAre("whole"));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST(FrameBatchTest, HugeLengthIsDataLossNotACrash) {
  v1::ReceiveFramesResponse message;
  AppendFrame("whole", &message);
  message.add_frame_lengths(0xFFFFFFFF);
  absl::Status status;
  Frames(message, &status);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace netbuf::client
