// MetricsCollector: a part of what /metrics shows, written at each scrape.

#ifndef NETBUFD_SERVER_METRICS_METRICS_COLLECTOR_H_
#define NETBUFD_SERVER_METRICS_METRICS_COLLECTOR_H_

#include <string>

namespace netbuf {

class MetricsCollector {
 public:
  virtual ~MetricsCollector() = default;

  // Appends its families to `text`, each one whole, in Prometheus's text
  // format. Runs on the thread that serves the metrics, while everything else
  // goes on.
  virtual void Collect(std::string& text) const = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_METRICS_COLLECTOR_H_
