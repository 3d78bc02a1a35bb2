#include "engine/pool/slab_table.h"

#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "engine/pool/fake_slab_memory.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr uint64_t kCookie = 0x123456789A;
constexpr uint64_t kStride = 2624;

class SlabTableTest : public ::testing::Test {
 protected:
  SlabTable::Carving Carve() {
    const SlabTable::Carving carving = table_.Carve();
    if (carving.block != nullptr) table_.Finish(carving);
    return carving;
  }
  void CarveMany(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) ASSERT_NE(Carve().block, nullptr);
  }

  FakeSlabMemory memory_;
  SlabTable table_{kStride, kCookie, /*generation=*/5, memory_};
};

TEST_F(SlabTableTest, CarvesInOrderAndFindsByIndex) {
  ASSERT_TRUE(table_.valid());
  EXPECT_EQ(table_.At(0), nullptr);
  EXPECT_EQ(memory_.maps(), 0);
  for (uint32_t i = 0; i < 3000; ++i) {
    const SlabTable::Carving carving = Carve();
    ASSERT_EQ(carving.index, i);
    ASSERT_EQ(table_.At(i), carving.block);
    ASSERT_EQ(table_.IndexOf(carving.block), i);
    ASSERT_EQ(carving.block->index, i);
    ASSERT_TRUE(table_.IsCarved(i));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(carving.block) % 64, 0);
  }
}

TEST_F(SlabTableTest, BlocksDoNotOverlap) {
  std::set<uintptr_t> starts;
  for (int i = 0; i < 3000; ++i) {
    starts.insert(reinterpret_cast<uintptr_t>(Carve().block));
  }
  ASSERT_EQ(starts.size(), 3000);
  uintptr_t end = 0;
  for (uintptr_t start : starts) {
    EXPECT_GE(start, end);
    end = start + kStride;
  }
}

TEST_F(SlabTableTest, OnlyTheFirstSlabGoesWithoutHugePages) {
  CarveMany(table_.blocks_per_slab());
  EXPECT_EQ(memory_.mapped(), 1);
  EXPECT_EQ(memory_.huge(), 0);
  CarveMany(1);
  EXPECT_EQ(memory_.mapped(), 2);
  EXPECT_EQ(memory_.huge(), 1);
}

TEST_F(SlabTableTest, MapsEightOfTheOthersTogether) {
  CarveMany(9 * table_.blocks_per_slab());
  EXPECT_EQ(memory_.mapped(), 2);
  CarveMany(1);
  EXPECT_EQ(memory_.mapped(), 3);
}

TEST_F(SlabTableTest, MapsOneWhereThereIsNoRoomForEight) {
  const uint64_t slab = table_.blocks_per_slab() * kStride;
  memory_.FailAbove(2 * slab);
  CarveMany(3 * table_.blocks_per_slab());
  EXPECT_EQ(memory_.mapped(), 3);
  EXPECT_EQ(memory_.huge(), 2);
  EXPECT_EQ(table_.IndexOf(table_.At(2 * table_.blocks_per_slab())),
            2 * table_.blocks_per_slab());
}

TEST_F(SlabTableTest, SaysSoWhenThereIsNoMemoryAndGoesOnWhenThereIs) {
  memory_.FailAfter(1);
  CarveMany(table_.blocks_per_slab());
  EXPECT_EQ(Carve().block, nullptr);
  EXPECT_EQ(Carve().block, nullptr);
  memory_.FailAfter(FakeSlabMemory::kNever);
  EXPECT_EQ(Carve().index, table_.blocks_per_slab());
}

TEST_F(SlabTableTest, TheLastBlockOfASlabIsGuardedByTheSlab) {
  CarveMany(table_.blocks_per_slab());
  const uint32_t last = table_.blocks_per_slab() - 1;
  EXPECT_NE(table_.CookieOf(last), kCookie & Block::kCookieMask);
  EXPECT_EQ(table_.CookieOf(last - 1), kCookie & Block::kCookieMask);
  EXPECT_TRUE(table_.SlabGuardIntact(last));
  table_.At(last)->bytes()[kStride] = std::byte{0};
  EXPECT_FALSE(table_.SlabGuardIntact(last));
  EXPECT_TRUE(table_.SlabGuardIntact(last - 1));
  table_.RepairSlabGuard(last);
  EXPECT_TRUE(table_.SlabGuardIntact(last));
}

