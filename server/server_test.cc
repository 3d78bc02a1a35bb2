// Calls through the wire: errors, pages, sends that complete late, calls that
// block, health.

#include "server/server.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"
#include "server/testing/fake_engine.h"
#include "server/testing/server_fixture.h"

namespace netbuf {
namespace {

template <typename T>
T Detail(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &rich).ok());
  T found;
  for (const auto& any : rich.details()) {
    if (any.Is<T>()) any.UnpackTo(&found);
  }
  return found;
}

std::string Reason(const grpc::Status& status) {
  return Detail<google::rpc::ErrorInfo>(status).reason();
}

// A unary call under way. Lives until its end.
template <typename Response>
struct AsyncCall {
  grpc::ClientContext context;
  Response response;
  std::promise<grpc::Status> done;
  std::future<grpc::Status> status = done.get_future();
};

class ServerTest : public ServerFixture {
 protected:
  static v1::SendFramesRequest Frames(int count) {
    v1::SendFramesRequest request;
    request.set_binding(std::string(FakeEngine::kBinding));
    for (int i = 0; i < count; ++i) request.add_frames("frame");
    return request;
  }

  std::unique_ptr<AsyncCall<v1::SendFramesResponse>> StartSend() {
    auto call = std::make_unique<AsyncCall<v1::SendFramesResponse>>();
    requests_.push_back(std::make_unique<v1::SendFramesRequest>(Frames(2)));
    data_path_->async()->SendFrames(
        &call->context, requests_.back().get(), &call->response,
        [call = call.get()](grpc::Status s) { call->done.set_value(s); });
    return call;
  }

  std::unique_ptr<AsyncCall<v1::Binding>> StartPause() {
    auto call = std::make_unique<AsyncCall<v1::Binding>>();
    bindings_->async()->PauseBinding(
        &call->context, &pause_, &call->response,
        [call = call.get()](grpc::Status s) { call->done.set_value(s); });
    return call;
  }

  grpc::Status CheckHealth(const std::string& service,
                           grpc::health::v1::HealthCheckResponse* response) {
    grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                     grpc::internal::RpcMethod::NORMAL_RPC);
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    return grpc::internal::BlockingUnaryCall(channel_.get(), method, &context,
                                             request, response);
  }

  v1::PauseBindingRequest pause_;
  std::vector<std::unique_ptr<v1::SendFramesRequest>> requests_;
};

