#include "engine/pool/pool_types.h"

#include <set>
#include <string>

#include "engine/pool/handle.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(PoolTagTest, FirstCharacterIsTheLowByte) {
  EXPECT_EQ(PoolTagFromString("Tcp4"), 0x34706354u);
  EXPECT_EQ(PoolTagToString(0x34706354), "Tcp4");
}

TEST(PoolTagTest, WhatDoesNotPrintIsADot) {
  EXPECT_EQ(PoolTagToString(0), "....");
  EXPECT_EQ(PoolTagToString(0xFF0A417F), ".A..");
}

TEST(PoolTagTest, TakesUpToFourCharacters) {
  EXPECT_EQ(PoolTagFromString("ab"), 0x6261u);
  EXPECT_EQ(PoolTagFromString("abcde"), PoolTagFromString("abcd"));
  EXPECT_EQ(PoolTagFromString(""), 0u);
}

TEST(PoolTypesTest, EveryEventAndStatusHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(LifeEvent::kReclaimed); ++i) {
    names.emplace(LifeEventName(static_cast<LifeEvent>(i)));
  }
  EXPECT_EQ(names.size(), 11);
  EXPECT_EQ(names.count("UNKNOWN"), 0);
  names.clear();
  for (int i = 0; i <= static_cast<int>(PoolStatus::kCorrupted); ++i) {
    names.emplace(PoolStatusName(static_cast<PoolStatus>(i)));
  }
  EXPECT_EQ(names.size(), 16);
  EXPECT_EQ(names.count("UNKNOWN"), 0);
  EXPECT_EQ(LifeEventName(static_cast<LifeEvent>(15)), "UNKNOWN");
  EXPECT_EQ(PoolStatusName(static_cast<PoolStatus>(99)), "UNKNOWN");
}

TEST(MemoryQuotaTest, GivesUpToTheLimitAndNotAByteMore) {
  MemoryQuota quota(100);
  EXPECT_TRUE(quota.Reserve(60));
  EXPECT_FALSE(quota.Reserve(41));
  EXPECT_TRUE(quota.Reserve(40));
  EXPECT_EQ(quota.used_bytes(), 100);
  quota.Release(100);
  EXPECT_EQ(quota.used_bytes(), 0);
}

TEST(BlockHandleTest, KeepsItsThreeParts) {
  const BlockHandle handle = BlockHandle::Make(16383, 0xFFFFFF, 0x3FFFFFF);
  EXPECT_EQ(handle.value, ~uint64_t{0});
  EXPECT_EQ(handle.pool(), 16383);
  EXPECT_EQ(handle.index(), 0xFFFFFF);
  EXPECT_EQ(handle.generation(), 0x3FFFFFF);
  const BlockHandle other = BlockHandle::Make(5, 6, 7);
  EXPECT_EQ(other.pool(), 5);
  EXPECT_EQ(other.index(), 6);
  EXPECT_EQ(other.generation(), 7);
}

}  // namespace
}  // namespace netbuf
