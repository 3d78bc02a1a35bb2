#include "client/lib/client.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace netbuf::client {
namespace {

// The server's most, so that a list takes as few calls as can be.
constexpr int32_t kPageSize = 1000;

// A request whose only field is a name.
template <typename Request>
Request Named(absl::string_view name) {
  Request request;
  request.set_name(std::string(name));
  return request;
}

// One with a name and a timeout.
template <typename Request>
Request Timed(absl::string_view name, absl::Duration timeout) {
  Request request = Named<Request>(name);
  if (timeout > absl::ZeroDuration()) {
    const int64_t nanos = absl::ToInt64Nanoseconds(timeout);
    request.mutable_timeout()->set_seconds(nanos / 1'000'000'000);
    request.mutable_timeout()->set_nanos(nanos % 1'000'000'000);
  }
  return request;
}

// Calls `fetch(request)` for page after page; `items(response)` is the page's
// repeated field.
template <typename Item, typename Request, typename Fetch, typename Items>
absl::StatusOr<std::vector<Item>> AllPages(Request request, Fetch&& fetch,
                                           Items&& items) {
  std::vector<Item> all;
  request.set_page_size(kPageSize);
  do {
    auto page = fetch(request);
    if (!page.ok()) return page.status();
    auto* page_items = items(*page);
    all.insert(all.end(), std::make_move_iterator(page_items->begin()),
               std::make_move_iterator(page_items->end()));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

template <typename Response>
absl::StatusOr<std::vector<uint64_t>> ListHandles(
    const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return std::vector<uint64_t>(response->net_buffer_lists().begin(),
                               response->net_buffer_lists().end());
}

template <typename Response>
absl::StatusOr<std::vector<uint64_t>> BufferHandles(
    const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return std::vector<uint64_t>(response->net_buffers().begin(),
                               response->net_buffers().end());
}

// The statuses of a send of `expected` items.
template <typename Response>
absl::StatusOr<std::vector<v1::NdisStatus>> Statuses(
    const absl::StatusOr<Response>& response, int expected) {
  if (!response.ok()) return response.status();
  if (response->ndis_statuses_size() != expected) {
    return absl::DataLossError(
        absl::StrCat("the server answered ", response->ndis_statuses_size(),
                     " statuses for a send of ", expected));
  }
  std::vector<v1::NdisStatus> statuses;
  statuses.reserve(expected);
  for (const int status : response->ndis_statuses()) {
    statuses.push_back(static_cast<v1::NdisStatus>(status));
  }
  return statuses;
}

}  // namespace

// AdapterService.

absl::StatusOr<v1::Adapter> Client::CreateAdapter(
    absl::string_view id, const v1::Adapter& adapter) const {
  v1::CreateAdapterRequest request;
  request.set_adapter_id(std::string(id));
  *request.mutable_adapter() = adapter;
  return connection_->CreateAdapter(request);
}

absl::StatusOr<v1::Adapter> Client::GetAdapter(absl::string_view name) const {
  return connection_->GetAdapter(Named<v1::GetAdapterRequest>(name));
}

absl::StatusOr<std::vector<v1::Adapter>> Client::ListAdapters() const {
  return AllPages<v1::Adapter>(
      v1::ListAdaptersRequest(),
      [this](const auto& request) {
        return connection_->ListAdapters(request);
      },
      [](auto& page) { return page.mutable_adapters(); });
}

absl::Status Client::DeleteAdapter(absl::string_view name) const {
  return connection_->DeleteAdapter(Named<v1::DeleteAdapterRequest>(name));
}

absl::StatusOr<v1::FilterModule> Client::AttachFilter(
    const v1::AttachFilterRequest& request) const {
  return connection_->AttachFilter(request);
}

absl::Status Client::DetachFilter(absl::string_view name,
                                  absl::Duration timeout) const {
  return connection_->DetachFilter(
      Timed<v1::DetachFilterRequest>(name, timeout));
}

absl::StatusOr<v1::Adapter> Client::SetLinkState(
    absl::string_view name, const v1::LinkState& state) const {
  auto request = Named<v1::SetLinkStateRequest>(name);
  *request.mutable_link_state() = state;
  return connection_->SetLinkState(request);
}

// ProtocolService.

absl::StatusOr<v1::Protocol> Client::RegisterProtocol(
    absl::string_view id, absl::Duration lease) const {
  v1::RegisterProtocolRequest request;
  request.set_protocol_id(std::string(id));
  if (lease > absl::ZeroDuration()) {
    const int64_t nanos = absl::ToInt64Nanoseconds(lease);
    auto* duration = request.mutable_protocol()->mutable_lease_duration();
    duration->set_seconds(nanos / 1'000'000'000);
    duration->set_nanos(nanos % 1'000'000'000);
  }
  return connection_->RegisterProtocol(request);
}

absl::StatusOr<v1::Protocol> Client::GetProtocol(absl::string_view name) const {
  return connection_->GetProtocol(Named<v1::GetProtocolRequest>(name));
}

absl::StatusOr<std::vector<v1::Protocol>> Client::ListProtocols() const {
  return AllPages<v1::Protocol>(
      v1::ListProtocolsRequest(),
      [this](const auto& request) {
        return connection_->ListProtocols(request);
      },
      [](auto& page) { return page.mutable_protocols(); });
}

absl::StatusOr<v1::Protocol> Client::KeepAliveProtocol(
    absl::string_view name) const {
  return connection_->KeepAliveProtocol(
      Named<v1::KeepAliveProtocolRequest>(name));
}

absl::StatusOr<v1::DeregisterProtocolResponse> Client::DeregisterProtocol(
    absl::string_view name) const {
  return connection_->DeregisterProtocol(
      Named<v1::DeregisterProtocolRequest>(name));
}

// BindingService.

absl::StatusOr<v1::Binding> Client::OpenBinding(
    absl::string_view protocol, absl::string_view id,
    const v1::Binding& binding) const {
  v1::OpenBindingRequest request;
  request.set_parent(std::string(protocol));
  request.set_binding_id(std::string(id));
  *request.mutable_binding() = binding;
  return connection_->OpenBinding(request);
}

absl::StatusOr<v1::Binding> Client::GetBinding(absl::string_view name) const {
  return connection_->GetBinding(Named<v1::GetBindingRequest>(name));
}

absl::StatusOr<std::vector<v1::Binding>> Client::ListBindings(
    absl::string_view protocol) const {
  v1::ListBindingsRequest first;
  first.set_parent(std::string(protocol));
  return AllPages<v1::Binding>(
      first,
      [this](const auto& request) {
        return connection_->ListBindings(request);
      },
      [](auto& page) { return page.mutable_bindings(); });
}

absl::StatusOr<v1::Binding> Client::PauseBinding(absl::string_view name,
                                                 absl::Duration timeout) const {
  return connection_->PauseBinding(
      Timed<v1::PauseBindingRequest>(name, timeout));
}

absl::StatusOr<v1::Binding> Client::RestartBinding(absl::string_view name,
                                                   bool hold) const {
  auto request = Named<v1::RestartBindingRequest>(name);
  request.set_hold(hold);
  return connection_->RestartBinding(request);
}

absl::StatusOr<v1::Binding> Client::CompleteRestartBinding(
    absl::string_view name, v1::NdisStatus status) const {
  auto request = Named<v1::CompleteRestartBindingRequest>(name);
  request.set_ndis_status(status);
  return connection_->CompleteRestartBinding(request);
}

absl::Status Client::CloseBinding(absl::string_view name,
                                  absl::Duration timeout) const {
  return connection_->CloseBinding(
      Timed<v1::CloseBindingRequest>(name, timeout));
}

std::unique_ptr<BindingEventReader> Client::WatchBinding(
    absl::string_view name) const {
  return connection_->WatchBinding(Named<v1::WatchBindingRequest>(name));
}

// PoolService.

absl::StatusOr<v1::NetBufferListPool> Client::CreateNetBufferListPool(
    absl::string_view protocol, absl::string_view id,
    const v1::NetBufferListPool& pool) const {
  v1::CreateNetBufferListPoolRequest request;
  request.set_parent(std::string(protocol));
  request.set_net_buffer_list_pool_id(std::string(id));
  *request.mutable_net_buffer_list_pool() = pool;
  return connection_->CreateNetBufferListPool(request);
}

absl::StatusOr<v1::NetBufferListPool> Client::GetNetBufferListPool(
    absl::string_view name) const {
  return connection_->GetNetBufferListPool(
      Named<v1::GetNetBufferListPoolRequest>(name));
}

absl::StatusOr<std::vector<v1::NetBufferListPool>>
Client::ListNetBufferListPools(absl::string_view protocol) const {
  v1::ListNetBufferListPoolsRequest first;
  first.set_parent(std::string(protocol));
  return AllPages<v1::NetBufferListPool>(
      first,
      [this](const auto& request) {
        return connection_->ListNetBufferListPools(request);
      },
      [](auto& page) { return page.mutable_net_buffer_list_pools(); });
}

absl::Status Client::DeleteNetBufferListPool(absl::string_view name) const {
  return connection_->DeleteNetBufferListPool(
      Named<v1::DeleteNetBufferListPoolRequest>(name));
}

absl::StatusOr<v1::NetBufferPool> Client::CreateNetBufferPool(
    absl::string_view protocol, absl::string_view id,
    const v1::NetBufferPool& pool) const {
  v1::CreateNetBufferPoolRequest request;
  request.set_parent(std::string(protocol));
  request.set_net_buffer_pool_id(std::string(id));
  *request.mutable_net_buffer_pool() = pool;
  return connection_->CreateNetBufferPool(request);
}

absl::StatusOr<v1::NetBufferPool> Client::GetNetBufferPool(
    absl::string_view name) const {
  return connection_->GetNetBufferPool(
      Named<v1::GetNetBufferPoolRequest>(name));
}

absl::StatusOr<std::vector<v1::NetBufferPool>> Client::ListNetBufferPools(
    absl::string_view protocol) const {
  v1::ListNetBufferPoolsRequest first;
  first.set_parent(std::string(protocol));
  return AllPages<v1::NetBufferPool>(
      first,
      [this](const auto& request) {
        return connection_->ListNetBufferPools(request);
      },
      [](auto& page) { return page.mutable_net_buffer_pools(); });
}

absl::Status Client::DeleteNetBufferPool(absl::string_view name) const {
  return connection_->DeleteNetBufferPool(
      Named<v1::DeleteNetBufferPoolRequest>(name));
}

absl::StatusOr<uint64_t> Client::TrimPool(absl::string_view name) const {
  auto response = connection_->TrimPool(Named<v1::TrimPoolRequest>(name));
  if (!response.ok()) return response.status();
  return response->released_bytes();
}

// BufferService.

absl::StatusOr<std::vector<uint64_t>>
Client::AllocateNetBufferAndNetBufferLists(
    const v1::AllocateNetBufferAndNetBufferListsRequest& request) const {
  return ListHandles(connection_->AllocateNetBufferAndNetBufferLists(request));
}

absl::StatusOr<std::vector<uint64_t>> Client::AllocateNetBufferLists(
    const v1::AllocateNetBufferListsRequest& request) const {
  return ListHandles(connection_->AllocateNetBufferLists(request));
}

absl::StatusOr<std::vector<uint64_t>> Client::AllocateNetBuffers(
    const v1::AllocateNetBuffersRequest& request) const {
  return BufferHandles(connection_->AllocateNetBuffers(request));
}

absl::StatusOr<std::vector<uint64_t>> Client::AllocateNetBufferMdlAndData(
    const v1::AllocateNetBufferMdlAndDataRequest& request) const {
  return BufferHandles(connection_->AllocateNetBufferMdlAndData(request));
}

absl::Status Client::FreeNetBufferLists(
    absl::string_view protocol, absl::Span<const uint64_t> handles) const {
  v1::FreeNetBufferListsRequest request;
  request.set_protocol(std::string(protocol));
  request.mutable_net_buffer_lists()->Add(handles.begin(), handles.end());
  return connection_->FreeNetBufferLists(request).status();
}

absl::Status Client::FreeNetBuffers(absl::string_view protocol,
                                    absl::Span<const uint64_t> handles) const {
  v1::FreeNetBuffersRequest request;
  request.set_protocol(std::string(protocol));
  request.mutable_net_buffers()->Add(handles.begin(), handles.end());
  return connection_->FreeNetBuffers(request).status();
}

absl::StatusOr<v1::NetBufferList> Client::GetNetBufferList(
    absl::string_view protocol, uint64_t handle) const {
  v1::GetNetBufferListRequest request;
  request.set_protocol(std::string(protocol));
  request.set_net_buffer_list(handle);
  return connection_->GetNetBufferList(request);
}

absl::StatusOr<v1::NetBuffer> Client::GetNetBuffer(
    absl::string_view protocol, const v1::NetBufferReference& buffer) const {
  v1::GetNetBufferRequest request;
  request.set_protocol(std::string(protocol));
  *request.mutable_net_buffer() = buffer;
  return connection_->GetNetBuffer(request);
}

absl::StatusOr<v1::NetBuffer> Client::WriteData(
    const v1::WriteDataRequest& request) const {
  return connection_->WriteData(request);
}

absl::StatusOr<std::string> Client::ReadData(
    const v1::ReadDataRequest& request) const {
  auto response = connection_->ReadData(request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_data());
}

absl::StatusOr<v1::NetBuffer> Client::SetDataSpace(
    const v1::SetDataSpaceRequest& request) const {
  return connection_->SetDataSpace(request);
}

absl::StatusOr<uint32_t> Client::RetreatDataStart(
    const v1::RetreatDataStartRequest& request) const {
  auto response = connection_->RetreatDataStart(request);
  if (!response.ok()) return response.status();
  return response->back_fill_misses();
}

absl::Status Client::AdvanceDataStart(
    const v1::AdvanceDataStartRequest& request) const {
  return connection_->AdvanceDataStart(request).status();
}

absl::StatusOr<bool> Client::AllocateContext(
    const v1::AllocateContextRequest& request) const {
  auto response = connection_->AllocateContext(request);
  if (!response.ok()) return response.status();
  return response->allocated();
}

absl::Status Client::FreeContext(absl::string_view protocol,
                                 uint64_t net_buffer_list,
                                 uint32_t context_size) const {
  v1::FreeContextRequest request;
  request.set_protocol(std::string(protocol));
  request.set_net_buffer_list(net_buffer_list);
  request.set_context_size(context_size);
  return connection_->FreeContext(request).status();
}

// OidService.

absl::StatusOr<v1::QueryOidResponse> Client::QueryOid(
    const v1::QueryOidRequest& request) const {
  return connection_->QueryOid(request);
}

absl::StatusOr<v1::QueryOidResponse> Client::QueryOid(
    absl::string_view binding, absl::string_view oid) const {
  v1::QueryOidRequest request;
  request.set_binding(std::string(binding));
  request.set_oid_name(std::string(oid));
  return connection_->QueryOid(request);
}

absl::StatusOr<v1::SetOidResponse> Client::SetOid(
    const v1::SetOidRequest& request) const {
  return connection_->SetOid(request);
}

absl::StatusOr<std::vector<v1::OidInfo>> Client::ListOids() const {
  auto response = connection_->ListOids(v1::ListOidsRequest());
  if (!response.ok()) return response.status();
  return std::vector<v1::OidInfo>(response->oids().begin(),
                                  response->oids().end());
}

// DataPathService.

absl::StatusOr<std::vector<v1::NdisStatus>> Client::SendNetBufferLists(
    const v1::SendNetBufferListsRequest& request) const {
  return Statuses(connection_->SendNetBufferLists(request),
                  request.net_buffer_lists_size());
}

absl::StatusOr<std::vector<v1::NdisStatus>> Client::SendFrames(
    const v1::SendFramesRequest& request) const {
  return Statuses(connection_->SendFrames(request),
                  request.frame_lengths_size() + request.frames_size());
}

std::unique_ptr<FrameReader> Client::ReceiveFrames(
    absl::string_view binding, uint32_t max_frames_per_message) const {
  v1::ReceiveFramesRequest request;
  request.set_binding(std::string(binding));
  request.set_max_frames_per_message(max_frames_per_message);
  return connection_->ReceiveFrames(request);
}

absl::StatusOr<ServingStatus> Client::CheckHealth(
    absl::string_view service) const {
  return connection_->CheckHealth(std::string(service));
}

}  // namespace netbuf::client
