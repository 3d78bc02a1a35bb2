// Handles, holders and histories: what an API that names lists from outside the
// process rests on.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/pool/block.h"
#include "engine/pool/fake_slab_memory.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"
#include "tests/lib/seed.h"

namespace netbuf {
namespace {

using ::testing::Test;

PoolStatus Claim(NetBufferListPool& pool, BlockHandle handle,
                 HolderId holder = kTestHolder) {
  NetBufferList* nbl = nullptr;
  const PoolStatus status = pool.Claim(handle, holder, &nbl);
  EXPECT_EQ(nbl != nullptr, status == PoolStatus::kOk);
  return status;
}

std::vector<LifeEvent> History(const NetBufferListPool& pool) {
  return pool.Outstanding(0, 1).at(0).history;
}

TEST(HandleTest, NamesOneListUntilItIsFreed) {
  const auto pool = MakeListPool();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  EXPECT_NE(handle.value, 0);
  EXPECT_EQ(handle.pool(), pool->slot());
  NetBufferList* claimed = nullptr;
  ASSERT_EQ(pool->Claim(handle, kTestHolder, &claimed), PoolStatus::kOk);
  EXPECT_EQ(claimed, nbl);
  pool->Release(nbl, kTestHolder);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kStaleHandle);
  ASSERT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nbl);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kStaleHandle);
  EXPECT_EQ(Claim(*pool, NetBufferListPool::Handle(nbl)), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(HandleTest, IsForItsHolderOneCallAtATime) {
  const auto pool = MakeListPool();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  EXPECT_EQ(Claim(*pool, handle, kTestHolder + 1), PoolStatus::kNotHolder);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kOk);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kBusy);
  EXPECT_EQ(Claim(*pool, handle, kTestHolder + 1), PoolStatus::kNotHolder);
  pool->Release(nbl, kTestHolder + 1);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kNotHolder);
  EXPECT_EQ(Claim(*pool, handle, kTestHolder + 1), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(Claim(*pool, handle, kTestHolder + 1), PoolStatus::kStaleHandle);
}

