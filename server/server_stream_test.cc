// Streams through the wire: watching a binding, receiving frames.

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/testing/fake_engine.h"
#include "server/testing/server_fixture.h"

namespace netbuf {
namespace {

BindingEvent StateChange(BindingState from, BindingState to,
                         std::string cause) {
  BindingEvent event;
  event.time = absl::FromUnixSeconds(1);
  event.event = BindingEvent::StateChange{from, to, std::move(cause)};
  return event;
}

class WatchTest : public ServerFixture {
 protected:
  std::unique_ptr<grpc::ClientReader<v1::BindingEvent>> Watch(
      grpc::ClientContext* context) {
    v1::WatchBindingRequest request;
    request.set_name(std::string(FakeEngine::kBinding));
    return bindings_->WatchBinding(context, request);
  }
};

TEST_F(WatchTest, TheFirstMessageIsTheBindingAsItIs) {
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::BindingEvent event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.snapshot().name(), FakeEngine::kBinding);
  EXPECT_EQ(event.snapshot().state(), v1::Binding::STATE_RUNNING);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchTest, EventsComeInOrderUntilTheBindingIsGone) {
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::BindingEvent event;
  ASSERT_TRUE(reader->Read(&event));
  for (int i = 0; i < 10; ++i) {
    engine_->Emit(StateChange(BindingState::kRunning, BindingState::kPausing,
                              absl::StrCat("cause ", i)));
  }
  engine_->Emit(
      StateChange(BindingState::kClosing, BindingState::kUnbound, "close"));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(reader->Read(&event));
    EXPECT_EQ(event.state_change().cause(), absl::StrCat("cause ", i));
  }
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.state_change().to(), v1::Binding::STATE_UNBOUND);
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(Eventually([&] { return engine_->watchers() == 0; }));
}

