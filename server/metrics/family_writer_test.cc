#include "server/metrics/family_writer.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"
#include "server/metrics/exposition.h"
#include "server/metrics/metric_catalog.h"

namespace netbuf {
namespace {

TEST(FamilyWriterTest, ASampleHasTheCataloguesHelpTypeAndLabels) {
  std::string text;
  FamilyWriter family("netbufd_adapter_errors_total", text);
  family.Add({"adapters/a1", "transmit"}, 7);
  family.Add({"adapters/a1", "receive"}, 8);
  EXPECT_EQ(text,
            "# HELP netbufd_adapter_errors_total Frames that could not be "
            "carried because of an error.\n"
            "# TYPE netbufd_adapter_errors_total counter\n"
            "netbufd_adapter_errors_total{adapter=\"adapters/a1\","
            "direction=\"transmit\"} 7\n"
            "netbufd_adapter_errors_total{adapter=\"adapters/a1\","
            "direction=\"receive\"} 8\n");
}

TEST(FamilyWriterTest, FamiliesStandOneBehindTheOther) {
  std::string text;
  WriteScalar("netbufd_protocols", 3, text);
  WriteScalar("netbufd_memory_used_bytes", 0.5, text);
  EXPECT_EQ(text.find("# HELP netbufd_protocols "), 0u);
  EXPECT_NE(text.find("\nnetbufd_protocols 3\n"
                      "# HELP netbufd_memory_used_bytes "),
            std::string::npos);
  EXPECT_NE(text.find("\nnetbufd_memory_used_bytes 0.5\n"), std::string::npos);
}

TEST(FamilyWriterTest, AHistogramIsCumulativeAndEndsAtInfinity) {
  std::string text;
  FamilyWriter("grpc_server_handling_seconds", text)
      .AddHistogram({"unary", "s", "m"}, {0.5, 1.0}, {1, 0, 2}, 7.25);
  const auto samples = Samples(text);
  const std::string labels =
      "{grpc_type=\"unary\",grpc_service=\"s\",grpc_method=\"m\"";
  const std::string bucket = "grpc_server_handling_seconds_bucket" + labels;
  EXPECT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples.at(bucket + ",le=\"0.5\"}"), 1);
  EXPECT_EQ(samples.at(bucket + ",le=\"1\"}"), 1);
  EXPECT_EQ(samples.at(bucket + ",le=\"+Inf\"}"), 3);
  EXPECT_EQ(samples.at("grpc_server_handling_seconds_count" + labels + "}"), 3);
  EXPECT_EQ(samples.at("grpc_server_handling_seconds_sum" + labels + "}"),
            7.25);
}

// --- Against Prometheus's own library
// -----------------------------------------

// Those that are hard to write.
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kValues[] = {0,
                              1,
                              -1,
                              0.1,
                              1.0 / 3,
                              1e-9,
                              123456789,
                              4294967296.0,
                              9007199254740991.0,
                              1e15 + 0.5,
                              1e21,
                              1.7e308,
                              5e-324,
                              kInfinity,
                              -kInfinity,
                              std::nan("")};
const std::vector<std::string> kLabelValues = {
    "plain", "", "a\"b\\c\nd", "\\", "\"\"", "\n\n", "{}=,# ", "\xc3\xa9"};

prometheus::MetricFamily LibraryFamily(const std::string& name,
                                       prometheus::MetricType type) {
  const MetricDefinition& definition = *FindMetric(name);
  return {name, std::string(definition.help), type, {}};
}

std::vector<prometheus::ClientMetric::Label> LibraryLabels(
    const std::string& name, const std::vector<std::string>& values) {
  const MetricDefinition& definition = *FindMetric(name);
  std::vector<prometheus::ClientMetric::Label> labels;
  for (size_t i = 0; i < values.size(); ++i) {
    labels.push_back({std::string(definition.labels[i]), values[i]});
  }
  return labels;
}

// The same lines up to the value, and the same values to the 16 digits that the
// library writes.
void ExpectSame(const std::string& ours,
                const prometheus::MetricFamily& family) {
  const std::vector<std::string> our_lines = absl::StrSplit(ours, '\n');
  const std::vector<std::string> their_lines =
      absl::StrSplit(prometheus::TextSerializer().Serialize({family}), '\n');
  ASSERT_EQ(our_lines.size(), their_lines.size());
  for (size_t i = 0; i < our_lines.size(); ++i) {
    const size_t blank = their_lines[i].rfind(' ');
    double our_value = 0;
    double their_value = 0;
    if (absl::StartsWith(their_lines[i], "#") || blank == std::string::npos ||
        !absl::SimpleAtod(their_lines[i].substr(blank), &their_value)) {
      EXPECT_EQ(our_lines[i], their_lines[i]);
      continue;
    }
    ASSERT_EQ(our_lines[i].substr(0, blank), their_lines[i].substr(0, blank));
    ASSERT_TRUE(absl::SimpleAtod(our_lines[i].substr(blank), &our_value))
        << our_lines[i];
    if (std::isfinite(their_value)) {
      EXPECT_NEAR(our_value, their_value, std::abs(their_value) * 1e-15);
    } else if (std::isnan(their_value)) {
      EXPECT_TRUE(std::isnan(our_value)) << our_lines[i];
    } else {
      EXPECT_EQ(our_value, their_value);
    }
  }
}

TEST(FamilyWriterTest, ACounterIsWrittenAsPrometheussLibraryWritesIt) {
  const std::string name = "netbufd_adapter_errors_total";
  std::string text;
  FamilyWriter family(name, text);
  prometheus::MetricFamily library =
      LibraryFamily(name, prometheus::MetricType::Counter);
  for (const std::string& label : kLabelValues) {
    for (double value : kValues) {
      family.Add({label, "transmit"}, value);
      prometheus::ClientMetric& sample = library.metric.emplace_back();
      sample.label = LibraryLabels(name, {label, "transmit"});
      sample.counter.value = value;
    }
  }
  ExpectSame(text, library);
}

TEST(FamilyWriterTest, AGaugeIsWrittenAsPrometheussLibraryWritesIt) {
  const std::string name = "netbufd_protocols";
  std::string text;
  FamilyWriter family(name, text);
  prometheus::MetricFamily library =
      LibraryFamily(name, prometheus::MetricType::Gauge);
  for (double value : kValues) {
    family.Add({}, value);
    library.metric.emplace_back().gauge.value = value;
  }
  ExpectSame(text, library);
}

// `name` has as many labels as there are values.
void ExpectSameHistogram(const std::string& name,
                         std::initializer_list<absl::string_view> label_values,
                         const std::vector<double>& bounds,
                         const std::vector<uint64_t>& counts, double sum) {
  std::string text;
  FamilyWriter(name, text).AddHistogram(label_values, bounds, counts, sum);
  prometheus::MetricFamily library =
      LibraryFamily(name, prometheus::MetricType::Histogram);
  prometheus::ClientMetric& sample = library.metric.emplace_back();
  sample.label = LibraryLabels(
      name, std::vector<std::string>(label_values.begin(), label_values.end()));
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    sample.histogram.bucket.push_back(
        {cumulative, i < bounds.size() ? bounds[i] : kInfinity});
  }
  sample.histogram.sample_count = cumulative;
  sample.histogram.sample_sum = sum;
  ExpectSame(text, library);
}

