// ManyResources: an engine with as many pools and bindings as a large server
// has, and the HTTP server that shows its metrics. For what a scrape costs.

#ifndef NETBUFD_TESTS_MONITORING_MANY_RESOURCES_H_
#define NETBUFD_TESTS_MONITORING_MANY_RESOURCES_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/clock.h"
#include "engine/engine.h"
#include "server/metrics/metrics_server.h"
#include "server/metrics/rpc_metrics.h"

namespace netbuf {

// Thread safety: Scrape() and Send() may run at once, each on one thread.
class ManyResources {
 public:
  // `count` protocols, each with a pool and a running binding, over ten
  // adapters that complete what is sent at once. Ends the program when
  // something fails.
  explicit ManyResources(int count);

  // One GET of /metrics over the loopback: the answer, head and body, good
  // until the next. With `gzip`, as Prometheus asks for it.
  absl::string_view Scrape(bool gzip);

  // Sends one frame of 64 bytes on one binding.
  void Send();

 private:
  RealClock clock_;
  const std::unique_ptr<Engine> engine_;
  RpcMetrics rpc_metrics_;
  std::unique_ptr<MetricsServer> metrics_;
  // As a client that scrapes again and again has one.
  std::vector<char> answer_;
  const std::string frame_;
  SendFramesArguments send_;
};

}  // namespace netbuf

#endif  // NETBUFD_TESTS_MONITORING_MANY_RESOURCES_H_
