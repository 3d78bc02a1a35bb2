// Blocks whose header somebody wrote over, and such as were freed twice at
// once.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ndis/flags.h"
#include "engine/pool/block.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

PoolStatus Claim(NetBufferListPool& pool, BlockHandle handle, HolderId holder) {
  NetBufferList* nbl = nullptr;
  return pool.Claim(handle, holder, &nbl);
}

// What somebody writes over headers with. Some make a state that could be: out,
// claimed, with something of its own.
constexpr int kOverwrites[] = {0x00, 0x04, 0x0C, 0x0F, 0x1C, 0x20, 0x24, 0x2C,
                               0x2E, 0x41, 0x44, 0x7F, 0x84, 0xAA, 0xFF};

// Into the cookie, past it, past the tag, into and past index and holder.
constexpr size_t kHowFar[] = {1, 2, 3, 4, 5, 8, 9, 12, 13, 16, sizeof(Block)};

// However far one wrote over the header of a block, and with what: its holder
// gets it taken away, everybody else keeps theirs, and what can be used again
// can be used.
TEST(ReclaimTest, CopesWithHeadersThatWereWrittenOver) {
  constexpr uint64_t kLimit = 8;
  for (const size_t bytes : kHowFar) {
    for (int with : kOverwrites) {
      SCOPED_TRACE(absl::StrCat(bytes, " bytes of ", with));
      const auto pool =
          MakeListPool({.data_size = 64}, {.max_outstanding = kLimit});
      std::vector<NetBufferList*> mine = AllocateLists(*pool, 2, 41);
      std::vector<NetBufferList*> theirs = AllocateLists(*pool, 2, 42);
      std::vector<NetBufferList*> back = AllocateLists(*pool, 2, 41);
      ASSERT_EQ(pool->FreeNetBufferLists(back), PoolStatus::kOk);
      const auto overwrite = [&](NetBufferList* nbl) {
        std::memset(static_cast<void*>(Block::FromObject(nbl)), with, bytes);
      };
      overwrite(mine[0]);
      overwrite(back[0]);
      // Past the index nobody knows whose it was.
      const bool known = bytes <= offsetof(Block, holder);
      pool->Reclaim(41);
      EXPECT_EQ(pool->FreeNetBufferLists(theirs), PoolStatus::kOk);
      if (known) {
        EXPECT_EQ(pool->Statistics().outstanding, 0);
      }
      uint64_t usable = 0;
      while (NetBufferList* nbl = pool->AllocateNetBufferList(0, 0, 43)) {
        EXPECT_EQ(HowNotFresh(*pool, nbl), "");
        ASSERT_LE(++usable, kLimit);
      }
      // The one that was free is still there.
      EXPECT_GE(usable, kLimit - 1);
      EXPECT_EQ(pool->Reclaim(43), usable);
    }
  }
}

// A pool of four lists, one of which 42 has; another that 41 had is free, and
// somebody wrote over it wherever it is in the pool.
void ExpectFreeBlockStays(const ListPoolShape& shape,
                          const PoolOptions& options, bool other_thread) {
  for (const size_t bytes : kHowFar) {
    for (int with : kOverwrites) {
      SCOPED_TRACE(absl::StrCat(bytes, " bytes of ", with));
      const auto pool = MakeListPool(shape, options);
      NetBufferList* const theirs = pool->AllocateNetBufferList(0, 0, 42);
      NetBufferList* const back = pool->AllocateNetBufferList(0, 0, 41);
      const BlockHandle handle = NetBufferListPool::Handle(back);
      std::latch freed(1);
      std::latch checked(1);
      std::thread other;
      if (other_thread) {
        // So that it is in a cache that must be revoked.
        other = std::thread([&] {
          ASSERT_EQ(pool->FreeNetBufferList(back), PoolStatus::kOk);
          freed.count_down();
          checked.wait();
        });
        freed.wait();
      } else {
        ASSERT_EQ(pool->FreeNetBufferList(back), PoolStatus::kOk);
      }
      const uint64_t blocks = pool->Statistics().blocks;
      std::memset(static_cast<void*>(Block::FromObject(back)), with, bytes);
      EXPECT_NE(Claim(*pool, handle, 41), PoolStatus::kOk);
      EXPECT_NE(Claim(*pool, {handle.value + 1}, 41), PoolStatus::kOk);
      EXPECT_EQ(pool->Reclaim(41), 0);
      EXPECT_EQ(pool->Statistics().outstanding, 1);
      EXPECT_EQ(pool->Statistics().blocks, blocks);
      const std::vector<NetBufferList*> rest = AllocateLists(*pool, 3, 43);
      ASSERT_EQ(rest.size(), 3);
      EXPECT_EQ(std::set<NetBufferList*>(rest.begin(), rest.end()).size(), 3);
      for (NetBufferList* nbl : rest) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
      EXPECT_EQ(pool->Reclaim(43), 3);
      EXPECT_EQ(pool->FreeNetBufferList(theirs), PoolStatus::kOk);
      checked.count_down();
      if (other.joinable()) other.join();
    }
  }
}

