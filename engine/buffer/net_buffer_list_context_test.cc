#include "engine/buffer/net_buffer_list_context.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/status.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr uint32_t kTag = 0x54534554;  // "TEST"

// A list with the context a pool would have given it: `size` bytes of which
// `offset` are unused.
class ContextTest : public testing::Test {
 protected:
  ~ContextTest() override { FreeAllocatedContexts(nbl_); }

  NetBufferListContext* GiveContext(uint16_t size, uint16_t offset) {
    block_ = std::make_unique<Block>();
    came_with_it_ = new (block_->bytes) NetBufferListContext;
    came_with_it_->size = size;
    came_with_it_->offset = offset;
    nbl_.set_context(came_with_it_);
    return came_with_it_;
  }

  struct alignas(16) Block {
    std::byte bytes[sizeof(NetBufferListContext) + 256];
  };

  NetBufferList nbl_;
  std::unique_ptr<Block> block_;
  NetBufferListContext* came_with_it_ = nullptr;
};

TEST_F(ContextTest, UnusedContextIsTakenWithoutAllocating) {
  NetBufferListContext* const head = GiveContext(64, 48);
  // The back-fill is ignored.
  const ContextResult result =
      AllocateNetBufferListContext(nbl_, 16, 1024, kTag);
  EXPECT_EQ(result.status, NdisStatus::kSuccess);
  EXPECT_FALSE(result.allocated);
  EXPECT_EQ(nbl_.context(), head);
  EXPECT_EQ(head->offset, 32);
  EXPECT_EQ(head->size, 64);
  EXPECT_EQ(head->data_start(), head->data() + 32);
}

TEST_F(ContextTest, TheLastUnusedByteCoversToo) {
  NetBufferListContext* const head = GiveContext(64, 48);
  EXPECT_FALSE(AllocateNetBufferListContext(nbl_, 48, 0, kTag).allocated);
  EXPECT_EQ(nbl_.context(), head);
  EXPECT_EQ(head->offset, 0);
}

TEST_F(ContextTest, TooLittleUnusedContextMakesANewHead) {
  NetBufferListContext* const old = GiveContext(64, 8);
  const ContextResult result = AllocateNetBufferListContext(nbl_, 16, 24, kTag);
  EXPECT_EQ(result.status, NdisStatus::kSuccess);
  EXPECT_TRUE(result.allocated);
  NetBufferListContext* const head = nbl_.context();
  ASSERT_NE(head, old);
  EXPECT_EQ(head->next, old);
  EXPECT_EQ(head->size, 40);
  EXPECT_EQ(head->offset, 24);
  EXPECT_EQ(head->pool_tag, kTag);
  EXPECT_EQ(old->offset, 8) << "the old element is left alone";
  for (int i = 0; i < 40; ++i) EXPECT_EQ(head->data()[i], std::byte{0});
  std::memset(head->data(), 0xFF, 40);  // AddressSanitizer checks the size.
}

TEST_F(ContextTest, ListWithoutContextGetsItsFirstElement) {
  EXPECT_TRUE(AllocateNetBufferListContext(nbl_, 8, 0, kTag).allocated);
  ASSERT_NE(nbl_.context(), nullptr);
  EXPECT_EQ(nbl_.context()->next, nullptr);
  EXPECT_EQ(nbl_.context()->size, 8);
}

TEST_F(ContextTest, DataAreaIsAlignedTo16) {
  ASSERT_EQ(AllocateNetBufferListContext(nbl_, 8, 8, kTag).status,
            NdisStatus::kSuccess);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(nbl_.context()->data()) % 16, 0u);
}

TEST_F(ContextTest, BackFillOfANewElementServesTheNextLayer) {
  AllocateNetBufferListContext(nbl_, 16, 32, kTag);
  NetBufferListContext* const head = nbl_.context();
  EXPECT_FALSE(AllocateNetBufferListContext(nbl_, 32, 0, kTag).allocated);
  EXPECT_EQ(nbl_.context(), head);
  EXPECT_TRUE(AllocateNetBufferListContext(nbl_, 8, 0, kTag).allocated);
  EXPECT_EQ(nbl_.context()->next, head);
}

