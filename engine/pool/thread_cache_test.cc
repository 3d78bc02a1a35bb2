#include "engine/pool/thread_cache.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "engine/base/asymmetric_fence.h"
#include "engine/base/mutex.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr uint32_t kMagazine = 4;
constexpr uint32_t kReadyMark = 0x1234;

using CachePtr = std::unique_ptr<ThreadCache>;

CachePtr NewCache() {
  return std::make_unique<ThreadCache>(kMagazine, kReadyMark);
}

Block* Fake(uintptr_t number) { return reinterpret_cast<Block*>(number * 64); }

bool Put(ThreadCache* cache, Block* block) {
  BlockSlot* const room = cache->RoomFor(1);
  if (room == nullptr) return false;
  room->store(block);
  cache->Commit(1);
  return true;
}

Block* Take(ThreadCache* cache) {
  BlockSlot* const taken = cache->Take(1);
  return taken != nullptr ? taken->load() : nullptr;
}

uint32_t StolenBy(ThreadCache::Stolen stolen) {
  return stolen.end - stolen.begin;
}

TEST(ThreadCacheTest, GivesTheNewestFirst) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 8; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  EXPECT_EQ(cache->RoomFor(1), nullptr);
  for (int i = 8; i >= 1; --i) EXPECT_EQ(Take(cache.get()), Fake(i));
  EXPECT_EQ(cache->Take(1), nullptr);
  EXPECT_FALSE(cache->in_flight());
}

// An empty cache's newest block is none, and what is behind it may be asked
// for.
void ExpectEmpty(ThreadCache* cache) {
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->Take(1), nullptr);
  BlockSlot* const newest = cache->Newest(cache->owners_word());
  for (uint32_t i = 0; i <= ThreadCache::kReadableBehind; ++i) {
    EXPECT_EQ(newest[i].kept(), 0);
  }
}

TEST(ThreadCacheTest, IsOfAnySizeUpToTheLongestMagazine) {
  for (uint32_t magazine = 0; magazine <= ThreadCache::kLongestMagazine;
       ++magazine) {
    ThreadCache cache(magazine, kReadyMark);
    ASSERT_EQ(cache.capacity(), 2 * magazine);
    ExpectEmpty(&cache);
    for (uint32_t i = 1; i <= 2 * magazine; ++i) {
      ASSERT_TRUE(ThreadCache::HasRoom(cache.owners_word()));
      cache.PutOne(cache.owners_word(), Fake(i));
    }
    EXPECT_FALSE(ThreadCache::HasRoom(cache.owners_word()));
    EXPECT_EQ(cache.RoomFor(1), nullptr);
    for (uint32_t i = 2 * magazine; i >= 1; --i) {
      const uint64_t word = cache.owners_word();
      ASSERT_EQ(cache.Newest(word)->load(), Fake(i));
      cache.TakeNewest(word);
      ASSERT_EQ(cache.ready_mark(), kReadyMark);
    }
    ExpectEmpty(&cache);
    EXPECT_EQ(cache.counts().allocations, 2 * magazine);
    EXPECT_EQ(cache.counts().frees, 2 * magazine);
  }
}

bool NewestIsHot(ThreadCache* cache) {
  return BlockSlot::IsHot(cache->Newest(cache->owners_word())->kept());
}

