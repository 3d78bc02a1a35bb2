// What the pool's allocators give, and what freeing takes with it
// (ndis-semantics 3.2 and 4).

#include "engine/pool/net_buffer_list_pool.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/buffer/data_space.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(NetBufferListPoolTest, AFreshListIsAsTheParametersSay) {
  for (const ListPoolShape& shape : {
           ListPoolShape{.net_buffer = false, .data_size = 0},
           ListPoolShape{
               .net_buffer = false, .data_size = 0, .context_size = 64},
           ListPoolShape{.net_buffer = true, .data_size = 0},
           ListPoolShape{.net_buffer = true, .data_size = 1},
           ListPoolShape{.net_buffer = true,
           .data_size = 1514,
           .context_size = 16,
           .protocol_id = 2},
           ListPoolShape{.net_buffer = true, .data_size = 100000},
       }) {
    const auto pool = MakeListPool(shape);
    NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
    ASSERT_NE(nbl, nullptr);
    EXPECT_EQ(HowNotFresh(*pool, nbl), "");
    EXPECT_EQ(nbl->context() != nullptr, shape.context_size > 0);
    EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  }
}

TEST(NetBufferListPoolTest, EveryByteOfTheDataIsTheOwners) {
  for (uint32_t size : {1, 15, 16, 17, 1514, 2048, 9018}) {
    const auto pool = MakeListPool({.data_size = size});
    // More than one slab's worth of neighbours for the small ones.
    std::vector<NetBufferList*> lists = AllocateLists(*pool, 300);
    ASSERT_EQ(lists.size(), 300);
    for (size_t i = 0; i < lists.size(); ++i) {
      const Mdl* const mdl = pool->PreallocatedMdl(lists[i]);
      ASSERT_EQ(mdl->byte_count(), size);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(mdl->mapped_system_va()) % 16, 0);
      std::memset(mdl->mapped_system_va(), static_cast<int>(i), size);
    }
    for (size_t i = 0; i < lists.size(); ++i) {
      const Mdl* const mdl = pool->PreallocatedMdl(lists[i]);
      for (uint32_t b = 0; b < size; ++b) {
        ASSERT_EQ(mdl->mapped_system_va()[b], static_cast<std::byte>(i));
      }
      ASSERT_EQ(HowNotFresh(*pool, lists[i]), "");
    }
    EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    EXPECT_EQ(pool->Statistics().violations, 0);
  }
}

TEST(NetBufferListPoolTest, TheDataSpaceStartsEmptyAndCanBeUsed) {
  const auto pool = MakeListPool({.data_size = 128});
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  NetBuffer& nb = *nbl->first_net_buffer();
  EXPECT_TRUE(CheckNetBuffer(nb).ok());
  EXPECT_EQ(SetNetBufferDataSpace(nb, 28, 100), NdisStatus::kSuccess);
  EXPECT_EQ(RetreatNetBufferDataStart(nb, 28, 0).misses, 0);
  EXPECT_TRUE(CheckNetBuffer(nb).ok());
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(NetBufferListPoolTest, CombinedAllocatorPlacesTheBufferOverTheChain) {
  const auto pool = MakeListPool({.net_buffer = true, .data_size = 0});
  std::byte memory[64];
  Mdl second(memory + 32, 32);
  Mdl first(memory, 32, &second);
  std::vector<NetBufferList*> lists(3);
  ASSERT_EQ(pool->AllocateNetBufferAndNetBufferLists(
                16, 0, &first, 40, 20, kTestHolder, absl::MakeSpan(lists)),
            PoolStatus::kOk);
  for (NetBufferList* nbl : lists) {
    const NetBuffer& nb = *nbl->first_net_buffer();
    EXPECT_EQ(nb.mdl_chain(), &first);
    EXPECT_EQ(nb.current_mdl(), &second);
    EXPECT_EQ(nb.current_mdl_offset(), 8);
    EXPECT_EQ(nb.data_offset(), 40);
    EXPECT_EQ(nb.data_length(), 20);
    EXPECT_EQ(nb.ndis_pool_handle, nullptr);
    EXPECT_TRUE(CheckNetBuffer(nb).ok());
    ASSERT_NE(nbl->context(), nullptr);
    EXPECT_EQ(nbl->context()->size, 16);
  }
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  // The chain is the caller's: untouched, and no longer known to the pool.
  EXPECT_EQ(first.next(), &second);
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kTestHolder);
  EXPECT_EQ(HowNotFresh(*pool, nbl), "");
  pool->FreeNetBufferList(nbl);
}