TEST_F(ServerTest, HealthAnswersForEachService) {
  grpc::health::v1::HealthCheckResponse response;
  for (const char* service :
       {"", "netbuf.v1.AdapterService", "netbuf.v1.ProtocolService",
        "netbuf.v1.BindingService", "netbuf.v1.PoolService",
        "netbuf.v1.BufferService", "netbuf.v1.OidService",
        "netbuf.v1.DataPathService"}) {
    const grpc::Status status = CheckHealth(service, &response);
    EXPECT_TRUE(status.ok()) << service << ": " << status.error_message();
    EXPECT_EQ(response.status(),
              grpc::health::v1::HealthCheckResponse::SERVING);
  }
  EXPECT_EQ(CheckHealth("nobody", &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, ErrorsOfTheEngineArriveWithTheirDetails) {
  grpc::ClientContext context;
  v1::GetAdapterRequest request;
  request.set_name("adapters/none");
  v1::Adapter response;
  const grpc::Status status =
      adapters_->GetAdapter(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  const auto info = Detail<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.domain(), "netbufd");
  EXPECT_EQ(info.reason(), "NOT_FOUND");
  EXPECT_EQ(info.metadata().at("ndisStatusName"),
            "NDIS_STATUS_ADAPTER_NOT_FOUND");
  EXPECT_EQ(Detail<google::rpc::ResourceInfo>(status).resource_name(),
            "adapters/none");
}

TEST_F(ServerTest, AMissingMessageIsNamed) {
  grpc::ClientContext context;
  v1::CreateAdapterRequest request;
  request.set_adapter_id("a");
  v1::Adapter response;
  const grpc::Status status =
      adapters_->CreateAdapter(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto bad = Detail<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "adapter");
}

TEST_F(ServerTest, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        engine_->CreateAdapter(absl::StrCat("a", i), SimulatedNicOptions())
            .ok());
  }
  std::vector<std::string> names;
  v1::ListAdaptersRequest request;
  request.set_page_size(2);
  for (int page = 0; page < 3; ++page) {
    grpc::ClientContext context;
    v1::ListAdaptersResponse response;
    ASSERT_TRUE(adapters_->ListAdapters(&context, request, &response).ok());
    for (const v1::Adapter& a : response.adapters()) names.push_back(a.name());
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(request.page_token(), "");
  EXPECT_EQ(names, (std::vector<std::string>{"adapters/a0", "adapters/a1",
                                             "adapters/a2", "adapters/a3",
                                             "adapters/a4"}));
}

TEST_F(ServerTest, CreationRunsOnTheExecutorAndAnswers) {
  grpc::ClientContext context;
  v1::CreateAdapterRequest request;
  request.set_adapter_id("a1");
  request.mutable_adapter()->mutable_simulated();
  v1::Adapter response;
  const grpc::Status status =
      adapters_->CreateAdapter(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.name(), "adapters/a1");
  EXPECT_EQ(response.simulated().transmit_descriptors(), 512);
}

TEST_F(ServerTest, ASendIsAnsweredByItsCompletion) {
  grpc::ClientContext context;
  v1::SendFramesResponse response;
  ASSERT_TRUE(data_path_->SendFrames(&context, Frames(3), &response).ok());
  EXPECT_EQ(response.succeeded(), 3);

  engine_->HoldSends();
  const auto call = StartSend();
  ASSERT_TRUE(Eventually([&] { return engine_->held_sends() == 1; }));
  EXPECT_EQ(call->status.wait_for(std::chrono::milliseconds(20)),
            std::future_status::timeout);
  engine_->CompleteSends(NdisStatus::kPaused);
  EXPECT_TRUE(call->status.get().ok());
  EXPECT_EQ(call->response.succeeded(), 0);
  ASSERT_EQ(call->response.ndis_statuses_size(), 2);
  EXPECT_EQ(call->response.ndis_statuses(1), v1::NDIS_STATUS_PAUSED);
}

TEST_F(ServerTest, ASendThatTheEngineRefusesIsAnError) {
  grpc::ClientContext context;
  v1::SendFramesRequest request = Frames(1);
  request.set_binding("protocols/p/bindings/none");
  v1::SendFramesResponse response;
  EXPECT_EQ(data_path_->SendFrames(&context, request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, ListsToSendAreRequiredAndBounded) {
  v1::SendNetBufferListsRequest request;
  request.set_binding(std::string(FakeEngine::kBinding));
  v1::SendNetBufferListsResponse response;
  {
    grpc::ClientContext context;
    const grpc::Status status =
        data_path_->SendNetBufferLists(&context, request, &response);
    EXPECT_EQ(
        Detail<google::rpc::BadRequest>(status).field_violations(0).field(),
        "net_buffer_lists");
  }
  for (int i = 0; i < 3; ++i) request.add_net_buffer_lists(i + 1);
  {
    grpc::ClientContext context;
    ASSERT_TRUE(
        data_path_->SendNetBufferLists(&context, request, &response).ok());
    EXPECT_EQ(response.ndis_statuses_size(), 3);
  }
  for (int i = 0; i < 65534; ++i) request.add_net_buffer_lists(9);
  grpc::ClientContext context;
  EXPECT_EQ(
      data_path_->SendNetBufferLists(&context, request, &response).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, ASendMayCompleteAfterItsClientCancelled) {
  engine_->HoldSends();
  const auto call = StartSend();
  ASSERT_TRUE(Eventually([&] { return engine_->held_sends() == 1; }));
  call->context.TryCancel();
  EXPECT_EQ(call->status.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(engine_->CompleteSends(NdisStatus::kSuccess), 1);
}

TEST_F(ServerTest, ASendMayCompleteAfterItsDeadline) {
  engine_->HoldSends();
  grpc::ClientContext context;
  context.set_deadline(
      absl::ToChronoTime(absl::Now() + absl::Milliseconds(50)));
  v1::SendFramesResponse response;
  EXPECT_EQ(data_path_->SendFrames(&context, Frames(1), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(engine_->CompleteSends(NdisStatus::kSuccess), 1);
}

TEST_F(ServerTest, CompletionsRaceCancellationsSafely) {
  engine_->HoldSends();
  std::atomic<bool> stop{false};
  std::thread completer([&] {
    while (!stop) engine_->CompleteSends(NdisStatus::kSuccess);
  });
  int answered = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<std::unique_ptr<AsyncCall<v1::SendFramesResponse>>> calls;
    for (int i = 0; i < 8; ++i) calls.push_back(StartSend());
    for (int i = 0; i < 8; i += 2) calls[i]->context.TryCancel();
    for (const auto& call : calls) {
      const grpc::Status status = call->status.get();
      if (status.ok()) {
        ++answered;
        EXPECT_EQ(call->response.succeeded(), 2);
      } else {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
      }
    }
  }
  stop = true;
  completer.join();
  EXPECT_GE(answered, 400);  // At least those that nobody cancelled.
}

TEST_F(ServerTest, FramesInFlightAreBounded) {
  engine_->HoldSends();
  constexpr size_t kFrame = kMaxBytesInFlight / 2 - 9 * 1024;
  v1::SendFramesRequest half;
  half.set_binding(std::string(FakeEngine::kBinding));
  half.set_frame_data(std::string(kFrame, 'x'));
  half.add_frame_lengths(kFrame);
  std::vector<std::unique_ptr<AsyncCall<v1::SendFramesResponse>>> calls;
  for (int i = 0; i < 2; ++i) {
    calls.push_back(std::make_unique<AsyncCall<v1::SendFramesResponse>>());
    auto* call = calls.back().get();
    data_path_->async()->SendFrames(
        &call->context, &half, &call->response,
        [call](grpc::Status s) { call->done.set_value(s); });
  }
  ASSERT_TRUE(Eventually([&] { return engine_->held_sends() == 2; }));
  {
    grpc::ClientContext context;
    v1::SendFramesResponse response;
    const grpc::Status status =
        data_path_->SendFrames(&context, Frames(1), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(Reason(status), "TOO_MUCH_IN_FLIGHT");
    EXPECT_GT(Detail<google::rpc::RetryInfo>(status).retry_delay().nanos(), 0);
  }
  engine_->CompleteSends(NdisStatus::kSuccess);
  for (const auto& call : calls) EXPECT_TRUE(call->status.get().ok());
  // The room comes back when gRPC has let go of the requests.
  EXPECT_TRUE(Eventually([&] {
    grpc::ClientContext context;
    v1::SendFramesResponse response;
    context.set_deadline(
        absl::ToChronoTime(absl::Now() + absl::Milliseconds(100)));
    return data_path_->SendFrames(&context, half, &response).error_code() ==
           grpc::StatusCode::DEADLINE_EXCEEDED;
  }));
}

TEST_F(ServerTest, CallsInFlightAreBoundedHoweverSmallTheyAre) {
  engine_->HoldSends();
  // 8 KiB a call, and its few bytes.
  constexpr int kFit = kMaxBytesInFlight / (8 * 1024) - 1;
  std::vector<std::unique_ptr<AsyncCall<v1::SendFramesResponse>>> calls;
  for (int i = 0; i < kFit; ++i) calls.push_back(StartSend());
  ASSERT_TRUE(Eventually([&] { return engine_->held_sends() == kFit; }));
  {
    grpc::ClientContext context;
    v1::SendNetBufferListsRequest lists;
    lists.set_binding(std::string(FakeEngine::kBinding));
    lists.mutable_net_buffer_lists()->Resize(2048, 1);
    v1::SendNetBufferListsResponse response;
    const grpc::Status status =
        data_path_->SendNetBufferLists(&context, lists, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(Reason(status), "TOO_MUCH_IN_FLIGHT");
  }
  engine_->CompleteSends(NdisStatus::kSuccess);
  for (const auto& call : calls) EXPECT_TRUE(call->status.get().ok());
}

TEST_F(ServerTest, AMessageBeyondTheLimitIsRefused) {
  v1::SendFramesRequest request = Frames(0);
  request.set_frame_data(std::string((16 << 20) + 1, 'x'));
  grpc::ClientContext context;
  v1::SendFramesResponse response;
  EXPECT_EQ(data_path_->SendFrames(&context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, CallsThatBlockDoNotHoldUpOthers) {
  engine_->HoldPauses();
  std::vector<std::unique_ptr<AsyncCall<v1::Binding>>> pauses;
  for (int i = 0; i < 16; ++i) pauses.push_back(StartPause());
  ASSERT_TRUE(Eventually([&] { return engine_->blocked_pauses() == 16; }));
  grpc::ClientContext context;
  v1::ListAdaptersResponse response;
  EXPECT_TRUE(adapters_->ListAdapters(&context, {}, &response).ok());
  engine_->ReleasePauses();
  for (const auto& pause : pauses) {
    EXPECT_TRUE(pause->status.get().ok());
    EXPECT_EQ(pause->response.state(), v1::Binding::STATE_PAUSED);
  }
}

TEST_F(ServerTest, TooManyBlockingCallsAreRefusedAtOnce) {
  engine_->HoldPauses();
  std::vector<std::unique_ptr<AsyncCall<v1::Binding>>> pauses;
  for (int i = 0; i < 16; ++i) pauses.push_back(StartPause());
  ASSERT_TRUE(Eventually([&] { return engine_->blocked_pauses() == 16; }));
  for (int i = 0; i < 256 + 10; ++i) pauses.push_back(StartPause());
  const auto refused = [&] {
    int count = 0;
    for (const auto& pause : pauses) {
      if (pause->status.wait_for(std::chrono::seconds(0)) ==
          std::future_status::ready) {
        ++count;
      }
    }
    return count;
  };
  ASSERT_TRUE(Eventually([&] { return refused() == 10; }));
  engine_->ReleasePauses();
  int exhausted = 0;
  for (const auto& pause : pauses) {
    const grpc::Status status = pause->status.get();
    if (status.ok()) continue;
    ++exhausted;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(Reason(status), "CONTROL_QUEUE_FULL");
  }
  EXPECT_EQ(exhausted, 10);
}

TEST_F(ServerTest, ABlockingCallWaitsNoLongerThanItsClient) {
  engine_->HoldPauses();
  pause_.mutable_timeout()->set_seconds(60);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  v1::Binding response;
  const auto call = std::async(std::launch::async, [&] {
    return bindings_->PauseBinding(&context, pause_, &response);
  });
  ASSERT_TRUE(Eventually([&] { return engine_->blocked_pauses() == 1; }));
  // gRPC rounds a client's timeout up to whole hundredths.
  EXPECT_LE(engine_->last_pause_timeout(), absl::Seconds(2.1));
  engine_->ReleasePauses();
}

TEST_F(ServerTest, APauseThatOutlivesItsTimeoutAnswersPausing) {
  engine_->HoldPauses();
  pause_.mutable_timeout()->set_nanos(10'000'000);
  const auto call = StartPause();
  EXPECT_TRUE(call->status.get().ok());
  EXPECT_EQ(call->response.state(), v1::Binding::STATE_PAUSING);
}

TEST_F(ServerTest, ATimeoutBeyondTheLimitIsRefused) {
  pause_.mutable_timeout()->set_seconds(61);
  const auto call = StartPause();
  const grpc::Status status = call->status.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Detail<google::rpc::BadRequest>(status).field_violations(0).field(),
            "timeout");
}

TEST_F(ServerTest, ACallCancelledInTheQueueNeverRuns) {
  engine_->HoldPauses();
  std::vector<std::unique_ptr<AsyncCall<v1::Binding>>> pauses;
  for (int i = 0; i < 16; ++i) pauses.push_back(StartPause());
  ASSERT_TRUE(Eventually([&] { return engine_->blocked_pauses() == 16; }));
  pause_.mutable_timeout()->set_seconds(33);
  const auto queued = StartPause();
  queued->context.TryCancel();
  EXPECT_EQ(queued->status.get().error_code(), grpc::StatusCode::CANCELLED);
  // A call behind it, so that the queue has gone past it when that is answered.
  // The server may learn of the cancellation later than the client.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  pause_.mutable_timeout()->set_seconds(5);
  const auto behind = StartPause();
  engine_->ReleasePauses();
  EXPECT_TRUE(behind->status.get().ok());
  EXPECT_LE(engine_->last_pause_timeout(), absl::Seconds(10));
  for (const auto& pause : pauses) EXPECT_TRUE(pause->status.get().ok());
}

}  // namespace
}  // namespace netbuf
