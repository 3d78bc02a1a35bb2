// Families of metrics that are plain fields of a snapshot's structs, as tables:
// a collector lists metric and field, and these functions write the families.

#ifndef NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_
#define NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "prometheus/metric_family.h"
#include "server/metrics/metric_family.h"

namespace netbuf {

using MetricFamilies = std::vector<prometheus::MetricFamily>;

// One value of a resource. The metric has one label, its name.
template <typename T>
struct Field {
  absl::string_view metric;
  double (*value)(const T&);
};
// Two values of a resource that a second label tells apart.
template <typename T>
struct PairField {
  absl::string_view metric;
  absl::string_view first_label;
  double (*first)(const T&);
  absl::string_view second_label;
  double (*second)(const T&);
};

template <typename T>
void AppendFields(const std::vector<T>& items,
                  absl::Span<const Field<T>> fields, MetricFamilies& out) {
  for (const Field<T>& field : fields) {
    FamilyBuilder family(field.metric, items.size());
    for (const T& item : items) family.Add({item.name}, field.value(item));
    out.push_back(std::move(family).Build());
  }
}

template <typename T>
void AppendPairs(const std::vector<T>& items,
                 absl::Span<const PairField<T>> fields, MetricFamilies& out) {
  for (const PairField<T>& field : fields) {
    FamilyBuilder family(field.metric, 2 * items.size());
    for (const T& item : items) {
      family.Add({item.name, field.first_label}, field.first(item));
      family.Add({item.name, field.second_label}, field.second(item));
    }
    out.push_back(std::move(family).Build());
  }
}

// A metric without labels.
inline void AppendScalar(absl::string_view metric, double value,
                         MetricFamilies& out) {
  FamilyBuilder family(metric);
  family.Add({}, value);
  out.push_back(std::move(family).Build());
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_
