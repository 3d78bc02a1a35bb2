// Many threads: churn, theft, threads and pools that go before one another.
// Made for ThreadSanitizer, and for the promise that a limit of N means N.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"
#include "tests/lib/seed.h"

namespace netbuf {
namespace {

constexpr absl::Duration kLong = absl::Seconds(1);

// A bag that threads pass lists through.
class Exchange {
 public:
  void Put(NetBufferList* nbl) {
    MutexLock lock(mu_);
    lists_.push_back(nbl);
  }
  NetBufferList* Take() {
    MutexLock lock(mu_);
    if (lists_.empty()) return nullptr;
    NetBufferList* const nbl = lists_.back();
    lists_.pop_back();
    return nbl;
  }

 private:
  Mutex mu_;
  std::vector<NetBufferList*> lists_ ABSL_GUARDED_BY(mu_);
};

// The owner's mark: nobody else may have the list. Half of the marks are in the
// data and in `next` alone, so that the list is freed as one that nobody
// touched.
bool IsInScratch(uintptr_t mark) { return mark / 64 % 2 == 0; }
void Sign(NetBufferList* nbl, uintptr_t who) {
  ASSERT_EQ(nbl->scratch(), nullptr);
  ASSERT_EQ(nbl->next, nullptr);
  ASSERT_EQ(nbl->child_ref_count(), 0);
  if (IsInScratch(who)) nbl->set_scratch(reinterpret_cast<void*>(who));
  nbl->next = reinterpret_cast<NetBufferList*>(who);
  *reinterpret_cast<uintptr_t*>(
      nbl->first_net_buffer()->mdl_chain()->mapped_system_va()) = who;
}
void CheckSigned(NetBufferList* nbl, uintptr_t who) {
  if (IsInScratch(who)) {
    ASSERT_EQ(nbl->scratch(), reinterpret_cast<void*>(who));
  }
  ASSERT_EQ(nbl->next, reinterpret_cast<NetBufferList*>(who));
  ASSERT_EQ(*reinterpret_cast<uintptr_t*>(
                nbl->first_net_buffer()->mdl_chain()->mapped_system_va()),
            who);
}

// One thread of a churn: allocates singly and in batches, keeps up to `most`,
// frees some itself and passes others on.
void Churn(NetBufferListPool& pool, Exchange& exchange, uintptr_t who,
           size_t most, absl::Time end, uint64_t seed, bool must_succeed) {
  std::mt19937_64 random(seed + who);
  std::vector<NetBufferList*> held;
  uint64_t serial = 0;
  std::vector<uintptr_t> marks;
  auto keep = [&](NetBufferList* nbl) {
    const uintptr_t mark = who << 40 | ++serial;
    Sign(nbl, mark);
    held.push_back(nbl);
    marks.push_back(mark);
  };
  auto drop = [&](size_t count) {
    std::vector<NetBufferList*> batch;
    for (size_t i = 0; i < count; ++i) {
      CheckSigned(held.back(), marks.back());
      batch.push_back(held.back());
      held.pop_back();
      marks.pop_back();
    }
    if (count == 1) {
      ASSERT_EQ(pool.FreeNetBufferList(batch[0]), PoolStatus::kOk);
    } else {
      ASSERT_EQ(pool.FreeNetBufferLists(batch), PoolStatus::kOk);
    }
  };
  for (uint64_t i = 0; i % 64 != 0 || absl::Now() < end; ++i) {
    const size_t room = most - held.size();
    if (random() % 2 == 0 && room > 0) {
      const size_t count = random() % 4 == 0 ? 1 + random() % room : 1;
      const std::vector<NetBufferList*> got = AllocateLists(pool, count, who);
      if (must_succeed) {
        ASSERT_EQ(got.size(), count);
      }
      for (NetBufferList* nbl : got) keep(nbl);
    } else if (!held.empty()) {
      drop(random() % 4 == 0 ? 1 + random() % held.size() : 1);
    }
    if (!must_succeed && random() % 8 == 0) {
      // Through other hands: freed where it was not allocated.
      if (!held.empty()) {
        CheckSigned(held.back(), marks.back());
        exchange.Put(held.back());
        held.pop_back();
        marks.pop_back();
      }
      if (NetBufferList* const nbl = exchange.Take(); nbl != nullptr) {
        ASSERT_EQ(pool.FreeNetBufferList(nbl), PoolStatus::kOk);
      }
    }
  }
  if (!held.empty()) drop(held.size());
}

void ChurnWith(int threads, size_t most, const PoolOptions& options,
               bool must_succeed) {
  const uint64_t seed = TestSeed();
  const auto pool = MakeListPool({.data_size = 64}, options);
  Exchange exchange;
  const absl::Time end = absl::Now() + kLong;
  std::vector<std::thread> workers;
  for (int t = 1; t <= threads; ++t) {
    workers.emplace_back(
        [&, t] { Churn(*pool, exchange, t, most, end, seed, must_succeed); });
  }
  for (std::thread& worker : workers) worker.join();
  while (NetBufferList* const nbl = exchange.Take()) {
    ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  }
  const PoolStatistics statistics = pool->Statistics();
  EXPECT_EQ(statistics.outstanding, 0);
  EXPECT_EQ(statistics.allocations, statistics.frees);
  EXPECT_EQ(statistics.cached, 0);
  EXPECT_EQ(statistics.violations, 0);
  if (options.max_outstanding != 0) {
    EXPECT_LE(statistics.blocks, options.max_outstanding);
    // Everything is there again.
    std::vector<NetBufferList*> all =
        AllocateLists(*pool, options.max_outstanding);
    EXPECT_EQ(all.size(), options.max_outstanding);
    EXPECT_EQ(pool->FreeNetBufferLists(all), PoolStatus::kOk);
  }
}

TEST(PoolThreadTest, ChurnWithoutALimit) {
  ChurnWith(4, 300, {}, /*must_succeed=*/false);
}

TEST(PoolThreadTest, ChurnAtTheLimit) {
  ChurnWith(4, 100, {.max_outstanding = 150}, /*must_succeed=*/false);
}

TEST(PoolThreadTest, ChurnWithoutCaches) {
  ChurnWith(3, 100, {.max_outstanding = 150, .thread_caches = false},
            /*must_succeed=*/false);
}

// Each of four threads holds at most a quarter: so no allocation may ever fail,
// although caches hold blocks back and stealing is all the time.
TEST(PoolThreadTest, WhoStaysWithinTheLimitAlwaysSucceeds) {
  ChurnWith(4, 25, {.max_outstanding = 100}, /*must_succeed=*/true);
  ChurnWith(4, 1, {.max_outstanding = 4}, /*must_succeed=*/true);
}

TEST(PoolThreadTest, OneThreadCanHaveAllThatOthersHaveCached) {
  constexpr size_t kLimit = 4096;
  const auto pool = MakeListPool({}, {.max_outstanding = kLimit});
  std::vector<NetBufferList*> lists = AllocateLists(*pool, kLimit);
  ASSERT_EQ(lists.size(), kLimit);
  // Threads that free a part each, and stay with full caches.
  constexpr size_t kThreads = 8;
  std::atomic<size_t> done{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < kLimit; i += kThreads) {
        ASSERT_EQ(pool->FreeNetBufferList(lists[i]), PoolStatus::kOk);
      }
      ++done;
      while (!stop.load()) absl::SleepFor(absl::Milliseconds(1));
    });
  }
  while (done.load() < kThreads) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_GT(pool->Statistics().cached, 0);
  std::vector<NetBufferList*> again;
  for (size_t i = 0; i < kLimit; ++i) {
    again.push_back(pool->AllocateNetBufferList(0, 0, kTestHolder));
    ASSERT_NE(again.back(), nullptr) << i;
  }
  EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nullptr);
  EXPECT_GT(pool->Statistics().steals, 0);
  EXPECT_EQ(pool->FreeNetBufferLists(again), PoolStatus::kOk);
  // And at once, whatever is cached where.
  std::thread([&] {
    again = AllocateLists(*pool, kLimit);
    EXPECT_EQ(again.size(), kLimit);
    EXPECT_EQ(pool->FreeNetBufferLists(again), PoolStatus::kOk);
  }).join();
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(PoolThreadTest, AThreadThatEndsGivesItsCacheBack) {
  const auto pool = MakeListPool();
  for (int round = 0; round < 20; ++round) {
    std::thread([&] {
      std::vector<NetBufferList*> lists = AllocateLists(*pool, 100);
      for (NetBufferList* nbl : lists) pool->FreeNetBufferList(nbl);
    }).join();
    const PoolStatistics statistics = pool->Statistics();
    EXPECT_EQ(statistics.cached, 0);
    EXPECT_EQ(statistics.allocations, 100 * (round + 1));
    EXPECT_EQ(statistics.frees, 100 * (round + 1));
    EXPECT_LE(statistics.blocks, 256) << "the next thread must use them";
  }
}

