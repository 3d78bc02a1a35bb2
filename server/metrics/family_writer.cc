#include "server/metrics/family_writer.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "server/metrics/text_format.h"

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

}  // namespace

FamilyWriter::FamilyWriter(absl::string_view name, std::string& text)
    : definition_(MetricOrDie(name)), text_(text) {
  // The catalogue's help needs no escaping; its test holds it to that.
  absl::StrAppend(&text_, "# HELP ", name, " ", definition_.help, "\n# TYPE ",
                  name, " ", MetricTypeName(definition_.type), "\n");
  for (absl::string_view label : definition_.labels) {
    before_values_.push_back(
        absl::StrCat(before_values_.empty() ? "" : "\",", label, "=\""));
  }
}

void FamilyWriter::WriteLabels(
    std::initializer_list<absl::string_view> values) {
  if (values.size() != before_values_.size()) {
    Die(definition_.name, "wrong number of labels");
  }
  size_t i = 0;
  for (absl::string_view value : values) {
    text_ += before_values_[i++];
    AppendLabelValue(value, text_);
  }
  if (i > 0) text_ += '"';
}

void FamilyWriter::Add(std::initializer_list<absl::string_view> label_values,
                       double value) {
  if (definition_.type == MetricType::kHistogram) {
    Die(definition_.name, "has no single value");
  }
  text_.append(definition_.name.data(), definition_.name.size());
  if (label_values.size() > 0) text_ += '{';
  WriteLabels(label_values);
  if (label_values.size() > 0) text_ += '}';
  text_ += ' ';
  AppendNumber(value, text_);
  text_ += '\n';
}

void FamilyWriter::AddHistogram(
    std::initializer_list<absl::string_view> label_values,
    absl::Span<const double> upper_bounds, absl::Span<const uint64_t> counts,
    double sum) {
  if (definition_.type != MetricType::kHistogram ||
      counts.size() != upper_bounds.size() + 1) {
    Die(definition_.name, "not a histogram with these buckets");
  }
  const bool labelled = label_values.size() > 0;
  const auto write = [&](absl::string_view suffix, double value) {
    absl::StrAppend(&text_, definition_.name, suffix, labelled ? "{" : "");
    WriteLabels(label_values);
    absl::StrAppend(&text_, labelled ? "} " : " ");
    AppendNumber(value, text_);
    text_ += '\n';
  };
  write("_count", static_cast<double>(std::accumulate(
                      counts.begin(), counts.end(), uint64_t{0})));
  write("_sum", sum);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    absl::StrAppend(&text_, definition_.name, "_bucket{");
    WriteLabels(label_values);
    absl::StrAppend(&text_, labelled ? "," : "", "le=\"");
    AppendNumber(i < upper_bounds.size()
                     ? upper_bounds[i]
                     : std::numeric_limits<double>::infinity(),
                 text_);
    absl::StrAppend(&text_, "\"} ", cumulative, "\n");
  }
}

void WriteScalar(absl::string_view metric, double value, std::string& text) {
  FamilyWriter(metric, text).Add({}, value);
}

double LimitValue(uint64_t limit, uint64_t none) {
  return limit == none ? std::numeric_limits<double>::infinity()
                       : static_cast<double>(limit);
}

}  // namespace netbuf
