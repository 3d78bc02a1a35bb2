// VERIFY pools: freed blocks rest, and who writes to them is found out.

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "engine/ndis/flags.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "engine/pool/quarantine.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr ListPoolShape kVerify{
    .data_size = 256, .context_size = 16, .flags = kPoolFlagVerify};

TEST(VerifyTest, AFreedListIsNotUsedAgainAtOnce) {
  const auto pool = MakeListPool(kVerify);
  NetBufferList* const first = pool->AllocateNetBufferList(0, 0, kTestHolder);
  ASSERT_EQ(pool->FreeNetBufferList(first), PoolStatus::kOk);
  for (size_t i = 0; i < Quarantine::kRest; ++i) {
    NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
    ASSERT_NE(nbl, first);
    ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  }
  NetBufferList* const again = pool->AllocateNetBufferList(0, 0, kTestHolder);
  EXPECT_EQ(again, first);
  EXPECT_EQ(HowNotFresh(*pool, again), "");
  EXPECT_EQ(again->context()->offset, 16);
  EXPECT_EQ(pool->FreeNetBufferList(again), PoolStatus::kOk);
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(VerifyTest, AFreedListShowsNothingOfWhatItHeld) {
  const auto pool = MakeListPool(kVerify);
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  std::byte* const data = pool->PreallocatedMdl(nbl)->mapped_system_va();
  data[7] = std::byte{1};
  ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(data[7], std::byte{0xF5});
  EXPECT_EQ(nbl->child_ref_count(), static_cast<int32_t>(0xF5F5F5F5));
}

TEST(VerifyTest, AWriteAfterFreeIsFoundAndRepaired) {
  const auto pool = MakeListPool(kVerify, {.max_outstanding = 3});
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 3);
  std::byte* const data = pool->PreallocatedMdl(lists[1])->mapped_system_va();
  ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  data[255] = std::byte{0};
  lists[2]->set_status(NdisStatus::kPaused);
  lists = AllocateLists(*pool, 3);
  ASSERT_EQ(lists.size(), 3);
  EXPECT_EQ(pool->Statistics().violations, 2);
  for (NetBufferList* nbl : lists) EXPECT_EQ(HowNotFresh(*pool, nbl), "");
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(VerifyTest, AnOverrunOfAFreeNeighbourIsFoundToo) {
  const auto pool = MakeListPool(kVerify, {.max_outstanding = 3});
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 3);
  ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  for (NetBufferList* nbl : lists) {
    std::fill_n(reinterpret_cast<std::byte*>(nbl) - 24, 24, std::byte{0xFF});
  }
  lists = AllocateLists(*pool, 3);
  ASSERT_EQ(lists.size(), 3);
  EXPECT_EQ(pool->Statistics().violations, 3);
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(VerifyTest, TheLimitIsExactAllTheSame) {
  const auto pool = MakeListPool(kVerify, {.max_outstanding = 500});
  for (int round = 0; round < 3; ++round) {
    std::vector<NetBufferList*> lists = AllocateLists(*pool, 500);
    ASSERT_EQ(lists.size(), 500);
    EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nullptr);
    ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    if (round == 1) {
      EXPECT_GT(pool->Trim(), 0);
    }
  }
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(VerifyTest, DoubleFreesAreFoundInQuarantine) {
  const auto pool = MakeListPool(kVerify);
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  // Its pool handle is pattern now.
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kWrongPool);
  NetBufferList* const other = pool->AllocateNetBufferList(0, 0, kTestHolder);
  std::vector<NetBufferList*> twice{other, other};
  EXPECT_EQ(pool->FreeNetBufferLists(twice), PoolStatus::kDoubleFree);
  EXPECT_EQ(pool->FreeNetBufferList(other), PoolStatus::kOk);
}

TEST(VerifyTest, Revision1PoolsDoNotHaveTheFlag) {
  NetBufferListPoolParameters parameters;
  parameters.header.revision = 1;
  parameters.flags = kPoolFlagVerify;
  const auto pool = NetBufferListPool::Create(parameters).value();
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  pool->FreeNetBufferList(nbl);
  EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nbl);
  pool->FreeNetBufferList(nbl);
}

TEST(VerifyTest, BufferPoolsHaveItAsWell) {
  const auto pool =
      MakeBufferPool(128, kPoolFlagVerify, {.max_outstanding = 1});
  NetBuffer* nb = nullptr;
  ASSERT_EQ(pool->AllocateNetBufferMdlAndData(kTestHolder, {&nb, 1}),
            PoolStatus::kOk);
  ASSERT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
  nb->set_data(0, 64);
  ASSERT_EQ(pool->AllocateNetBufferMdlAndData(kTestHolder, {&nb, 1}),
            PoolStatus::kOk);
  EXPECT_EQ(nb->data_length(), 0);
  EXPECT_EQ(pool->Statistics().violations, 1);
  EXPECT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
}

}  // namespace
}  // namespace netbuf
