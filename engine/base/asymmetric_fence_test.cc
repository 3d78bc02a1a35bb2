#include "engine/base/asymmetric_fence.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

// The promise itself: each side stores, then loads the other's word; never may
// both miss. The frequent side runs free; the rare side starts a round when it
// likes and learns afterwards what the frequent side saw in it.
TEST(AsymmetricFenceTest, OneOfTheTwoSidesAlwaysSeesTheOther) {
  if (!AsymmetricFence::Supported()) GTEST_SKIP() << "no membarrier(2)";
  std::atomic<int64_t> mine{0};
  std::atomic<int64_t> theirs{0};
  std::atomic<int64_t> seen{0};  // What the last load of `theirs` gave.
  std::atomic<bool> stop{false};
  std::thread frequent([&] {
    for (int64_t i = 1; !stop.load(std::memory_order_relaxed); ++i) {
      mine.store(i, std::memory_order_relaxed);
      AsymmetricFence::Light();
      const int64_t round = theirs.load(std::memory_order_relaxed);
      // Tells what this round's load saw before the next round begins.
      seen.store(round, std::memory_order_release);
    }
  });
  // Without the heavy fence a few dozen rounds are enough to fail.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  for (int64_t round = 1; std::chrono::steady_clock::now() < end; ++round) {
    theirs.store(round, std::memory_order_relaxed);
    AsymmetricFence::Heavy();
    const int64_t before = mine.load(std::memory_order_relaxed);
    // Whoever stores after `before` must load this round.
    while (mine.load(std::memory_order_acquire) < before + 2) {
    }
    EXPECT_EQ(seen.load(std::memory_order_acquire), round);
    if (HasFailure()) break;
  }
  stop = true;
  frequent.join();
}

TEST(AsymmetricFenceTest, SupportedSaysTheSameEveryTime) {
  const bool first = AsymmetricFence::Supported();
  EXPECT_EQ(AsymmetricFence::Supported(), first);
}

}  // namespace
}  // namespace netbuf
