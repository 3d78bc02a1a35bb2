#include "server/service/buffer_service.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_buffer.h"
#include "server/service/convert_common.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// What one ReadData answers with. Clients accept 4 MiB a message unless they
// say otherwise; a longer read comes in pieces.
constexpr uint32_t kMaxReadBytes = 3 * 1024 * 1024;

template <typename Request>
absl::StatusOr<MdlChainSpec> ReadChain(const Request& request) {
  RETURN_IF_ERROR(CheckBatchSize(request.mdl_sizes_size(), "mdl_sizes"));
  MdlChainSpec chain;
  chain.mdl_sizes.assign(request.mdl_sizes().begin(),
                         request.mdl_sizes().end());
  chain.data_offset = request.data_offset();
  chain.data_length = request.data_length();
  return chain;
}

using ListHandles = v1::AllocateNetBufferListsResponse;
using BufferHandles = v1::AllocateNetBuffersResponse;

absl::StatusOr<ListHandles> ToLists(
    const absl::StatusOr<std::vector<uint64_t>>& handles) {
  RETURN_IF_ERROR(handles.status());
  ListHandles out;
  out.mutable_net_buffer_lists()->Assign(handles->begin(), handles->end());
  return out;
}

absl::StatusOr<BufferHandles> ToBuffers(
    const absl::StatusOr<std::vector<uint64_t>>& handles) {
  RETURN_IF_ERROR(handles.status());
  BufferHandles out;
  out.mutable_net_buffers()->Assign(handles->begin(), handles->end());
  return out;
}

absl::StatusOr<ListHandles> Allocate(
    Engine& engine,
    const v1::AllocateNetBufferAndNetBufferListsRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t count, ParseCount(request.count()));
  ASSIGN_OR_RETURN(const MdlChainSpec chain, ReadChain(request));
  return ToLists(engine.AllocateNetBufferAndNetBufferLists(
      request.pool(), count, request.context_size(),
      request.context_back_fill(), chain));
}

absl::StatusOr<ListHandles> Allocate(
    Engine& engine, const v1::AllocateNetBufferListsRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t count, ParseCount(request.count()));
  return ToLists(engine.AllocateNetBufferLists(request.pool(), count,
                                               request.context_size(),
                                               request.context_back_fill()));
}

absl::StatusOr<BufferHandles> Allocate(
    Engine& engine, const v1::AllocateNetBuffersRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t count, ParseCount(request.count()));
  ASSIGN_OR_RETURN(const MdlChainSpec chain, ReadChain(request));
  return ToBuffers(engine.AllocateNetBuffers(request.pool(), count, chain,
                                             request.net_buffer_list()));
}

absl::StatusOr<BufferHandles> Allocate(
    Engine& engine, const v1::AllocateNetBufferMdlAndDataRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t count, ParseCount(request.count()));
  return ToBuffers(engine.AllocateNetBufferMdlAndData(
      request.pool(), count, request.net_buffer_list()));
}

absl::Status Free(Engine& engine,
                  const v1::FreeNetBufferListsRequest& request) {
  RETURN_IF_ERROR(
      CheckBatchSize(request.net_buffer_lists_size(), "net_buffer_lists"));
  return engine.FreeNetBufferLists(request.protocol(),
                                   request.net_buffer_lists());
}

absl::Status Free(Engine& engine, const v1::FreeNetBuffersRequest& request) {
  RETURN_IF_ERROR(CheckBatchSize(request.net_buffers_size(), "net_buffers"));
  return engine.FreeNetBuffers(request.protocol(), request.net_buffers());
}

absl::StatusOr<v1::NetBufferList> Get(
    Engine& engine, const v1::GetNetBufferListRequest& request) {
  ASSIGN_OR_RETURN(
      const NetBufferListSnapshot list,
      engine.GetNetBufferList(request.protocol(), request.net_buffer_list()));
  return ToProto(list);
}

absl::StatusOr<v1::NetBuffer> ToReply(absl::StatusOr<NetBufferSnapshot> nb) {
  RETURN_IF_ERROR(nb.status());
  return ToProto(*nb);
}

absl::StatusOr<v1::NetBuffer> Get(Engine& engine,
                                  const v1::GetNetBufferRequest& request) {
  ASSIGN_OR_RETURN(const NetBufferReference nb,
                   FromProto(request.net_buffer(), "net_buffer"));
  return ToReply(engine.GetNetBuffer(request.protocol(), nb));
}

absl::StatusOr<v1::NetBuffer> Write(Engine& engine,
                                    const v1::WriteDataRequest& request) {
  ASSIGN_OR_RETURN(const NetBufferReference nb,
                   FromProto(request.net_buffer(), "net_buffer"));
  return ToReply(engine.WriteData(request.protocol(), nb, request.offset(),
                                  request.data(), request.resize()));
}

absl::StatusOr<v1::ReadDataResponse> Read(Engine& engine,
                                          const v1::ReadDataRequest& request) {
  ASSIGN_OR_RETURN(const NetBufferReference nb,
                   FromProto(request.net_buffer(), "net_buffer"));
  uint32_t length = request.length();
  if (length == 0) {
    ASSIGN_OR_RETURN(const NetBufferSnapshot snapshot,
                     engine.GetNetBuffer(request.protocol(), nb));
    // Beyond the end is the engine's to refuse.
    length = snapshot.data_length > request.offset()
                 ? snapshot.data_length - request.offset()
                 : 0;
  }
  if (length > kMaxReadBytes) {
    return InvalidField(
        "length", absl::StrCat("comes to ", length, " bytes; read at most ",
                               kMaxReadBytes, " at a time"));
  }
  v1::ReadDataResponse response;
  ASSIGN_OR_RETURN(*response.mutable_data(),
                   engine.ReadData(request.protocol(), nb, request.offset(),
                                   request.length()));
  return response;
}

