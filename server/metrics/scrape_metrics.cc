#include "server/metrics/scrape_metrics.h"

#include <algorithm>
#include <utility>

#include "server/metrics/field_family.h"
#include "server/metrics/metric_family.h"

namespace netbuf {

void ScrapeMetrics::Answered(absl::Duration time, size_t bytes) {
  const auto bound = std::lower_bound(
      kScrapeBounds.begin(), kScrapeBounds.end(), absl::ToDoubleSeconds(time));
  ++buckets_[bound - kScrapeBounds.begin()];
  time_ += time;
  bytes_ += bytes;
}

std::vector<prometheus::MetricFamily> ScrapeMetrics::Collect() const {
  FamilyBuilder seconds("netbufd_scrape_seconds");
  seconds.AddHistogram({}, kScrapeBounds, buckets_,
                       absl::ToDoubleSeconds(time_));
  MetricFamilies families;
  families.push_back(std::move(seconds).Build());
  AppendScalar("netbufd_scrape_bytes_total", static_cast<double>(bytes_),
               families);
  return families;
}

}  // namespace netbuf
