// Limits, memory and its lack: exactly N, to the last byte of the quota, at the
// N-th slab that cannot be had, and back again by trimming.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "engine/pool/block_pool.h"
#include "engine/pool/fake_slab_memory.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// blocks = outstanding + cached + in the depot, and the rest fits.
void ExpectConsistent(const PoolStatistics& s) {
  EXPECT_LE(s.outstanding + s.cached, s.blocks);
  EXPECT_EQ(s.allocations - s.frees, s.outstanding);
  EXPECT_GE(s.high_water, s.outstanding);
  EXPECT_GE(s.memory_bytes, s.blocks * s.block_bytes);
}

TEST(LimitTest, ExactlyThatManyCanBeOut) {
  for (uint64_t limit : {1, 2, 3, 7, 64, 100, 1000, 5000}) {
    for (bool thread_caches : {true, false}) {
      const auto pool = MakeListPool(
          {.data_size = 64},
          {.max_outstanding = limit, .thread_caches = thread_caches});
      for (int round = 0; round < 2; ++round) {
        std::vector<NetBufferList*> lists;
        while (NetBufferList* nbl =
                   pool->AllocateNetBufferList(0, 0, kTestHolder)) {
          lists.push_back(nbl);
          ASSERT_LE(lists.size(), limit);
        }
        EXPECT_EQ(lists.size(), limit);
        const PoolStatistics statistics = pool->Statistics();
        EXPECT_EQ(statistics.blocks, limit);
        EXPECT_EQ(statistics.outstanding, limit);
        EXPECT_EQ(statistics.high_water, limit);
        EXPECT_EQ(statistics.allocation_failures, round + 1);
        ExpectConsistent(statistics);
        EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
      }
    }
  }
}

TEST(LimitTest, ABatchIsAllOrNothing) {
  const auto pool = MakeListPool({}, {.max_outstanding = 100});
  std::vector<NetBufferList*> some = AllocateLists(*pool, 30);
  EXPECT_TRUE(AllocateLists(*pool, 71).empty());
  EXPECT_EQ(pool->Statistics().outstanding, 30);
  std::vector<NetBufferList*> rest = AllocateLists(*pool, 70);
  EXPECT_EQ(rest.size(), 70);
  EXPECT_TRUE(AllocateLists(*pool, 1).empty());
  EXPECT_TRUE(AllocateLists(*pool, 0).empty());
  EXPECT_EQ(pool->AllocateNetBufferLists(0, 0, kTestHolder, {}),
            PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists(some), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists(rest), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists({}), PoolStatus::kOk);
  ExpectConsistent(pool->Statistics());
}

TEST(LimitTest, BatchesOfEverySizeComeAndGo) {
  const auto pool = MakeListPool({.data_size = 64});
  std::vector<NetBufferList*> all;
  for (size_t size = 0; size < 300; ++size) {
    std::vector<NetBufferList*> lists = AllocateLists(*pool, size);
    ASSERT_EQ(lists.size(), size);
    for (NetBufferList* nbl : lists) ASSERT_EQ(HowNotFresh(*pool, nbl), "");
    if (size % 2 == 0) {
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    } else {
      all.insert(all.end(), lists.begin(), lists.end());
    }
  }
  ASSERT_EQ(pool->FreeNetBufferLists(all), PoolStatus::kOk);
  ExpectConsistent(pool->Statistics());
  EXPECT_EQ(pool->Statistics().outstanding, 0);
}

TEST(QuotaTest, IsUsedToTheLastBlockAndGivenBack) {
  const uint64_t block = MakeListPool()->Statistics().block_bytes;
  MemoryQuota quota(100 * block + block / 2);
  {
    const auto pool = MakeListPool({}, {.quota = &quota});
    std::vector<NetBufferList*> lists;
    while (NetBufferList* nbl =
               pool->AllocateNetBufferList(0, 0, kTestHolder)) {
      lists.push_back(nbl);
    }
    EXPECT_EQ(lists.size(), 100);
    EXPECT_EQ(pool->Statistics().memory_bytes, 100 * block);
    EXPECT_EQ(quota.used_bytes(), 100 * block);
    EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  }
  EXPECT_EQ(quota.used_bytes(), 0);
}

