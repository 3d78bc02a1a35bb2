#include "server/metrics/metric_family.h"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

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
  }
  return prometheus::MetricType::Untyped;
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
    std::initializer_list<absl::string_view> label_values) {
  if (label_values.size() != definition_.labels.size()) {
    Die(definition_.name, "wrong number of labels");
  }
  prometheus::ClientMetric& sample = family_.metric.emplace_back();
  sample.label.resize(label_values.size());
  size_t i = 0;
  for (absl::string_view value : label_values) {
    prometheus::ClientMetric::Label& label = sample.label[i];
    label.name.assign(definition_.labels[i].data(),
                      definition_.labels[i].size());
    label.value.assign(value.data(), value.size());
    ++i;
  }
  return sample;
}

void FamilyBuilder::Add(std::initializer_list<absl::string_view> label_values,
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
      NewSample(label_values).histogram;
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
