#include "engine/stack/sharded_counters.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(ShardedCountersTest, NoAdditionOfAnyThreadIsLost) {
  ShardedCounters<2> counters;
  std::vector<std::thread> threads;
  // More threads than copies, so that some share one.
  for (uint32_t i = 0; i < 2 * kCounterShards; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) counters.Add(1, 3);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.Sum(0), 0);
  EXPECT_EQ(counters.Sum(1), 2 * kCounterShards * 3000);
}

}  // namespace
}  // namespace netbuf
