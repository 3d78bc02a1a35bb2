#include "engine/buffer/mdl.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(MdlTest, ChainByteCountSumsPast32Bits) {
  EXPECT_EQ(MdlChainByteCount(nullptr), 0u);
  Mdl last(nullptr, UINT32_MAX);
  Mdl empty(nullptr, 0, &last);
  Mdl first(nullptr, UINT32_MAX, &empty);
  EXPECT_EQ(MdlChainByteCount(&first), 2 * uint64_t{UINT32_MAX});
}

TEST(DefaultMdlAllocatorTest, GivesExactlyTheBytesAskedForZeroed) {
  for (uint32_t bytes : {1u, 15u, 64u, 4097u}) {
    // Dirty the heap first, so that zeroes are no accident.
    Mdl* mdl = MdlAllocator::Default().Allocate(bytes);
    ASSERT_NE(mdl, nullptr);
    std::memset(mdl->mapped_system_va(), 0xFF, bytes);
    MdlAllocator::Default().Free(mdl);

    mdl = MdlAllocator::Default().Allocate(bytes);
    ASSERT_NE(mdl, nullptr);
    EXPECT_EQ(mdl->byte_count(), bytes);
    EXPECT_EQ(mdl->next(), nullptr);
    EXPECT_FALSE(mdl->allocated_by_retreat());
    for (uint32_t i = 0; i < bytes; ++i) {
      ASSERT_EQ(mdl->mapped_system_va()[i], std::byte{0}) << i;
    }
    MdlAllocator::Default().Free(mdl);
  }
}

TEST(DefaultMdlAllocatorTest, MemoryIsAlignedTo16) {
  Mdl* const mdl = MdlAllocator::Default().Allocate(3);
  ASSERT_NE(mdl, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(mdl->mapped_system_va()) % 16, 0u);
  MdlAllocator::Default().Free(mdl);
}

TEST(DefaultMdlAllocatorTest, NoBytesAndNoMdlAreHarmless) {
  Mdl* const mdl = MdlAllocator::Default().Allocate(0);
  ASSERT_NE(mdl, nullptr);
  EXPECT_EQ(mdl->byte_count(), 0u);
  MdlAllocator::Default().Free(mdl);
  MdlAllocator::Default().Free(nullptr);
}

}  // namespace
}  // namespace netbuf