TEST_F(SlabTableTest, DiscardsWholeSlabsOfFreeBlocks) {
  const uint32_t count = table_.blocks_per_slab();
  CarveMany(count);
  std::vector<uint32_t> free;
  for (uint32_t i = 0; i < count; ++i) free.push_back(i);
  const SlabTable::Discarded discarded = table_.DiscardFree(free);
  EXPECT_EQ(discarded.blocks, count);
  EXPECT_TRUE(free.empty());
  const uint64_t page = SlabMemory::PageSize();
  EXPECT_EQ(discarded.bytes, count * kStride / page * page);
  EXPECT_EQ(memory_.mapped(), 1);
  EXPECT_EQ(table_.At(7)->tag.load(), 0);
  EXPECT_FALSE(table_.IsCarved(7));
}

TEST_F(SlabTableTest, KeepsEveryByteOfBlocksThatAreNotFree) {
  CarveMany(100);
  for (uint32_t i = 0; i < 100; ++i) {
    std::memset(table_.At(i)->object(), 0x40 + i % 64, kStride - sizeof(Block));
  }
  std::vector<uint32_t> free;
  std::set<uint32_t> used;
  for (uint32_t i = 0; i < 100; ++i) {
    if (i % 10 == 3) {
      used.insert(i);
    } else {
      free.push_back(i);
    }
  }
  const SlabTable::Discarded discarded = table_.DiscardFree(free);
  EXPECT_GT(discarded.blocks, 0);
  EXPECT_EQ(discarded.blocks + free.size(), 90);
  for (uint32_t i : free) used.insert(i);
  for (uint32_t i : used) {
    ASSERT_TRUE(table_.IsCarved(i));
    ASSERT_EQ(table_.At(i)->index, i);
    const auto* const bytes =
        static_cast<const uint8_t*>(table_.At(i)->object());
    for (size_t b = 0; b < kStride - sizeof(Block); ++b) {
      ASSERT_EQ(bytes[b], 0x40 + i % 64) << "block " << i << " byte " << b;
    }
  }
}

TEST_F(SlabTableTest, CarvesAgainWithAGenerationNoBlockHadBefore) {
  CarveMany(100);
  EXPECT_EQ(Block::Generation(table_.At(0)->tag.load()), 5);
  Block* const block = table_.At(50);
  for (int i = 0; i < 30; ++i) {
    block->MarkOut(block->tag.load(), 7);
    block->MarkFree();
  }
  std::vector<uint32_t> free;
  for (uint32_t i = 0; i < 100; ++i) free.push_back(i);
  EXPECT_EQ(table_.DiscardFree(free).blocks, 100);
  const SlabTable::Carving carving = Carve();
  EXPECT_EQ(carving.index, 0);
  EXPECT_EQ(Block::Generation(carving.block->tag.load()), 5 + 30 + 1);
}

TEST_F(SlabTableTest, SurvivesASystemThatDiscardsNothing) {
  CarveMany(100);
  memory_.FailDiscards(true);
  std::vector<uint32_t> free;
  for (uint32_t i = 0; i < 100; ++i) free.push_back(i);
  const SlabTable::Discarded discarded = table_.DiscardFree(free);
  EXPECT_EQ(discarded.bytes, 0);
  EXPECT_EQ(discarded.blocks, 100);
  EXPECT_EQ(Carve().index, 0);
}

TEST(SlabTableBigTest, HoldsOneBlockASlabWhenBlocksAreHuge) {
  FakeSlabMemory memory;
  SlabTable table(uint64_t{8} << 20 | 64, kCookie, 0, memory);
  ASSERT_TRUE(table.valid());
  EXPECT_EQ(table.blocks_per_slab(), 1);
  for (uint32_t i = 0; i < 3; ++i) {
    const SlabTable::Carving carving = table.Carve();
    table.Finish(carving);
    EXPECT_EQ(table.At(i), carving.block);
    EXPECT_TRUE(table.SlabGuardIntact(i));
  }
}

}  // namespace
}  // namespace netbuf
