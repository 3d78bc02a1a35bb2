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
//
// Example:
//   EngineCollector collector([engine] { return engine->Snapshot(); });
//   for (const auto& family : collector.Collect()) AppendFamily(family, text);

#ifndef NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_
#define NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_

#include <functional>
#include <utility>
#include <vector>

#include "engine/snapshots.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace netbuf {

class EngineCollector : public prometheus::Collectable {
 public:
  using Source = std::function<EngineSnapshot()>;
  explicit EngineCollector(Source source) : source_(std::move(source)) {}

  // O(resources).
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Source source_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_ENGINE_COLLECTOR_H_
