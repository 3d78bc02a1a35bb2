// What freeing refuses, and that refusing changes nothing.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/types/span.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

class FreeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lists_ = AllocateLists(*pool_, 5);
    ASSERT_EQ(lists_.size(), 5);
  }
  void TearDown() override {
    EXPECT_EQ(pool_->FreeNetBufferLists(lists_), PoolStatus::kOk);
    EXPECT_EQ(pool_->Statistics().outstanding, 0);
  }

  // Frees all with number `at` at fault: nothing may have happened.
  void ExpectRefused(PoolStatus want, size_t at = 2) {
    for (NetBufferList* nbl : lists_) {
      nbl->set_status(NdisStatus::kPaused);
      nbl->set_scratch(nbl);
    }
    const PoolStatistics before = pool_->Statistics();
    const BlockHandle handle = NetBufferListPool::Handle(lists_[0]);
    size_t failed = 99;
    EXPECT_EQ(pool_->FreeNetBufferLists(lists_, &failed), want);
    EXPECT_EQ(failed, at);
    EXPECT_EQ(pool_->FreeNetBufferLists(lists_), want);
    EXPECT_EQ(pool_->FreeNetBufferList(lists_[at]), want);
    EXPECT_EQ(pool_->Statistics().frees, before.frees);
    EXPECT_EQ(pool_->Statistics().outstanding, before.outstanding);
    EXPECT_EQ(NetBufferListPool::Handle(lists_[0]), handle);
    EXPECT_EQ(NetBufferListPool::GetHolder(lists_[0]), kTestHolder);
    for (size_t i = 0; i < lists_.size(); ++i) {
      if (i == at) continue;
      EXPECT_EQ(lists_[i]->status(), NdisStatus::kPaused);
      EXPECT_EQ(lists_[i]->scratch(), lists_[i]);
    }
  }

  std::unique_ptr<NetBufferListPool> pool_ = MakeListPool();
  std::vector<NetBufferList*> lists_;
};

TEST_F(FreeTest, RefusesNull) {
  NetBufferList* const nbl = lists_[2];
  lists_[2] = nullptr;
  size_t failed = 99;
  EXPECT_EQ(pool_->FreeNetBufferLists(lists_, &failed),
            PoolStatus::kInvalidParameter);
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(pool_->FreeNetBufferList(nullptr), PoolStatus::kInvalidParameter);
  lists_[2] = nbl;
}

TEST_F(FreeTest, RefusesAListOfAnotherPool) {
  const auto other = MakeListPool();
  NetBufferList* const mine = lists_[2];
  NetBufferList* const theirs = other->AllocateNetBufferList(0, 0, kTestHolder);
  lists_[2] = theirs;
  ExpectRefused(PoolStatus::kWrongPool);
  EXPECT_EQ(pool_->Statistics().violations, 3);
  EXPECT_EQ(other->FreeNetBufferList(theirs), PoolStatus::kOk);
  lists_[2] = mine;
}

TEST_F(FreeTest, RefusesAListOfNoPool) {
  NetBufferList* const mine = lists_[2];
  NetBufferList on_the_stack;
  lists_[2] = &on_the_stack;
  ExpectRefused(PoolStatus::kWrongPool);
  lists_[2] = mine;
}

