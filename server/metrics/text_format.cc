#include "server/metrics/text_format.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace netbuf {
namespace {

// A double holds every integer up to here.
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

constexpr absl::string_view kEscaped = "\\\"\n";

// Three passes of find(), which is memchr(), are several times as fast as one
// that compares each character with three.
bool NeedsEscape(const std::string& value) {
  for (char c : kEscaped) {
    if (value.find(c) != std::string::npos) return true;
  }
  return false;
}

using prometheus::ClientMetric;

absl::string_view TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Summary:
      return "summary";
    case prometheus::MetricType::Histogram:
      return "histogram";
    case prometheus::MetricType::Untyped:
      break;
  }
  return "untyped";
}

// Writes the samples of one metric: what stands in front of a value and behind
// it.
class SampleWriter {
 public:
  SampleWriter(const std::string& family, const ClientMetric& metric,
               std::string& text)
      : family_(family), metric_(metric), text_(text) {}

  void Write(absl::string_view suffix, double value) {
    WriteName(suffix);
    if (!metric_.label.empty()) {
      text_ += '{';
      WriteLabels();
      text_ += '}';
    }
    WriteValue(value);
  }

  // With one more label, whose value is a number.
  void Write(absl::string_view suffix, absl::string_view label,
             double label_value, double value) {
    WriteName(suffix);
    text_ += '{';
    WriteLabels();
    if (!metric_.label.empty()) text_ += ',';
    absl::StrAppend(&text_, label, "=\"");
    AppendNumber(label_value, text_);
    text_ += "\"}";
    WriteValue(value);
  }

 private:
  void WriteName(absl::string_view suffix) {
    text_ += family_;
    text_.append(suffix.data(), suffix.size());
  }

  // Without what encloses them: `pool="p",kind="net_buffer"`.
  void WriteLabels() {
    bool first = true;
    for (const ClientMetric::Label& label : metric_.label) {
      if (!first) text_ += ',';
      first = false;
      text_ += label.name;
      text_ += "=\"";
      AppendLabelValue(label.value, text_);
      text_ += '"';
    }
  }

  void WriteValue(double value) {
    text_ += ' ';
    AppendNumber(value, text_);
    if (metric_.timestamp_ms != 0) {
      absl::StrAppend(&text_, " ", metric_.timestamp_ms);
    }
    text_ += '\n';
  }

  const std::string& family_;
  const ClientMetric& metric_;
  std::string& text_;
};

void WriteSummary(const ClientMetric::Summary& summary, SampleWriter writer) {
  writer.Write("_count", static_cast<double>(summary.sample_count));
  writer.Write("_sum", summary.sample_sum);
  for (const ClientMetric::Quantile& quantile : summary.quantile) {
    writer.Write("", "quantile", quantile.quantile, quantile.value);
  }
}

void WriteHistogram(const ClientMetric::Histogram& histogram,
                    SampleWriter writer) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto count = static_cast<double>(histogram.sample_count);
  writer.Write("_count", count);
  writer.Write("_sum", histogram.sample_sum);
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    writer.Write("_bucket", "le", bucket.upper_bound,
                 static_cast<double>(bucket.cumulative_count));
  }
  if (histogram.bucket.empty() ||
      histogram.bucket.back().upper_bound != kInfinity) {
    writer.Write("_bucket", "le", kInfinity, count);
  }
}

void WriteMetric(prometheus::MetricType type, const ClientMetric& metric,
                 SampleWriter writer) {
  switch (type) {
    case prometheus::MetricType::Counter:
      writer.Write("", metric.counter.value);
      return;
    case prometheus::MetricType::Gauge:
      writer.Write("", metric.gauge.value);
      return;
    case prometheus::MetricType::Untyped:
      writer.Write("", metric.untyped.value);
      return;
    case prometheus::MetricType::Summary:
      WriteSummary(metric.summary, writer);
      return;
    case prometheus::MetricType::Histogram:
      WriteHistogram(metric.histogram, writer);
      return;
  }
}

}  // namespace

void AppendFamily(const prometheus::MetricFamily& family, std::string& text) {
  if (!family.help.empty()) {
    absl::StrAppend(&text, "# HELP ", family.name, " ", family.help, "\n");
  }
  absl::StrAppend(&text, "# TYPE ", family.name, " ", TypeName(family.type),
                  "\n");
  for (const ClientMetric& metric : family.metric) {
    WriteMetric(family.type, metric, SampleWriter(family.name, metric, text));
  }
}

void AppendLabelValue(const std::string& value, std::string& text) {
  if (!NeedsEscape(value)) {
    text += value;
    return;
  }
  for (char c : value) {
    if (absl::StrContains(kEscaped, c)) text += '\\';
    text += c == '\n' ? 'n' : c;
  }
}

void AppendNumber(double value, std::string& text) {
  if (std::isnan(value)) {
    text += "NaN";
    return;
  }
  if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  char digits[32];  // The shortest form of a double has 24 characters at most.
  const int64_t integer =
      std::abs(value) <= kExactIntegers ? static_cast<int64_t>(value) : 0;
  const std::to_chars_result end =
      static_cast<double>(integer) == value
          ? std::to_chars(digits, std::end(digits), integer)
          : std::to_chars(digits, std::end(digits), value,
                          std::chars_format::general);
  text.append(digits, end.ptr - digits);
}

}  // namespace netbuf
