#include "server/metrics/metric_family.h"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "prometheus/metric_type.h"

namespace netbuf {
namespace {

[[noreturn]] void Die(absl::string_view name, absl::string_view problem) {
  const std::string message =
      absl::StrCat("metric \"", name, "\": ", problem, "\n");
  std::fputs(message.c_str(), stderr);
  std::abort();
}

const MetricDefinition& MetricOrDie(absl::string_view name) {
  const MetricDefinition* metric = FindMetric(name);
  if (metric == nullptr) Die(name, "not in the catalogue");
  return *metric;
}

prometheus::MetricType LibraryType(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
    case MetricType::kSummary:
      return prometheus::MetricType::Summary;
  }
  return prometheus::MetricType::Untyped;
}

// As the text format wants a label's value.
void AppendEscaped(absl::string_view value, std::string& out) {
  if (value.find_first_of("\\\"\n") == absl::string_view::npos) {
    out.append(value.data(), value.size());
    return;
  }
  for (char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

}  // namespace

FamilyBuilder::FamilyBuilder(absl::string_view name, size_t samples)
    : definition_(MetricOrDie(name)) {
  family_.name = std::string(definition_.name);
  family_.help = std::string(definition_.help);
  family_.type = LibraryType(definition_.type);
  family_.metric.reserve(samples);
}

prometheus::ClientMetric& FamilyBuilder::NewSample(
    absl::Span<const absl::string_view> label_values) {
  if (label_values.size() != definition_.labels.size()) {
    Die(definition_.name, "wrong number of labels");
  }
  prometheus::ClientMetric& sample = family_.metric.emplace_back();
  if (label_values.empty()) return sample;
  // All labels but the last go out as part of the last one's name; the text is
  // the same. The library writes names at once but values character by
  // character, which took 60 % of a scrape; the long values, names of
  // resources, stand in front.
  const size_t last = label_values.size() - 1;
  std::string name;
  size_t size = definition_.labels[last].size();
  for (size_t i = 0; i < last; ++i) {
    size += definition_.labels[i].size() + label_values[i].size() + 4;
  }
  name.reserve(size);  // Enough unless a value needs escaping.
  for (size_t i = 0; i < last; ++i) {
    absl::StrAppend(&name, definition_.labels[i], "=\"");
    AppendEscaped(label_values[i], name);
    absl::StrAppend(&name, "\",");
  }
  absl::StrAppend(&name, definition_.labels[last]);
  sample.label.push_back({std::move(name), std::string(label_values[last])});
  return sample;
}

void FamilyBuilder::AddSample(absl::Span<const absl::string_view> label_values,
                              double value) {
  prometheus::ClientMetric& sample = NewSample(label_values);
  switch (definition_.type) {
    case MetricType::kCounter:
      sample.counter.value = value;
      return;
    case MetricType::kGauge:
      sample.gauge.value = value;
      return;
    case MetricType::kHistogram:
    case MetricType::kSummary:
      Die(definition_.name, "has no single value");
  }
}

void FamilyBuilder::AddHistogram(
    std::initializer_list<absl::string_view> label_values,
    absl::Span<const double> upper_bounds, absl::Span<const uint64_t> counts,
    double sum) {
  if (definition_.type != MetricType::kHistogram ||
      counts.size() != upper_bounds.size() + 1) {
    Die(definition_.name, "not a histogram with these buckets");
  }
  prometheus::ClientMetric::Histogram& histogram =
      NewSample(absl::MakeConstSpan(label_values.begin(), label_values.size()))
          .histogram;
  histogram.bucket.reserve(counts.size());
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    histogram.bucket.push_back(
        {cumulative, i < upper_bounds.size()
                         ? upper_bounds[i]
                         : std::numeric_limits<double>::infinity()});
  }
  histogram.sample_count = cumulative;
  histogram.sample_sum = sum;
}

double LimitValue(uint64_t limit, uint64_t none) {
  return limit == none ? std::numeric_limits<double>::infinity()
                       : static_cast<double>(limit);
}

}  // namespace netbuf
