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
  EXPECT_EQ(nbl.child_ref_count, 0);
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

TEST(NetBufferListTest, RemembersThatASlotWasWrittenUntilCleared) {
  NetBufferList nbl;
  EXPECT_FALSE(nbl.info_written());
  nbl.set_info(NetBufferListInfoId::kNetBufferListCancelId, 7);
  EXPECT_TRUE(nbl.info_written());
  nbl.ClearInfo();
  EXPECT_FALSE(nbl.info_written());
  EXPECT_EQ(nbl.info(NetBufferListInfoId::kNetBufferListCancelId), 0u);
}

TEST(NetBufferListTest, RemembersThatWhatIsSeldomUsedWasWrittenUntilCleared) {
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
    EXPECT_EQ(nbl.flags(), 0u);
    write(nbl);
    EXPECT_EQ(nbl.flags(), NetBufferList::kOwnedWritten);
    nbl.ClearOwned(&first, &context);
    EXPECT_EQ(nbl.flags(), 0u);
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
    block.nbl.child_ref_count = -1;
    write(block);  // Not yet.
    EXPECT_FALSE(block.nbl.buffer_written());
    block.nbl.MarkWritesOf(block.nb, &block.mdl);
    Block copy = block;
    write(copy);
    EXPECT_FALSE(block.nbl.buffer_written()) << "by a copy";
    EXPECT_FALSE(copy.nbl.buffer_written()) << "by what only looks alike";
    write(block);
    EXPECT_TRUE(block.nbl.buffer_written());
    EXPECT_EQ(block.nbl.child_ref_count, -1);
    block.nbl.ClearWords();
    EXPECT_EQ(block.nbl.flags(), 0);
  }
}

TEST(NetBufferListTest, LeavesTheFlagsOfNdisToNdis) {
  NetBufferList nbl;
  nbl.set_scratch(&nbl);
  nbl.set_flags(0xFFFFF003);
  EXPECT_EQ(nbl.flags(), 0xFFFFF003 | NetBufferList::kOwnedWritten);
  nbl.set_flags(NetBufferList::kInfoWritten);
  EXPECT_EQ(nbl.flags(), NetBufferList::kOwnedWritten);
  EXPECT_FALSE(nbl.info_written());
}

TEST(NetBufferListTest, AsksAboutTwoAdjacentMembersAtOnce) {
  NetBufferList nbl;
  EXPECT_EQ(nbl.flags_and_child_ref_count(), 0);
  nbl.child_ref_count = -1;
  EXPECT_EQ(nbl.flags_and_child_ref_count(), uint64_t{0xFFFFFFFF} << 32);
  nbl.set_flags(1);
  EXPECT_EQ(static_cast<uint32_t>(nbl.flags_and_child_ref_count()), 1);
}

TEST(NetBufferListTest, KnowsThatItsStatusWasWritten) {
  const std::function<void(NetBufferList&)> writers[] = {
      [](NetBufferList& nbl) { nbl.set_status(NdisStatus::kFailure); },
      [](NetBufferList& nbl) { nbl.set_nbl_flags(1); }};
  for (const auto& write : writers) {
    NetBufferList nbl;
    nbl.set_flags(0xF0000);
    write(nbl);
    EXPECT_EQ(nbl.flags(), 0xF0000 | NetBufferList::kStatusWritten);
    nbl.ClearWords();
    EXPECT_EQ(nbl.flags(), 0);
    EXPECT_EQ(nbl.status(), NdisStatus::kSuccess);
    EXPECT_EQ(nbl.nbl_flags(), 0);
  }
}

}  // namespace
}  // namespace netbuf
