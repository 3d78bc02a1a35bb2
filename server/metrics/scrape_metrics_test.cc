#include "server/metrics/scrape_metrics.h"

#include <map>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/metrics/exposition.h"

namespace netbuf {
namespace {

TEST(ScrapeMetricsTest, BeforeTheFirstScrapeEverySeriesIsThereAtZero) {
  const std::map<std::string, double> samples =
      Samples(TextOf(ScrapeMetrics()));
  EXPECT_EQ(samples.size(), kScrapeBounds.size() + 1 + 3);
  for (const auto& [series, value] : samples) EXPECT_EQ(value, 0) << series;
}

TEST(ScrapeMetricsTest, AScrapeIsCountedWithItsTimeAndItsBytes) {
  ScrapeMetrics metrics;
  metrics.Answered(absl::Milliseconds(4), 1000);
  metrics.Answered(absl::Milliseconds(5), 500);  // A bound is in its bucket.
  metrics.Answered(absl::Seconds(11), 10);
  const std::map<std::string, double> samples = Samples(TextOf(metrics));
  const std::string bucket = "netbufd_scrape_seconds_bucket{le=";
  EXPECT_EQ(samples.at(bucket + "\"0.0025\"}"), 0);
  EXPECT_EQ(samples.at(bucket + "\"0.005\"}"), 2);
  EXPECT_EQ(samples.at(bucket + "\"10\"}"), 2);
  EXPECT_EQ(samples.at(bucket + "\"+Inf\"}"), 3);
  EXPECT_EQ(samples.at("netbufd_scrape_seconds_count"), 3);
  EXPECT_DOUBLE_EQ(samples.at("netbufd_scrape_seconds_sum"), 11.009);
  EXPECT_EQ(samples.at("netbufd_scrape_bytes_total"), 1510);
}

}  // namespace
}  // namespace netbuf
