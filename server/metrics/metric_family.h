// FamilyBuilder: one metric of the catalogue, filled sample by sample at a
// scrape. Gives every sample the catalogue's labels in the catalogue's order,
// so that no collector spells a name of a label.
//
// Not thread-safe.
//
// Example:
//   FamilyBuilder speed("netbufd_adapter_link_speed_bytes_per_second", 2);
//   speed.Add({"adapters/a1", "transmit"}, 125e6);
//   families.push_back(std::move(speed).Build());

#ifndef NETBUFD_SERVER_METRICS_METRIC_FAMILY_H_
#define NETBUFD_SERVER_METRICS_METRIC_FAMILY_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"
#include "server/metrics/metric_catalog.h"

namespace netbuf {

class FamilyBuilder {
 public:
  // Aborts when the catalogue has no metric of this name: a bug that any test
  // of the collector finds. `samples`: how many will be added, to reserve.
  explicit FamilyBuilder(absl::string_view name, size_t samples = 1);

  // Adds a sample of a counter or gauge. One value a label, in the catalogue's
  // order; any bytes, the exposition escapes them. Aborts on another number.
  void Add(std::initializer_list<absl::string_view> label_values, double value);

  // Adds a sample of a histogram. `counts` are those of the single buckets, the
  // last one that above all bounds; `sum` is of all observations.
  void AddHistogram(std::initializer_list<absl::string_view> label_values,
                    absl::Span<const double> upper_bounds,
                    absl::Span<const uint64_t> counts, double sum);

  prometheus::MetricFamily Build() && { return std::move(family_); }

 private:
  prometheus::ClientMetric& NewSample(
      std::initializer_list<absl::string_view> label_values);

  const MetricDefinition& definition_;
  prometheus::MetricFamily family_;
};

// A limit as Prometheus shows it: +Inf where `limit` is `none`.
double LimitValue(uint64_t limit, uint64_t none);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_METRIC_FAMILY_H_