TEST(QuotaTest, IsSharedByPools) {
  const uint64_t block = MakeBufferPool(2048)->Statistics().block_bytes;
  MemoryQuota quota(200 * block);
  const auto a = MakeBufferPool(2048, 0, {.quota = &quota});
  const auto b = MakeBufferPool(2048, 0, {.quota = &quota});
  std::vector<NetBuffer*> from_a(150);
  std::vector<NetBuffer*> from_b(100);
  ASSERT_EQ(a->AllocateNetBufferMdlAndData(1, absl::MakeSpan(from_a)),
            PoolStatus::kOk);
  EXPECT_EQ(b->AllocateNetBufferMdlAndData(1, absl::MakeSpan(from_b)),
            PoolStatus::kExhausted);
  ASSERT_EQ(a->FreeNetBuffers(from_a), PoolStatus::kOk);
  a->Trim();
  EXPECT_EQ(b->AllocateNetBufferMdlAndData(1, absl::MakeSpan(from_b)),
            PoolStatus::kOk);
  EXPECT_EQ(b->FreeNetBuffers(from_b), PoolStatus::kOk);
}

// Fails the N-th slab for N = 0, 1, 2, ... until everything fits.
TEST(FaultTest, WithoutTheNthSlabNothingIsLost) {
  constexpr size_t kWanted = 42;  // Eleven slabs of four blocks.
  for (int slabs = 0;; ++slabs) {
    FakeSlabMemory memory;
    memory.FailAbove(size_t{8} << 20);  // One slab a mapping.
    memory.FailAfter(slabs);
    MemoryQuota quota;
    const auto pool = MakeListPool({.data_size = 1 << 20},
                                   {.quota = &quota, .memory = &memory});
    std::vector<NetBufferList*> lists = AllocateLists(*pool, kWanted);
    if (!lists.empty()) {
      EXPECT_EQ(slabs, 11);
      EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
      break;
    }
    EXPECT_EQ(pool->Statistics().allocation_failures, 1);
    EXPECT_EQ(pool->Statistics().outstanding, 0);
    // What was carved before is there for smaller ones.
    lists = AllocateLists(*pool, slabs * 4);
    EXPECT_EQ(lists.size(), slabs * 4);
    EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nullptr);
    ExpectConsistent(pool->Statistics());
    EXPECT_EQ(quota.used_bytes(), pool->Statistics().memory_bytes);
    EXPECT_EQ(quota.used_bytes(), slabs * 4 * pool->Statistics().block_bytes);
    // And when there is memory again, the rest follows.
    memory.FailAfter(FakeSlabMemory::kNever);
    std::vector<NetBufferList*> rest =
        AllocateLists(*pool, kWanted - lists.size());
    EXPECT_EQ(rest.size(), kWanted - lists.size());
    EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    EXPECT_EQ(pool->FreeNetBufferLists(rest), PoolStatus::kOk);
    EXPECT_EQ(pool->Statistics().violations, 0);
  }
}

