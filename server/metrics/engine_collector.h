// EngineCollector: what the engine counts, as Prometheus metrics. Takes one
// snapshot a scrape; nothing runs, and nothing is kept, between scrapes, so the
// data path pays nothing for it.
//
// Every label value that can occur for a resource is there from the resource's
// first scrape, with the value 0: an alert on a rate sees the first event.
// A resource that is gone takes its series with it.
//
// Thread safety: Collect() may run on several threads at once if the source
// may.

#ifndef NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_
#define NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_

#include <functional>
#include <string>
#include <utility>

#include "engine/snapshots.h"
#include "server/metrics/metrics_collector.h"

namespace netbuf {

class EngineCollector : public MetricsCollector {
 public:
  using Source = std::function<EngineSnapshot()>;
  explicit EngineCollector(Source source) : source_(std::move(source)) {}

  // O(resources).
  void Collect(std::string& text) const override;

 private:
  const Source source_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_