TEST(ThreadCacheTest, WhatComesFromTheDepotIsColdAndWhatIsPutIsHot) {
  const CachePtr cache = NewCache();
  std::array<BlockSlot, kMagazine> magazine;
  for (uint32_t i = 0; i < kMagazine; ++i) magazine[i].store(Fake(i + 1));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(cache->BeginTransfer());
    cache->CopyIn(magazine.data(), kMagazine);
    cache->Moved(kMagazine, 0);
    cache->EndTransfer();
    EXPECT_FALSE(NewestIsHot(cache.get()));
    EXPECT_EQ(
        BlockSlot::ObjectOfCold(cache->Newest(cache->owners_word())->kept()),
        Fake(1)->object());
    ASSERT_TRUE(Put(cache.get(), Fake(9)));
    EXPECT_TRUE(NewestIsHot(cache.get()));
    EXPECT_EQ(
        BlockSlot::ObjectOfHot(cache->Newest(cache->owners_word())->kept()),
        Fake(9)->object());
    EXPECT_EQ(Take(cache.get()), Fake(9));
    // Whatever they are, they come out as the same blocks, and are cold again
    // when they come back.
    EXPECT_EQ(Take(cache.get()), Fake(1));
    ASSERT_TRUE(Put(cache.get(), Fake(1)));
    ASSERT_TRUE(cache->BeginTransfer());
    cache->CopyOut(magazine.data(), kMagazine);
    cache->Moved(0, kMagazine);
    cache->EndTransfer();
    EXPECT_EQ(cache->count(), 0);
    for (uint32_t i = 0; i < kMagazine; ++i) {
      EXPECT_EQ(magazine[i].load(), Fake(i + 1));
    }
  }
}

// What a thread finds that has no cache of a pool.
TEST(ThreadCacheTest, MemoryThatNobodyWroteIsACacheWithoutBlocksOrRoom) {
  alignas(ThreadCache) std::byte memory[sizeof(ThreadCache)] = {};
  auto* const cache = reinterpret_cast<ThreadCache*>(memory);
  EXPECT_EQ(cache->capacity(), 0);
  ExpectEmpty(cache);
  EXPECT_FALSE(ThreadCache::HasRoom(cache->owners_word()));
  EXPECT_EQ(cache->RoomFor(1), nullptr);
  EXPECT_EQ(cache->ready_mark(), 0);
  for (const std::byte byte : memory) EXPECT_EQ(byte, std::byte{0});
}

TEST(ThreadCacheTest, TakesSeveralOrNone) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  EXPECT_EQ(cache->Take(6), nullptr);
  BlockSlot* const taken = cache->Take(3);
  ASSERT_NE(taken, nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(taken[i].load(), Fake(5 - i));
  EXPECT_EQ(cache->count(), 2);
}

TEST(ThreadCacheTest, CountsFreesWithoutACounter) {
  const CachePtr cache = NewCache();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Put(cache.get(), Fake(1)));
  cache->slot(3).store(Fake(2));
  cache->slot(4).store(Fake(2));
  cache->Moved(2, 0);
  EXPECT_EQ(cache->counts().frees, 3);
  for (int i = 0; i < 4; ++i) Take(cache.get());
  EXPECT_EQ(cache->counts().allocations, 4);
  cache->Moved(0, 1);
  ASSERT_TRUE(Put(cache.get(), Fake(1)));
  const ThreadCache::Counts counts = cache->counts();
  EXPECT_EQ(counts.allocations, 4);
  EXPECT_EQ(counts.frees, 4);
  EXPECT_EQ(counts.cached, 1);
}

TEST(ThreadCacheTest, ARevokedCacheIsEmptyOnceSettled) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 5);
  EXPECT_EQ(cache->counts().cached, 0);
  EXPECT_EQ(cache->counts().frees, 5);
  EXPECT_EQ(cache->Take(1), nullptr);
  EXPECT_TRUE(cache->in_flight());
  EXPECT_FALSE(cache->Settle());  // The thief did not see the take.
  EXPECT_FALSE(cache->in_flight());
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().allocations, 0);
  EXPECT_EQ(cache->counts().frees, 5);
}

TEST(ThreadCacheTest, NoBlockIsReadyInARevokedCache) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  const uint64_t word = cache->owners_word();
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 2);
  cache->TakeNewest(word);
  EXPECT_EQ(cache->ready_mark(), 0);
  cache->LeaveInFlight();
  EXPECT_FALSE(cache->Land());
  EXPECT_TRUE(cache->in_flight());
  EXPECT_FALSE(cache->Settle());  // The thief did not see the take.
  EXPECT_EQ(cache->ready_mark(), kReadyMark);
  EXPECT_EQ(cache->counts().allocations, 0);
}

