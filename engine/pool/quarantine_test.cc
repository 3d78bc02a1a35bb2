#include "engine/pool/quarantine.h"

#include <cstddef>
#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr uint64_t kStride = 192;

struct alignas(64) Memory {
  std::byte bytes[kStride];
  Block* block() { return reinterpret_cast<Block*>(bytes); }
};

TEST(QuarantineTest, IsFirstInFirstOut) {
  Quarantine quarantine(true, kStride);
  std::vector<Memory> memory(5);
  quarantine.Reserve(2);
  quarantine.Put(memory[0].block());
  quarantine.Put(memory[1].block());
  EXPECT_EQ(quarantine.Take(), memory[0].block());
  quarantine.Put(memory[2].block());  // Wraps.
  quarantine.Reserve(5);
  quarantine.Put(memory[3].block());
  quarantine.Put(memory[4].block());
  for (int i = 1; i < 5; ++i) EXPECT_EQ(quarantine.Take(), memory[i].block());
  EXPECT_EQ(quarantine.size(), 0);
}

TEST(QuarantineTest, SeesAWriteToAnyByte) {
  const Quarantine quarantine(true, kStride);
  Memory memory;
  for (size_t i = sizeof(Block); i < kStride; ++i) {
    Quarantine::Poison(memory.block(), kStride);
    ASSERT_TRUE(quarantine.IsPoisoned(memory.block()));
    memory.bytes[i] = std::byte{0};
    EXPECT_FALSE(quarantine.IsPoisoned(memory.block())) << i;
  }
}

TEST(QuarantineTest, SeesABlockFilledWithSomethingElse) {
  const Quarantine quarantine(true, kStride);
  Memory memory{};
  EXPECT_FALSE(quarantine.IsPoisoned(memory.block()));
}

}  // namespace
}  // namespace netbuf
