#include "client/lib/connection.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/time/clock.h"
#include "client/lib/error.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/wrappers.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/channel_arguments.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "netbuf/v1/buffer_service.grpc.pb.h"
#include "netbuf/v1/data_path_service.grpc.pb.h"
#include "netbuf/v1/oid_service.grpc.pb.h"
#include "netbuf/v1/pool_service.grpc.pb.h"
#include "netbuf/v1/protocol_service.grpc.pb.h"

namespace netbuf::client {
namespace {

// The default of every `timeout` field in the API, and the time that the answer
// may need on top.
constexpr absl::Duration kServerTimeout = absl::Seconds(10);
constexpr absl::Duration kTimeoutMargin = absl::Seconds(5);

// The largest answer is a ReceiveFramesResponse: 1024 frames of 64 KiB.
constexpr int kMaxReceiveBytes = 1024 * 65536 + 65536;

// Pings would tell a dead peer sooner, but a server that does not expect them
// answers with GOAWAY; TCP and the deadlines do.
grpc::ChannelArguments ChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetUserAgentPrefix("netbuf-client");
  // The channels of two Clients share no connection, so one's bulk data does
  // not delay the other's small calls.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A server that restarts is found again in a second, not in minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  return arguments;
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

// How long the server itself may take over a request: its `timeout` field, if
// its type has one.
template <typename Request>
absl::Duration RequestedTime(const Request& request) {
  if constexpr (requires { request.has_timeout(); }) {
    return (request.has_timeout() ? ToDuration(request.timeout())
                                  : kServerTimeout) +
           kTimeoutMargin;
  } else {
    return absl::ZeroDuration();
  }
}

template <typename Message>
class GrpcStreamReader : public StreamReader<Message> {
 public:
  // `open` starts the call on the given context.
  template <typename Open>
  GrpcStreamReader(absl::Time deadline, Open&& open) {
    context_.set_deadline(absl::ToChronoTime(deadline));
    reader_ = open(&context_);
  }

  ~GrpcStreamReader() override {
    Cancel();
    Finish().IgnoreError();
  }

  void AwaitOpen() override {
    // gRPC wants it at most once, and not after a read.
    if (!std::exchange(open_, true)) reader_->WaitForInitialMetadata();
  }

  bool Read(Message* message) override {
    if (ended_) return false;
    open_ = true;
    ended_ = !reader_->Read(message);
    return !ended_;
  }

  absl::Status Finish() override {
    Message ignored;
    while (Read(&ignored)) {
    }
    if (!finished_) status_ = ToAbslStatus(reader_->Finish());
    finished_ = true;
    return status_;
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderInterface<Message>> reader_;
  bool open_ = false;
  bool ended_ = false;
  bool finished_ = false;
  absl::Status status_;
};

class GrpcConnection : public Connection {
 public:
  explicit GrpcConnection(const ClientOptions& options)
      : options_(options),
        environment_(RetryEnvironment::Real()),
        channel_(grpc::CreateCustomChannel(
            options.address,
            options.credentials != nullptr ? options.credentials
                                           : grpc::InsecureChannelCredentials(),
            ChannelArguments())) {}

