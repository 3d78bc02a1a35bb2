#include "engine/buffer/net_buffer_list.h"

#include <cstdint>
#include <functional>

#include "engine/ndis/status.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(NetBufferListTest, FreshListIsZeroed) {
  const NetBufferList nbl;
  EXPECT_EQ(nbl.next, nullptr);
  EXPECT_EQ(nbl.first_net_buffer(), nullptr);
  EXPECT_EQ(nbl.context(), nullptr);
  EXPECT_EQ(nbl.parent_net_buffer_list(), nullptr);
  EXPECT_EQ(nbl.scratch(), nullptr);
  EXPECT_EQ(nbl.child_ref_count(), 0);
  EXPECT_EQ(nbl.status(), NdisStatus::kSuccess);
  for (int i = 0; i < kMaxNetBufferListInfo; ++i) {
    EXPECT_EQ(nbl.info(static_cast<NetBufferListInfoId>(i)), 0u);
  }
}

TEST(NetBufferListTest, SlotsKeepTheirValuesApart) {
  NetBufferList nbl;
  for (int i = 0; i < kMaxNetBufferListInfo; ++i) {
    nbl.set_info(static_cast<NetBufferListInfoId>(i), uint64_t{1} << i);
  }
  for (int i = 0; i < kMaxNetBufferListInfo; ++i) {
    EXPECT_EQ(nbl.info(static_cast<NetBufferListInfoId>(i)), uint64_t{1} << i);
  }
}

TEST(NetBufferListTest, RemembersThatASlotWasWritten) {
  NetBufferList nbl;
  EXPECT_FALSE(nbl.info_written());
  nbl.set_info(NetBufferListInfoId::kNetBufferListCancelId, 7);
  EXPECT_TRUE(nbl.info_written());
  nbl.ClearInfo();
  EXPECT_EQ(nbl.info(NetBufferListInfoId::kNetBufferListCancelId), 0u);
}

TEST(NetBufferListTest, RemembersThatWhatIsSeldomUsedWasWritten) {
  NetBuffer first;
  NetBufferListContext context;
  NetBufferList other;
  const std::function<void(NetBufferList&)> writers[] = {
      [&](NetBufferList& nbl) { nbl.set_first_net_buffer(&first); },
      [&](NetBufferList& nbl) { nbl.set_context(&context); },
      [&](NetBufferList& nbl) { nbl.set_source_handle(&other); },
      [&](NetBufferList& nbl) { nbl.set_parent_net_buffer_list(&other); },
      [&](NetBufferList& nbl) { nbl.set_scratch(&other); }};
  for (const auto& write : writers) {
    NetBufferList nbl;
    EXPECT_FALSE(nbl.owned_written());
    write(nbl);
    EXPECT_TRUE(nbl.owned_written());
    nbl.ClearOwned(&first, &context);
    EXPECT_EQ(nbl.first_net_buffer(), &first);
    EXPECT_EQ(nbl.context(), &context);
    EXPECT_EQ(nbl.source_handle(), nullptr);
    EXPECT_EQ(nbl.parent_net_buffer_list(), nullptr);
    EXPECT_EQ(nbl.scratch(), nullptr);
  }
}

TEST(NetBufferListTest, IsToldOfWritesToWhatCameWithIt) {
  struct Block {
    NetBufferList nbl;
    Mdl mdl;
    NetBuffer nb;
  };
  const std::function<void(Block&)> writers[] = {
      [](Block& b) { b.mdl.set_next(&b.mdl); },
      [](Block& b) { b.nb.set_next(&b.nb); },
      [](Block& b) { b.nb.set_mdl_chain(&b.mdl); },
      [](Block& b) { b.nb.set_current(&b.mdl, 1); },
      [](Block& b) { b.nb.set_data(1, 1); },
      [](Block& b) { b.nb.set_all(&b.mdl, &b.mdl, 1, 1, 1); },
      [](Block& b) { b.nb.set_checksum_bias(1); }};
  for (const auto& write : writers) {
    Block block;
    write(block);  // Not yet.
    EXPECT_FALSE(block.nbl.buffer_written());
    block.nbl.MarkWritesOf(block.nb, &block.mdl);
    Block copy = block;
    write(copy);
    EXPECT_FALSE(block.nbl.buffer_written()) << "by a copy";
    EXPECT_FALSE(copy.nbl.buffer_written()) << "by what only looks alike";
    write(block);
    EXPECT_TRUE(block.nbl.buffer_written());
  }
}

TEST(NetBufferListTest, LeavesTheFlagsOfNdisToNdis) {
  NetBufferList nbl;
  nbl.set_flags(0xFFFFFFFF);
  EXPECT_EQ(nbl.flags(), 0xFFFFF003);
  nbl.set_flags(NetBufferList::kNdisFlags);
  EXPECT_EQ(nbl.flags(), 0);
}

TEST(NetBufferListTest, IsUntouchedOfItsPoolUntilSomethingIsWritten) {
  int pool, other_pool;
  const std::function<void(NetBufferList&)> writers[] = {
      [](NetBufferList& nbl) { nbl.set_flags(1); },
      [](NetBufferList& nbl) { nbl.set_scratch(&nbl); },
      [](NetBufferList& nbl) {
        nbl.set_info(NetBufferListInfoId::kNetBufferListHashInfo, 1);
      }};
  for (const auto& write : writers) {
    NetBufferList nbl;
    EXPECT_TRUE(nbl.IsUntouchedOf(nullptr));
    nbl.set_ndis_pool_handle(&pool);
    EXPECT_TRUE(nbl.IsUntouchedOf(&pool));
    EXPECT_FALSE(nbl.IsUntouchedOf(&other_pool));
    EXPECT_TRUE(nbl.IsWithoutInfoOf(&pool));
    write(nbl);
    EXPECT_FALSE(nbl.IsUntouchedOf(&pool));
    EXPECT_EQ(nbl.ndis_pool_handle(), &pool);
    EXPECT_EQ(nbl.IsWithoutInfoOf(&pool), !nbl.info_written());
    EXPECT_FALSE(nbl.IsWithoutInfoOf(&other_pool));
    nbl.set_ndis_pool_handle(&pool);
    EXPECT_TRUE(nbl.IsUntouchedOf(&pool));
  }
}

TEST(NetBufferListTest, KnowsThatItsWordsWereWritten) {
  const std::function<void(NetBufferList&)> writers[] = {
      [](NetBufferList& nbl) { nbl.set_flags(1); },
      [](NetBufferList& nbl) { nbl.set_child_ref_count(1); },
      [](NetBufferList& nbl) { nbl.set_status(NdisStatus::kFailure); },
      [](NetBufferList& nbl) { nbl.set_nbl_flags(1); }};
  for (const auto& write : writers) {
    NetBufferList nbl;
    EXPECT_FALSE(nbl.words_written());
    write(nbl);
    EXPECT_TRUE(nbl.words_written());
    nbl.ClearWords();
    EXPECT_EQ(nbl.flags(), 0);
    EXPECT_EQ(nbl.child_ref_count(), 0);
    EXPECT_EQ(nbl.status(), NdisStatus::kSuccess);
    EXPECT_EQ(nbl.nbl_flags(), 0);
  }
}

}  // namespace
}  // namespace netbuf
