// MetricsServer: GET /metrics over HTTP, in Prometheus's text format.
//
// Ownership: keeps the collectors alive; borrows the engine and the RPC
// metrics, which outlive it. The destructor waits for a scrape under way.
//
// Thread safety: a scrape runs on threads of its own, any time until the
// destructor returned.

#ifndef NETBUFD_SERVER_METRICS_METRICS_SERVER_H_
#define NETBUFD_SERVER_METRICS_METRICS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"
#include "server/metrics/rpc_metrics.h"

namespace netbuf {

class MetricsServer {
 public:
  using Collectables = std::vector<std::shared_ptr<prometheus::Collectable>>;

  // Serves all of the catalogue. `address`: an IPv4 address of this machine.
  // Port 0 takes a free one. INVALID_ARGUMENT for a bad address or port,
  // UNAVAILABLE for one that cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      absl::string_view address, int port, Engine* engine, RpcMetrics* rpc);
  // Serves just what `collectables` collect.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      absl::string_view address, int port, Collectables collectables);

  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  int port() const { return port_; }

 private:
  MetricsServer(std::string address, Collectables collectables,
                std::unique_ptr<prometheus::Exposer> exposer);

  const std::string address_;
  // The exposer holds only weak pointers to them.
  const Collectables collectables_;
  std::unique_ptr<prometheus::Exposer> exposer_;  // Until the destructor.
  const int port_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_METRICS_SERVER_H_
