#include "server/metrics/metric_family.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"
#include "server/metrics/exposition.h"

namespace netbuf {
namespace {

std::string TextOf(FamilyBuilder builder) {
  return ToText({std::move(builder).Build()});
}

TEST(MetricFamilyTest, ASampleHasTheCataloguesHelpTypeAndLabels) {
  FamilyBuilder family("netbufd_adapter_errors_total");
  family.Add({"adapters/a1", "transmit"}, 7);
  EXPECT_EQ(TextOf(std::move(family)),
            "# HELP netbufd_adapter_errors_total Frames that could not be "
            "carried because of an error.\n"
            "# TYPE netbufd_adapter_errors_total counter\n"
            "netbufd_adapter_errors_total{adapter=\"adapters/a1\","
            "direction=\"transmit\"} 7\n");
}

TEST(MetricFamilyTest, LabelsAreTheModelsOwnAndNotEscaped) {
  FamilyBuilder builder("netbufd_adapter_errors_total");
  builder.Add({"a\"b\\c\nd", ""}, 0.5);
  const prometheus::MetricFamily family = std::move(builder).Build();
  EXPECT_EQ(family.type, prometheus::MetricType::Counter);
  ASSERT_EQ(family.metric.size(), 1u);
  EXPECT_EQ(family.metric[0].counter.value, 0.5);
  const std::vector<prometheus::ClientMetric::Label> labels = {
      {"adapter", "a\"b\\c\nd"}, {"direction", ""}};
  EXPECT_EQ(family.metric[0].label, labels);
}

TEST(MetricFamilyTest, AMetricWithoutLabelsHasNoBraces) {
  FamilyBuilder family("netbufd_protocols");
  family.Add({}, 3);
  EXPECT_EQ(Samples(TextOf(std::move(family))).at("netbufd_protocols"), 3);
}

TEST(MetricFamilyTest, AHistogramIsCumulativeAndEndsAtInfinity) {
  FamilyBuilder family("grpc_server_handling_seconds");
  family.AddHistogram({"unary", "s", "m"}, {0.5, 1.0}, {1, 0, 2}, 7.25);
  const auto samples = Samples(TextOf(std::move(family)));
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

TEST(MetricFamilyDeathTest, WhatTheCatalogueDoesNotHaveAborts) {
  EXPECT_DEATH(FamilyBuilder("netbufd_nothing"), "not in the catalogue");
  EXPECT_DEATH(FamilyBuilder("netbufd_adapter_errors_total").Add({"a"}, 1),
               "wrong number of labels");
  EXPECT_DEATH(
      FamilyBuilder("grpc_server_handling_seconds").Add({"a", "b", "c"}, 1),
      "has no single value");
  EXPECT_DEATH(FamilyBuilder("grpc_server_handling_seconds")
                   .AddHistogram({"a", "b", "c"}, {0.5, 1.0}, {1, 2}, 1),
               "not a histogram");
}

}  // namespace
}  // namespace netbuf
