// FamilyWriter: one metric of the catalogue, written sample by sample at a
// scrape. Gives every sample the catalogue's labels in the catalogue's order,
// so that no collector spells a name of a label.
//
// One writer writes to a text at a time: the samples of a metric stand together
// behind its "# HELP" and "# TYPE".
//
// Not thread-safe.
//
// Example:
//   FamilyWriter speed("netbufd_adapter_link_speed_bytes_per_second", text);
//   speed.Add({"adapters/a1", "transmit"}, 125e6);

#ifndef NETBUFD_SERVER_METRICS_FAMILY_WRITER_H_
#define NETBUFD_SERVER_METRICS_FAMILY_WRITER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/metrics/metric_catalog.h"

namespace netbuf {

class FamilyWriter {
 public:
  // Writes the metric's help and type to `text`, which outlives the writer.
  // Aborts when the catalogue has no metric of this name: a bug that any test
  // of the collector finds.
  FamilyWriter(absl::string_view name, std::string& text);

  // Writes a sample of a counter or gauge. One value a label, in the
  // catalogue's order; any bytes, they are escaped. Aborts on another number.
  void Add(std::initializer_list<absl::string_view> label_values, double value);

  // Writes a sample of a histogram. `counts` are those of the single buckets,
  // the last one that above all bounds; `sum` is of all observations.
  void AddHistogram(std::initializer_list<absl::string_view> label_values,
                    absl::Span<const double> upper_bounds,
                    absl::Span<const uint64_t> counts, double sum);

 private:
  // The labels without what encloses them: `pool="p",kind="net_buffer"`.
  void WriteLabels(std::initializer_list<absl::string_view> values);

  const MetricDefinition& definition_;
  std::string& text_;
  // What stands before each label's value: `pool="`, `",kind="`.
  std::vector<std::string> before_values_;
};

// A metric that has one sample, without labels.
void WriteScalar(absl::string_view metric, double value, std::string& text);

// A limit as Prometheus shows it: +Inf where `limit` is `none`.
double LimitValue(uint64_t limit, uint64_t none);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_FAMILY_WRITER_H_