TEST_F(FreeTest, RefusesAFreeList) {
  NetBufferList* const nbl = lists_[2];
  ASSERT_EQ(pool_->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(pool_->FreeNetBufferList(nbl), PoolStatus::kDoubleFree);
  ExpectRefused(PoolStatus::kDoubleFree);
  EXPECT_EQ(pool_->Statistics().violations, 4);
  ASSERT_EQ(pool_->AllocateNetBufferList(0, 0, kTestHolder), nbl);
}

TEST_F(FreeTest, RefusesTheSameListTwiceInABatch) {
  NetBufferList* const nbl = lists_[3];
  lists_[3] = lists_[1];
  size_t failed = 99;
  const PoolStatistics before = pool_->Statistics();
  EXPECT_EQ(pool_->FreeNetBufferLists(lists_, &failed),
            PoolStatus::kDoubleFree);
  EXPECT_EQ(failed, 3);
  EXPECT_EQ(pool_->Statistics().frees, before.frees);
  EXPECT_EQ(pool_->Statistics().violations, before.violations + 1);
  lists_[3] = nbl;
}

TEST_F(FreeTest, RefusesAttachedNetBuffers) {
  const auto buffers = MakeBufferPool(0);
  NetBuffer* nb = nullptr;
  ASSERT_EQ(buffers->AllocateNetBuffers(nullptr, 0, 0, kTestHolder, {&nb, 1}),
            PoolStatus::kOk);
  NetBuffer* const own = lists_[2]->first_net_buffer();
  lists_[2]->set_first_net_buffer(nb);
  ExpectRefused(PoolStatus::kNetBuffersAttached);
  lists_[2]->set_first_net_buffer(own);
  own->set_next(nb);
  ExpectRefused(PoolStatus::kNetBuffersAttached);
  own->set_next(nullptr);
  EXPECT_EQ(buffers->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
}

TEST_F(FreeTest, AListWhoseOwnBufferWasTakenOffIsFreedWithIt) {
  lists_[2]->set_first_net_buffer(nullptr);
  ASSERT_EQ(pool_->FreeNetBufferList(lists_[2]), PoolStatus::kOk);
  ASSERT_EQ(pool_->AllocateNetBufferList(0, 0, kTestHolder), lists_[2]);
  EXPECT_EQ(HowNotFresh(*pool_, lists_[2]), "");
}

TEST_F(FreeTest, RefusesAllocatedContexts) {
  ASSERT_EQ(AllocateNetBufferListContext(*lists_[2], 24, 8, 1).status,
            NdisStatus::kSuccess);
  ExpectRefused(PoolStatus::kContextOutstanding);
  ASSERT_EQ(FreeNetBufferListContext(*lists_[2], 24), NdisStatus::kSuccess);
}

TEST_F(FreeTest, RefusesAParentWithChildren) {
  lists_[2]->set_child_ref_count(1);
  ExpectRefused(PoolStatus::kChildrenOutstanding);
  lists_[2]->set_child_ref_count(0);
}

// What was written over is refused for good, but never a crash, and the pool
// can still be emptied.
TEST(OverrunTest, IsSeenWhenTheNextBlockIsFreed) {
  for (uint32_t size : {16, 2048}) {
    for (int bytes : {1, 5, 8, 16, 24}) {
      const auto pool = MakeListPool({.data_size = size});
      std::vector<NetBufferList*> lists = AllocateLists(*pool, 64);
      NetBufferList* victim = nullptr;
      const Mdl* const mdl = pool->PreallocatedMdl(lists[4]);
      std::byte* const end = mdl->mapped_system_va() + mdl->byte_count();
      for (NetBufferList* nbl : lists) {
        if (reinterpret_cast<std::byte*>(nbl) == end + 24) victim = nbl;
      }
      ASSERT_NE(victim, nullptr) << "the data must end where a header begins";
      for (int i = 0; i < bytes; ++i) end[i] ^= std::byte{0x5A};
      size_t failed = 99;
      EXPECT_EQ(pool->FreeNetBufferLists(lists, &failed), PoolStatus::kOverrun);
      EXPECT_EQ(lists[failed], victim);
      EXPECT_EQ(pool->FreeNetBufferList(victim), PoolStatus::kOverrun);
      EXPECT_EQ(pool->Statistics().violations, 2);
      for (NetBufferList* nbl : lists) {
        if (nbl != victim) {
          EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
        }
      }
      EXPECT_EQ(pool->Statistics().outstanding, 1);
      EXPECT_FALSE(pool->CheckFreeable().ok());
      // With its holder known, or without and then for good.
      EXPECT_EQ(pool->Reclaim(kTestHolder), 1) << bytes;
      EXPECT_EQ(pool->Statistics().outstanding, 0);
      EXPECT_TRUE(pool->CheckFreeable().ok());
      lists = AllocateLists(*pool, 300);
      EXPECT_EQ(lists.size(), 300);
      EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    }
  }
}

TEST(OverrunTest, IsRepairedWhenTheNextBlockIsFree) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 64);
  ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  for (NetBufferList* nbl : lists) {
    reinterpret_cast<std::byte*>(nbl)[-24] ^= std::byte{0xFF};
    nbl->next = nbl;  // And its first words.
  }
  std::vector<NetBufferList*> again = AllocateLists(*pool, 64);
  ASSERT_EQ(again.size(), 64);
  EXPECT_EQ(pool->Statistics().violations, 64);
  for (NetBufferList* nbl : again) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
  EXPECT_EQ(pool->FreeNetBufferLists(again), PoolStatus::kOk);
  EXPECT_EQ(pool->Statistics().violations, 64);
}

