#include "server/grpc_drain.h"

#include <chrono>
#include <future>

#include "absl/time/clock.h"
#include "grpc/grpc.h"

namespace netbuf {
namespace {

// Nobody notices so short a time, and clients that read what they are sent get
// it to hang up by themselves.
constexpr std::chrono::milliseconds kLookAgain(5);

}  // namespace

void DrainGrpcServer(grpc::Server& server, absl::Duration drain_timeout,
                     const std::function<bool()>& idle) {
  const auto deadline = absl::ToChronoTime(absl::Now() + drain_timeout);
  auto shutdown = std::async(
      std::launch::async, [&server, deadline] { server.Shutdown(deadline); });
  while (shutdown.wait_for(kLookAgain) != std::future_status::ready) {
    // What Shutdown() does at its deadline. More than once: it may not have
    // begun, or a client may just have connected.
    if (idle()) grpc_server_cancel_all_calls(server.c_server());
  }
  server.Wait();
}

}  // namespace netbuf
