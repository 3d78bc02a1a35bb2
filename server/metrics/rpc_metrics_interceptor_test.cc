// The interceptor in a real server, in this process, under real calls.

#include "server/metrics/rpc_metrics_interceptor.h"

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "netbuf/v1/protocol_service.grpc.pb.h"
#include "server/metrics/exposition.h"

namespace netbuf {
namespace {

// GetProtocol answers as its request's name says; what is not overridden is
// UNIMPLEMENTED.
class ProtocolService : public v1::ProtocolService::CallbackService {
  grpc::ServerUnaryReactor* GetProtocol(grpc::CallbackServerContext* context,
                                        const v1::GetProtocolRequest* request,
                                        v1::Protocol*) override {
    if (request->name() == "until cancelled") {
      class Waiter : public grpc::ServerUnaryReactor {
        void OnCancel() override { Finish(grpc::Status::CANCELLED); }
        void OnDone() override { delete this; }
      };
      return new Waiter();
    }
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(request->name() == "known"
                        ? grpc::Status::OK
                        : grpc::Status(grpc::StatusCode::NOT_FOUND, "none"));
    return reactor;
  }
};

// WatchBinding writes three events, then ends as its request's name says.
class BindingService : public v1::BindingService::CallbackService {
  class Events : public grpc::ServerWriteReactor<v1::BindingEvent> {
   public:
    explicit Events(bool until_cancelled) : until_cancelled_(until_cancelled) {
      StartWrite(&event_);
    }

   private:
    void OnWriteDone(bool ok) override {
      if (!ok) return;  // The client went away; OnCancel finishes.
      if (++written_ < 3) {
        StartWrite(&event_);
      } else if (!until_cancelled_) {
        Finish(grpc::Status::OK);
      }
    }
    void OnCancel() override {
      if (until_cancelled_) Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

    const bool until_cancelled_;
    const v1::BindingEvent event_;
    int written_ = 0;
  };

  grpc::ServerWriteReactor<v1::BindingEvent>* WatchBinding(
      grpc::CallbackServerContext*,
      const v1::WatchBindingRequest* request) override {
    return new Events(request->name() == "until cancelled");
  }
};

std::vector<RpcMethod> AllMethods() {
  std::vector<RpcMethod> methods =
      RpcMethodsOf(v1::Protocol::descriptor()->file()->service(0));
  for (RpcMethod& method :
       RpcMethodsOf(v1::Binding::descriptor()->file()->service(0))) {
    methods.push_back(std::move(method));
  }
  return methods;
}

class RpcMetricsInterceptorTest : public testing::Test {
 protected:
  RpcMetricsInterceptorTest() : metrics_(AllMethods()) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&protocol_service_);
    builder.RegisterService(&binding_service_);
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        creators;
    creators.push_back(MakeRpcMetricsInterceptorFactory(&metrics_));
    builder.experimental().SetInterceptorCreators(std::move(creators));
    server_ = builder.BuildAndStart();
    channel_ = server_->InProcessChannel(grpc::ChannelArguments());
    protocols_ = v1::ProtocolService::NewStub(channel_);
    bindings_ = v1::BindingService::NewStub(channel_);
  }
  ~RpcMetricsInterceptorTest() override { StopServer(); }

  // After it every call has been dropped by gRPC and all that happened counted.
  void StopServer() {
    server_->Shutdown();
    server_->Wait();
  }

  grpc::Status GetProtocol(const std::string& name,
                           grpc::ClientContext* context) {
    v1::GetProtocolRequest request;
    request.set_name(name);
    v1::Protocol response;
    return protocols_->GetProtocol(context, request, &response);
  }
  grpc::Status GetProtocol(const std::string& name) {
    grpc::ClientContext context;
    return GetProtocol(name, &context);
  }

  std::unique_ptr<grpc::ClientReader<v1::BindingEvent>> Watch(
      const std::string& name, grpc::ClientContext* context) {
    v1::WatchBindingRequest request;
    request.set_name(name);
    return bindings_->WatchBinding(context, request);
  }

  // All series that are not 0, but for durations, each without its name's
  // prefix: "handled_total{...}".
  std::map<std::string, double> Counted() const {
    std::map<std::string, double> counted;
    for (const auto& [series, value] : Samples(TextOf(metrics_))) {
      if (value == 0 || absl::StrContains(series, "_seconds_bucket") ||
          absl::StrContains(series, "_seconds_sum")) {
        continue;
      }
      counted[series.substr(sizeof("grpc_server_") - 1)] = value;
    }
    return counted;
  }