TEST(ThreadCacheTest, WhatWasLeftInFlightWithoutARevocationIsTheTakers) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  const uint64_t word = cache->owners_word();
  cache->TakeNewest(word);
  cache->LeaveInFlight();
  EXPECT_EQ(cache->RoomFor(1)->load(), Fake(2));
  EXPECT_TRUE(cache->Land());
  EXPECT_FALSE(cache->in_flight());
  EXPECT_EQ(cache->count(), 1);
  EXPECT_EQ(cache->counts().allocations, 1);
}

TEST(ThreadCacheTest, WhatWasInFlightWhenTheThiefCameCounts) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  const uint64_t word = cache->owners_word();
  cache->TakeNewest(word);
  cache->LeaveInFlight();
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 1);
  EXPECT_TRUE(cache->Settle());
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().allocations, 1);
}

TEST(ThreadCacheTest, WhatIsPutIntoARevokedCacheStays) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 3);
  for (int i = 4; i <= 8; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  EXPECT_EQ(cache->counts().cached, 5);
  EXPECT_EQ(cache->counts().frees, 8);
  // Of the eight it has room for three are the thief's until then.
  EXPECT_FALSE(Put(cache.get(), Fake(9)));
  EXPECT_TRUE(cache->Settle());
  EXPECT_EQ(cache->counts().cached, 5);
  EXPECT_EQ(cache->counts().frees, 8);
  for (int i = 9; i <= 11; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  for (int i = 11; i >= 4; --i) EXPECT_EQ(Take(cache.get()), Fake(i));
  EXPECT_EQ(cache->count(), 0);
}

TEST(ThreadCacheTest, WhatIsPutIntoARevokedCacheIsStolenNext) {
  const CachePtr cache = NewCache();
  ASSERT_TRUE(Put(cache.get(), Fake(1)));
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 1);
  EXPECT_EQ(StolenBy(cache->StealPut()), 0);
  ASSERT_TRUE(Put(cache.get(), Fake(2)));
  ASSERT_TRUE(Put(cache.get(), Fake(3)));
  ThreadCache::Stolen stolen = cache->StealPut();
  ASSERT_EQ(StolenBy(stolen), 2);
  EXPECT_EQ(cache->slot(stolen.begin).load(), Fake(2));
  EXPECT_EQ(cache->slot(stolen.begin + 1).load(), Fake(3));
  ASSERT_TRUE(Put(cache.get(), Fake(4)));
  stolen = cache->StealPut();
  ASSERT_EQ(StolenBy(stolen), 1);
  EXPECT_EQ(cache->slot(stolen.begin).load(), Fake(4));
  ASSERT_TRUE(Put(cache.get(), Fake(5)));
  EXPECT_EQ(cache->counts().cached, 1);
  EXPECT_TRUE(cache->Settle());
  EXPECT_EQ(Take(cache.get()), Fake(5));
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().frees, 5);
  EXPECT_EQ(cache->counts().allocations, 1);
}

TEST(ThreadCacheTest, ATakeFromARevokedCacheTakesNothingNorKeepsTheThiefOff) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 2);
  for (int i = 3; i <= 5; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  EXPECT_EQ(cache->Take(4), nullptr);
  EXPECT_TRUE(cache->in_flight());
  EXPECT_EQ(cache->Cached(cache->word()), 3);
  EXPECT_EQ(cache->counts().allocations, 0);
  EXPECT_EQ(StolenBy(cache->StealPut()), 3);
  EXPECT_EQ(StolenBy(cache->StealPut()), 0);
  EXPECT_FALSE(cache->Settle());
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().allocations, 0);
  EXPECT_EQ(cache->counts().frees, 5);
}

TEST(ThreadCacheTest, ATakeThatFollowsPutsIntoARevokedCacheLeavesThem) {
  const CachePtr cache = NewCache();
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  cache->BeginRevoke();
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 2);
  for (int i = 3; i <= 5; ++i) ASSERT_TRUE(Put(cache.get(), Fake(i)));
  EXPECT_EQ(cache->Take(2), nullptr);
  EXPECT_FALSE(cache->Settle());
  for (int i = 5; i >= 3; --i) EXPECT_EQ(Take(cache.get()), Fake(i));
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().allocations, 3);
}

