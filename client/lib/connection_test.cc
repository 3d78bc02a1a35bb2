// The gRPC side of the library, against services in this process.

#include "client/lib/connection.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/lib/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "netbuf/v1/binding_service.grpc.pb.h"

namespace netbuf::client {
namespace {

// Answers as the test says.
class FakeAdapters : public v1::AdapterService::Service {
 public:
  grpc::Status GetAdapter(grpc::ServerContext* context,
                          const v1::GetAdapterRequest* request,
                          v1::Adapter* response) override {
    ++gets;
    response->set_name(request->name());
    return on_get ? on_get(context) : grpc::Status::OK;
  }

  grpc::Status CreateAdapter(grpc::ServerContext*,
                             const v1::CreateAdapterRequest*,
                             v1::Adapter*) override {
    ++creates;
    return grpc::Status(grpc::UNAVAILABLE, "not now");
  }

  std::atomic<int> gets = 0;
  std::atomic<int> creates = 0;
  std::function<grpc::Status(grpc::ServerContext*)> on_get;
};

class FakeBindings : public v1::BindingService::Service {
 public:
  grpc::Status PauseBinding(grpc::ServerContext* context,
                            const v1::PauseBindingRequest*,
                            v1::Binding*) override {
    pause_time = absl::FromChrono(context->deadline()) - absl::Now();
    return grpc::Status::OK;
  }

  // Not open, then open without a message, each as long as the test says; two
  // events, and then as the test says.
  grpc::Status WatchBinding(
      grpc::ServerContext* context, const v1::WatchBindingRequest*,
      grpc::ServerWriter<v1::BindingEvent>* writer) override {
    while (closed && !context->IsCancelled()) std::this_thread::yield();
    if (open_only) {
      writer->SendInitialMetadata();
      while (open_only && !context->IsCancelled()) std::this_thread::yield();
    }
    v1::BindingEvent event;
    for (uint64_t i = 1; i <= 2; ++i) {
      event.set_lost_events(i);
      writer->Write(event);
    }
    while (endless && !context->IsCancelled()) {
      std::this_thread::yield();
    }
    return grpc::Status::OK;
  }

