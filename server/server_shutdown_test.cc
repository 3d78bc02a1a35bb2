// How a server starts, fails to start, and ends, whatever is in flight.

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "server/testing/fake_engine.h"
#include "server/testing/server_fixture.h"

namespace netbuf {
namespace {

absl::Status StartError(const ServerOptions& options) {
  RealClock clock;
  return Server::Start(options, &clock, std::make_unique<FakeEngine>())
      .status();
}

class ShutdownTest : public ServerFixture {
 protected:
  static v1::SendFramesRequest Frame() {
    v1::SendFramesRequest request;
    request.set_binding(std::string(FakeEngine::kBinding));
    request.add_frames("frame");
    return request;
  }
};

TEST_F(ShutdownTest, ABusyPortIsOneClearError) {
  ServerOptions options;
  options.port = server_->port();
  options.metrics_port = ServerOptions::kNoPort;
  const absl::Status status = StartError(options);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(absl::StrContains(status.message(), server_->grpc_endpoint()))
      << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "in use")) << status;
}

TEST_F(ShutdownTest, BothPortsAreServed) {
  ServerOptions options;
  options.port = 0;
  options.metrics_port = 0;
  RealClock clock;
  const auto server =
      Server::Start(options, &clock, std::make_unique<FakeEngine>());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  EXPECT_GT((*server)->metrics_port(), 0);
  EXPECT_EQ((*server)->grpc_endpoint(),
            absl::StrCat("127.0.0.1:", (*server)->port()));
  EXPECT_EQ((*server)->metrics_endpoint(),
            absl::StrCat("127.0.0.1:", (*server)->metrics_port()));
}

TEST_F(ShutdownTest, ABusyMetricsPortIsAnErrorToo) {
  ServerOptions options;
  options.port = 0;
  options.metrics_port = server_->port();
  EXPECT_TRUE(absl::IsUnavailable(StartError(options)));
}

TEST_F(ShutdownTest, WhatIsNoAddressIsRefused) {
  for (const char* address : {"", "localhost", "1.2.3", "1.2.3.4:5", "[::1]"}) {
    ServerOptions options;
    options.address = address;
    options.port = 0;
    options.metrics_port = ServerOptions::kNoPort;
    EXPECT_TRUE(absl::IsInvalidArgument(StartError(options))) << address;
  }
  ServerOptions options;
  options.port = 65536;
  EXPECT_TRUE(absl::IsInvalidArgument(StartError(options)));
  options.port = 0;
  options.metrics_port = -2;
  EXPECT_TRUE(absl::IsInvalidArgument(StartError(options)));
}

TEST_F(ShutdownTest, APortIsFreeAgainAfterTheEnd) {
  ServerOptions options;
  options.port = server_->port();
  options.metrics_port = ServerOptions::kNoPort;
  ASSERT_TRUE(server_->Shutdown(absl::Seconds(1)).ok());
  EXPECT_TRUE(StartError(options).ok());
}

TEST_F(ShutdownTest, TheReportIsTheEngines) {
  DeregisterReport report;
  report.leaked_net_buffer_lists = 7;
  engine_->set_shutdown_result(report);
  const auto result = server_->Shutdown(absl::Seconds(1));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->leaked_net_buffer_lists, 7);
}

TEST_F(ShutdownTest, WhatCouldNotBeWrittenIsAnError) {
  engine_->set_shutdown_result(absl::DataLossError("disk full"));
  EXPECT_EQ(server_->Shutdown(absl::Seconds(1)).status().message(),
            "disk full");
}

