// netbuf::Client: the services of netbufd as plain methods, one an RPC.
//
// Example (quickstart/quickstart.cc is a whole program):
//   netbuf::Client client = netbuf::Client::Connect({.address = "host:50051"});
//   v1::Adapter nic;
//   nic.mutable_simulated();
//   absl::StatusOr<v1::Adapter> adapter = client.CreateAdapter("a1", nic);
//   if (!adapter.ok()) std::cerr << client::RenderError(adapter.status());
//
// What a method does, needs and fails with stands at its RPC in
// proto/netbuf/v1/*.proto. Methods named like an RPC with few fields take the
// fields; the others take the request. Lists come whole: pages are fetched
// until the last. Arguments are not checked here: the server does, and
// explains.
//
// A Client is a value: copies share the connection. For a lease that is kept
// alive use ProtocolSession, for sending many frames FrameSender.
//
// Thread safety: all methods, from any thread. Each blocks until its call ends.

#ifndef NETBUFD_CLIENT_LIB_CLIENT_H_
#define NETBUFD_CLIENT_LIB_CLIENT_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/lib/connection.h"

namespace netbuf::client {

class Client {
 public:
  // Does not wait for the server: the first call does.
  static Client Connect(const ClientOptions& options) {
    return Client(MakeConnection(options));
  }

