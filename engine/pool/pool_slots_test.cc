#include "engine/pool/pool_slots.h"

#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(PoolSlotsTest, EverySlotOnceThenNone) {
  std::vector<uint32_t> slots;
  std::set<uint64_t> serials;
  std::set<uint32_t> distinct;
  for (;;) {
    const PoolSlots::Slot slot = PoolSlots::Take();
    if (slot.slot == 0) break;
    slots.push_back(slot.slot);
    distinct.insert(slot.slot);
    serials.insert(slot.serial);
    ASSERT_LT(slot.slot, BlockHandle::kMaxPools);
  }
  EXPECT_EQ(slots.size(), 16383);
  EXPECT_EQ(distinct.size(), slots.size());
  EXPECT_EQ(serials.size(), slots.size());
  PoolSlots::Give(slots.back());
  EXPECT_EQ(PoolSlots::Take().slot, slots.back());
  EXPECT_EQ(PoolSlots::Take().slot, 0);
  for (uint32_t slot : slots) PoolSlots::Give(slot);
}

TEST(PoolSlotsTest, ASlotRestsBeforeItIsUsedAgain) {
  const uint32_t slot = PoolSlots::Take().slot;
  PoolSlots::Give(slot);
  for (int i = 0; i < 30; ++i) {
    const PoolSlots::Slot other = PoolSlots::Take();
    EXPECT_NE(other.slot, slot);
    PoolSlots::Give(other.slot);
  }
}

TEST(PoolSlotsTest, ASlotsGenerationsGoOnWhereTheyEnded) {
  std::vector<PoolSlots::Slot> taken;
  PoolSlots::Slot first = PoolSlots::Take();
  PoolSlots::SkipGenerations(first.slot, 41);
  PoolSlots::Give(first.slot);
  PoolSlots::Slot again;
  do {
    again = PoolSlots::Take();
    ASSERT_NE(again.slot, 0);
    taken.push_back(again);
  } while (again.slot != first.slot);
  EXPECT_EQ(again.generation,
            (first.generation + 42) & BlockHandle::kGenerationMask);
  EXPECT_NE(again.serial, first.serial);
  for (const PoolSlots::Slot& slot : taken) PoolSlots::Give(slot.slot);
}

}  // namespace
}  // namespace netbuf
