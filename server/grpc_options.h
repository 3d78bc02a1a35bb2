// How netbufd sets up gRPC: limits, keepalive, threads. Apart, so that what is
// compared with the server can be set up in the same way.

#ifndef NETBUFD_SERVER_GRPC_OPTIONS_H_
#define NETBUFD_SERVER_GRPC_OPTIONS_H_

#include "grpcpp/server_builder.h"

namespace netbuf {

void SetGrpcOptions(grpc::ServerBuilder& builder);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_GRPC_OPTIONS_H_
