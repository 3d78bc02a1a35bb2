// ScrapeMetrics: what the scrapes cost, as metrics that the next scrape shows.
//
// Not thread-safe: lives on the thread that answers the scrapes.

#ifndef NETBUFD_SERVER_METRICS_SCRAPE_METRICS_H_
#define NETBUFD_SERVER_METRICS_SCRAPE_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace netbuf {

// Bounds of netbufd_scrape_seconds. A small server's page takes a millisecond,
// one with a thousand pools and bindings ten times that; Prometheus gives up
// after 10 s.
inline constexpr std::array<double, 9> kScrapeBounds = {
    1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 1.0, 10.0};

class ScrapeMetrics : public prometheus::Collectable {
 public:
  void Answered(absl::Duration time, size_t bytes);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::array<uint64_t, kScrapeBounds.size() + 1> buckets_{};
  absl::Duration time_ = absl::ZeroDuration();
  uint64_t bytes_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_SCRAPE_METRICS_H_
