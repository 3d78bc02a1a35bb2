// Server: netbufd without its process. Puts the services over an engine, opens
// the gRPC and the metrics port, and takes everything down again in order.
//
// Thread safety: Start() and Shutdown() from one thread; the rest from any.

#ifndef NETBUFD_SERVER_SERVER_H_
#define NETBUFD_SERVER_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/engine.h"

namespace netbuf {

struct ServerOptions {
  // An IPv4 or IPv6 address. Not reachable from outside unless asked for.
  std::string address = "127.0.0.1";
  // 0 takes a free port.
  int port = 50051;
  // IPv4, which is all the metrics are served on. Empty: `address`, if it is
  // one, 0.0.0.0 for "::", and else 127.0.0.1.
  std::string metrics_address;
  int metrics_port = 9464;  // kNoPort: no metrics are served.
  // What sends in flight may take together: their frames and handles, and 16
  // KiB a call. gRPC holds a request until its call is answered, and a link
  // that is slow or down keeps calls waiting. More is refused:
  // RESOURCE_EXHAUSTED.
  size_t max_bytes_in_flight = size_t{256} << 20;
  // Serve grpc.channelz.v1.Channelz, which tells of connections and their
  // calls. Once a server of the process has it, all later ones do.
  bool channelz = false;

  static constexpr int kNoPort = -1;
};

// Empty for an IPv6 address in text form, else why it is none.
std::string CheckIpv6Address(const std::string& text);

class Server {
 public:
  // Serves when it returns. `clock` is not owned and outlives the server.
  // INVALID_ARGUMENT for a bad option; UNAVAILABLE for a port that cannot be
  // listened on, saying which and why.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const ServerOptions& options, Clock* clock,
      std::unique_ptr<Engine> engine);
  // Shuts down without waiting for calls, unless that was done.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  int metrics_port() const;  // ServerOptions::kNoPort when there is none.
  // "127.0.0.1:50051", "[::1]:50051".
  std::string grpc_endpoint() const;
  std::string metrics_endpoint() const;

  // Health tells NOT_SERVING; streams end with UNAVAILABLE; calls in flight
  // have `drain_timeout` to end and are cut off then; connections without calls
  // hold nothing up; the engine closes what is open and writes its captures
  // out. Then the metrics port closes. The report tells what protocols left
  // behind, an error what could not be written. Blocks. Once.
  absl::StatusOr<DeregisterReport> Shutdown(absl::Duration drain_timeout);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVER_H_
