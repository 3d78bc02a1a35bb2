#include "engine/pool/depot.h"

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

Block* Fake(uintptr_t number) {
  return reinterpret_cast<Block*>((number + 1) * 64);
}

TEST(DepotTest, IsEmptyAtFirst) {
  Depot depot(8);
  EXPECT_EQ(depot.TakeFull(), nullptr);
  EXPECT_EQ(depot.TakeEmpty(), nullptr);
  EXPECT_TRUE(Depot::IsEmpty(depot.full_version()));
}

TEST(DepotTest, GrowsToHoldThatManyBlocks) {
  Depot depot(8);
  ASSERT_TRUE(depot.Grow(10000));
  std::set<Depot::Magazine*> magazines;
  while (Depot::Magazine* magazine = depot.TakeEmpty()) {
    EXPECT_TRUE(magazines.insert(magazine).second);
    for (int i = 0; i < 8; ++i) magazine->blocks()[i].store(Fake(i));
  }
  EXPECT_GE(magazines.size() * 8, 10000);
}

TEST(DepotTest, GivesTheLastMagazineFirst) {
  Depot depot(1);
  ASSERT_TRUE(depot.Grow(3));
  for (int i = 1; i <= 3; ++i) {
    Depot::Magazine* const magazine = depot.TakeEmpty();
    magazine->blocks()[0].store(Fake(i));
    depot.PutFull(magazine);
  }
  for (int i = 3; i >= 1; --i) {
    Depot::Magazine* const magazine = depot.TakeFull();
    EXPECT_EQ(magazine->blocks()[0].load(), Fake(i));
  }
}

TEST(DepotTest, VersionChangesWithEveryPutAndTake) {
  Depot depot(1);
  ASSERT_TRUE(depot.Grow(2));
  std::set<uint64_t> versions{depot.full_version()};
  for (int i = 0; i < 100; ++i) {
    depot.PutFull(depot.TakeEmpty());
    EXPECT_TRUE(versions.insert(depot.full_version()).second);
    depot.PutEmpty(depot.TakeFull());
    EXPECT_TRUE(versions.insert(depot.full_version()).second);
  }
}

// Every thread takes magazines, checks that nobody else has them, and puts them
// on either side.
TEST(DepotTest, NoMagazineIsWithTwoThreads) {
  constexpr uint32_t kSize = 4;
  Depot depot(kSize);
  ASSERT_TRUE(depot.Grow(64));
  std::vector<std::thread> threads;
  for (uintptr_t t = 1; t <= 4; ++t) {
    threads.emplace_back([&depot, t] {
      for (int i = 0; i < 20000; ++i) {
        Depot::Magazine* const magazine =
            i % 2 == 0 ? depot.TakeEmpty() : depot.TakeFull();
        if (magazine == nullptr) continue;
        for (uint32_t b = 0; b < kSize; ++b)
          magazine->blocks()[b].store(Fake(t));
        if (i % 64 == 0) std::this_thread::yield();
        for (uint32_t b = 0; b < kSize; ++b) {
          ASSERT_EQ(magazine->blocks()[b].load(), Fake(t));
        }
        if (i % 3 == 0) {
          depot.PutEmpty(magazine);
        } else {
          depot.PutFull(magazine);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  size_t magazines = 0;
  while (depot.TakeEmpty() != nullptr || depot.TakeFull() != nullptr) {
    ++magazines;
  }
  EXPECT_EQ(magazines, 16);
}

}  // namespace
}  // namespace netbuf