TEST_F(ShutdownTest, StreamsAreToldAndDoNotHoldUpTheEnd) {
  grpc::ClientContext watch_context;
  v1::WatchBindingRequest watch;
  watch.set_name(std::string(FakeEngine::kBinding));
  const auto watcher = bindings_->WatchBinding(&watch_context, watch);
  v1::BindingEvent event;
  ASSERT_TRUE(watcher->Read(&event));
  grpc::ClientContext receive_context;
  v1::ReceiveFramesRequest receive;
  receive.set_binding(std::string(FakeEngine::kBinding));
  const auto receiver = data_path_->ReceiveFrames(&receive_context, receive);
  receiver->WaitForInitialMetadata();

  const absl::Time start = absl::Now();
  ASSERT_TRUE(server_->Shutdown(absl::Seconds(30)).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  EXPECT_FALSE(watcher->Read(&event));
  const grpc::Status watched = watcher->Finish();
  EXPECT_EQ(watched.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(watched.error_message(), "shutting down"));
  v1::ReceiveFramesResponse message;
  EXPECT_FALSE(receiver->Read(&message));
  EXPECT_EQ(receiver->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ShutdownTest, AnIdleConnectionDoesNotHoldUpTheEnd) {
  v1::ListAdaptersResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(adapters_->ListAdapters(&context, {}, &response).ok());
  const absl::Time start = absl::Now();
  ASSERT_TRUE(server_->Shutdown(absl::Seconds(30)).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

TEST_F(ShutdownTest, AHealthWatchIsToldAndDoesNotHoldUpTheEnd) {
  const grpc::internal::RpcMethod method(
      "/grpc.health.v1.Health/Watch",
      grpc::internal::RpcMethod::SERVER_STREAMING, channel_);
  grpc::ClientContext context;
  const grpc::health::v1::HealthCheckRequest request;
  using Response = grpc::health::v1::HealthCheckResponse;
  const std::unique_ptr<grpc::ClientReader<Response>> watcher(
      grpc::internal::ClientReaderFactory<Response>::Create(
          channel_.get(), method, &context, request));
  Response response;
  ASSERT_TRUE(watcher->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVING);
  const absl::Time start = absl::Now();
  ASSERT_TRUE(server_->Shutdown(absl::Seconds(30)).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  ASSERT_TRUE(watcher->Read(&response));
  EXPECT_EQ(response.status(), Response::NOT_SERVING);
  EXPECT_FALSE(watcher->Read(&response));
  const grpc::Status end = watcher->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE)
      << end.error_message();
}

TEST_F(ShutdownTest, ACallInFlightIsAnsweredWhenItEndsInTime) {
  engine_->HoldSends();
  const v1::SendFramesRequest request = Frame();
  grpc::ClientContext context;
  v1::SendFramesResponse response;
  auto send = std::async(std::launch::async, [&] {
    return data_path_->SendFrames(&context, request, &response);
  });
  ASSERT_TRUE(Eventually([&] { return engine_->held_sends() == 1; }));
  auto end = std::async(std::launch::async, [&] {
    return server_->Shutdown(absl::Seconds(30)).ok();
  });
  EXPECT_EQ(end.wait_for(std::chrono::milliseconds(50)),
            std::future_status::timeout);
  engine_->CompleteSends(NdisStatus::kSuccess);
  EXPECT_TRUE(end.get());
  EXPECT_TRUE(send.get().ok());
  EXPECT_EQ(response.succeeded(), 1);
}

TEST_F(ShutdownTest, ACallThatDoesNotEndIsCutOff) {
  engine_->HoldSends();
  engine_->HoldPauses();
  const v1::SendFramesRequest request = Frame();
  grpc::ClientContext send_context;
  v1::SendFramesResponse sent;
  auto send = std::async(std::launch::async, [&] {
    return data_path_->SendFrames(&send_context, request, &sent);
  });
  grpc::ClientContext pause_context;
  v1::Binding paused;
  v1::PauseBindingRequest pause_request;
  pause_request.mutable_timeout()->set_seconds(60);
  auto pause = std::async(std::launch::async, [&] {
    return bindings_->PauseBinding(&pause_context, pause_request, &paused);
  });
  ASSERT_TRUE(Eventually([&] {
    return engine_->held_sends() == 1 && engine_->blocked_pauses() == 1;
  }));
  const absl::Time start = absl::Now();
  EXPECT_TRUE(server_->Shutdown(absl::Milliseconds(100)).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_FALSE(send.get().ok());
  EXPECT_FALSE(pause.get().ok());
}

TEST_F(ShutdownTest, TheEndMayComeAtAnyMoment) {
  engine_->HoldSends();
  std::atomic<bool> stop{false};
  std::vector<std::thread> clients;
  for (int t = 0; t < 3; ++t) {
    clients.emplace_back([&, t] {
      while (!stop) {
        grpc::ClientContext context;
        context.set_deadline(
            absl::ToChronoTime(absl::Now() + absl::Milliseconds(20)));
        if (t == 0) {
          v1::SendFramesResponse response;
          data_path_->SendFrames(&context, Frame(), &response);
        } else if (t == 1) {
          v1::WatchBindingRequest request;
          request.set_name(std::string(FakeEngine::kBinding));
          const auto reader = bindings_->WatchBinding(&context, request);
          v1::BindingEvent event;
          while (reader->Read(&event)) {
          }
          reader->Finish();
        } else {
          v1::ReceiveFramesRequest request;
          request.set_binding(std::string(FakeEngine::kBinding));
          const auto reader = data_path_->ReceiveFrames(&context, request);
          v1::ReceiveFramesResponse message;
          while (reader->Read(&message)) {
          }
          reader->Finish();
        }
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(server_->Shutdown(absl::Milliseconds(200)).ok());
  stop = true;
  for (std::thread& client : clients) client.join();
}

TEST_F(ShutdownTest, AServerThatIsDroppedEndsToo) {
  grpc::ClientContext context;
  v1::WatchBindingRequest request;
  request.set_name(std::string(FakeEngine::kBinding));
  const auto watcher = bindings_->WatchBinding(&context, request);
  v1::BindingEvent event;
  ASSERT_TRUE(watcher->Read(&event));
  server_.reset();
  EXPECT_FALSE(watcher->Read(&event));
  EXPECT_FALSE(watcher->Finish().ok());
}

}  // namespace
}  // namespace netbuf