  explicit Client(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  // AdapterService. `name` is adapters/{adapter}.
  absl::StatusOr<v1::Adapter> CreateAdapter(absl::string_view id,
                                            const v1::Adapter& adapter) const;
  absl::StatusOr<v1::Adapter> GetAdapter(absl::string_view name) const;
  absl::StatusOr<std::vector<v1::Adapter>> ListAdapters() const;
  absl::Status DeleteAdapter(absl::string_view name) const;
  absl::StatusOr<v1::FilterModule> AttachFilter(
      const v1::AttachFilterRequest& request) const;
  // Zero timeouts, here and below, leave the choice to the server.
  absl::Status DetachFilter(absl::string_view name,
                            absl::Duration timeout = {}) const;
  absl::StatusOr<v1::Adapter> SetLinkState(absl::string_view name,
                                           const v1::LinkState& state) const;

  // ProtocolService. `name` is protocols/{protocol}.
  absl::StatusOr<v1::Protocol> RegisterProtocol(
      absl::string_view id, absl::Duration lease = {}) const;
  absl::StatusOr<v1::Protocol> GetProtocol(absl::string_view name) const;
  absl::StatusOr<std::vector<v1::Protocol>> ListProtocols() const;
  absl::StatusOr<v1::Protocol> KeepAliveProtocol(absl::string_view name) const;
  absl::StatusOr<v1::DeregisterProtocolResponse> DeregisterProtocol(
      absl::string_view name) const;

  // BindingService. `name` is protocols/{protocol}/bindings/{binding}.
  absl::StatusOr<v1::Binding> OpenBinding(absl::string_view protocol,
                                          absl::string_view id,
                                          const v1::Binding& binding) const;
  absl::StatusOr<v1::Binding> GetBinding(absl::string_view name) const;
  absl::StatusOr<std::vector<v1::Binding>> ListBindings(
      absl::string_view protocol = "protocols/-") const;
  absl::StatusOr<v1::Binding> PauseBinding(absl::string_view name,
                                           absl::Duration timeout = {}) const;
  absl::StatusOr<v1::Binding> RestartBinding(absl::string_view name,
                                             bool hold = false) const;
  absl::StatusOr<v1::Binding> CompleteRestartBinding(
      absl::string_view name,
      v1::NdisStatus status = v1::NDIS_STATUS_SUCCESS) const;
  absl::Status CloseBinding(absl::string_view name,
                            absl::Duration timeout = {}) const;
  // Never null; that there is no such binding shows in Finish.
  std::unique_ptr<BindingEventReader> WatchBinding(
      absl::string_view name) const;

  // PoolService. `name` is protocols/{protocol}/netBufferListPools/{pool}, or
  // protocols/{protocol}/netBufferPools/{pool}; TrimPool takes either.
  absl::StatusOr<v1::NetBufferListPool> CreateNetBufferListPool(
      absl::string_view protocol, absl::string_view id,
      const v1::NetBufferListPool& pool) const;
  absl::StatusOr<v1::NetBufferListPool> GetNetBufferListPool(
      absl::string_view name) const;
  absl::StatusOr<std::vector<v1::NetBufferListPool>> ListNetBufferListPools(
      absl::string_view protocol = "protocols/-") const;
  absl::Status DeleteNetBufferListPool(absl::string_view name) const;
  absl::StatusOr<v1::NetBufferPool> CreateNetBufferPool(
      absl::string_view protocol, absl::string_view id,
      const v1::NetBufferPool& pool) const;
  absl::StatusOr<v1::NetBufferPool> GetNetBufferPool(
      absl::string_view name) const;
  absl::StatusOr<std::vector<v1::NetBufferPool>> ListNetBufferPools(
      absl::string_view protocol = "protocols/-") const;
  absl::Status DeleteNetBufferPool(absl::string_view name) const;
  // Returns the bytes given back.
  absl::StatusOr<uint64_t> TrimPool(absl::string_view name) const;

  // BufferService. The allocators return handles.
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferAndNetBufferLists(
      const v1::AllocateNetBufferAndNetBufferListsRequest& request) const;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferLists(
      const v1::AllocateNetBufferListsRequest& request) const;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBuffers(
      const v1::AllocateNetBuffersRequest& request) const;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferMdlAndData(
      const v1::AllocateNetBufferMdlAndDataRequest& request) const;
  absl::Status FreeNetBufferLists(absl::string_view protocol,
                                  absl::Span<const uint64_t> handles) const;
  absl::Status FreeNetBuffers(absl::string_view protocol,
                              absl::Span<const uint64_t> handles) const;
  absl::StatusOr<v1::NetBufferList> GetNetBufferList(absl::string_view protocol,
                                                     uint64_t handle) const;
  absl::StatusOr<v1::NetBuffer> GetNetBuffer(
      absl::string_view protocol, const v1::NetBufferReference& buffer) const;
  absl::StatusOr<v1::NetBuffer> WriteData(
      const v1::WriteDataRequest& request) const;
  absl::StatusOr<std::string> ReadData(
      const v1::ReadDataRequest& request) const;
  absl::StatusOr<v1::NetBuffer> SetDataSpace(
      const v1::SetDataSpaceRequest& request) const;
  // Returns how many NET_BUFFERs had not the room.
  absl::StatusOr<uint32_t> RetreatDataStart(
      const v1::RetreatDataStartRequest& request) const;
  absl::Status AdvanceDataStart(
      const v1::AdvanceDataStartRequest& request) const;
  // Returns whether memory had to be allocated.
  absl::StatusOr<bool> AllocateContext(
      const v1::AllocateContextRequest& request) const;
  absl::Status FreeContext(absl::string_view protocol, uint64_t net_buffer_list,
                           uint32_t context_size) const;

  // OidService.
  absl::StatusOr<v1::QueryOidResponse> QueryOid(
      const v1::QueryOidRequest& request) const;
  absl::StatusOr<v1::QueryOidResponse> QueryOid(absl::string_view binding,
                                                absl::string_view oid) const;
  absl::StatusOr<v1::SetOidResponse> SetOid(
      const v1::SetOidRequest& request) const;
  absl::StatusOr<std::vector<v1::OidInfo>> ListOids() const;

  // DataPathService. The statuses are one a list or frame, in order; an answer
  // with another number of them is DATA_LOSS.
  absl::StatusOr<std::vector<v1::NdisStatus>> SendNetBufferLists(
      const v1::SendNetBufferListsRequest& request) const;
  absl::StatusOr<std::vector<v1::NdisStatus>> SendFrames(
      const v1::SendFramesRequest& request) const;
  // Never null; that the binding cannot be received on shows in Finish. What
  // comes in before AwaitOpen has returned may be missed.
  std::unique_ptr<FrameReader> ReceiveFrames(
      absl::string_view binding, uint32_t max_frames_per_message = 0) const;

  // grpc.health.v1; see Connection::CheckHealth.
  absl::StatusOr<ServingStatus> CheckHealth(
      absl::string_view service = "") const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace netbuf::client

namespace netbuf {
using client::Client;
using client::ClientOptions;
}  // namespace netbuf

#endif  // NETBUFD_CLIENT_LIB_CLIENT_H_
