#include "engine/pool/placed_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "engine/pool/fake_slab_memory.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "engine/pool/pool_slots.h"
#include "engine/pool/test_pools.h"
#include "engine/pool/thread_caches.h"
#include "gtest/gtest.h"

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace netbuf {
namespace {

TEST(PlacedPoolTest, IsWhereItsSlotSays) {
  const auto lists = MakeListPool();
  const auto buffers = MakeBufferPool();
  EXPECT_EQ(PlaceOfPool(lists->slot()), lists.get());
  EXPECT_EQ(PlaceOfPool(buffers->slot()), buffers.get());
  EXPECT_EQ(SlotOfPlace(lists.get()), lists->slot());
  EXPECT_EQ(SlotOfPlace(buffers.get()), buffers->slot());
}

TEST(PlacedPoolTest, PlacesAreApart) {
  for (uint32_t slot = 1; slot < BlockHandle::kMaxPools; ++slot) {
    const auto* const place = static_cast<std::byte*>(PlaceOfPool(slot));
    ASSERT_EQ(SlotOfPlace(place), slot);
    ASSERT_EQ(place - static_cast<std::byte*>(PlaceOfPool(slot - 1)),
              kPlaceBytes);
  }
}

// Takes a slot, if one is free, when a pool gives its memory back: when its
// destructor is done and its members go.
class SlotTakingMemory : public FakeSlabMemory {
 public:
  void Unmap(void* start, size_t bytes) override {
    taken = PoolSlots::Take().slot;
    FakeSlabMemory::Unmap(start, bytes);
  }
  uint32_t taken = 0;
};

TEST(PlacedPoolTest, ASlotIsNotFreeBeforeItsPoolsLastMemberIsGone) {
  SlotTakingMemory memory;
  auto pool = MakeListPool({}, {.memory = &memory});
  const uint32_t slot = pool->slot();
  AllocateLists(*pool, 1);
  std::vector<uint32_t> others;
  while (const uint32_t other = PoolSlots::Take().slot) others.push_back(other);
  EXPECT_EQ(pool->Reclaim(kTestHolder), 1);
  pool.reset();
  EXPECT_EQ(memory.maps(), 1);
  EXPECT_EQ(memory.mapped(), 0);
  EXPECT_EQ(memory.taken, 0);
  EXPECT_EQ(PoolSlots::Take().slot, slot);
  others.push_back(slot);
  for (const uint32_t other : others) PoolSlots::Give(other);
}

// Two threads make and delete pools as fast as they can, so that each is often
// where one of the other's was just now.
TEST(PlacedPoolTest, APlaceIsForOnePoolAtATime) {
  constexpr int kPools = 500;
  const auto make_and_delete = [] {
    std::vector<std::unique_ptr<NetBufferListPool>> pools;
    for (int i = 0; i < kPools; ++i) {
      auto pool = MakeListPool({.data_size = 64}, {.max_outstanding = 2});
      const auto lists = AllocateLists(*pool, 2);
      ASSERT_EQ(lists.size(), 2);
      ASSERT_EQ(pool->Statistics().outstanding, 2);
      ASSERT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), nullptr);
      ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
      ASSERT_EQ(pool->Statistics().violations, 0);
      // Those deleted outnumber the slots that rest.
      pools.push_back(std::move(pool));
      if (pools.size() == 50) pools.clear();
    }
  };
  std::thread other(make_and_delete);
  make_and_delete();
  other.join();
}

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
TEST(PlacedPoolTest, ADeletedPoolIsPoison) {
  auto pool = MakeListPool();
  void* const place = pool.get();
  EXPECT_FALSE(__asan_address_is_poisoned(place));
  pool.reset();
  EXPECT_TRUE(__asan_address_is_poisoned(place));
}
#endif

}  // namespace
}  // namespace netbuf
