// One server as the client library sees it: every RPC of netbuf.v1, and health.
//
// Client calls this interface; MakeConnection implements it over gRPC, and
// tests of programs that use Client implement it without a server
// (mock_connection.h).
//
// What an implementation promises: every unary call ends within a finite
// deadline, retries as retry.h says, and reports errors as error.h says.
//
// Thread safety: all methods, from any thread.

#ifndef NETBUFD_CLIENT_LIB_CONNECTION_H_
#define NETBUFD_CLIENT_LIB_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/lib/retry.h"
#include "client/lib/stream_reader.h"
#include "grpcpp/security/credentials.h"
#include "netbuf/v1/adapter_service.pb.h"
#include "netbuf/v1/binding_service.pb.h"
#include "netbuf/v1/buffer_service.pb.h"
#include "netbuf/v1/data_path_service.pb.h"
#include "netbuf/v1/oid_service.pb.h"
#include "netbuf/v1/pool_service.pb.h"
#include "netbuf/v1/protocol_service.pb.h"

namespace netbuf::client {

struct ClientOptions {
  // "host:port", "unix:/path"; what gRPC resolves.
  std::string address = "127.0.0.1:50051";

  // Of one call, retries included. Calls that carry a timeout of their own
  // (PauseBinding, AttachFilter, ...) get that and 5 s more, if it is longer.
  absl::Duration timeout = absl::Seconds(10);

  // Of a stream. Long, but not for ever: a peer that vanished without a word
  // must not hold a thread until the end of days.
  absl::Duration stream_timeout = absl::Hours(24);

  RetryPolicy retry = {};

  // Null: plaintext, for loopback and trusted networks.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
};

// grpc.health.v1.HealthCheckResponse.ServingStatus.
enum class ServingStatus {
  kUnknown = 0,
  kServing = 1,
  kNotServing = 2,
  kServiceUnknown = 3,
};

class Connection {
 public:
  virtual ~Connection() = default;

  // AdapterService.
  virtual absl::StatusOr<v1::Adapter> CreateAdapter(
      const v1::CreateAdapterRequest& request) = 0;
  virtual absl::StatusOr<v1::Adapter> GetAdapter(
      const v1::GetAdapterRequest& request) = 0;
  virtual absl::StatusOr<v1::ListAdaptersResponse> ListAdapters(
      const v1::ListAdaptersRequest& request) = 0;
  virtual absl::Status DeleteAdapter(
      const v1::DeleteAdapterRequest& request) = 0;
  virtual absl::StatusOr<v1::FilterModule> AttachFilter(
      const v1::AttachFilterRequest& request) = 0;
  virtual absl::Status DetachFilter(const v1::DetachFilterRequest& request) = 0;
  virtual absl::StatusOr<v1::Adapter> SetLinkState(
      const v1::SetLinkStateRequest& request) = 0;

  // ProtocolService.
  virtual absl::StatusOr<v1::Protocol> RegisterProtocol(
      const v1::RegisterProtocolRequest& request) = 0;
  virtual absl::StatusOr<v1::Protocol> GetProtocol(
      const v1::GetProtocolRequest& request) = 0;
  virtual absl::StatusOr<v1::ListProtocolsResponse> ListProtocols(
      const v1::ListProtocolsRequest& request) = 0;
  virtual absl::StatusOr<v1::Protocol> KeepAliveProtocol(
      const v1::KeepAliveProtocolRequest& request) = 0;
  virtual absl::StatusOr<v1::DeregisterProtocolResponse> DeregisterProtocol(
      const v1::DeregisterProtocolRequest& request) = 0;

  // BindingService.
  virtual absl::StatusOr<v1::Binding> OpenBinding(
      const v1::OpenBindingRequest& request) = 0;
  virtual absl::StatusOr<v1::Binding> GetBinding(
      const v1::GetBindingRequest& request) = 0;
  virtual absl::StatusOr<v1::ListBindingsResponse> ListBindings(
      const v1::ListBindingsRequest& request) = 0;
  virtual absl::StatusOr<v1::Binding> PauseBinding(
      const v1::PauseBindingRequest& request) = 0;
  virtual absl::StatusOr<v1::Binding> RestartBinding(
      const v1::RestartBindingRequest& request) = 0;
  virtual absl::StatusOr<v1::Binding> CompleteRestartBinding(
      const v1::CompleteRestartBindingRequest& request) = 0;
  virtual absl::Status CloseBinding(const v1::CloseBindingRequest& request) = 0;
  virtual std::unique_ptr<BindingEventReader> WatchBinding(
      const v1::WatchBindingRequest& request) = 0;

