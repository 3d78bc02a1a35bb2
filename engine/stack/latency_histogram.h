// LatencyHistogram: how long something took, counted in buckets that are fixed
// when the program is built, so that counts of several histograms add up.
//
// Cost: Record() is a search among sixteen bounds and two relaxed additions to
// the calling thread's copy, about 10 ns. For what happens once a call, not
// once a frame.
//
// Thread safety: any thread may record and read at any time. While others
// record, the sum of the times may be ahead of the buckets, or behind, by what
// is being recorded.

#ifndef NETBUFD_ENGINE_STACK_LATENCY_HISTOGRAM_H_
#define NETBUFD_ENGINE_STACK_LATENCY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "engine/stack/sharded_counters.h"

namespace netbuf {

// Upper bounds, in microseconds, inclusive. From 50 us: a send that a NIC
// completes inside the call takes a few, and an order below what a remote call
// costs is nobody's concern. To 10 s, the longest a pause may take before its
// caller is told so. Three a decade tell a p99 to within a factor of 2.5.
inline constexpr std::array<int64_t, 17> kLatencyBoundsMicroseconds = {
    50,      100,      250,      500,      1'000,     2'500,
    5'000,   10'000,   25'000,   50'000,   100'000,   250'000,
    500'000, 1000'000, 2500'000, 5000'000, 10'000'000};

// What a histogram has counted. Buckets are single, not cumulative; the last is
// for what took longer than every bound.
struct LatencyCounts {
  std::array<uint64_t, kLatencyBoundsMicroseconds.size() + 1> buckets{};
  absl::Duration sum = absl::ZeroDuration();

  LatencyCounts& operator+=(const LatencyCounts& other) {
    for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
    sum += other.sum;
    return *this;
  }
};

class LatencyHistogram {
 public:
  // A negative time, of a clock that was set back meanwhile, counts as none.
  void Record(absl::Duration time) {
    const int64_t nanoseconds =
        std::max<int64_t>(0, absl::ToInt64Nanoseconds(time));
    const auto* const bound = std::lower_bound(
        kLatencyBoundsMicroseconds.begin(), kLatencyBoundsMicroseconds.end(),
        nanoseconds, [](int64_t microseconds, int64_t wanted) {
          return microseconds * 1000 < wanted;
        });
    counters_.Add(static_cast<int>(bound - kLatencyBoundsMicroseconds.begin()),
                  1);
    counters_.Add(kSum, static_cast<uint64_t>(nanoseconds));
  }

  LatencyCounts Counts() const {
    LatencyCounts counts;
    for (size_t i = 0; i < counts.buckets.size(); ++i) {
      counts.buckets[i] = counters_.Sum(static_cast<int>(i));
    }
    counts.sum = absl::Nanoseconds(static_cast<int64_t>(counters_.Sum(kSum)));
    return counts;
  }

 private:
  static constexpr int kSum = kLatencyBoundsMicroseconds.size() + 1;

  ShardedCounters<kSum + 1> counters_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_LATENCY_HISTOGRAM_H_