  absl::StatusOr<v1::Adapter> CreateAdapter(
      const v1::CreateAdapterRequest& request) override {
    return Call(*adapter_, &v1::AdapterService::StubInterface::CreateAdapter,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Adapter> GetAdapter(
      const v1::GetAdapterRequest& request) override {
    return Call(*adapter_, &v1::AdapterService::StubInterface::GetAdapter,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListAdaptersResponse> ListAdapters(
      const v1::ListAdaptersRequest& request) override {
    return Call(*adapter_, &v1::AdapterService::StubInterface::ListAdapters,
                request, Idempotency::kIdempotent);
  }
  absl::Status DeleteAdapter(const v1::DeleteAdapterRequest& request) override {
    return CallEmpty(*adapter_,
                     &v1::AdapterService::StubInterface::DeleteAdapter, request,
                     Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::FilterModule> AttachFilter(
      const v1::AttachFilterRequest& request) override {
    return Call(*adapter_, &v1::AdapterService::StubInterface::AttachFilter,
                request, Idempotency::kNotIdempotent);
  }
  absl::Status DetachFilter(const v1::DetachFilterRequest& request) override {
    return CallEmpty(*adapter_,
                     &v1::AdapterService::StubInterface::DetachFilter, request,
                     Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Adapter> SetLinkState(
      const v1::SetLinkStateRequest& request) override {
    return Call(*adapter_, &v1::AdapterService::StubInterface::SetLinkState,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Protocol> RegisterProtocol(
      const v1::RegisterProtocolRequest& request) override {
    return Call(*protocol_,
                &v1::ProtocolService::StubInterface::RegisterProtocol, request,
                Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Protocol> GetProtocol(
      const v1::GetProtocolRequest& request) override {
    return Call(*protocol_, &v1::ProtocolService::StubInterface::GetProtocol,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListProtocolsResponse> ListProtocols(
      const v1::ListProtocolsRequest& request) override {
    return Call(*protocol_, &v1::ProtocolService::StubInterface::ListProtocols,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::Protocol> KeepAliveProtocol(
      const v1::KeepAliveProtocolRequest& request) override {
    return Call(*protocol_,
                &v1::ProtocolService::StubInterface::KeepAliveProtocol, request,
                Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::DeregisterProtocolResponse> DeregisterProtocol(
      const v1::DeregisterProtocolRequest& request) override {
    return Call(*protocol_,
                &v1::ProtocolService::StubInterface::DeregisterProtocol,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Binding> OpenBinding(
      const v1::OpenBindingRequest& request) override {
    return Call(*binding_, &v1::BindingService::StubInterface::OpenBinding,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Binding> GetBinding(
      const v1::GetBindingRequest& request) override {
    return Call(*binding_, &v1::BindingService::StubInterface::GetBinding,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListBindingsResponse> ListBindings(
      const v1::ListBindingsRequest& request) override {
    return Call(*binding_, &v1::BindingService::StubInterface::ListBindings,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::Binding> PauseBinding(
      const v1::PauseBindingRequest& request) override {
    return Call(*binding_, &v1::BindingService::StubInterface::PauseBinding,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Binding> RestartBinding(
      const v1::RestartBindingRequest& request) override {
    return Call(*binding_, &v1::BindingService::StubInterface::RestartBinding,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::Binding> CompleteRestartBinding(
      const v1::CompleteRestartBindingRequest& request) override {
    return Call(*binding_,
                &v1::BindingService::StubInterface::CompleteRestartBinding,
                request, Idempotency::kNotIdempotent);
  }
  absl::Status CloseBinding(const v1::CloseBindingRequest& request) override {
    return CallEmpty(*binding_,
                     &v1::BindingService::StubInterface::CloseBinding, request,
                     Idempotency::kNotIdempotent);
  }
  std::unique_ptr<BindingEventReader> WatchBinding(
      const v1::WatchBindingRequest& request) override {
    return OpenStream<v1::BindingEvent>(
        *binding_, &v1::BindingService::StubInterface::WatchBinding, request);
  }
  absl::StatusOr<v1::NetBufferListPool> CreateNetBufferListPool(
      const v1::CreateNetBufferListPoolRequest& request) override {
    return Call(*pool_,
                &v1::PoolService::StubInterface::CreateNetBufferListPool,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::NetBufferListPool> GetNetBufferListPool(
      const v1::GetNetBufferListPoolRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::GetNetBufferListPool,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListNetBufferListPoolsResponse> ListNetBufferListPools(
      const v1::ListNetBufferListPoolsRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::ListNetBufferListPools,
                request, Idempotency::kIdempotent);
  }
  absl::Status DeleteNetBufferListPool(
      const v1::DeleteNetBufferListPoolRequest& request) override {
    return CallEmpty(*pool_,
                     &v1::PoolService::StubInterface::DeleteNetBufferListPool,
                     request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::NetBufferPool> CreateNetBufferPool(
      const v1::CreateNetBufferPoolRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::CreateNetBufferPool,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::NetBufferPool> GetNetBufferPool(
      const v1::GetNetBufferPoolRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::GetNetBufferPool,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::ListNetBufferPoolsResponse> ListNetBufferPools(
      const v1::ListNetBufferPoolsRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::ListNetBufferPools,
                request, Idempotency::kIdempotent);
  }
  absl::Status DeleteNetBufferPool(
      const v1::DeleteNetBufferPoolRequest& request) override {
    return CallEmpty(*pool_,
                     &v1::PoolService::StubInterface::DeleteNetBufferPool,
                     request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::TrimPoolResponse> TrimPool(
      const v1::TrimPoolRequest& request) override {
    return Call(*pool_, &v1::PoolService::StubInterface::TrimPool, request,
                Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AllocateNetBufferListsResponse>
  AllocateNetBufferAndNetBufferLists(
      const v1::AllocateNetBufferAndNetBufferListsRequest& request) override {
    return Call(
        *buffer_,
        &v1::BufferService::StubInterface::AllocateNetBufferAndNetBufferLists,
        request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AllocateNetBufferListsResponse> AllocateNetBufferLists(
      const v1::AllocateNetBufferListsRequest& request) override {
    return Call(*buffer_,
                &v1::BufferService::StubInterface::AllocateNetBufferLists,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AllocateNetBuffersResponse> AllocateNetBuffers(
      const v1::AllocateNetBuffersRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::AllocateNetBuffers,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AllocateNetBuffersResponse> AllocateNetBufferMdlAndData(
      const v1::AllocateNetBufferMdlAndDataRequest& request) override {
    return Call(*buffer_,
                &v1::BufferService::StubInterface::AllocateNetBufferMdlAndData,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::FreeNetBufferListsResponse> FreeNetBufferLists(
      const v1::FreeNetBufferListsRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::FreeNetBufferLists,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::FreeNetBuffersResponse> FreeNetBuffers(
      const v1::FreeNetBuffersRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::FreeNetBuffers,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::NetBufferList> GetNetBufferList(
      const v1::GetNetBufferListRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::GetNetBufferList,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::NetBuffer> GetNetBuffer(
      const v1::GetNetBufferRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::GetNetBuffer,
                request, Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::NetBuffer> WriteData(
      const v1::WriteDataRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::WriteData, request,
                Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::ReadDataResponse> ReadData(
      const v1::ReadDataRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::ReadData, request,
                Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::NetBuffer> SetDataSpace(
      const v1::SetDataSpaceRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::SetDataSpace,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::RetreatDataStartResponse> RetreatDataStart(
      const v1::RetreatDataStartRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::RetreatDataStart,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AdvanceDataStartResponse> AdvanceDataStart(
      const v1::AdvanceDataStartRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::AdvanceDataStart,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::AllocateContextResponse> AllocateContext(
      const v1::AllocateContextRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::AllocateContext,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::FreeContextResponse> FreeContext(
      const v1::FreeContextRequest& request) override {
    return Call(*buffer_, &v1::BufferService::StubInterface::FreeContext,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::QueryOidResponse> QueryOid(
      const v1::QueryOidRequest& request) override {
    return Call(*oid_, &v1::OidService::StubInterface::QueryOid, request,
                Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::SetOidResponse> SetOid(
      const v1::SetOidRequest& request) override {
    return Call(*oid_, &v1::OidService::StubInterface::SetOid, request,
                Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::ListOidsResponse> ListOids(
      const v1::ListOidsRequest& request) override {
    return Call(*oid_, &v1::OidService::StubInterface::ListOids, request,
                Idempotency::kIdempotent);
  }
  absl::StatusOr<v1::SendNetBufferListsResponse> SendNetBufferLists(
      const v1::SendNetBufferListsRequest& request) override {
    return Call(*data_path_,
                &v1::DataPathService::StubInterface::SendNetBufferLists,
                request, Idempotency::kNotIdempotent);
  }
  absl::StatusOr<v1::SendFramesResponse> SendFrames(
      const v1::SendFramesRequest& request) override {
    return Call(*data_path_, &v1::DataPathService::StubInterface::SendFrames,
                request, Idempotency::kNotIdempotent);
  }
  std::unique_ptr<FrameReader> ReceiveFrames(
      const v1::ReceiveFramesRequest& request) override {
    return OpenStream<v1::ReceiveFramesResponse>(
        *data_path_, &v1::DataPathService::StubInterface::ReceiveFrames,
        request);
  }

  absl::StatusOr<ServingStatus> CheckHealth(
      const std::string& service) override {
    // The two messages of grpc.health.v1 that Check needs have one field each,
    // number 1: a string and an enum. The wrapper types are the same on the
    // wire, and spare a copy of health.proto, which the gRPC library of the
    // same process may bring too.
    google::protobuf::StringValue request;
    request.set_value(service);
    google::protobuf::Int32Value response;
    const auto attempt = [&](grpc::ClientContext* context) {
      grpc::TemplatedGenericStub<google::protobuf::StringValue,
                                 google::protobuf::Int32Value>
          stub(channel_);
      std::promise<grpc::Status> done;
      stub.UnaryCall(
          context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
          &request, &response,
          [&done](grpc::Status status) { done.set_value(std::move(status)); });
      return done.get_future().get();
    };
    absl::Status status =
        Attempt(options_.timeout, Idempotency::kIdempotent, attempt);
    if (!status.ok()) return status;
    return static_cast<ServingStatus>(response.value());
  }

 private:
  // Runs attempts within one deadline. `attempt` makes the call on the context
  // it is given and returns its grpc::Status.
  template <typename AttemptFunction>
  absl::Status Attempt(absl::Duration timeout, Idempotency idempotency,
                       const AttemptFunction& attempt) {
    const absl::Time deadline = absl::Now() + timeout;
    return CallWithRetry(options_.retry, idempotency, deadline, environment_,
                         [&] {
                           grpc::ClientContext context;
                           context.set_deadline(absl::ToChronoTime(deadline));
                           return ToAbslStatus(attempt(&context));
                         });
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Stub& stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request, Idempotency idempotency) {
    Response response;
    absl::Status status =
        Attempt(std::max(options_.timeout, RequestedTime(request)), idempotency,
                [&](grpc::ClientContext* context) {
                  return (stub.*method)(context, request, &response);
                });
    if (!status.ok()) return status;
    return response;
  }

  template <typename Stub, typename Request>
  absl::Status CallEmpty(Stub& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                      const Request&,
                                                      google::protobuf::Empty*),
                         const Request& request, Idempotency idempotency) {
    return Call(stub, method, request, idempotency).status();
  }

  template <typename Message, typename Stub, typename Method, typename Request>
  std::unique_ptr<StreamReader<Message>> OpenStream(Stub& stub, Method method,
                                                    const Request& request) {
    return std::make_unique<GrpcStreamReader<Message>>(
        absl::Now() + options_.stream_timeout,
        [&](grpc::ClientContext* context) {
          return (stub.*method)(context, request);
        });
  }

  const ClientOptions options_;
  const RetryEnvironment environment_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AdapterService::StubInterface> adapter_ =
      v1::AdapterService::NewStub(channel_);
  const std::unique_ptr<v1::ProtocolService::StubInterface> protocol_ =
      v1::ProtocolService::NewStub(channel_);
  const std::unique_ptr<v1::BindingService::StubInterface> binding_ =
      v1::BindingService::NewStub(channel_);
  const std::unique_ptr<v1::PoolService::StubInterface> pool_ =
      v1::PoolService::NewStub(channel_);
  const std::unique_ptr<v1::BufferService::StubInterface> buffer_ =
      v1::BufferService::NewStub(channel_);
  const std::unique_ptr<v1::OidService::StubInterface> oid_ =
      v1::OidService::NewStub(channel_);
  const std::unique_ptr<v1::DataPathService::StubInterface> data_path_ =
      v1::DataPathService::NewStub(channel_);
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(const ClientOptions& options) {
  return std::make_shared<GrpcConnection>(options);
}

}  // namespace netbuf::client
