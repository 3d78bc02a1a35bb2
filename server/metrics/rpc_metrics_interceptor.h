// The gRPC interceptor that feeds RpcMetrics.
//
// Each call counts as started once and as handled once: with the status the
// handler gave, when it gives it; or, where none ever is (the client vanished
// and the handler did not finish the call), when gRPC drops the call, as
// Canceled if the client's end was seen and as Unknown if not.

#ifndef NETBUFD_SERVER_METRICS_RPC_METRICS_INTERCEPTOR_H_
#define NETBUFD_SERVER_METRICS_RPC_METRICS_INTERCEPTOR_H_

#include <memory>

#include "grpcpp/support/server_interceptor.h"
#include "server/metrics/rpc_metrics.h"

namespace netbuf {

// For ServerBuilder::experimental().SetInterceptorCreators(). `metrics` is not
// owned and outlives the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeRpcMetricsInterceptorFactory(RpcMetrics* metrics);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_RPC_METRICS_INTERCEPTOR_H_