TEST(HandleTest, PassingAListOnEndsItsClaim) {
  const auto pool = MakeListPool();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  ASSERT_EQ(Claim(*pool, handle), PoolStatus::kOk);
  NetBufferListPool::SetHolder(nbl, 50, LifeEvent::kSent);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kNotHolder);
  NetBufferListPool::SetHolder(nbl, kTestHolder, LifeEvent::kCompleted);
  EXPECT_EQ(Claim(*pool, handle), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(HandleTest, AListThatIsFreeCannotBePassedOn) {
  const auto pool = MakeListPool({}, {.max_outstanding = 1});
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  NetBufferListPool::SetHolder(nbl, 50, LifeEvent::kCompleted);
  pool->Release(nbl, 50);
  EXPECT_EQ(NetBufferListPool::GetHolder(nbl), kNoHolder);
  ASSERT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nbl);
  EXPECT_EQ(pool->Statistics().violations, 0);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(HandleTest, OneThatNeverWasIsInvalid) {
  const auto pool = MakeListPool();
  const uint32_t slot = pool->slot();
  EXPECT_EQ(Claim(*pool, BlockHandle{}), PoolStatus::kInvalidHandle);
  EXPECT_EQ(Claim(*pool, BlockHandle::Make(slot, 0, 0)),
            PoolStatus::kInvalidHandle);
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  const uint32_t index = handle.index();
  const uint32_t generation = handle.generation();
  EXPECT_EQ(Claim(*pool, BlockHandle::Make(slot ^ 1, index, generation)),
            PoolStatus::kInvalidHandle);
  EXPECT_EQ(Claim(*pool, BlockHandle::Make(slot, index, generation + 1)),
            PoolStatus::kInvalidHandle);
  EXPECT_EQ(Claim(*pool, BlockHandle::Make(slot, 0xFFFFFF, generation)),
            PoolStatus::kInvalidHandle);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  // The one its next user will have.
  EXPECT_EQ(Claim(*pool, BlockHandle::Make(slot, index, generation + 1)),
            PoolStatus::kInvalidHandle);
}

TEST(HandleTest, GarbageNeverCrashesNorReachesAnything) {
  std::mt19937_64 random(TestSeed());
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 2000);
  std::set<uint64_t> handles;
  for (NetBufferList* nbl : lists) {
    handles.insert(NetBufferListPool::Handle(nbl).value);
  }
  for (int i = 0; i < 200000; ++i) {
    BlockHandle handle{random()};
    if (i % 2 == 0) {
      handle = BlockHandle::Make(pool->slot(), random() % 4096,
                                 static_cast<uint32_t>(random()));
    }
    if (handles.count(handle.value) != 0) continue;
    const PoolStatus status = Claim(*pool, handle);
    ASSERT_TRUE(status == PoolStatus::kInvalidHandle ||
                status == PoolStatus::kStaleHandle);
  }
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(HandleTest, StaysStaleInTheNextPoolOfTheSlot) {
  std::vector<BlockHandle> old;
  uint32_t slot;
  {
    const auto pool = MakeListPool({.data_size = 64});
    slot = pool->slot();
    for (int round = 0; round < 5; ++round) {
      std::vector<NetBufferList*> lists = AllocateLists(*pool, 100);
      for (NetBufferList* nbl : lists) {
        old.push_back(NetBufferListPool::Handle(nbl));
      }
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    }
  }
  // Slots rest before they are used again.
  std::unique_ptr<NetBufferListPool> next;
  for (int i = 0; next == nullptr || next->slot() != slot; ++i) {
    ASSERT_LT(i, 1000);
    next = nullptr;
    next = MakeListPool({.data_size = 64});
  }
  NetBufferListPool& pool = *next;
  std::vector<NetBufferList*> lists = AllocateLists(pool, 100);
  for (BlockHandle handle : old) {
    EXPECT_EQ(Claim(pool, handle), PoolStatus::kStaleHandle);
  }
  EXPECT_EQ(pool.FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(HandleTest, StaysStaleWhenItsMemoryWasTrimmed) {
  const auto pool = MakeListPool();
  std::vector<BlockHandle> old;
  for (int round = 0; round < 5; ++round) {
    std::vector<NetBufferList*> lists = AllocateLists(*pool, 500);
    for (NetBufferList* nbl : lists) {
      old.push_back(NetBufferListPool::Handle(nbl));
    }
    ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    if (round % 2 == 1) {
      EXPECT_GT(pool->Trim(), 0);
    }
  }
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 500);
  for (BlockHandle handle : old) {
    EXPECT_EQ(Claim(*pool, handle), PoolStatus::kStaleHandle);
  }
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(HistoryTest, TellsWhatHappenedOldestFirst) {
  const auto pool = MakeListPool();
  NetBufferList* nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  EXPECT_EQ(History(*pool), (std::vector<LifeEvent>{LifeEvent::kAllocated}));
  NetBufferListPool::SetHolder(nbl, 50, LifeEvent::kSent);
  NetBufferListPool::SetHolder(nbl, kTestHolder, LifeEvent::kCompleted);
  EXPECT_EQ(Claim(*pool, NetBufferListPool::Handle(nbl)), PoolStatus::kOk);
  pool->FreeNetBufferList(nbl);
  nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  EXPECT_EQ(History(*pool),
            (std::vector<LifeEvent>{LifeEvent::kAllocated, LifeEvent::kSent,
                                    LifeEvent::kCompleted, LifeEvent::kClaimed,
                                    LifeEvent::kFreed, LifeEvent::kAllocated}));
  for (int i = 0; i < 20; ++i) {
    NetBufferListPool::SetHolder(nbl, 50, LifeEvent::kQueued);
  }
  EXPECT_EQ(History(*pool), std::vector<LifeEvent>(12, LifeEvent::kQueued));
  pool->FreeNetBufferList(nbl);
}

TEST(HistoryTest, KnowsHowOftenABlockWasUsedWithoutAnythingRecorded) {
  const auto pool = MakeListPool();
  constexpr auto kA = LifeEvent::kAllocated;
  constexpr auto kF = LifeEvent::kFreed;
  constexpr auto kS = LifeEvent::kSent;
  NetBufferList* nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  NetBufferListPool::SetHolder(nbl, kTestHolder, kS);
  const auto use_again = [&](int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
      ASSERT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nbl);
    }
  };
  use_again(5);
  EXPECT_EQ(History(*pool), (std::vector<LifeEvent>{kA, kS, kF, kA, kF, kA, kF,
                                                    kA, kF, kA, kF, kA}));
  use_again(1);
  const std::vector<LifeEvent> used = {kF, kA, kF, kA, kF, kA,
                                       kF, kA, kF, kA, kF, kA};
  EXPECT_EQ(History(*pool), used);
  use_again(100);
  EXPECT_EQ(History(*pool), used);
  NetBufferListPool::SetHolder(nbl, kTestHolder, kS);
  EXPECT_EQ(History(*pool), (std::vector<LifeEvent>{kA, kF, kA, kF, kA, kF, kA,
                                                    kF, kA, kF, kA, kS}));
  pool->FreeNetBufferList(nbl);
}

TEST(OutstandingTest, ListsWhatIsOutFromAnIndexOnUpToALimit) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 10);
  std::set<uint64_t> handles;
  for (NetBufferList* nbl : lists) {
    handles.insert(NetBufferListPool::Handle(nbl).value);
  }
  std::vector<OutstandingBlock> page = pool->Outstanding(0, 4);
  ASSERT_EQ(page.size(), 4);
  std::set<uint64_t> seen;
  uint32_t first = 0;
  while (!page.empty()) {
    for (const OutstandingBlock& block : page) {
      EXPECT_EQ(block.holder, kTestHolder);
      EXPECT_TRUE(seen.insert(block.handle).second);
      first = BlockHandle{block.handle}.index() + 1;
    }
    page = pool->Outstanding(first, 4);
  }
  EXPECT_EQ(seen, handles);
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  EXPECT_TRUE(pool->Outstanding(0, 10).empty());
  EXPECT_TRUE(pool->Outstanding(0xFFFFFFFF, 10).empty());
}

