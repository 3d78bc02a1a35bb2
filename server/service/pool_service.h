// PoolService of the API: pools of both kinds.
// No call waits.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_POOL_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_POOL_SERVICE_H_

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/pool_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

// What the calls of those names do, for the configuration as well.
absl::StatusOr<v1::NetBufferListPool> CreateNetBufferListPool(
    Engine& engine, const v1::CreateNetBufferListPoolRequest& request);
absl::StatusOr<v1::NetBufferPool> CreateNetBufferPool(
    Engine& engine, const v1::CreateNetBufferPoolRequest& request);

class PoolServiceImpl final : public v1::PoolService::CallbackService {
 public:
  explicit PoolServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* CreateNetBufferListPool(
      grpc::CallbackServerContext* context,
      const v1::CreateNetBufferListPoolRequest* request,
      v1::NetBufferListPool* response) override;
  grpc::ServerUnaryReactor* GetNetBufferListPool(
      grpc::CallbackServerContext* context,
      const v1::GetNetBufferListPoolRequest* request,
      v1::NetBufferListPool* response) override;
  grpc::ServerUnaryReactor* ListNetBufferListPools(
      grpc::CallbackServerContext* context,
      const v1::ListNetBufferListPoolsRequest* request,
      v1::ListNetBufferListPoolsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteNetBufferListPool(
      grpc::CallbackServerContext* context,
      const v1::DeleteNetBufferListPoolRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* CreateNetBufferPool(
      grpc::CallbackServerContext* context,
      const v1::CreateNetBufferPoolRequest* request,
      v1::NetBufferPool* response) override;
  grpc::ServerUnaryReactor* GetNetBufferPool(
      grpc::CallbackServerContext* context,
      const v1::GetNetBufferPoolRequest* request,
      v1::NetBufferPool* response) override;
  grpc::ServerUnaryReactor* ListNetBufferPools(
      grpc::CallbackServerContext* context,
      const v1::ListNetBufferPoolsRequest* request,
      v1::ListNetBufferPoolsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteNetBufferPool(
      grpc::CallbackServerContext* context,
      const v1::DeleteNetBufferPoolRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* TrimPool(grpc::CallbackServerContext* context,
                                     const v1::TrimPoolRequest* request,
                                     v1::TrimPoolResponse* response) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_POOL_SERVICE_H_
