#include "engine/pool/net_buffer_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "engine/buffer/data_space.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

std::vector<NetBuffer*> AllocateData(NetBufferPool& pool, size_t count) {
  std::vector<NetBuffer*> buffers(count);
  EXPECT_EQ(
      pool.AllocateNetBufferMdlAndData(kTestHolder, absl::MakeSpan(buffers)),
      PoolStatus::kOk);
  return buffers;
}

TEST(NetBufferPoolTest, APoolWithDataGivesBufferMdlAndData) {
  const auto pool = MakeBufferPool(1514);
  for (NetBuffer* nb : AllocateData(*pool, 100)) {
    EXPECT_EQ(nb->ndis_pool_handle, pool.get());
    Mdl* const mdl = pool->PreallocatedMdl(nb);
    ASSERT_NE(mdl, nullptr);
    EXPECT_EQ(nb->mdl_chain(), mdl);
    EXPECT_EQ(nb->current_mdl(), mdl);
    EXPECT_EQ(mdl->byte_count(), 1514);
    EXPECT_EQ(nb->data_offset(), 0);
    EXPECT_EQ(nb->data_length(), 0);
    EXPECT_TRUE(CheckNetBuffer(*nb).ok());
    std::fill_n(mdl->mapped_system_va(), 1514, std::byte{0xEE});
    EXPECT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
  }
  EXPECT_EQ(pool->Statistics().violations, 0);
}

TEST(NetBufferPoolTest, APoolWithoutDataPlacesBuffersOverTheCallersChain) {
  const auto pool = MakeBufferPool(0);
  std::byte memory[64];
  Mdl mdl(memory, 64);
  std::vector<NetBuffer*> buffers(3);
  ASSERT_EQ(pool->AllocateNetBuffers(&mdl, 14, 50, kTestHolder,
                                     absl::MakeSpan(buffers)),
            PoolStatus::kOk);
  for (NetBuffer* nb : buffers) {
    EXPECT_EQ(nb->mdl_chain(), &mdl);
    EXPECT_EQ(nb->current_mdl_offset(), 14);
    EXPECT_EQ(nb->data_length(), 50);
    EXPECT_EQ(pool->PreallocatedMdl(nb), nullptr);
  }
  EXPECT_EQ(pool->FreeNetBuffers(buffers), PoolStatus::kOk);
  NetBuffer* nb = nullptr;
  EXPECT_EQ(pool->AllocateNetBuffers(&mdl, 14, 51, kTestHolder, {&nb, 1}),
            PoolStatus::kInvalidParameter);
  EXPECT_EQ(pool->AllocateNetBuffers(nullptr, 0, 1, kTestHolder, {&nb, 1}),
            PoolStatus::kInvalidParameter);
  EXPECT_EQ(pool->AllocateNetBuffers(nullptr, 0, 0, kTestHolder, {&nb, 1}),
            PoolStatus::kOk);
  EXPECT_EQ(nb->mdl_chain(), nullptr);
  EXPECT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
}

TEST(NetBufferPoolTest, EachAllocatorFitsOneKindOfPool) {
  NetBuffer* nb = nullptr;
  EXPECT_EQ(MakeBufferPool(64)->AllocateNetBuffers(nullptr, 0, 0, kTestHolder,
                                                   {&nb, 1}),
            PoolStatus::kWrongAllocator);
  EXPECT_EQ(
      MakeBufferPool(0)->AllocateNetBufferMdlAndData(kTestHolder, {&nb, 1}),
      PoolStatus::kWrongAllocator);
}

TEST(NetBufferPoolTest, ABufferComesBackClean) {
  const auto pool = MakeBufferPool(64);
  NetBuffer* nb = AllocateData(*pool, 1)[0];
  nb->set_next(nb);
  nb->set_checksum_bias(3);
  RetreatNetBufferDataStart(*nb, 100, 28);
  ASSERT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
  ASSERT_EQ(AllocateData(*pool, 1)[0], nb);
  EXPECT_EQ(nb->next(), nullptr);
  EXPECT_EQ(nb->checksum_bias(), 0);
  EXPECT_EQ(nb->mdl_chain(), pool->PreallocatedMdl(nb));
  EXPECT_EQ(nb->mdl_chain()->byte_count(), 64);
  EXPECT_EQ(nb->data_length(), 0);
  EXPECT_EQ(pool->FreeNetBuffers({&nb, 1}), PoolStatus::kOk);
}