TEST_F(WatchTest, AnUnknownBindingIsNotFound) {
  grpc::ClientContext context;
  v1::WatchBindingRequest request;
  request.set_name("protocols/p/bindings/none");
  const auto reader = bindings_->WatchBinding(&context, request);
  v1::BindingEvent event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(WatchTest, AClientThatGoesAwayEndsItsSubscription) {
  {
    grpc::ClientContext context;
    const auto reader = Watch(&context);
    v1::BindingEvent event;
    ASSERT_TRUE(reader->Read(&event));
    EXPECT_EQ(engine_->watchers(), 1);
    context.TryCancel();
    reader->Finish();
  }
  EXPECT_TRUE(Eventually([&] { return engine_->watchers() == 0; }));
}

TEST_F(WatchTest, ASlowWatcherLearnsHowManyEventsItLost) {
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::BindingEvent event;
  ASSERT_TRUE(reader->Read(&event));
  // Nobody reads: transport windows fill up, then the stream's queue.
  constexpr int kEvents = 20'000;
  const std::string padding(1000, 'x');
  for (int i = 0; i < kEvents; ++i) {
    engine_->Emit(StateChange(BindingState::kRunning, BindingState::kPausing,
                              absl::StrCat(i, " ", padding)));
  }
  engine_->Emit(
      StateChange(BindingState::kClosing, BindingState::kUnbound, "close"));
  int told = 0;
  uint64_t lost = 0;
  int expected = 0;  // The next event, if none was lost in between.
  while (reader->Read(&event)) {
    if (event.has_state_change() && event.state_change().cause() != "close") {
      EXPECT_EQ(std::stoi(event.state_change().cause()), expected);
      ++expected;
      ++told;
    } else if (event.event_case() == v1::BindingEvent::kLostEvents) {
      lost += event.lost_events();
      expected += static_cast<int>(event.lost_events());
    }
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(event.state_change().cause(), "close");
  EXPECT_GT(lost, 0);
  EXPECT_EQ(told + lost, kEvents);
}

TEST_F(WatchTest, WatchersComeAndGoWhileEventsFly) {
  std::atomic<bool> stop{false};
  std::thread emitter([&] {
    while (!stop) {
      engine_->Emit(
          StateChange(BindingState::kRunning, BindingState::kPausing, "again"));
    }
  });
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    const auto reader = Watch(&context);
    v1::BindingEvent event;
    for (int i = 0; i < round % 5; ++i) ASSERT_TRUE(reader->Read(&event));
    context.TryCancel();
    reader->Finish();
  }
  stop = true;
  emitter.join();
  EXPECT_TRUE(Eventually([&] { return engine_->watchers() == 0; }));
}

class ReceiveTest : public ServerFixture {
 protected:
  std::unique_ptr<grpc::ClientReader<v1::ReceiveFramesResponse>> Receive(
      grpc::ClientContext* context, uint32_t max_frames = 0) {
    v1::ReceiveFramesRequest request;
    request.set_binding(std::string(FakeEngine::kBinding));
    request.set_max_frames_per_message(max_frames);
    auto reader = data_path_->ReceiveFrames(context, request);
    return reader;
  }
};

TEST_F(ReceiveTest, FramesSentAfterTheHeadersArriveAll) {
  grpc::ClientContext context;
  const auto reader = Receive(&context, 3);
  reader->WaitForInitialMetadata();
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string frame = absl::StrCat("frame ", i, ";");
    engine_->Receive(frame);
    sent += frame;
  }
  engine_->CloseReceiver();
  std::string received;
  v1::ReceiveFramesResponse message;
  while (reader->Read(&message)) {
    EXPECT_LE(message.frame_lengths_size(), 3);
    size_t total = 0;
    for (const uint32_t length : message.frame_lengths()) total += length;
    EXPECT_EQ(total, message.frame_data().size());
    received += message.frame_data();
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(Eventually([&] { return !engine_->has_receiver(); }));
}

TEST_F(ReceiveTest, ASlowClientIsNotReadAheadOf) {
  grpc::ClientContext context;
  const auto reader = Receive(&context, 1);
  reader->WaitForInitialMetadata();
  // 64 MiB: far more than transport windows hold.
  constexpr int kFrames = 1024;
  const std::string frame(64 * 1024, 'x');
  for (int i = 0; i < kFrames; ++i) engine_->Receive(frame);
  // What was read without the client reading does not grow any more.
  int reads = -1;
  ASSERT_TRUE(Eventually([&] {
    const int before = std::exchange(reads, engine_->reads());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return before == engine_->reads();
  }));
  EXPECT_LT(reads, kFrames / 2);
  engine_->CloseReceiver();
  int received = 0;
  v1::ReceiveFramesResponse message;
  while (reader->Read(&message)) received += message.frame_lengths_size();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(received, kFrames);
}

TEST_F(ReceiveTest, ABindingHasOneReceiver) {
  grpc::ClientContext context;
  const auto reader = Receive(&context);
  reader->WaitForInitialMetadata();
  grpc::ClientContext second_context;
  const auto second = Receive(&second_context);
  v1::ReceiveFramesResponse message;
  EXPECT_FALSE(second->Read(&message));
  EXPECT_EQ(second->Finish().error_code(), grpc::StatusCode::ALREADY_EXISTS);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ReceiveTest, AClientThatCancelsMayReceiveAgainAtOnce) {
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    const auto reader = Receive(&context);
    reader->WaitForInitialMetadata();
    engine_->Receive("frame");
    v1::ReceiveFramesResponse message;
    ASSERT_TRUE(reader->Read(&message)) << reader->Finish().error_message();
    EXPECT_EQ(message.frame_data(), "frame");
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
}

TEST_F(ReceiveTest, AnUnknownBindingIsNotFound) {
  grpc::ClientContext context;
  v1::ReceiveFramesRequest request;
  request.set_binding("protocols/p/bindings/none");
  const auto reader = data_path_->ReceiveFrames(&context, request);
  v1::ReceiveFramesResponse message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ReceiveTest, FramesFlyWhileClientsComeAndGo) {
  std::atomic<bool> stop{false};
  std::thread sender([&] {
    while (!stop) engine_->Receive("frame");
  });
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    const auto reader = Receive(&context, 1 + round % 7);
    v1::ReceiveFramesResponse message;
    for (int i = 0; i < round % 5; ++i) {
      ASSERT_TRUE(reader->Read(&message)) << reader->Finish().error_message();
    }
    context.TryCancel();
    reader->Finish();
  }
  stop = true;
  sender.join();
  EXPECT_TRUE(Eventually([&] { return !engine_->has_receiver(); }));
}

}  // namespace
}  // namespace netbuf