absl::StatusOr<v1::NetBuffer> SetSpace(Engine& engine,
                                       const v1::SetDataSpaceRequest& request) {
  ASSIGN_OR_RETURN(const NetBufferReference nb,
                   FromProto(request.net_buffer(), "net_buffer"));
  return ToReply(engine.SetDataSpace(
      request.protocol(), nb, request.data_offset(), request.data_length()));
}

absl::StatusOr<v1::RetreatDataStartResponse> Retreat(
    Engine& engine, const v1::RetreatDataStartRequest& request) {
  ASSIGN_OR_RETURN(const DataTarget target, ReadDataTarget(request));
  ASSIGN_OR_RETURN(const uint32_t misses,
                   engine.RetreatDataStart(request.protocol(), target,
                                           request.data_offset_delta(),
                                           request.data_back_fill()));
  v1::RetreatDataStartResponse response;
  response.set_back_fill_misses(misses);
  return response;
}

absl::Status Advance(Engine& engine,
                     const v1::AdvanceDataStartRequest& request) {
  ASSIGN_OR_RETURN(const DataTarget target, ReadDataTarget(request));
  return engine.AdvanceDataStart(request.protocol(), target,
                                 request.data_offset_delta(),
                                 request.free_mdl());
}

absl::StatusOr<v1::AllocateContextResponse> Allocate(
    Engine& engine, const v1::AllocateContextRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t tag,
                   ParsePoolTag(request.pool_tag(), "pool_tag"));
  ASSIGN_OR_RETURN(
      const bool allocated,
      engine.AllocateContext(request.protocol(), request.net_buffer_list(),
                             request.context_size(),
                             request.context_back_fill(), tag));
  v1::AllocateContextResponse response;
  response.set_allocated(allocated);
  return response;
}

}  // namespace

grpc::ServerUnaryReactor* BufferServiceImpl::AllocateNetBufferAndNetBufferLists(
    grpc::CallbackServerContext* context,
    const v1::AllocateNetBufferAndNetBufferListsRequest* request,
    v1::AllocateNetBufferListsResponse* response) {
  return Reply(context, Allocate(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::AllocateNetBufferLists(
    grpc::CallbackServerContext* context,
    const v1::AllocateNetBufferListsRequest* request,
    v1::AllocateNetBufferListsResponse* response) {
  return Reply(context, Allocate(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::AllocateNetBuffers(
    grpc::CallbackServerContext* context,
    const v1::AllocateNetBuffersRequest* request,
    v1::AllocateNetBuffersResponse* response) {
  return Reply(context, Allocate(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::AllocateNetBufferMdlAndData(
    grpc::CallbackServerContext* context,
    const v1::AllocateNetBufferMdlAndDataRequest* request,
    v1::AllocateNetBuffersResponse* response) {
  return Reply(context, Allocate(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::FreeNetBufferLists(
    grpc::CallbackServerContext* context,
    const v1::FreeNetBufferListsRequest* request,
    v1::FreeNetBufferListsResponse* /*response*/) {
  return Reply(context, Free(*services_.engine, *request));
}

grpc::ServerUnaryReactor* BufferServiceImpl::FreeNetBuffers(
    grpc::CallbackServerContext* context,
    const v1::FreeNetBuffersRequest* request,
    v1::FreeNetBuffersResponse* /*response*/) {
  return Reply(context, Free(*services_.engine, *request));
}

grpc::ServerUnaryReactor* BufferServiceImpl::GetNetBufferList(
    grpc::CallbackServerContext* context,
    const v1::GetNetBufferListRequest* request, v1::NetBufferList* response) {
  return Reply(context, Get(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::GetNetBuffer(
    grpc::CallbackServerContext* context,
    const v1::GetNetBufferRequest* request, v1::NetBuffer* response) {
  return Reply(context, Get(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::WriteData(
    grpc::CallbackServerContext* context, const v1::WriteDataRequest* request,
    v1::NetBuffer* response) {
  return Reply(context, Write(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::ReadData(
    grpc::CallbackServerContext* context, const v1::ReadDataRequest* request,
    v1::ReadDataResponse* response) {
  return Reply(context, Read(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::SetDataSpace(
    grpc::CallbackServerContext* context,
    const v1::SetDataSpaceRequest* request, v1::NetBuffer* response) {
  return Reply(context, SetSpace(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::RetreatDataStart(
    grpc::CallbackServerContext* context,
    const v1::RetreatDataStartRequest* request,
    v1::RetreatDataStartResponse* response) {
  return Reply(context, Retreat(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::AdvanceDataStart(
    grpc::CallbackServerContext* context,
    const v1::AdvanceDataStartRequest* request,
    v1::AdvanceDataStartResponse* /*response*/) {
  return Reply(context, Advance(*services_.engine, *request));
}

grpc::ServerUnaryReactor* BufferServiceImpl::AllocateContext(
    grpc::CallbackServerContext* context,
    const v1::AllocateContextRequest* request,
    v1::AllocateContextResponse* response) {
  return Reply(context, Allocate(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BufferServiceImpl::FreeContext(
    grpc::CallbackServerContext* context, const v1::FreeContextRequest* request,
    v1::FreeContextResponse* /*response*/) {
  return Reply(context, services_.engine->FreeContext(
                            request->protocol(), request->net_buffer_list(),
                            request->context_size()));
}

}  // namespace netbuf