TEST(ThreadCacheTest, APutThatTheThiefSawIsStolen) {
  const CachePtr cache = NewCache();
  ASSERT_TRUE(Put(cache.get(), Fake(1)));
  cache->BeginRevoke();
  ASSERT_TRUE(Put(cache.get(), Fake(2)));
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 2);
  EXPECT_TRUE(cache->Settle());
  EXPECT_EQ(cache->count(), 0);
  EXPECT_EQ(cache->counts().frees, 2);
}

TEST(ThreadCacheTest, NoTransferBeginsInARevokedCache) {
  const CachePtr cache = NewCache();
  EXPECT_TRUE(cache->BeginTransfer());
  EXPECT_TRUE(cache->transferring());
  cache->EndTransfer();
  cache->BeginRevoke();
  EXPECT_FALSE(cache->BeginTransfer());
  EXPECT_FALSE(cache->transferring());
  EXPECT_EQ(StolenBy(cache->FinishRevoke()), 0);
  EXPECT_TRUE(cache->Settle());
}

// The owner takes and puts as fast as it can while a thief takes everything,
// over and over. No block may ever be with both or with neither.
TEST(ThreadCacheTest, OwnerAndThiefNeverBothHaveABlock) {
  if (!AsymmetricFence::Supported()) GTEST_SKIP() << "no membarrier(2)";
  constexpr int kBlocks = 8;
  const CachePtr cache = NewCache();
  Mutex mu;                                     // The pool's.
  std::vector<std::atomic<int>> with(kBlocks);  // 0 nobody, 1 owner, 2 thief.
  std::vector<Block*> stolen;                   // Guarded by mu.
  std::atomic<bool> stop{false};
  for (int i = 0; i < kBlocks; ++i) stolen.push_back(Fake(i + 1));
  auto hold = [&](Block* block, int who) {
    const auto i = reinterpret_cast<uintptr_t>(block) / 64 - 1;
    ASSERT_EQ(with[i].exchange(who, std::memory_order_relaxed), 0);
  };
  auto leave = [&](Block* block) {
    const auto i = reinterpret_cast<uintptr_t>(block) / 64 - 1;
    with[i].store(0, std::memory_order_relaxed);
  };
  std::thread owner([&] {
    std::vector<Block*> held;
    for (uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      Block* block = nullptr;
      if (i % 8 < 4) {
        BlockSlot* taken = cache->Take(1);
        if (taken == nullptr && cache->in_flight()) {
          BlockSlot* const place = cache->RoomFor(1);
          MutexLock lock(mu);
          if (cache->Settle()) taken = place;
        }
        if (taken != nullptr) {
          block = taken->load();
        } else {
          MutexLock lock(mu);
          cache->Settle();
          if (!stolen.empty()) {
            block = stolen.back();
            stolen.pop_back();
            leave(block);
          }
        }
        if (block == nullptr) continue;
        hold(block, 1);
        held.push_back(block);
      } else if (!held.empty()) {
        block = held.back();
        held.pop_back();
        leave(block);
        if (!Put(cache.get(), block)) {  // Full of what was stolen.
          MutexLock lock(mu);
          cache->Settle();
          ASSERT_TRUE(Put(cache.get(), block));
        }
      }
    }
    for (Block* block : held) {
      MutexLock lock(mu);
      leave(block);
      hold(block, 2);
      stolen.push_back(block);
    }
  });
  for (int round = 0; round < 5000; ++round) {
    MutexLock lock(mu);
    ThreadCache::Stolen theft;
    if (cache->revoked()) {
      theft = cache->StealPut();
    } else {
      cache->BeginRevoke();
      AsymmetricFence::Heavy();
      theft = cache->FinishRevoke();
    }
    for (uint32_t i = theft.begin; i < theft.end; ++i) {
      Block* const block = cache->slot(i).load();
      hold(block, 2);
      stolen.push_back(block);
    }
  }
  stop = true;
  owner.join();
  cache->Settle();
  EXPECT_EQ(stolen.size() + cache->count(), kBlocks);
}

}  // namespace
}  // namespace netbuf