TEST(TrimTest, GivesEverythingBackWhenNothingIsOut) {
  FakeSlabMemory memory;
  MemoryQuota quota;
  const auto pool = MakeListPool({}, {.quota = &quota, .memory = &memory});
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 5000);
  const uint64_t used = quota.used_bytes();
  ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  const uint64_t bytes = pool->Trim();
  EXPECT_GT(bytes, used * 9 / 10);
  EXPECT_LE(quota.used_bytes(), used / 10);
  EXPECT_GE(memory.discarded_bytes(), bytes);
  EXPECT_EQ(pool->Trim(), 0);
  ExpectConsistent(pool->Statistics());
  lists = AllocateLists(*pool, 5000);
  ASSERT_EQ(lists.size(), 5000);
  for (NetBufferList* nbl : lists) ASSERT_EQ(HowNotFresh(*pool, nbl), "");
  EXPECT_EQ(quota.used_bytes(), used);
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(TrimTest, LeavesWhatIsOutAlone) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 2000);
  std::vector<NetBufferList*> kept;
  std::vector<NetBufferList*> freed;
  for (size_t i = 0; i < lists.size(); ++i) {
    Mdl* const mdl = pool->PreallocatedMdl(lists[i]);
    std::fill_n(mdl->mapped_system_va(), mdl->byte_count(),
                static_cast<std::byte>(i));
    (i % 100 == 50 ? kept : freed).push_back(lists[i]);
  }
  ASSERT_EQ(pool->FreeNetBufferLists(freed), PoolStatus::kOk);
  EXPECT_GT(pool->Trim(), uint64_t{2} << 20);
  for (NetBufferList* nbl : kept) {
    Mdl* const mdl = pool->PreallocatedMdl(nbl);
    for (uint32_t b = 1; b < mdl->byte_count(); ++b) {
      ASSERT_EQ(mdl->mapped_system_va()[b], mdl->mapped_system_va()[0]);
    }
  }
  freed = AllocateLists(*pool, 1980);
  for (NetBufferList* nbl : freed) ASSERT_EQ(HowNotFresh(*pool, nbl), "");
  EXPECT_EQ(pool->FreeNetBufferLists(freed), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists(kept), PoolStatus::kOk);
  EXPECT_EQ(pool->Statistics().violations, 0);
  ExpectConsistent(pool->Statistics());
}

// Then the high slabs can become empty, for the next time.
TEST(TrimTest, TheLowestFreeBlocksAreUsedFirstAfterIt) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> kept;
  std::vector<NetBufferList*> freed;
  // Every second stays out, so that hardly a page can be given back.
  for (NetBufferList* nbl : AllocateLists(*pool, 2000)) {
    (NetBufferListPool::Handle(nbl).index() % 2 == 0 ? kept : freed)
        .push_back(nbl);
  }
  ASSERT_EQ(pool->FreeNetBufferLists(freed), PoolStatus::kOk);
  pool->Trim();
  ASSERT_GE(pool->Statistics().blocks, 1900);
  freed.clear();
  for (uint32_t i = 1; i <= 10; ++i) {
    // One magazine's worth and what does not fill one may be out of order.
    const uint32_t bound = 2 * (20 * i + 2 * BlockPool::kLongestMagazine);
    for (int n = 0; n < 20; ++n) {
      freed.push_back(pool->AllocateNetBufferList(0, 0, kTestHolder));
      ASSERT_LT(NetBufferListPool::Handle(freed.back()).index(), bound);
    }
  }
  EXPECT_EQ(pool->FreeNetBufferLists(freed), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists(kept), PoolStatus::kOk);
}

TEST(TrimTest, ALimitHoldsAfterIt) {
  const auto pool = MakeListPool({}, {.max_outstanding = 500});
  for (int round = 0; round < 5; ++round) {
    std::vector<NetBufferList*> lists = AllocateLists(*pool, 500);
    ASSERT_EQ(lists.size(), 500);
    EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nullptr);
    ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    pool->Trim();
  }
}

TEST(StatisticsTest, AreExactWhenNobodyIsInside) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 1000);
  for (int i = 0; i < 500; ++i) {
    pool->FreeNetBufferList(pool->AllocateNetBufferList(0, 0, kTestHolder));
  }
  PoolStatistics statistics = pool->Statistics();
  EXPECT_EQ(statistics.allocations, 1500);
  EXPECT_EQ(statistics.frees, 500);
  EXPECT_EQ(statistics.outstanding, 1000);
  EXPECT_GE(statistics.high_water, 1000);
  EXPECT_EQ(statistics.block_bytes % 128, 64);  // An odd number of lines.
  for (NetBufferList* nbl : lists) pool->FreeNetBufferList(nbl);
  EXPECT_GT(pool->Statistics().depot_drains, 0);
  lists.clear();
  for (int i = 0; i < 1000; ++i) {
    lists.push_back(pool->AllocateNetBufferList(0, 0, kTestHolder));
  }
  statistics = pool->Statistics();
  EXPECT_GT(statistics.depot_refills, 0);
  EXPECT_EQ(statistics.allocations, 2500);
  EXPECT_EQ(statistics.frees, 1500);
  EXPECT_EQ(statistics.steals, 0);
  ExpectConsistent(statistics);
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

}  // namespace
}  // namespace netbuf