TEST(PoolThreadTest, PoolsThatGoBeforeTheirThreads) {
  std::atomic<NetBufferListPool*> shared{nullptr};
  std::atomic<int> turns{0};
  std::atomic<bool> stop{false};
  constexpr int kThreads = 3;
  std::vector<std::thread> threads;
  std::atomic<int> inside{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      while (!stop.load()) {
        ++inside;
        NetBufferListPool* const pool = shared.load();
        if (pool != nullptr) {
          std::vector<NetBufferList*> lists = AllocateLists(*pool, 10);
          for (NetBufferList* nbl : lists) pool->FreeNetBufferList(nbl);
          ++turns;
        }
        --inside;
        std::this_thread::yield();
      }
    });
  }
  // More pools than slots rest, so that threads meet old slots with new pools.
  for (int round = 0; round < 200; ++round) {
    const auto pool = MakeListPool({.data_size = 64});
    const int before = turns.load();
    shared = pool.get();
    while (turns.load() < before + kThreads) std::this_thread::yield();
    shared = nullptr;
    while (inside.load() != 0) std::this_thread::yield();
    const PoolStatistics statistics = pool->Statistics();
    EXPECT_EQ(statistics.outstanding, 0);
    EXPECT_EQ(statistics.violations, 0);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

// A list that lives in a thread-local object and is freed when the thread's
// caches are already gone.
struct FreesAtThreadEnd {
  ~FreesAtThreadEnd() {
    if (pool == nullptr) return;
    EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
    NetBufferList* const other = pool->AllocateNetBufferList(0, 0, 1);
    EXPECT_NE(other, nullptr);
    EXPECT_EQ(pool->FreeNetBufferList(other), PoolStatus::kOk);
  }
  NetBufferListPool* pool = nullptr;
  NetBufferList* nbl = nullptr;
};

TEST(PoolThreadTest, AThreadCanUsePoolsToItsVeryEnd) {
  const auto pool = MakeListPool();
  std::thread([&] {
    // Made before the thread has a cache, and so destroyed after it.
    thread_local FreesAtThreadEnd at_end;
    at_end.pool = pool.get();
    at_end.nbl = pool->AllocateNetBufferList(0, 0, 1);
  }).join();
  EXPECT_EQ(pool->Statistics().outstanding, 0);
  EXPECT_EQ(pool->Statistics().cached, 0);
}

TEST(PoolThreadTest, OneClaimOfManySucceeds) {
  const auto pool = MakeListPool();
  constexpr int kThreads = 4;
  for (int round = 0; round < 200; ++round) {
    NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, 9);
    const BlockHandle handle = NetBufferListPool::Handle(nbl);
    std::atomic<int> freed{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        NetBufferList* claimed = nullptr;
        const PoolStatus status = pool->Claim(handle, 9, &claimed);
        if (status == PoolStatus::kOk) {
          ++freed;
          EXPECT_EQ(pool->FreeNetBufferList(claimed), PoolStatus::kOk);
        } else {
          EXPECT_TRUE(status == PoolStatus::kBusy ||
                      status == PoolStatus::kStaleHandle);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(freed.load(), 1);
  }
}

// A list goes to and fro between two holders, one of whom has two threads that
// race for it.
TEST(PoolThreadTest, PassingOnGivesItToOneClaimOnly) {
  constexpr HolderId kClient = 41;
  constexpr HolderId kStack = 42;
  const auto pool = MakeListPool();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kClient);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  std::atomic<bool> over{false};
  std::atomic<bool> with_stack{false};
  std::atomic<int> inside{0};
  std::atomic<uint64_t> claims{0};
  const auto client = [&] {
    while (!over) {
      NetBufferList* claimed = nullptr;
      if (pool->Claim(handle, kClient, &claimed) != PoolStatus::kOk) continue;
      ASSERT_EQ(inside.fetch_add(1), 0);
      for (int looks = 0; looks < 1000; ++looks) ASSERT_EQ(inside, 1);
      ++claims;
      inside.fetch_sub(1);
      NetBufferListPool::SetHolder(claimed, kStack, LifeEvent::kQueued);
      ASSERT_FALSE(with_stack.exchange(true));
    }
  };
  std::thread one(client);
  std::thread other(client);
  const absl::Time end = absl::Now() + kLong;
  while (absl::Now() < end) {
    if (!with_stack.exchange(false)) continue;
    NetBufferListPool::SetHolder(nbl, kClient, LifeEvent::kCompleted);
  }
  over = true;
  one.join();
  other.join();
  EXPECT_GT(claims, 0);
  EXPECT_EQ(pool->Statistics().violations, 0);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

// Everything that looks at the whole pool, while others work in it.
TEST(PoolThreadTest, LookingOnDisturbsNobody) {
  const auto pool = MakeListPool({.data_size = 64}, {.max_outstanding = 1000});
  Exchange exchange;
  const uint64_t seed = TestSeed();
  const absl::Time end = absl::Now() + kLong;
  std::vector<std::thread> workers;
  for (int t = 1; t <= 3; ++t) {
    workers.emplace_back(
        [&, t] { Churn(*pool, exchange, t, 300, end, seed, false); });
  }
  while (absl::Now() < end) {
    const PoolStatistics statistics = pool->Statistics();
    EXPECT_LE(statistics.outstanding, 1000);
    EXPECT_LE(statistics.high_water, 1000);
    EXPECT_LE(statistics.blocks, 1000);
    for (const OutstandingBlock& block : pool->Outstanding(0, 50)) {
      EXPECT_TRUE(block.holder >= 1 && block.holder <= 3) << block.holder;
      NetBufferList* claimed = nullptr;
      const PoolStatus status = pool->Claim({block.handle}, 12345, &claimed);
      EXPECT_TRUE(status == PoolStatus::kNotHolder ||
                  status == PoolStatus::kStaleHandle)
          << PoolStatusName(status);
    }
    pool->Trim();
    EXPECT_EQ(pool->Reclaim(12345), 0);
    (void)pool->CheckFreeable();
    absl::SleepFor(absl::Milliseconds(1));
  }
  for (std::thread& worker : workers) worker.join();
  while (NetBufferList* const nbl = exchange.Take()) {
    EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  }
  EXPECT_EQ(pool->Statistics().outstanding, 0);
  EXPECT_EQ(pool->Statistics().violations, 0);
}

}  // namespace
}  // namespace netbuf
