// BufferService of the API: NET_BUFFER_LISTs and NET_BUFFERs by handle.
// No call waits.
//
// Thread safety: gRPC calls from many threads at once.

#ifndef NETBUFD_SERVER_SERVICE_BUFFER_SERVICE_H_
#define NETBUFD_SERVER_SERVICE_BUFFER_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/buffer_service.grpc.pb.h"
#include "server/service/service_context.h"

namespace netbuf {

class BufferServiceImpl final : public v1::BufferService::CallbackService {
 public:
  explicit BufferServiceImpl(const ServiceContext& services)
      : services_(services) {}

  grpc::ServerUnaryReactor* AllocateNetBufferAndNetBufferLists(
      grpc::CallbackServerContext* context,
      const v1::AllocateNetBufferAndNetBufferListsRequest* request,
      v1::AllocateNetBufferListsResponse* response) override;
  grpc::ServerUnaryReactor* AllocateNetBufferLists(
      grpc::CallbackServerContext* context,
      const v1::AllocateNetBufferListsRequest* request,
      v1::AllocateNetBufferListsResponse* response) override;
  grpc::ServerUnaryReactor* AllocateNetBuffers(
      grpc::CallbackServerContext* context,
      const v1::AllocateNetBuffersRequest* request,
      v1::AllocateNetBuffersResponse* response) override;
  grpc::ServerUnaryReactor* AllocateNetBufferMdlAndData(
      grpc::CallbackServerContext* context,
      const v1::AllocateNetBufferMdlAndDataRequest* request,
      v1::AllocateNetBuffersResponse* response) override;
  grpc::ServerUnaryReactor* FreeNetBufferLists(
      grpc::CallbackServerContext* context,
      const v1::FreeNetBufferListsRequest* request,
      v1::FreeNetBufferListsResponse* response) override;
  grpc::ServerUnaryReactor* FreeNetBuffers(
      grpc::CallbackServerContext* context,
      const v1::FreeNetBuffersRequest* request,
      v1::FreeNetBuffersResponse* response) override;
  grpc::ServerUnaryReactor* GetNetBufferList(
      grpc::CallbackServerContext* context,
      const v1::GetNetBufferListRequest* request,
      v1::NetBufferList* response) override;
  grpc::ServerUnaryReactor* GetNetBuffer(grpc::CallbackServerContext* context,
                                         const v1::GetNetBufferRequest* request,
                                         v1::NetBuffer* response) override;
  grpc::ServerUnaryReactor* WriteData(grpc::CallbackServerContext* context,
                                      const v1::WriteDataRequest* request,
                                      v1::NetBuffer* response) override;
  grpc::ServerUnaryReactor* ReadData(grpc::CallbackServerContext* context,
                                     const v1::ReadDataRequest* request,
                                     v1::ReadDataResponse* response) override;
  grpc::ServerUnaryReactor* SetDataSpace(grpc::CallbackServerContext* context,
                                         const v1::SetDataSpaceRequest* request,
                                         v1::NetBuffer* response) override;
  grpc::ServerUnaryReactor* RetreatDataStart(
      grpc::CallbackServerContext* context,
      const v1::RetreatDataStartRequest* request,
      v1::RetreatDataStartResponse* response) override;
  grpc::ServerUnaryReactor* AdvanceDataStart(
      grpc::CallbackServerContext* context,
      const v1::AdvanceDataStartRequest* request,
      v1::AdvanceDataStartResponse* response) override;
  grpc::ServerUnaryReactor* AllocateContext(
      grpc::CallbackServerContext* context,
      const v1::AllocateContextRequest* request,
      v1::AllocateContextResponse* response) override;
  grpc::ServerUnaryReactor* FreeContext(
      grpc::CallbackServerContext* context,
      const v1::FreeContextRequest* request,
      v1::FreeContextResponse* response) override;

 private:
  const ServiceContext services_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_BUFFER_SERVICE_H_
