// AdapterService of the API: adapters and the filter modules on them.
// What opens or writes out a file, or waits for a stack to pause, runs on the
// control executor.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_ADAPTER_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_ADAPTER_SERVICE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/engine.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

// What the calls of those names do, for the configuration as well.
absl::StatusOr<v1::Adapter> CreateAdapter(
    Engine& engine, const v1::CreateAdapterRequest& request);
// Blocks, at most for `timeout`; that of the request is the caller's to read.
absl::StatusOr<v1::FilterModule> AttachFilter(
    Engine& engine, const v1::AttachFilterRequest& request,
    absl::Duration timeout);

class AdapterServiceImpl final : public v1::AdapterService::CallbackService {
 public:
  explicit AdapterServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* CreateAdapter(
      grpc::CallbackServerContext* context,
      const v1::CreateAdapterRequest* request, v1::Adapter* response) override;
  grpc::ServerUnaryReactor* GetAdapter(grpc::CallbackServerContext* context,
                                       const v1::GetAdapterRequest* request,
                                       v1::Adapter* response) override;
  grpc::ServerUnaryReactor* ListAdapters(
      grpc::CallbackServerContext* context,
      const v1::ListAdaptersRequest* request,
      v1::ListAdaptersResponse* response) override;
  grpc::ServerUnaryReactor* DeleteAdapter(
      grpc::CallbackServerContext* context,
      const v1::DeleteAdapterRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* AttachFilter(grpc::CallbackServerContext* context,
                                         const v1::AttachFilterRequest* request,
                                         v1::FilterModule* response) override;
  grpc::ServerUnaryReactor* DetachFilter(
      grpc::CallbackServerContext* context,
      const v1::DetachFilterRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* SetLinkState(grpc::CallbackServerContext* context,
                                         const v1::SetLinkStateRequest* request,
                                         v1::Adapter* response) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_ADAPTER_SERVICE_H_