  static std::string Labels(const char* type, const char* service,
                            const char* method) {
    return absl::StrCat("{grpc_type=\"", type, "\",grpc_service=\"netbuf.v1.",
                        service, "\",grpc_method=\"", method, "\"");
  }

  RpcMetrics metrics_;
  ProtocolService protocol_service_;
  BindingService binding_service_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ProtocolService::Stub> protocols_;
  std::unique_ptr<v1::BindingService::Stub> bindings_;
};

using Counts = std::map<std::string, double>;
const char* const kGetProtocol[] = {"unary", "ProtocolService", "GetProtocol"};
const char* const kWatchBinding[] = {"server_stream", "BindingService",
                                     "WatchBinding"};

TEST_F(RpcMetricsInterceptorTest, AUnaryCallThatSucceedsCountsOnce) {
  EXPECT_TRUE(GetProtocol("known").ok());
  StopServer();
  const std::string labels =
      Labels(kGetProtocol[0], kGetProtocol[1], kGetProtocol[2]);
  EXPECT_EQ(Counted(), (Counts{
                           {"started_total" + labels + "}", 1},
                           {"msg_received_total" + labels + "}", 1},
                           {"msg_sent_total" + labels + "}", 1},
                           {"handled_total" + labels + ",grpc_code=\"OK\"}", 1},
                           {"handling_seconds_count" + labels + "}", 1},
                       }));
}

TEST_F(RpcMetricsInterceptorTest, AUnaryCallThatFailsSendsNoMessage) {
  EXPECT_EQ(GetProtocol("unknown").error_code(), grpc::StatusCode::NOT_FOUND);
  StopServer();
  const std::string labels =
      Labels(kGetProtocol[0], kGetProtocol[1], kGetProtocol[2]);
  EXPECT_EQ(Counted(),
            (Counts{
                {"started_total" + labels + "}", 1},
                {"msg_received_total" + labels + "}", 1},
                {"handled_total" + labels + ",grpc_code=\"NotFound\"}", 1},
                {"handling_seconds_count" + labels + "}", 1},
            }));
}

TEST_F(RpcMetricsInterceptorTest, AUnaryCallPastItsDeadlineCountsOnce) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(50));
  EXPECT_EQ(GetProtocol("until cancelled", &context).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  StopServer();
  const std::string labels =
      Labels(kGetProtocol[0], kGetProtocol[1], kGetProtocol[2]);
  EXPECT_EQ(Counted(),
            (Counts{
                {"started_total" + labels + "}", 1},
                {"msg_received_total" + labels + "}", 1},
                {"handled_total" + labels + ",grpc_code=\"Canceled\"}", 1},
                {"handling_seconds_count" + labels + "}", 1},
            }));
}

TEST_F(RpcMetricsInterceptorTest, AStreamCountsItsMessagesAndItselfOnce) {
  grpc::ClientContext context;
  auto reader = Watch("three", &context);
  v1::BindingEvent event;
  int read = 0;
  while (reader->Read(&event)) ++read;
  EXPECT_EQ(read, 3);
  EXPECT_TRUE(reader->Finish().ok());
  StopServer();
  const std::string labels =
      Labels(kWatchBinding[0], kWatchBinding[1], kWatchBinding[2]);
  EXPECT_EQ(Counted(), (Counts{
                           {"started_total" + labels + "}", 1},
                           {"msg_received_total" + labels + "}", 1},
                           {"msg_sent_total" + labels + "}", 3},
                           {"handled_total" + labels + ",grpc_code=\"OK\"}", 1},
                           {"handling_seconds_count" + labels + "}", 1},
                       }));
}

TEST_F(RpcMetricsInterceptorTest, AStreamThatItsClientCancelsCountsOnce) {
  grpc::ClientContext context;
  auto reader = Watch("until cancelled", &context);
  v1::BindingEvent event;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->Read(&event));
  const std::string labels =
      Labels(kWatchBinding[0], kWatchBinding[1], kWatchBinding[2]);
  EXPECT_EQ(Counted().count("handling_seconds_count" + labels + "}"), 0u)
      << "still running";
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  StopServer();
  EXPECT_EQ(Counted(),
            (Counts{
                {"started_total" + labels + "}", 1},
                {"msg_received_total" + labels + "}", 1},
                {"msg_sent_total" + labels + "}", 3},
                {"handled_total" + labels + ",grpc_code=\"Canceled\"}", 1},
                {"handling_seconds_count" + labels + "}", 1},
            }));
}

