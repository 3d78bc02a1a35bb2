#include "engine/base/asymmetric_fence.h"

#include <atomic>
#include <thread>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

// The promise itself: each side stores, then loads the other's word; never may
// both miss. The frequent side runs free; the rare side starts a round when it
// likes and learns afterwards what the frequent side saw in it.
TEST(AsymmetricFenceTest, OneOfTheTwoSidesAlwaysSeesTheOther) {
  if (!AsymmetricFence::Supported()) GTEST_SKIP() << "no membarrier(2)";
  std::atomic<int> mine{0};
  std::atomic<int> theirs{0};
  std::atomic<int> seen{0};  // The last `theirs` that the frequent side loaded.
  std::atomic<bool> stop{false};
  std::thread frequent([&] {
    for (int i = 1; !stop.load(std::memory_order_relaxed); ++i) {
      mine.store(i, std::memory_order_relaxed);
      AsymmetricFence::Light();
      const int round = theirs.load(std::memory_order_relaxed);
      // Tells what this round's load saw before the next round begins.
      seen.store(round, std::memory_order_release);
    }
  });
  for (int round = 1; round <= 20000; ++round) {
    theirs.store(round, std::memory_order_relaxed);
    AsymmetricFence::Heavy();
    const int before = mine.load(std::memory_order_relaxed);
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
