#include "server/metrics/text_format.h"

#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"
#include "prometheus/text_serializer.h"

namespace netbuf {
namespace {

std::string Number(double value) {
  std::string text;
  AppendNumber(value, text);
  return text;
}

std::string LabelValue(const std::string& value) {
  std::string text;
  AppendLabelValue(value, text);
  return text;
}

TEST(TextFormatTest, NumbersAreSpeltAsPrometheusReadsThem) {
  struct Row {
    const char* name;
    double value;
    const char* text;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Row& row : {
           Row{"zero", 0, "0"},
           Row{"one", 1, "1"},
           Row{"negative", -17, "-17"},
           Row{"a fraction", 0.25, "0.25"},
           Row{"few digits", 0.1, "0.1"},
           Row{"a bound", 50e-6, "5e-05"},
           Row{"another", 100e-6, "0.0001"},
           Row{"a million", 1e6, "1000000"},
           Row{"above 32 bits", 4294967297, "4294967297"},
           Row{"the last exact integer", 9007199254740992, "9007199254740992"},
           Row{"its negative", -9007199254740992, "-9007199254740992"},
           Row{"above it", 18446744073709551616.0, "1.8446744073709552e+19"},
           Row{"large", 1e300, "1e+300"},
           Row{"infinite", kInfinity, "+Inf"},
           Row{"negative and infinite", -kInfinity, "-Inf"},
           Row{"no number", std::nan(""), "NaN"},
       }) {
    EXPECT_EQ(Number(row.value), row.text) << row.name;
  }
}

TEST(TextFormatTest, EveryDoubleIsReadBackAsItself) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value) || std::isinf(value)) continue;
    double read = 0;
    ASSERT_TRUE(absl::SimpleAtod(Number(value), &read)) << Number(value);
    EXPECT_EQ(read, value) << Number(value);
  }
}

TEST(TextFormatTest, OfALabelJustBackslashesQuotesAndLineFeedsAreEscaped) {
  struct Row {
    absl::string_view value;
    absl::string_view text;
  };
  for (const Row& row : {
           Row{"", ""},
           Row{"protocols/p1/bindings/b1", "protocols/p1/bindings/b1"},
           Row{"\\", "\\\\"},
           Row{"\"", "\\\""},
           Row{"\n", "\\n"},
           Row{"\\n", "\\\\n"},
           Row{"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
           Row{"\"\"", "\\\"\\\""},
           Row{"{}=,# \t\r", "{}=,# \t\r"},
           Row{"\xc3\xa9", "\xc3\xa9"},
           Row{absl::string_view("a\0b", 3), absl::string_view("a\0b", 3)},
       }) {
    EXPECT_EQ(LabelValue(std::string(row.value)), row.text) << row.value;
  }
}

TEST(TextFormatTest, WhatStandsInTheTextStays) {
  std::string text = "a";
  AppendLabelValue("b\n", text);
  AppendNumber(1.5, text);
  AppendFamily({"f", "", prometheus::MetricType::Gauge, {}}, text);
  EXPECT_EQ(text, "ab\\n1.5# TYPE f gauge\n");
}

// --- Against Prometheus's own writer ----------------------------------------

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Those that are hard to write.
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
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
                              kNan};
const std::vector<std::string> kLabelValues = {
    "plain", "", "a\"b\\c\nd", "\\", "\"\"", "\n\n", "{}=,# ", "\xc3\xa9"};

std::string TextOf(const MetricFamily& family) {
  std::string text;
  AppendFamily(family, text);
  return text;
}

// The same lines up to the value, and the same values to the 16 digits that the
// library writes.
void ExpectAsTheLibrary(const MetricFamily& family) {
  const std::vector<std::string> our_lines =
      absl::StrSplit(TextOf(family), '\n');
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

// A sample without labels, with one, and with two.
std::vector<ClientMetric> LabelledSamples() {
  std::vector<ClientMetric> samples(1);
  for (const std::string& value : kLabelValues) {
    samples.emplace_back().label = {{"one", value}};
    samples.emplace_back().label = {{"one", value}, {"two", "2"}};
    samples.emplace_back().label = {{"one", "1"}, {"two", value}};
  }
  return samples;
}

TEST(TextFormatTest, EverySingleValueIsWrittenAsPrometheussLibraryWritesIt) {
  for (MetricType type :
       {MetricType::Counter, MetricType::Gauge, MetricType::Untyped}) {
    MetricFamily family{"some_name", "What it is.", type, {}};
    for (const ClientMetric& labelled : LabelledSamples()) {
      for (double value : kValues) {
        ClientMetric& sample = family.metric.emplace_back(labelled);
        if (type == MetricType::Counter) sample.counter.value = value;
        if (type == MetricType::Gauge) sample.gauge.value = value;
        if (type == MetricType::Untyped) sample.untyped.value = value;
      }
    }
    ExpectAsTheLibrary(family);
  }
}

TEST(TextFormatTest, AHistogramIsWrittenAsPrometheussLibraryWritesIt) {
  const std::vector<std::vector<ClientMetric::Bucket>> all_buckets = {
      {},
      {{7, kInfinity}},
      {{1, 50e-6}, {1, 0.1}, {uint64_t{1} << 40, 2.5}},
      {{1, -1}, {2, 0.5}, {uint64_t{1} << 40, kInfinity}}};
  MetricFamily family{"some_name", "What it is.", MetricType::Histogram, {}};
  for (const ClientMetric& labelled : LabelledSamples()) {
    for (const auto& buckets : all_buckets) {
      ClientMetric::Histogram& histogram =
          family.metric.emplace_back(labelled).histogram;
      histogram.sample_count = uint64_t{1} << 40;
      histogram.sample_sum = 1.0 / 3;
      histogram.bucket = buckets;
    }
  }
  ExpectAsTheLibrary(family);
}

TEST(TextFormatTest, ASummaryIsWrittenAsPrometheussLibraryWritesIt) {
  MetricFamily family{"some_name", "What it is.", MetricType::Summary, {}};
  for (const ClientMetric& labelled : LabelledSamples()) {
    for (double value : kValues) {
      ClientMetric::Summary& summary =
          family.metric.emplace_back(labelled).summary;
      summary.sample_count = 3;
      summary.sample_sum = value;
      summary.quantile = {{0.5, value}, {0.99, 1e-9}};
    }
  }
  ExpectAsTheLibrary(family);
}

TEST(TextFormatTest, WhatAFamilyLacksIsLeftOutAsPrometheussLibraryDoes) {
  ExpectAsTheLibrary({"no_samples", "What it is.", MetricType::Gauge, {}});
  ExpectAsTheLibrary({"no_help", "", MetricType::Counter, {ClientMetric()}});
}

TEST(TextFormatTest, ATimestampIsWrittenAsPrometheussLibraryWritesIt) {
  MetricFamily family{"some_name", "", MetricType::Histogram, {}};
  for (int64_t timestamp : {int64_t{1}, int64_t{1700000000123}, int64_t{-5}}) {
    family.metric.emplace_back().timestamp_ms = timestamp;
  }
  EXPECT_EQ(TextOf(family), prometheus::TextSerializer().Serialize({family}));
}

}  // namespace
}  // namespace netbuf
