// Threads that come and go: every one has caches made and abandoned.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// Every thread gets lists, frees some, passes the others on and ends with what
// it freed still in its cache.
TEST(ShortLivedThreadTest, AMillionOfThemLoseNothing) {
  // A sanitizer makes starting a thread many times as dear.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr uint64_t kThreads = 20'000;
#else
  constexpr uint64_t kThreads = 1'000'000;
#endif
  constexpr uint64_t kLimit = 64;
  const auto pool =
      MakeListPool({.data_size = 64}, {.max_outstanding = kLimit});
  Mutex mu;
  std::vector<NetBufferList*> passed_on;
  std::atomic<uint64_t> next{0};
  std::atomic<uint64_t> allocated{0};
  const auto live = [&](uint64_t id) {
    std::vector<NetBufferList*> mine = AllocateLists(*pool, 1 + id % 5);
    allocated += mine.size();
    for (size_t i = 0; i < mine.size(); ++i) {
      if ((id + i) % 2 == 0) {
        pool->FreeNetBufferList(mine[i]);
      } else {
        MutexLock lock(mu);
        passed_on.push_back(mine[i]);
      }
    }
    std::vector<NetBufferList*> others;
    {
      MutexLock lock(mu);
      others.swap(passed_on);
    }
    for (NetBufferList* nbl : others) pool->FreeNetBufferList(nbl);
  };
  const auto start_them = [&] {
    for (uint64_t id; (id = next++) < kThreads;) std::thread(live, id).join();
  };
  std::thread one(start_them);
  std::thread other(start_them);
  one.join();
  other.join();
  EXPECT_GE(allocated, kThreads);
  EXPECT_EQ(pool->Statistics().allocations, allocated);
  EXPECT_EQ(pool->Statistics().frees, allocated);
  EXPECT_EQ(pool->Statistics().violations, 0);
  std::vector<NetBufferList*> all = AllocateLists(*pool, kLimit);
  EXPECT_EQ(all.size(), kLimit);
  EXPECT_EQ(pool->FreeNetBufferLists(all), PoolStatus::kOk);
}

}  // namespace
}  // namespace netbuf
