// DrainGrpcServer: gRPC's shutdown, for a server that wants to end as soon as
// its own calls have.
//
// grpc::Server::Shutdown(deadline) waits for the connections too, and those
// last as long as their clients please: one that is idle need not even look at
// its socket (C++'s does every 5 s), and one may sit in a health Watch.

#ifndef NETBUFD_SERVER_GRPC_DRAIN_H_
#define NETBUFD_SERVER_GRPC_DRAIN_H_

#include <functional>

#include "absl/time/time.h"
#include "grpcpp/server.h"

namespace netbuf {

// Takes no more calls, and returns when none is left: when `idle` says so, what
// remains of connections and of gRPC's own calls is cut off; after
// `drain_timeout` all is. `idle` is asked every few milliseconds, from this
// thread. Blocks. Once.
void DrainGrpcServer(grpc::Server& server, absl::Duration drain_timeout,
                     const std::function<bool()>& idle);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_GRPC_DRAIN_H_