TEST(OverrunTest, IsSeenBehindTheLastBlockOfASlab) {
  // Four blocks a slab.
  const auto pool = MakeListPool({.data_size = 1 << 20});
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 8);
  for (NetBufferList* nbl : lists) {
    const Mdl* const mdl = pool->PreallocatedMdl(nbl);
    const bool last = (NetBufferListPool::Handle(nbl).index() & 3) == 3;
    if (last) mdl->mapped_system_va()[mdl->byte_count()] ^= std::byte{1};
    EXPECT_EQ(pool->FreeNetBufferList(nbl),
              last ? PoolStatus::kOverrun : PoolStatus::kOk);
    if (last) mdl->mapped_system_va()[mdl->byte_count()] ^= std::byte{1};
    if (last) {
      EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
    }
  }
  EXPECT_EQ(pool->Statistics().violations, 2);
}

// Its tag is not as those of the others, and so a batch with it goes another
// way.
TEST(OverrunTest, IsSeenBehindTheLastBlockOfASlabInABatch) {
  const auto pool = MakeListPool();  // 2,048 blocks a slab.
  constexpr size_t kBatch = 32;
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 2048);
  const auto last = absl::c_find_if(lists, [](const NetBufferList* nbl) {
    return NetBufferListPool::Handle(nbl).index() == 2047;
  });
  ASSERT_NE(last, lists.end());
  NetBufferList* const odd = *last;
  const absl::Span<NetBufferList*> batch = absl::MakeSpan(lists).subspan(
      (last - lists.begin()) / kBatch * kBatch, kBatch);
  const Mdl* const mdl = pool->PreallocatedMdl(odd);
  std::byte& behind = mdl->mapped_system_va()[mdl->byte_count()];
  for (const bool touched : {false, true}) {
    if (touched) batch[0]->set_status(NdisStatus::kFailure);
    behind ^= std::byte{1};
    size_t failed = 0;
    EXPECT_EQ(pool->FreeNetBufferLists(batch, &failed), PoolStatus::kOverrun);
    EXPECT_EQ(batch[failed], odd);
    EXPECT_EQ(pool->Statistics().outstanding, 2048);
    behind ^= std::byte{1};
    EXPECT_EQ(pool->FreeNetBufferLists(batch), PoolStatus::kOk);
    EXPECT_EQ(pool->FreeNetBufferLists(batch), PoolStatus::kDoubleFree);
    EXPECT_EQ(pool->Statistics().outstanding, 2048 - kBatch);
    ASSERT_EQ(pool->AllocateNetBufferLists(0, 0, kTestHolder, batch),
              PoolStatus::kOk);
    for (NetBufferList* nbl : batch) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
  }
  EXPECT_EQ(pool->Statistics().violations, 4);
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(TeardownTest, APoolWithListsOutSaysWhoHasThem) {
  const auto pool = MakeListPool();
  EXPECT_TRUE(pool->CheckFreeable().ok());
  NetBufferList* const a = pool->AllocateNetBufferList(0, 0, 41);
  NetBufferList* const b = pool->AllocateNetBufferList(0, 0, 42);
  const absl::Status status = pool->CheckFreeable();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const auto info = GetErrorInfo(status);
  EXPECT_EQ(info->reason, "POOL_NOT_EMPTY");
  EXPECT_EQ(info->metadata.at("outstanding"), "2");
  EXPECT_NE(info->metadata.at("holders").find("41"), std::string::npos);
  EXPECT_NE(info->metadata.at("holders").find("42"), std::string::npos);
  EXPECT_EQ(pool->FreeNetBufferList(a), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(b), PoolStatus::kOk);
  EXPECT_TRUE(pool->CheckFreeable().ok());
}

}  // namespace
}  // namespace netbuf