TEST(NetBufferListPoolTest, CombinedAllocatorChecksTheChain) {
  const auto pool = MakeListPool({.net_buffer = true, .data_size = 0});
  std::byte memory[32];
  Mdl mdl(memory, 32);
  NetBufferList* nbl = nullptr;
  auto allocate = [&](Mdl* chain, uint32_t offset, uint32_t length) {
    return pool->AllocateNetBufferAndNetBufferLists(0, 0, chain, offset, length,
                                                    kTestHolder, {&nbl, 1});
  };
  EXPECT_EQ(allocate(&mdl, 0, 33), PoolStatus::kInvalidParameter);
  EXPECT_EQ(allocate(&mdl, 33, 0), PoolStatus::kInvalidParameter);
  EXPECT_EQ(allocate(&mdl, 0xFFFFFFFF, 0xFFFFFFFF),
            PoolStatus::kInvalidParameter);
  EXPECT_EQ(allocate(nullptr, 1, 0), PoolStatus::kInvalidParameter);
  EXPECT_EQ(allocate(nullptr, 0, 1), PoolStatus::kInvalidParameter);
  EXPECT_EQ(pool->Statistics().outstanding, 0);
  EXPECT_EQ(allocate(nullptr, 0, 0), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(allocate(&mdl, 32, 0), PoolStatus::kOk);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(NetBufferListPoolTest, CombinedAllocatorFitsOnePoolOnly) {
  for (const ListPoolShape& shape :
       {ListPoolShape{.net_buffer = false, .data_size = 0},
        ListPoolShape{.net_buffer = true, .data_size = 64}}) {
    const auto pool = MakeListPool(shape);
    NetBufferList* nbl = nullptr;
    EXPECT_EQ(pool->AllocateNetBufferAndNetBufferLists(0, 0, nullptr, 0, 0,
                                                       kTestHolder, {&nbl, 1}),
              PoolStatus::kWrongAllocator);
    EXPECT_EQ(pool->AllocateNetBufferAndNetBufferList(0, 0, nullptr, 0, 0,
                                                      kTestHolder),
              nullptr);
  }
}

// Everything a user may leave behind in a list, whatever its pool.
void Soil(NetBufferList* nbl, NetBufferList* other) {
  nbl->next = other;
  nbl->set_status(NdisStatus::kPaused);
  nbl->set_nbl_flags(0x8000);
  nbl->set_flags(0xFFF00003);
  nbl->set_source_handle(other);
  nbl->set_parent_net_buffer_list(other);
  nbl->set_scratch(other);
  for (int i = 0; i < kMaxNetBufferListInfo; ++i) {
    nbl->set_info(static_cast<NetBufferListInfoId>(i), ~uint64_t{0});
  }
  if (NetBuffer* const nb = nbl->first_net_buffer(); nb != nullptr) {
    nb->set_checksum_bias(9);
    if (Mdl* const mdl = nb->mdl_chain(); mdl != nullptr) {
      nb->set_current(mdl, 3);
      nb->set_data(3, 5);
      static Mdl foreign;
      mdl->set_next(&foreign);
    }
  }
}

TEST(NetBufferListPoolTest, AListComesBackCleanWhateverItsLastUserDid) {
  for (const ListPoolShape& shape :
       {ListPoolShape{.net_buffer = false, .data_size = 0, .protocol_id = 6},
        ListPoolShape{.net_buffer = true, .data_size = 0},
        ListPoolShape{.net_buffer = true,
        .data_size = 256,
        .context_size = 32,
        .protocol_id = 3}}) {
    const auto pool = MakeListPool(shape);
    std::vector<NetBufferList*> lists = AllocateLists(*pool, 20);
    const std::set<NetBufferList*> before(lists.begin(), lists.end());
    for (NetBufferList* nbl : lists) Soil(nbl, lists[0]);
    ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
    lists = AllocateLists(*pool, 20);
    for (NetBufferList* nbl : lists) {
      EXPECT_EQ(before.count(nbl), 1) << "a pool must not walk its memory";
      EXPECT_EQ(HowNotFresh(*pool, nbl), "");
    }
    ASSERT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  }
}

// What a user may write, one thing at a time.
using Write = void (*)(const NetBufferListPool& pool, NetBufferList* nbl);
NetBufferList other_list;
Mdl other_mdl;
constexpr Write kWrites[] = {
    [](const auto&, NetBufferList* nbl) { nbl->next = &other_list; },
    [](const auto&, NetBufferList* nbl) { nbl->set_flags(1); },
    [](const auto&, NetBufferList* nbl) { nbl->set_first_net_buffer(nullptr); },
    [](const auto&, NetBufferList* nbl) {
      nbl->set_status(NdisStatus::kFailure);
    },
    [](const auto&, NetBufferList* nbl) { nbl->set_nbl_flags(1); },
    [](const auto&, NetBufferList* nbl) {
      nbl->set_source_handle(&other_list);
    },
    [](const auto&, NetBufferList* nbl) {
      nbl->set_parent_net_buffer_list(&other_list);
    },
    [](const auto&, NetBufferList* nbl) { nbl->set_scratch(&other_list); },
    [](const auto&, NetBufferList* nbl) {
      nbl->set_info(NetBufferListInfoId::kIeee8021Q, 1);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_mdl_chain(&other_mdl);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_mdl_chain(nullptr);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_current(&other_mdl, 0);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_data(1, 0);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_data(0, 1);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_all(nullptr, nullptr, 1, 2, 3);
    },
    [](const auto& pool, NetBufferList* nbl) {
      pool.PreallocatedNetBuffer(nbl)->set_checksum_bias(1);
    },
    [](const auto& pool, NetBufferList* nbl) {
      if (Mdl* const mdl = pool.PreallocatedMdl(nbl)) mdl->set_next(&other_mdl);
    },
};

// What leaves no mark would stay as it is. Any two of them, freed one by one
// and in a batch, first and behind a list that nobody touched.
// `allocate(pool, 3)` makes the lists that are written.
template <typename F>
void ExpectClean(NetBufferListPool& pool, F allocate) {
  for (const Write& first : kWrites) {
    for (const Write& second : kWrites) {
      SCOPED_TRACE(absl::StrCat("writes ", &first - kWrites, " and ",
                                &second - kWrites));
      for (const size_t touched : {0, 2}) {
        for (const bool batch : {false, true}) {
          std::vector<NetBufferList*> lists = allocate(pool, 3);
          first(pool, lists[touched]);
          second(pool, lists[touched]);
          if (batch) {
            ASSERT_EQ(pool.FreeNetBufferLists(lists), PoolStatus::kOk);
          }
          for (NetBufferList* nbl : lists) {
            if (batch) break;
            ASSERT_EQ(pool.FreeNetBufferList(nbl), PoolStatus::kOk);
          }
          lists = AllocateLists(pool, 3);
          for (NetBufferList* nbl : lists) {
            ASSERT_EQ(HowNotFresh(pool, nbl), "");
          }
          ASSERT_EQ(pool.FreeNetBufferLists(lists), PoolStatus::kOk);
        }
      }
    }
  }
}

TEST(NetBufferListPoolTest, AListComesBackCleanWhateverWasWritten) {
  ExpectClean(*MakeListPool({.data_size = 64}),
              [](auto& pool, size_t n) { return AllocateLists(pool, n); });
}

TEST(NetBufferListPoolTest, AListOverAChainComesBackCleanWhateverWasWritten) {
  ExpectClean(*MakeListPool({.data_size = 0}), [](auto& pool, size_t n) {
    static std::array<std::byte, 64> data;
    static Mdl mdl(data.data(), data.size());
    std::vector<NetBufferList*> lists(n);
    EXPECT_EQ(pool.AllocateNetBufferAndNetBufferLists(
                  0, 0, &mdl, 8, 32, kTestHolder, absl::MakeSpan(lists)),
              PoolStatus::kOk);
    return lists;
  });
}

TEST(NetBufferListPoolTest, TheLastListFreedIsTheNextAllocated) {
  const auto pool = MakeListPool();
  std::vector<NetBufferList*> lists = AllocateLists(*pool, 10);
  for (NetBufferList* nbl : lists) pool->FreeNetBufferList(nbl);
  for (size_t i = lists.size(); i-- > 0;) {
    EXPECT_EQ(pool->AllocateNetBufferList(0, 0, kTestHolder), lists[i]);
  }
  EXPECT_EQ(pool->FreeNetBufferLists(lists), PoolStatus::kOk);
}

TEST(NetBufferListPoolTest, RetreatMdlsGoWithTheList) {
  // Leaks, if they do not, are found by AddressSanitizer.
  const auto with_data = MakeListPool({.data_size = 64});
  NetBufferList* nbl = with_data->AllocateNetBufferList(0, 0, kTestHolder);
  RetreatNetBufferDataStart(*nbl->first_net_buffer(), 20, 8);
  RetreatNetBufferDataStart(*nbl->first_net_buffer(), 20, 0);
  EXPECT_EQ(with_data->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_EQ(with_data->AllocateNetBufferList(0, 0, kTestHolder), nbl);
  EXPECT_EQ(HowNotFresh(*with_data, nbl), "");
  with_data->FreeNetBufferList(nbl);

  const auto without = MakeListPool({.net_buffer = true, .data_size = 0});
  std::byte memory[16];
  auto mdl = std::make_unique<Mdl>(memory, 16);
  nbl = without->AllocateNetBufferAndNetBufferList(0, 0, mdl.get(), 0, 16,
                                                   kTestHolder);
  RetreatNetBufferDataStart(*nbl->first_net_buffer(), 20, 8);
  mdl.reset();  // The caller's chain may go before the list does.
  EXPECT_EQ(without->FreeNetBufferList(nbl), PoolStatus::kOk);
}

// U6, and who frees which context.
TEST(NetBufferListPoolContextTest, CapacityIsThePoolsOrTheCallsSum) {
  const auto pool = MakeListPool({.context_size = 64});
  struct Case {
    uint16_t size, back_fill, capacity, offset;
  };
  for (const Case& c :
       {Case{0, 0, 64, 64}, Case{16, 0, 64, 48}, Case{16, 16, 64, 48},
        Case{64, 0, 64, 0}, Case{32, 32, 64, 32}, Case{64, 16, 80, 16},
        Case{0, 4096, 4096, 4096}, Case{16, 16, 64, 48}}) {
    NetBufferList* const nbl =
        pool->AllocateNetBufferList(c.size, c.back_fill, kTestHolder);
    ASSERT_NE(nbl, nullptr);
    ASSERT_NE(nbl->context(), nullptr);
    EXPECT_EQ(nbl->context()->next, nullptr);
    EXPECT_EQ(nbl->context()->size, c.capacity);
    EXPECT_EQ(nbl->context()->offset, c.offset);
    EXPECT_EQ(nbl->context()->pool_tag, 0);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(nbl->context()->data()) % 16, 0);
    std::memset(nbl->context()->data(), 0xAA, nbl->context()->size);
    EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
    EXPECT_EQ(pool->Statistics().violations, 0);
  }
}

TEST(NetBufferListPoolContextTest, APoolWithoutContextGivesOneWhenAsked) {
  const auto pool = MakeListPool({.net_buffer = false, .data_size = 0});
  NetBufferList* nbl = pool->AllocateNetBufferList(32, 16, kTestHolder);
  ASSERT_NE(nbl->context(), nullptr);
  EXPECT_EQ(nbl->context()->size, 48);
  EXPECT_EQ(nbl->context()->offset, 16);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  NetBufferList* const again = pool->AllocateNetBufferList(0, 0, kTestHolder);
  EXPECT_EQ(again, nbl);
  EXPECT_EQ(again->context(), nullptr);
  pool->FreeNetBufferList(again);
}

TEST(NetBufferListPoolContextTest, SizesAreMultiplesOfSixteenThatFit) {
  const auto pool = MakeListPool();
  for (auto [size, back_fill] : std::vector<std::pair<int, int>>{
           {8, 0}, {0, 8}, {1, 15}, {65520, 16}, {32768, 32768}}) {
    NetBufferList* nbl = nullptr;
    EXPECT_EQ(
        pool->AllocateNetBufferLists(size, back_fill, kTestHolder, {&nbl, 1}),
        PoolStatus::kInvalidParameter)
        << size << " " << back_fill;
  }
  NetBufferList* const nbl =
      pool->AllocateNetBufferList(65504, 16, kTestHolder);
  ASSERT_NE(nbl, nullptr);
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
}

TEST(NetBufferListPoolContextTest, AllocatedContextMustGoFirst) {
  for (uint16_t own : {uint16_t{0}, uint16_t{32}}) {
    const auto pool = MakeListPool({.context_size = own});
    for (uint16_t asked : {uint16_t{0}, uint16_t{48}}) {
      NetBufferList* const nbl =
          pool->AllocateNetBufferList(0, asked, kTestHolder);
      ASSERT_EQ(AllocateNetBufferListContext(*nbl, 16, 0, 0x41414141).status,
                NdisStatus::kSuccess);
      EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kContextOutstanding);
      ASSERT_EQ(FreeNetBufferListContext(*nbl, 16), NdisStatus::kSuccess);
      EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
    }
  }
}

}  // namespace
}  // namespace netbuf