TEST_F(ContextTest, FreeUndoesInReverseOrder) {
  NetBufferListContext* const old = GiveContext(64, 16);
  AllocateNetBufferListContext(nbl_, 16, 0, kTag);  // In place.
  AllocateNetBufferListContext(nbl_, 24, 8, kTag);  // New element.
  AllocateNetBufferListContext(nbl_, 8, 0, kTag);   // In its back-fill.
  AllocateNetBufferListContext(nbl_, 40, 0, kTag);  // Another element.
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 40), NdisStatus::kSuccess);
  ASSERT_NE(nbl_.context(), old);
  EXPECT_EQ(nbl_.context()->offset, 0);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 8), NdisStatus::kSuccess);
  EXPECT_EQ(nbl_.context()->offset, 8);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 24), NdisStatus::kSuccess);
  EXPECT_EQ(nbl_.context(), old)
      << "the element went with its first allocation";
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 16), NdisStatus::kSuccess);
  EXPECT_EQ(old->offset, 16);
}

TEST_F(ContextTest, ContextThatCameWithTheListIsNeverFreed) {
  NetBufferListContext* const head = GiveContext(32, 32);
  AllocateNetBufferListContext(nbl_, 32, 0, kTag);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 32), NdisStatus::kSuccess);
  EXPECT_EQ(nbl_.context(), head);
  EXPECT_EQ(head->offset, 32);
}

TEST_F(ContextTest, FreeingMoreThanIsUsedIsRefused) {
  NetBufferListContext* const head = GiveContext(64, 48);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 24), NdisStatus::kInvalidParameter);
  EXPECT_EQ(head->offset, 48);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 16), NdisStatus::kSuccess);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 8), NdisStatus::kInvalidParameter);
  EXPECT_EQ(head->offset, 64);
}

TEST_F(ContextTest, FreeingAcrossAnElementIsRefused) {
  NetBufferListContext* const old = GiveContext(64, 0);
  AllocateNetBufferListContext(nbl_, 16, 0, kTag);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 24), NdisStatus::kInvalidParameter);
  EXPECT_EQ(nbl_.context()->next, old);
  EXPECT_EQ(nbl_.context()->offset, 0);
  EXPECT_EQ(old->offset, 0);
}

TEST_F(ContextTest, FreeingWithoutContextIsRefused) {
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 8), NdisStatus::kInvalidParameter);
}

TEST_F(ContextTest, MisalignedSizesAreRefused) {
  GiveContext(64, 32);
  for (uint16_t size : {1, 4, 7, 9, 12}) {
    EXPECT_EQ(AllocateNetBufferListContext(nbl_, size, 0, kTag).status,
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(AllocateNetBufferListContext(nbl_, 64, size, kTag).status,
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(FreeNetBufferListContext(nbl_, size),
              NdisStatus::kInvalidParameter);
  }
  EXPECT_EQ(nbl_.context(), came_with_it_);
  EXPECT_EQ(nbl_.context()->offset, 32);
}

TEST_F(ContextTest, SizesBeyondSixteenBitsAreRefused) {
  EXPECT_EQ(AllocateNetBufferListContext(nbl_, 65528, 8, kTag).status,
            NdisStatus::kInvalidParameter);
  EXPECT_EQ(nbl_.context(), nullptr);
  EXPECT_EQ(AllocateNetBufferListContext(nbl_, 65520, 8, kTag).status,
            NdisStatus::kSuccess);
  EXPECT_EQ(nbl_.context()->size, 65528);
}

TEST_F(ContextTest, AllocationMustCarryATag) {
  EXPECT_EQ(AllocateNetBufferListContext(nbl_, 8, 0, 0).status,
            NdisStatus::kInvalidParameter);
  EXPECT_EQ(nbl_.context(), nullptr);
}

TEST_F(ContextTest, NothingIsAlwaysThere) {
  EXPECT_EQ(AllocateNetBufferListContext(nbl_, 0, 16, kTag).status,
            NdisStatus::kSuccess);
  EXPECT_EQ(nbl_.context(), nullptr);
  EXPECT_EQ(FreeNetBufferListContext(nbl_, 0), NdisStatus::kSuccess);
}

TEST_F(ContextTest, FreeAllocatedContextsLeavesWhatCameWithTheList) {
  NetBufferListContext* const old = GiveContext(64, 0);
  AllocateNetBufferListContext(nbl_, 16, 0, kTag);
  AllocateNetBufferListContext(nbl_, 16, 0, kTag);
  EXPECT_EQ(FreeAllocatedContexts(nbl_), 2);
  EXPECT_EQ(nbl_.context(), old);
  EXPECT_EQ(FreeAllocatedContexts(nbl_), 0);
}

}  // namespace
}  // namespace netbuf
