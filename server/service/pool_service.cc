#include "server/service/pool_service.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_common.h"
#include "server/service/convert_pool.h"
#include "server/service/page.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

using google::protobuf::Empty;

// Where the parameters of a pool stand in the requests that create one.
constexpr FieldPath kListPoolFields[] = {
    {"header", "net_buffer_list_pool.header"},
    {"header.type", "net_buffer_list_pool.header.type"},
    {"header.revision", "net_buffer_list_pool.header.revision"},
    {"header.size", "net_buffer_list_pool.header.size"},
    {"protocol_id", "net_buffer_list_pool.protocol_id"},
    {"context_size", "net_buffer_list_pool.context_size"},
    {"data_size", "net_buffer_list_pool.data_size"},
    {"flags", "net_buffer_list_pool.verify"},
    {"max_outstanding", "net_buffer_list_pool.max_outstanding"},
};
constexpr FieldPath kBufferPoolFields[] = {
    {"header", "net_buffer_pool.header"},
    {"header.type", "net_buffer_pool.header.type"},
    {"header.revision", "net_buffer_pool.header.revision"},
    {"header.size", "net_buffer_pool.header.size"},
    {"data_size", "net_buffer_pool.data_size"},
    {"flags", "net_buffer_pool.verify"},
    {"max_outstanding", "net_buffer_pool.max_outstanding"},
};

absl::StatusOr<v1::NetBufferListPool> ToReply(
    absl::StatusOr<NetBufferListPoolSnapshot> pool) {
  RETURN_IF_ERROR(pool.status());
  return ToProto(*pool);
}

absl::StatusOr<v1::NetBufferPool> ToReply(
    absl::StatusOr<NetBufferPoolSnapshot> pool) {
  RETURN_IF_ERROR(pool.status());
  return ToProto(*pool);
}

absl::StatusOr<v1::ListNetBufferListPoolsResponse> List(
    Engine& engine, const v1::ListNetBufferListPoolsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<NetBufferListPoolSnapshot> all,
                   engine.ListNetBufferListPools(request.parent()));
  ASSIGN_OR_RETURN(
      const Page<NetBufferListPoolSnapshot> page,
      CutPage(PageRequest{"ListNetBufferListPools", request.parent(),
                          request.page_size(), request.page_token()},
              std::move(all)));
  v1::ListNetBufferListPoolsResponse response;
  for (const NetBufferListPoolSnapshot& pool : page.items) {
    *response.add_net_buffer_list_pools() = ToProto(pool);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListNetBufferPoolsResponse> List(
    Engine& engine, const v1::ListNetBufferPoolsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<NetBufferPoolSnapshot> all,
                   engine.ListNetBufferPools(request.parent()));
  ASSIGN_OR_RETURN(
      const Page<NetBufferPoolSnapshot> page,
      CutPage(PageRequest{"ListNetBufferPools", request.parent(),
                          request.page_size(), request.page_token()},
              std::move(all)));
  v1::ListNetBufferPoolsResponse response;
  for (const NetBufferPoolSnapshot& pool : page.items) {
    *response.add_net_buffer_pools() = ToProto(pool);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::TrimPoolResponse> Trim(Engine& engine,
                                          const v1::TrimPoolRequest& request) {
  ASSIGN_OR_RETURN(const uint64_t released, engine.TrimPool(request.name()));
  v1::TrimPoolResponse response;
  response.set_released_bytes(released);
  return response;
}

}  // namespace

absl::StatusOr<v1::NetBufferListPool> CreateNetBufferListPool(
    Engine& engine, const v1::CreateNetBufferListPoolRequest& request) {
  if (!request.has_net_buffer_list_pool()) {
    return MissingField("net_buffer_list_pool");
  }
  ASSIGN_OR_RETURN(const NetBufferListPoolParameters parameters,
                   FromProto(request.net_buffer_list_pool()));
  const auto pool = engine.CreateNetBufferListPool(
      request.parent(), request.net_buffer_list_pool_id(), parameters,
      request.net_buffer_list_pool().max_outstanding());
  if (!pool.ok()) return RenameFields(pool.status(), kListPoolFields);
  return ToProto(*pool);
}

absl::StatusOr<v1::NetBufferPool> CreateNetBufferPool(
    Engine& engine, const v1::CreateNetBufferPoolRequest& request) {
  if (!request.has_net_buffer_pool()) return MissingField("net_buffer_pool");
  ASSIGN_OR_RETURN(const NetBufferPoolParameters parameters,
                   FromProto(request.net_buffer_pool()));
  const auto pool = engine.CreateNetBufferPool(
      request.parent(), request.net_buffer_pool_id(), parameters,
      request.net_buffer_pool().max_outstanding());
  if (!pool.ok()) return RenameFields(pool.status(), kBufferPoolFields);
  return ToProto(*pool);
}

grpc::ServerUnaryReactor* PoolServiceImpl::CreateNetBufferListPool(
    grpc::CallbackServerContext* context,
    const v1::CreateNetBufferListPoolRequest* request,
    v1::NetBufferListPool* response) {
  return Reply(context,
               netbuf::CreateNetBufferListPool(*services_.engine, *request),
               response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::GetNetBufferListPool(
    grpc::CallbackServerContext* context,
    const v1::GetNetBufferListPoolRequest* request,
    v1::NetBufferListPool* response) {
  return Reply(context,
               ToReply(services_.engine->GetNetBufferListPool(request->name())),
               response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::ListNetBufferListPools(
    grpc::CallbackServerContext* context,
    const v1::ListNetBufferListPoolsRequest* request,
    v1::ListNetBufferListPoolsResponse* response) {
  return Reply(context, List(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::DeleteNetBufferListPool(
    grpc::CallbackServerContext* context,
    const v1::DeleteNetBufferListPoolRequest* request, Empty* /*response*/) {
  return Reply(context,
               services_.engine->DeleteNetBufferListPool(request->name()));
}

grpc::ServerUnaryReactor* PoolServiceImpl::CreateNetBufferPool(
    grpc::CallbackServerContext* context,
    const v1::CreateNetBufferPoolRequest* request,
    v1::NetBufferPool* response) {
  return Reply(context,
               netbuf::CreateNetBufferPool(*services_.engine, *request),
               response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::GetNetBufferPool(
    grpc::CallbackServerContext* context,
    const v1::GetNetBufferPoolRequest* request, v1::NetBufferPool* response) {
  return Reply(context,
               ToReply(services_.engine->GetNetBufferPool(request->name())),
               response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::ListNetBufferPools(
    grpc::CallbackServerContext* context,
    const v1::ListNetBufferPoolsRequest* request,
    v1::ListNetBufferPoolsResponse* response) {
  return Reply(context, List(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* PoolServiceImpl::DeleteNetBufferPool(
    grpc::CallbackServerContext* context,
    const v1::DeleteNetBufferPoolRequest* request, Empty* /*response*/) {
  return Reply(context, services_.engine->DeleteNetBufferPool(request->name()));
}

grpc::ServerUnaryReactor* PoolServiceImpl::TrimPool(
    grpc::CallbackServerContext* context, const v1::TrimPoolRequest* request,
    v1::TrimPoolResponse* response) {
  return Reply(context, Trim(*services_.engine, *request), response);
}

}  // namespace netbuf
