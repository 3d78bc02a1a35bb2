// ProtocolService of the API: registered protocol drivers.
// Deregistering waits for what the protocol has in flight, on the control
// executor.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_PROTOCOL_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_PROTOCOL_SERVICE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/engine.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/protocol_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

// What the call of that name does, for the configuration as well. `lease`: when
// the request has none.
absl::StatusOr<v1::Protocol> RegisterProtocol(
    Engine& engine, const v1::RegisterProtocolRequest& request,
    absl::Duration lease);

class ProtocolServiceImpl final : public v1::ProtocolService::CallbackService {
 public:
  explicit ProtocolServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* RegisterProtocol(
      grpc::CallbackServerContext* context,
      const v1::RegisterProtocolRequest* request,
      v1::Protocol* response) override;
  grpc::ServerUnaryReactor* GetProtocol(grpc::CallbackServerContext* context,
                                        const v1::GetProtocolRequest* request,
                                        v1::Protocol* response) override;
  grpc::ServerUnaryReactor* ListProtocols(
      grpc::CallbackServerContext* context,
      const v1::ListProtocolsRequest* request,
      v1::ListProtocolsResponse* response) override;
  grpc::ServerUnaryReactor* KeepAliveProtocol(
      grpc::CallbackServerContext* context,
      const v1::KeepAliveProtocolRequest* request,
      v1::Protocol* response) override;
  grpc::ServerUnaryReactor* DeregisterProtocol(
      grpc::CallbackServerContext* context,
      const v1::DeregisterProtocolRequest* request,
      v1::DeregisterProtocolResponse* response) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_PROTOCOL_SERVICE_H_