TEST(FamilyWriterTest, AHistogramIsWrittenAsPrometheussLibraryWritesIt) {
  ExpectSameHistogram("netbufd_pause_seconds", {}, {50e-6, 0.1, 2.5, 10},
                      {1, 0, uint64_t{1} << 40, 2, 3}, 1.0 / 3);
  ExpectSameHistogram("grpc_server_handling_seconds",
                      {"unary", "a\"b\\c\nd", ""}, {0.5}, {0, 0}, 0);
}

TEST(FamilyWriterDeathTest, WhatTheCatalogueDoesNotHaveAborts) {
  std::string text;
  EXPECT_DEATH(FamilyWriter("netbufd_nothing", text), "not in the catalogue");
  EXPECT_DEATH(FamilyWriter("netbufd_adapter_errors_total", text).Add({"a"}, 1),
               "wrong number of labels");
  EXPECT_DEATH(FamilyWriter("grpc_server_handling_seconds", text)
                   .Add({"a", "b", "c"}, 1),
               "has no single value");
  EXPECT_DEATH(FamilyWriter("grpc_server_handling_seconds", text)
                   .AddHistogram({"a", "b", "c"}, {0.5, 1.0}, {1, 2}, 1),
               "not a histogram");
}

}  // namespace
}  // namespace netbuf