  // PoolService.
  virtual absl::StatusOr<v1::NetBufferListPool> CreateNetBufferListPool(
      const v1::CreateNetBufferListPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBufferListPool> GetNetBufferListPool(
      const v1::GetNetBufferListPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::ListNetBufferListPoolsResponse>
  ListNetBufferListPools(const v1::ListNetBufferListPoolsRequest& request) = 0;
  virtual absl::Status DeleteNetBufferListPool(
      const v1::DeleteNetBufferListPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBufferPool> CreateNetBufferPool(
      const v1::CreateNetBufferPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBufferPool> GetNetBufferPool(
      const v1::GetNetBufferPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::ListNetBufferPoolsResponse> ListNetBufferPools(
      const v1::ListNetBufferPoolsRequest& request) = 0;
  virtual absl::Status DeleteNetBufferPool(
      const v1::DeleteNetBufferPoolRequest& request) = 0;
  virtual absl::StatusOr<v1::TrimPoolResponse> TrimPool(
      const v1::TrimPoolRequest& request) = 0;

  // BufferService.
  virtual absl::StatusOr<v1::AllocateNetBufferListsResponse>
  AllocateNetBufferAndNetBufferLists(
      const v1::AllocateNetBufferAndNetBufferListsRequest& request) = 0;
  virtual absl::StatusOr<v1::AllocateNetBufferListsResponse>
  AllocateNetBufferLists(const v1::AllocateNetBufferListsRequest& request) = 0;
  virtual absl::StatusOr<v1::AllocateNetBuffersResponse> AllocateNetBuffers(
      const v1::AllocateNetBuffersRequest& request) = 0;
  virtual absl::StatusOr<v1::AllocateNetBuffersResponse>
  AllocateNetBufferMdlAndData(
      const v1::AllocateNetBufferMdlAndDataRequest& request) = 0;
  virtual absl::StatusOr<v1::FreeNetBufferListsResponse> FreeNetBufferLists(
      const v1::FreeNetBufferListsRequest& request) = 0;
  virtual absl::StatusOr<v1::FreeNetBuffersResponse> FreeNetBuffers(
      const v1::FreeNetBuffersRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBufferList> GetNetBufferList(
      const v1::GetNetBufferListRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBuffer> GetNetBuffer(
      const v1::GetNetBufferRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBuffer> WriteData(
      const v1::WriteDataRequest& request) = 0;
  virtual absl::StatusOr<v1::ReadDataResponse> ReadData(
      const v1::ReadDataRequest& request) = 0;
  virtual absl::StatusOr<v1::NetBuffer> SetDataSpace(
      const v1::SetDataSpaceRequest& request) = 0;
  virtual absl::StatusOr<v1::RetreatDataStartResponse> RetreatDataStart(
      const v1::RetreatDataStartRequest& request) = 0;
  virtual absl::StatusOr<v1::AdvanceDataStartResponse> AdvanceDataStart(
      const v1::AdvanceDataStartRequest& request) = 0;
  virtual absl::StatusOr<v1::AllocateContextResponse> AllocateContext(
      const v1::AllocateContextRequest& request) = 0;
  virtual absl::StatusOr<v1::FreeContextResponse> FreeContext(
      const v1::FreeContextRequest& request) = 0;

  // OidService.
  virtual absl::StatusOr<v1::QueryOidResponse> QueryOid(
      const v1::QueryOidRequest& request) = 0;
  virtual absl::StatusOr<v1::SetOidResponse> SetOid(
      const v1::SetOidRequest& request) = 0;
  virtual absl::StatusOr<v1::ListOidsResponse> ListOids(
      const v1::ListOidsRequest& request) = 0;

  // DataPathService.
  virtual absl::StatusOr<v1::SendNetBufferListsResponse> SendNetBufferLists(
      const v1::SendNetBufferListsRequest& request) = 0;
  virtual absl::StatusOr<v1::SendFramesResponse> SendFrames(
      const v1::SendFramesRequest& request) = 0;
  virtual std::unique_ptr<FrameReader> ReceiveFrames(
      const v1::ReceiveFramesRequest& request) = 0;

  // grpc.health.v1.Health. `service` is empty for the server as a whole, or
  // "netbuf.v1.AdapterService". NOT_FOUND for one the server does not have.
  virtual absl::StatusOr<ServingStatus> CheckHealth(
      const std::string& service) = 0;
};

// Connects at the first call, and again whenever the connection is lost.
std::shared_ptr<Connection> MakeConnection(const ClientOptions& options);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_CONNECTION_H_