TEST_F(RpcMetricsInterceptorTest, ACallThatEndsWithTheServerCountsOnce) {
  grpc::ClientContext context;
  auto reader = Watch("until cancelled", &context);
  v1::BindingEvent event;
  ASSERT_TRUE(reader->Read(&event));
  server_->Shutdown(std::chrono::system_clock::now());
  StopServer();
  EXPECT_FALSE(reader->Finish().ok());
  const Counts counted = Counted();
  const std::string labels =
      Labels(kWatchBinding[0], kWatchBinding[1], kWatchBinding[2]);
  EXPECT_EQ(counted.at("started_total" + labels + "}"), 1);
  EXPECT_EQ(counted.at("handled_total" + labels + ",grpc_code=\"Canceled\"}"),
            1);
}

TEST_F(RpcMetricsInterceptorTest, AMethodNobodyServesIsCountedIfItIsListed) {
  grpc::ClientContext context;
  v1::Protocol response;
  EXPECT_EQ(protocols_
                ->KeepAliveProtocol(&context, v1::KeepAliveProtocolRequest(),
                                    &response)
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  StopServer();
  const std::string labels =
      Labels("unary", "ProtocolService", "KeepAliveProtocol");
  const Counts counted = Counted();
  EXPECT_EQ(counted.at("started_total" + labels + "}"), 1);
  EXPECT_EQ(
      counted.at("handled_total" + labels + ",grpc_code=\"Unimplemented\"}"),
      1);
}

// Calls `path` with bytes that need be no message.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& path, const std::string& bytes) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const grpc::Slice slice(bytes);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(
      &context, path, grpc::StubOptions(), &request, &response,
      [&done](grpc::Status status) { done.set_value(std::move(status)); });
  return done.get_future().get();
}

TEST_F(RpcMetricsInterceptorTest, AnUnknownMethodMakesNoSeries) {
  const size_t before = Samples(TextOf(metrics_)).size();
  for (const char* path :
       {"/netbuf.v1.ProtocolService/Nope", "/other.Service/GetProtocol"}) {
    EXPECT_EQ(CallRaw(channel_, path, "").error_code(),
              grpc::StatusCode::UNIMPLEMENTED);
  }
  StopServer();
  EXPECT_EQ(Samples(TextOf(metrics_)).size(), before);
  EXPECT_EQ(Counted(), Counts());
}

TEST_F(RpcMetricsInterceptorTest, ARequestThatDoesNotParseCountsOnce) {
  EXPECT_FALSE(CallRaw(channel_, "/netbuf.v1.ProtocolService/GetProtocol",
                       "\xff\xff\xff")
                   .ok());
  StopServer();
  double started = 0;
  double handled = 0;
  for (const auto& [series, value] : Counted()) {
    if (absl::StartsWith(series, "started_total")) started += value;
    if (absl::StartsWith(series, "handled_total")) handled += value;
  }
  EXPECT_EQ(started, 1);
  EXPECT_EQ(handled, 1);
}

TEST_F(RpcMetricsInterceptorTest, ManyCallsAreEachCountedOnce) {
  constexpr int kCalls = 200;
  for (int i = 0; i < kCalls; ++i)
    GetProtocol(i % 2 == 0 ? "known" : "unknown");
  StopServer();
  const Counts counted = Counted();
  const std::string labels =
      Labels(kGetProtocol[0], kGetProtocol[1], kGetProtocol[2]);
  EXPECT_EQ(counted.at("started_total" + labels + "}"), kCalls);
  EXPECT_EQ(counted.at("handled_total" + labels + ",grpc_code=\"OK\"}"),
            kCalls / 2);
  EXPECT_EQ(counted.at("handled_total" + labels + ",grpc_code=\"NotFound\"}"),
            kCalls / 2);
  EXPECT_EQ(counted.at("handling_seconds_count" + labels + "}"), kCalls);
}

}  // namespace
}  // namespace netbuf
