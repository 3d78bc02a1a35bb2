// Families of metrics that are plain fields of a snapshot's structs, as tables:
// a collector lists metric and field, and these functions write the families.

#ifndef NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_
#define NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/metrics/family_writer.h"

namespace netbuf {

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
void WriteFields(const std::vector<T>& items, absl::Span<const Field<T>> fields,
                 std::string& text) {
  for (const Field<T>& field : fields) {
    FamilyWriter family(field.metric, text);
    for (const T& item : items) family.Add({item.name}, field.value(item));
  }
}

template <typename T>
void WritePairs(const std::vector<T>& items,
                absl::Span<const PairField<T>> fields, std::string& text) {
  for (const PairField<T>& field : fields) {
    FamilyWriter family(field.metric, text);
    for (const T& item : items) {
      family.Add({item.name, field.first_label}, field.first(item));
      family.Add({item.name, field.second_label}, field.second(item));
    }
  }
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_FIELD_FAMILY_H_
