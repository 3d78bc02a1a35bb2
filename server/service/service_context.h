// What every service is given: the engine and what calls wait on. Borrowed; all
// of it outlives the gRPC server.

#ifndef NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_
#define NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_

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
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_SERVICE_CONTEXT_H_
