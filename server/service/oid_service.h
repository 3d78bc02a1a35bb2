// OidService of the API: OID requests to the stack below a binding.
// No call waits.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_OID_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_OID_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/oid_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

class OidServiceImpl final : public v1::OidService::CallbackService {
 public:
  explicit OidServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* QueryOid(grpc::CallbackServerContext* context,
                                     const v1::QueryOidRequest* request,
                                     v1::QueryOidResponse* response) override;
  grpc::ServerUnaryReactor* SetOid(grpc::CallbackServerContext* context,
                                   const v1::SetOidRequest* request,
                                   v1::SetOidResponse* response) override;
  grpc::ServerUnaryReactor* ListOids(grpc::CallbackServerContext* context,
                                     const v1::ListOidsRequest* request,
                                     v1::ListOidsResponse* response) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_OID_SERVICE_H_
