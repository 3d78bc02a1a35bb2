// What every service is given: the engine and what calls wait on. Borrowed; all
// of it outlives the gRPC server.

#ifndef NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_
#define NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_

#include <cstddef>

#include "engine/base/clock.h"
#include "engine/engine.h"
#include "server/control_executor.h"
#include "server/service/live_streams.h"

namespace netbuf {

struct ServiceContext {
  Engine* engine = nullptr;
  Clock* clock = nullptr;
  ControlExecutor* executor = nullptr;
  LiveStreams* streams = nullptr;
  size_t max_bytes_in_flight = 0;  // ServerOptions::max_bytes_in_flight.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_
