// The one list of every metric that /metrics shows. Collectors take name, help
// and labels from here, docs/metrics.md is compared with it by a test, and
// dashboards and alerts may rely on it: names and labels are part of the API.
//
// Rules: a one-word prefix, base units, counters end in _total; the sum of a
// metric over all its labels means something; every label takes its values
// from a closed set, or from the names of resources that exist now.
//
// Thread safety: everything here is constant.

#ifndef NETBUFD_SERVER_METRICS_METRIC_CATALOG_H_
#define NETBUFD_SERVER_METRICS_METRIC_CATALOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf {

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram };
absl::string_view MetricTypeName(MetricType type);  // "counter"

// Where a metric stands in the documentation.
enum class MetricGroup : uint8_t {
  kAdapters,
  kFilters,
  kBindings,
  kPools,
  kProtocols,
  kOids,
  kMemory,
  kRpcs,
  kProcess,
  kScrapes,
};
inline constexpr int kMetricGroupCount = 10;

struct MetricDefinition {
  MetricGroup group;
  absl::string_view name;
  MetricType type;
  absl::Span<const absl::string_view> labels;  // Names, in order of exposition.
  absl::string_view unit;    // "bytes", "frames", ...; "" for a flag.
  absl::string_view help;    // One line; goes out as # HELP.
  absl::string_view action;  // What to do when it moves; documentation only.
};

// By group, in the order of exposition.
absl::Span<const MetricDefinition> MetricCatalog();

// Null when the catalogue has no such metric. O(metrics).
const MetricDefinition* FindMetric(absl::string_view name);

struct LabelDefinition {
  absl::string_view name;
  absl::string_view values;  // Markdown: the closed set, or which names.
};
// Every label that a metric of the catalogue has, by name.
absl::Span<const LabelDefinition> LabelCatalog();

// Both lists as the Markdown between the markers of docs/metrics.md: one table
// a group, then the labels.
std::string MetricCatalogMarkdown();

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_METRIC_CATALOG_H_