  absl::Duration pause_time;
  std::atomic<bool> closed = false;
  std::atomic<bool> open_only = false;
  std::atomic<bool> endless = false;
};

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&adapters_);
    builder.RegisterService(&bindings_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  std::shared_ptr<Connection> Connect(
      absl::Duration timeout = absl::Seconds(30)) {
    return MakeConnection(
        {.address = address_,
         .timeout = timeout,
         .retry = {.initial_backoff = absl::Milliseconds(1)}});
  }

  v1::GetAdapterRequest Named(const std::string& name) {
    v1::GetAdapterRequest request;
    request.set_name(name);
    return request;
  }

  FakeAdapters adapters_;
  FakeBindings bindings_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(ConnectionTest, AnswersArrive) {
  const absl::StatusOr<v1::Adapter> adapter =
      Connect()->GetAdapter(Named("adapters/a1"));
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  EXPECT_EQ(adapter->name(), "adapters/a1");
}

TEST_F(ConnectionTest, IdempotentCallRidesOutAServerThatIsAway) {
  adapters_.on_get = [this](grpc::ServerContext*) {
    return adapters_.gets < 3 ? grpc::Status(grpc::UNAVAILABLE, "restarting")
                              : grpc::Status::OK;
  };
  EXPECT_TRUE(Connect()->GetAdapter(Named("adapters/a1")).ok());
  EXPECT_EQ(adapters_.gets, 3);
}

TEST_F(ConnectionTest, CallThatChangesSomethingIsMadeOnce) {
  EXPECT_TRUE(absl::IsUnavailable(
      Connect()->CreateAdapter(v1::CreateAdapterRequest()).status()));
  EXPECT_EQ(adapters_.creates, 1);
}

TEST_F(ConnectionTest, EveryCallHasADeadline) {
  adapters_.on_get = [](grpc::ServerContext* context) {
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(Connect(absl::Milliseconds(50))
                                           ->GetAdapter(Named("adapters/a1"))
                                           .status()));
}

TEST_F(ConnectionTest, CallWithATimeoutOfItsOwnHasTimeForIt) {
  v1::PauseBindingRequest request;
  request.mutable_timeout()->set_seconds(45);
  ASSERT_TRUE(Connect(absl::Seconds(1))->PauseBinding(request).ok());
  EXPECT_GT(bindings_.pause_time, absl::Seconds(46));
  EXPECT_LT(bindings_.pause_time, absl::Seconds(51));
}

TEST_F(ConnectionTest, TheServersOwnTimeoutIsKnown) {
  ASSERT_TRUE(
      Connect(absl::Seconds(1))->PauseBinding(v1::PauseBindingRequest()).ok());
  EXPECT_GT(bindings_.pause_time, absl::Seconds(11));
}

TEST_F(ConnectionTest, ErrorDetailsArrive) {
  adapters_.on_get = [](grpc::ServerContext*) {
    google::rpc::Status status;
    status.set_code(grpc::NOT_FOUND);
    google::rpc::ErrorInfo info;
    info.set_reason("ADAPTER_NOT_FOUND");
    status.add_details()->PackFrom(info);
    grpc::Status wire;
    grpc::SetErrorDetails(status, &wire);
    return wire;
  };
  const absl::Status status =
      Connect()->GetAdapter(Named("adapters/a1")).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(GetErrorDetails(status).reason(), "ADAPTER_NOT_FOUND");
}

TEST_F(ConnectionTest, StreamIsReadToItsEnd) {
  const auto events = Connect()->WatchBinding(v1::WatchBindingRequest());
  v1::BindingEvent event;
  ASSERT_TRUE(events->Read(&event));
  EXPECT_EQ(event.lost_events(), 1);
  ASSERT_TRUE(events->Read(&event));
  EXPECT_EQ(event.lost_events(), 2);
  EXPECT_FALSE(events->Read(&event));
  EXPECT_TRUE(events->Finish().ok());
  EXPECT_FALSE(events->Read(&event));
  EXPECT_TRUE(events->Finish().ok());
}

TEST_F(ConnectionTest, StreamIsOpenBeforeItsFirstMessage) {
  bindings_.open_only = true;
  const auto events = Connect()->WatchBinding(v1::WatchBindingRequest());
  events->AwaitOpen();
  bindings_.open_only = false;  // Only now are there messages.
  v1::BindingEvent event;
  EXPECT_TRUE(events->Read(&event));
  events->AwaitOpen();  // It is.
  EXPECT_TRUE(events->Read(&event));
  EXPECT_FALSE(events->Read(&event));
  events->AwaitOpen();
  EXPECT_TRUE(events->Finish().ok());
}

TEST_F(ConnectionTest, CancelEndsTheWaitForAStreamToOpen) {
  bindings_.closed = true;
  const auto events = Connect()->WatchBinding(v1::WatchBindingRequest());
  std::thread canceller([&events] { events->Cancel(); });
  events->AwaitOpen();
  canceller.join();
  EXPECT_TRUE(absl::IsCancelled(events->Finish()));
}

TEST_F(ConnectionTest, CancelEndsAReadThatWaits) {
  bindings_.endless = true;
  const auto events = Connect()->WatchBinding(v1::WatchBindingRequest());
  v1::BindingEvent event;
  ASSERT_TRUE(events->Read(&event));
  ASSERT_TRUE(events->Read(&event));
  std::thread canceller([&events] { events->Cancel(); });
  EXPECT_FALSE(events->Read(&event));
  canceller.join();
  EXPECT_TRUE(absl::IsCancelled(events->Finish()));
}

TEST_F(ConnectionTest, DroppedReaderCancels) {
  bindings_.endless = true;
  Connect()->WatchBinding(v1::WatchBindingRequest()).reset();
}

TEST_F(ConnectionTest, StreamToNowhereSaysSoInFinish) {
  server_->Shutdown();
  const auto events = Connect()->WatchBinding(v1::WatchBindingRequest());
  events->AwaitOpen();
  v1::BindingEvent event;
  EXPECT_FALSE(events->Read(&event));
  EXPECT_TRUE(absl::IsUnavailable(events->Finish()));
}

TEST_F(ConnectionTest, HealthIsThatOfTheServer) {
  const auto connection = Connect();
  absl::StatusOr<ServingStatus> status = connection->CheckHealth("");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(*status, ServingStatus::kServing);
  server_->GetHealthCheckService()->SetServingStatus(false);
  status = connection->CheckHealth("");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(*status, ServingStatus::kNotServing);
  EXPECT_TRUE(
      absl::IsNotFound(connection->CheckHealth("no.such.Service").status()));
}

}  // namespace
}  // namespace netbuf::client
