#include "engine/stack/latency_histogram.h"

#include <numeric>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

uint64_t CountOf(const LatencyCounts& counts) {
  return std::accumulate(counts.buckets.begin(), counts.buckets.end(),
                         uint64_t{0});
}

TEST(LatencyHistogramTest, ATimeIsCountedBelowItsBoundAndAtIt) {
  struct Row {
    absl::Duration time;
    size_t bucket;
  };
  for (const Row& row :
       {Row{absl::ZeroDuration(), 0}, Row{absl::Microseconds(50), 0},
        Row{absl::Nanoseconds(50'001), 1}, Row{absl::Milliseconds(1), 4},
        Row{absl::Seconds(10), 16}, Row{absl::Seconds(11), 17},
        Row{absl::Seconds(-1), 0}}) {
    LatencyHistogram histogram;
    histogram.Record(row.time);
    const LatencyCounts counts = histogram.Counts();
    EXPECT_EQ(counts.buckets[row.bucket], 1) << row.time;
    EXPECT_EQ(CountOf(counts), 1) << row.time;
    EXPECT_EQ(counts.sum, std::max(row.time, absl::ZeroDuration()));
  }
}

TEST(LatencyHistogramTest, TheBoundsRise) {
  for (size_t i = 1; i < kLatencyBoundsMicroseconds.size(); ++i) {
    EXPECT_LT(kLatencyBoundsMicroseconds[i - 1], kLatencyBoundsMicroseconds[i]);
  }
}

TEST(LatencyHistogramTest, NoRecordingOfAnyThreadIsLost) {
  LatencyHistogram histogram;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) histogram.Record(absl::Milliseconds(3));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(CountOf(histogram.Counts()), 4000);
  EXPECT_EQ(histogram.Counts().sum, absl::Seconds(12));
}

TEST(LatencyHistogramTest, CountsAddUp) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.Record(absl::Milliseconds(3));
  other.Record(absl::Milliseconds(3));
  other.Record(absl::Seconds(20));
  LatencyCounts sum = one.Counts();
  sum += other.Counts();
  EXPECT_EQ(CountOf(sum), 3);
  EXPECT_EQ(sum.buckets[6], 2);
  EXPECT_EQ(sum.sum, absl::Milliseconds(20'006));
}

}  // namespace
}  // namespace netbuf