TEST(NetBufferPoolTest, FreeingRefusesWhatIsNotItsOwn) {
  const auto pool = MakeBufferPool(64);
  const auto other = MakeBufferPool(64);
  const auto lists = MakeListPool();
  std::vector<NetBuffer*> buffers = AllocateData(*pool, 4);
  NetBuffer* const theirs = AllocateData(*other, 1)[0];
  NetBufferList* const nbl = lists->AllocateNetBufferList(0, 0, kTestHolder);
  NetBuffer on_the_stack;

  struct Case {
    NetBuffer* nb;
    PoolStatus want;
  };
  for (const Case& c :
       {Case{nullptr, PoolStatus::kInvalidParameter},
        Case{theirs, PoolStatus::kWrongPool},
        Case{nbl->first_net_buffer(), PoolStatus::kPreallocated},
        Case{&on_the_stack, PoolStatus::kPreallocated},
        Case{buffers[0], PoolStatus::kDoubleFree}}) {
    std::vector<NetBuffer*> batch = buffers;
    batch[2] = c.nb;
    size_t failed = 99;
    EXPECT_EQ(pool->FreeNetBuffers(batch, &failed), c.want);
    EXPECT_EQ(failed, 2);
    EXPECT_EQ(pool->Statistics().outstanding, 4);
  }
  EXPECT_EQ(pool->FreeNetBuffers(buffers), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBuffers({&buffers[1], 1}), PoolStatus::kDoubleFree);
  EXPECT_EQ(other->FreeNetBuffers({&theirs, 1}), PoolStatus::kOk);
  EXPECT_EQ(lists->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(NetBufferPoolTest, OverrunIsSeen) {
  const auto pool = MakeBufferPool(2048);
  std::vector<NetBuffer*> buffers = AllocateData(*pool, 4);
  std::byte* const end =
      pool->PreallocatedMdl(buffers[1])->mapped_system_va() + 2048;
  NetBuffer* const victim = reinterpret_cast<NetBuffer*>(end + 24);
  end[0] ^= std::byte{1};
  EXPECT_EQ(pool->FreeNetBuffers({&victim, 1}), PoolStatus::kOverrun);
  end[0] ^= std::byte{1};
  EXPECT_EQ(pool->FreeNetBuffers(buffers), PoolStatus::kOk);
}

TEST(NetBufferPoolTest, HandlesWorkAsThoseOfLists) {
  const auto pool = MakeBufferPool(64);
  NetBuffer* nb = AllocateData(*pool, 1)[0];
  const BlockHandle handle = NetBufferPool::Handle(nb);
  EXPECT_EQ(handle.pool(), pool->slot());
  NetBuffer* claimed = nullptr;
  EXPECT_EQ(pool->Claim(handle, kTestHolder + 1, &claimed),
            PoolStatus::kNotHolder);
  ASSERT_EQ(pool->Claim(handle, kTestHolder, &claimed), PoolStatus::kOk);
  EXPECT_EQ(claimed, nb);
  EXPECT_EQ(pool->Claim(handle, kTestHolder, &claimed), PoolStatus::kBusy);
  pool->Release(nb, kTestHolder + 1);
  EXPECT_EQ(NetBufferPool::GetHolder(nb), kTestHolder + 1);
  NetBufferPool::SetHolder(nb, 99, LifeEvent::kSent);
  EXPECT_EQ(pool->Outstanding(0, 10).at(0).holder, 99);
  EXPECT_FALSE(pool->CheckFreeable().ok());
  EXPECT_EQ(pool->Reclaim(1), 0);
  EXPECT_EQ(pool->Reclaim(99), 1);
  EXPECT_EQ(pool->Claim(handle, 99, &claimed), PoolStatus::kStaleHandle);
  EXPECT_TRUE(pool->CheckFreeable().ok());
}

}  // namespace
}  // namespace netbuf
