// DataPathService of the API: sending and receiving on a binding.
// A send is answered from the engine's completion, on the thread that completes
// it. A receive stream reads when there is something and its last message is
// out.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_DATA_PATH_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_DATA_PATH_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/data_path_service.grpc.pb.h"
#include "server/service/byte_budget.h"
#include "server/service/service_context.h"

namespace netbuf {

class DataPathServiceImpl final : public v1::DataPathService::CallbackService {
 public:
  explicit DataPathServiceImpl(const ServiceContext& services)
      : services_(services), in_flight_(services.max_bytes_in_flight) {}

  grpc::ServerUnaryReactor* SendNetBufferLists(
      grpc::CallbackServerContext* context,
      const v1::SendNetBufferListsRequest* request,
      v1::SendNetBufferListsResponse* response) override;
  grpc::ServerUnaryReactor* SendFrames(
      grpc::CallbackServerContext* context,
      const v1::SendFramesRequest* request,
      v1::SendFramesResponse* response) override;
  grpc::ServerWriteReactor<v1::ReceiveFramesResponse>* ReceiveFrames(
      grpc::CallbackServerContext* context,
      const v1::ReceiveFramesRequest* request) override;

 private:
  const ServiceContext services_;
  ByteBudget in_flight_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_DATA_PATH_SERVICE_H_