TEST(ReclaimTest, FreesWhatAHolderHasAndNothingElse) {
  const auto pool = MakeListPool({.context_size = 16});
  std::vector<NetBufferList*> mine = AllocateLists(*pool, 5, 41);
  std::vector<NetBufferList*> theirs = AllocateLists(*pool, 5, 42);
  const BlockHandle busy = NetBufferListPool::Handle(mine[0]);
  ASSERT_EQ(Claim(*pool, busy, 41), PoolStatus::kOk);
  const auto buffers = MakeBufferPool(0);
  NetBuffer* nb = nullptr;
  ASSERT_EQ(buffers->AllocateNetBuffers(nullptr, 0, 0, 41, {&nb, 1}),
            PoolStatus::kOk);
  mine[1]->set_child_ref_count(3);
  mine[2]->set_first_net_buffer(nb);
  AllocateNetBufferListContext(*mine[3], 48, 16, 0x41);
  EXPECT_EQ(pool->Reclaim(41), 4);
  EXPECT_EQ(pool->Statistics().outstanding, 6);
  EXPECT_EQ(buffers->Reclaim(41), 1);
  pool->Release(mine[0], 41);
  EXPECT_EQ(pool->Reclaim(41), 1);
  EXPECT_EQ(pool->Reclaim(41), 0);
  std::vector<NetBufferList*> again = AllocateLists(*pool, 5, 43);
  for (NetBufferList* nbl : again) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
  EXPECT_EQ(pool->FreeNetBufferLists(again), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferLists(theirs), PoolStatus::kOk);
}

TEST(ReclaimTest, SaysSoInTheHistory) {
  const auto pool = MakeListPool({}, {.max_outstanding = 1});
  pool->AllocateNetBufferList(0, 0, 41);
  EXPECT_EQ(pool->Reclaim(41), 1);
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, 42);
  EXPECT_EQ(History(*pool), (std::vector<LifeEvent>{
                                LifeEvent::kAllocated, LifeEvent::kReclaimed,
                                LifeEvent::kFreed, LifeEvent::kAllocated}));
  pool->FreeNetBufferList(nbl);
}

TEST(HandleTest, OneThatPassedItOnCannotClaimItAgain) {
  const auto pool = MakeListPool();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, 41);
  const BlockHandle handle = NetBufferListPool::Handle(nbl);
  for (HolderId holder = 41; holder < 41 + 200; ++holder) {
    ASSERT_EQ(Claim(*pool, handle, holder), PoolStatus::kOk);
    NetBufferListPool::SetHolder(nbl, holder + 1, LifeEvent::kNone);
    ASSERT_EQ(Claim(*pool, handle, holder), PoolStatus::kNotHolder);
    ASSERT_EQ(NetBufferListPool::Handle(nbl), handle);
  }
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(Claim(*pool, handle, 41 + 200), PoolStatus::kStaleHandle);
}

}  // namespace
}  // namespace netbuf
