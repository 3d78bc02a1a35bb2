// Threads whose first use of any pool is in the middle of a loop. Optimised
// (BUILD), so that the compiler may look for the thread's caches before the
// loop, where there are none yet (thread_caches.h). What that costs, the
// benchmark's pair_lifo_new_thread tells.

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "engine/pool/thread_cache.h"
#include "engine/pool/thread_caches.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr HolderId kHolder = 7;
constexpr uint64_t kPairs = 1000;

// As the pool itself finds it.
uint32_t CapacityOfCache(const NetBufferListPool* pool) {
  return CurrentThreadCache(reinterpret_cast<const ThreadCacheOwner*>(pool))
      ->capacity();
}

[[gnu::noinline]] void UseOnce(NetBufferListPool* pool) {
  pool->FreeNetBufferList(pool->AllocateNetBufferList(0, 0, kHolder));
}

TEST(FirstUseTest, TheLoopThatMadeAThreadsFirstCacheFindsIt) {
  const auto pool = MakeListPool({.data_size = 64});
  uint64_t without_cache = 0;
  std::thread([pool = pool.get(), &without_cache] {
    // So little that the compiler does look before the loop.
    uint64_t without = 0;
    for (uint64_t i = 0; i < kPairs; ++i) {
      without += CapacityOfCache(pool) == 0 ? 1 : 0;
      UseOnce(pool);
    }
    without_cache = without;
  }).join();
  EXPECT_EQ(without_cache, 1);
  EXPECT_EQ(pool->Statistics().frees, kPairs);
}

TEST(FirstUseTest, AThreadsFirstCacheKeepsWhatTheLoopFrees) {
  const auto pool = MakeListPool({.data_size = 64});
  std::thread([pool = pool.get()] {
    for (uint64_t i = 0; i < kPairs; ++i) {
      NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kHolder);
      ASSERT_NE(nbl, nullptr);
      ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
      const PoolStatistics statistics = pool->Statistics();
      ASSERT_EQ(statistics.allocations, i + 1);
      ASSERT_EQ(statistics.frees, i + 1);
      ASSERT_GT(statistics.cached, 0);
    }
  }).join();
  EXPECT_EQ(pool->Statistics().cached, 0);
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(FirstUseTest, AThreadMayBeginWithFreeing) {
  const auto pool = MakeListPool({.data_size = 64});
  const std::vector<NetBufferList*> lists = AllocateLists(*pool, kPairs);
  ASSERT_EQ(lists.size(), kPairs);
  std::thread([pool = pool.get(), &lists] {
    for (NetBufferList* nbl : lists) {
      ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
      ASSERT_GT(pool->Statistics().cached, 0);
    }
  }).join();
  EXPECT_EQ(pool->Statistics().frees, kPairs);
  EXPECT_TRUE(pool->CheckFreeable().ok());
}

TEST(FirstUseTest, APoolMadeInTheLoopGetsACacheOfItsOwn) {
  std::thread([] {
    std::vector<std::unique_ptr<NetBufferListPool>> pools;
    for (int i = 0; i < 20; ++i) {
      pools.push_back(MakeListPool({.data_size = 64}));
      for (const auto& pool : pools) {
        NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kHolder);
        ASSERT_NE(nbl, nullptr);
        ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
        ASSERT_GT(pool->Statistics().cached, 0);
      }
    }
  }).join();
}

}  // namespace
}  // namespace netbuf
