#include "engine/pool/pool_table.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(PoolTableTest, FindsBothKindsBySlot) {
  const auto lists = MakeListPool();
  const auto buffers = MakeBufferPool();
  PoolTable table;
  table.Register(lists.get());
  table.Register(buffers.get());
  {
    const PoolRef ref = table.Pin(lists->slot());
    EXPECT_FALSE(ref.empty());
    EXPECT_EQ(ref.list_pool(), lists.get());
    EXPECT_EQ(ref.buffer_pool(), nullptr);
    const PoolRef other = table.Pin(buffers->slot());
    EXPECT_EQ(other.list_pool(), nullptr);
    EXPECT_EQ(other.buffer_pool(), buffers.get());
  }
  table.Close(lists->slot());
  table.Close(buffers->slot());
}

TEST(PoolTableTest, AnySlotMayBeAskedFor) {
  PoolTable table;
  for (uint32_t slot : {0u, 1u, 16383u, 16384u, 0xFFFFFFFFu}) {
    EXPECT_TRUE(table.Pin(slot).empty());
    table.Close(slot);
  }
}

TEST(PoolTableTest, AClosedSlotIsEmptyUntilAPoolIsRegisteredThere) {
  const auto pool = MakeListPool();
  PoolTable table;
  table.Register(pool.get());
  table.Close(pool->slot());
  EXPECT_TRUE(table.Pin(pool->slot()).empty());
  table.Register(pool.get());
  EXPECT_EQ(table.Pin(pool->slot()).list_pool(), pool.get());
  table.Close(pool->slot());
}

TEST(PoolTableTest, CloseWaitsForPins) {
  const auto pool = MakeListPool();
  PoolTable table;
  table.Register(pool.get());
  PoolRef ref = table.Pin(pool->slot());
  std::atomic<bool> let_go{false};
  std::thread closer([&] {
    table.Close(pool->slot());
    EXPECT_TRUE(let_go.load());
  });
  while (!table.Pin(pool->slot()).empty()) {
  }
  PoolRef moved = std::move(ref);
  EXPECT_TRUE(ref.empty());
  let_go = true;
  moved = PoolRef();
  closer.join();
}

// Pools come and go while others look for them by handles new and old: a pool
// that was found is alive, and it is the one the handle names.
TEST(PoolTableTest, WhatWasPinnedIsAlive) {
  PoolTable table;
  std::atomic<uint64_t> shared{0};
  std::atomic<bool> stop{false};
  std::atomic<int> claims{0};
  std::vector<std::thread> users;
  for (int i = 0; i < 2; ++i) {
    users.emplace_back([&] {
      while (!stop.load()) {
        const BlockHandle handle{shared.load()};
        const PoolRef ref = table.Pin(handle.pool());
        if (ref.list_pool() == nullptr) {
          std::this_thread::yield();
          continue;
        }
        NetBufferList* nbl = nullptr;
        if (ref.list_pool()->Claim(handle, kTestHolder, &nbl) ==
            PoolStatus::kOk) {
          ASSERT_EQ(nbl->ndis_pool_handle(), ref.list_pool());
          ++claims;
          ref.list_pool()->Release(nbl, kTestHolder);
        }
      }
    });
  }
  for (int round = 0; round < 50 || claims.load() == 0; ++round) {
    auto pool = MakeListPool({.data_size = 64});
    NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
    table.Register(pool.get());
    shared = NetBufferListPool::Handle(nbl).value;
    std::this_thread::yield();
    table.Close(pool->slot());
    ASSERT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  }
  stop = true;
  for (std::thread& user : users) user.join();
}

}  // namespace
}  // namespace netbuf
