// MetricsServer: GET /metrics over HTTP, in Prometheus's text format, with gzip
// for who asks for it.
//
// Ownership: keeps the collectables alive; borrows the engine and the RPC
// metrics, which outlive it.
//
// Thread safety: scrapes are answered one after the other on a thread of its
// own, any time until the destructor returned. The destructor waits for the
// collecting of a scrape under way, and for no client: connections are closed
// whatever they are at.

#ifndef NETBUFD_SERVER_METRICS_METRICS_SERVER_H_
#define NETBUFD_SERVER_METRICS_METRICS_SERVER_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "prometheus/collectable.h"
#include "server/metrics/rpc_metrics.h"

namespace netbuf {

class MetricsServer {
 public:
  using Collectables =
      std::vector<std::shared_ptr<const prometheus::Collectable>>;

  // Serves all of the catalogue. `address`: an IPv4 address of this machine.
  // Port 0 takes a free one. INVALID_ARGUMENT for a bad address or port,
  // UNAVAILABLE for one that cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      absl::string_view address, int port, Engine* engine, RpcMetrics* rpc);
  // Serves what `collectables` collect, and what the scrapes cost.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      absl::string_view address, int port, Collectables collectables);

  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  int port() const;

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_METRICS_SERVER_H_