TEST(ReclaimTest, CountsABlockOnceThatIsWrittenOverAgainAndAgain) {
  const auto pool = MakeListPool({.data_size = 64}, {.max_outstanding = 4});
  NetBufferList* const theirs = pool->AllocateNetBufferList(0, 0, 42);
  NetBufferList* const mine = pool->AllocateNetBufferList(0, 0, 41);
  for (const uint64_t reclaimed : {1, 0, 0}) {
    std::memset(static_cast<void*>(Block::FromObject(mine)), 0xAA,
                sizeof(Block));
    EXPECT_EQ(pool->Reclaim(41), reclaimed);
    EXPECT_EQ(pool->Statistics().outstanding, 1);
  }
  EXPECT_EQ(AllocateLists(*pool, 3, 43).size(), 3);
  EXPECT_TRUE(AllocateLists(*pool, 1, 43).empty());
  EXPECT_EQ(pool->Reclaim(43), 3);
  EXPECT_EQ(pool->FreeNetBufferList(theirs), PoolStatus::kOk);
  EXPECT_TRUE(pool->CheckFreeable().ok());
}

TEST(ReclaimTest, LeavesAFreeBlockInThePoolWhateverItsHeaderSays) {
  ExpectFreeBlockStays({.data_size = 64}, {.max_outstanding = 4}, false);
}
TEST(ReclaimTest, LeavesAFreeBlockThatAnotherThreadHas) {
  ExpectFreeBlockStays({.data_size = 64}, {.max_outstanding = 4}, true);
}
TEST(ReclaimTest, LeavesAFreeBlockInAPoolWithoutThreadCaches) {
  ExpectFreeBlockStays({.data_size = 64},
                       {.max_outstanding = 4, .thread_caches = false}, false);
}
TEST(ReclaimTest, LeavesAFreeBlockInQuarantine) {
  ExpectFreeBlockStays({.data_size = 64, .flags = kPoolFlagVerify},
                       {.max_outstanding = 4}, false);
}

// A batch of every length, with one at every place in it that is not as the
// others are: the loops over batches do several at a time.
TEST(BatchTest, OneThatIsFreeIsFoundWhereverItIs) {
  const auto pool = MakeListPool();
  for (size_t count = 1; count <= 9; ++count) {
    for (size_t at = 0; at < count; ++at) {
      std::vector<NetBufferList*> lists = AllocateLists(*pool, count);
      ASSERT_EQ(pool->FreeNetBufferList(lists[at]), PoolStatus::kOk);
      size_t failed = 99;
      ASSERT_EQ(pool->FreeNetBufferLists(lists, &failed),
                PoolStatus::kDoubleFree);
      ASSERT_EQ(failed, at);
      lists.erase(lists.begin() + at);
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    }
  }
  EXPECT_EQ(pool->Statistics().outstanding, 0);
}

TEST(BatchTest, OneThatWasWrittenOverIsRepairedWhereverItIs) {
  const auto pool = MakeListPool();
  uint64_t violations = 0;
  for (size_t count = 1; count <= 9; ++count) {
    for (size_t at = 0; at < count; ++at) {
      std::vector<NetBufferList*> lists = AllocateLists(*pool, count);
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
      std::memset(static_cast<void*>(Block::FromObject(lists[at])), 0x41, 3);
      const std::vector<NetBufferList*> again = AllocateLists(*pool, count);
      ASSERT_EQ(pool->Statistics().violations, ++violations);
      EXPECT_EQ(std::set<NetBufferList*>(again.begin(), again.end()),
                std::set<NetBufferList*>(lists.begin(), lists.end()));
      for (NetBufferList* nbl : again) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
      ASSERT_EQ(pool->FreeNetBufferLists(again), PoolStatus::kOk);
    }
  }
}

// As when two threads free a list at the same time, and both find it out.
TEST(FreedTwiceAtOnceTest, AListIsHandedOutOnce) {
  for (const uint64_t limit : {8, 256}) {
    for (const size_t batch : {1, 2, 7}) {
      SCOPED_TRACE(absl::StrCat(limit, " ", batch));
      const auto pool = MakeListPool({}, {.max_outstanding = limit});
      std::vector<NetBufferList*> lists = AllocateLists(*pool, 3);
      Block* const block = Block::FromObject(lists[1]);
      const uint64_t out = block->tag;
      ASSERT_EQ(pool->FreeNetBufferList(lists[1]), PoolStatus::kOk);
      block->tag = out;
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
      std::set<NetBufferList*> all;
      for (size_t i = 0; i < limit; i += batch) {
        const size_t count = std::min(batch, limit - i);
        for (NetBufferList* nbl : AllocateLists(*pool, count)) {
          EXPECT_TRUE(all.insert(nbl).second) << "handed out twice";
        }
      }
      EXPECT_EQ(all.size(), limit);
      const std::vector<NetBufferList*> back(all.begin(), all.end());
      EXPECT_EQ(pool->FreeNetBufferLists(back), PoolStatus::kOk);
      EXPECT_EQ(pool->Statistics().outstanding, 0);
    }
  }
}

}  // namespace
}  // namespace netbuf
