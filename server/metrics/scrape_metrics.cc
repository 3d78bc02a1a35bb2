#include "server/metrics/scrape_metrics.h"

#include <algorithm>

#include "server/metrics/family_writer.h"

namespace netbuf {

void ScrapeMetrics::Answered(absl::Duration time, size_t bytes) {
  const auto bound = std::lower_bound(
      kScrapeBounds.begin(), kScrapeBounds.end(), absl::ToDoubleSeconds(time));
  ++buckets_[bound - kScrapeBounds.begin()];
  time_ += time;
  bytes_ += bytes;
}

void ScrapeMetrics::Collect(std::string& text) const {
  FamilyWriter("netbufd_scrape_seconds", text)
      .AddHistogram({}, kScrapeBounds, buckets_, absl::ToDoubleSeconds(time_));
  WriteScalar("netbufd_scrape_bytes_total", static_cast<double>(bytes_), text);
}

}  // namespace netbuf
