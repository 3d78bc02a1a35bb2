// BindingService of the API: bindings of protocols to adapters.
// What waits for a binding to drain, or for a change of the stack below it,
// runs on the control executor.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_BINDING_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_BINDING_SERVICE_H_

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

// What the call of that name does, for the configuration as well.
absl::StatusOr<v1::Binding> OpenBinding(Engine& engine,
                                        const v1::OpenBindingRequest& request);

class BindingServiceImpl final : public v1::BindingService::CallbackService {
 public:
  explicit BindingServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* OpenBinding(grpc::CallbackServerContext* context,
                                        const v1::OpenBindingRequest* request,
                                        v1::Binding* response) override;
  grpc::ServerUnaryReactor* GetBinding(grpc::CallbackServerContext* context,
                                       const v1::GetBindingRequest* request,
                                       v1::Binding* response) override;
  grpc::ServerUnaryReactor* ListBindings(
      grpc::CallbackServerContext* context,
      const v1::ListBindingsRequest* request,
      v1::ListBindingsResponse* response) override;
  grpc::ServerUnaryReactor* PauseBinding(grpc::CallbackServerContext* context,
                                         const v1::PauseBindingRequest* request,
                                         v1::Binding* response) override;
  grpc::ServerUnaryReactor* RestartBinding(
      grpc::CallbackServerContext* context,
      const v1::RestartBindingRequest* request, v1::Binding* response) override;
  grpc::ServerUnaryReactor* CompleteRestartBinding(
      grpc::CallbackServerContext* context,
      const v1::CompleteRestartBindingRequest* request,
      v1::Binding* response) override;
  grpc::ServerUnaryReactor* CloseBinding(
      grpc::CallbackServerContext* context,
      const v1::CloseBindingRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerWriteReactor<v1::BindingEvent>* WatchBinding(
      grpc::CallbackServerContext* context,
      const v1::WatchBindingRequest* request) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_BINDING_SERVICE_H_
