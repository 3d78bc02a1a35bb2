#include "engine/stack/vlan_filter.h"

#include <string>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/buffer/fake_mdl_allocator.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

const std::string kPlain =
    FromHex("02 00 00 00 00 77  02 00 00 00 00 11  08 00  45 00 01 02 03 04");
const std::string kTagged = FromHex(
    "02 00 00 00 00 77  02 00 00 00 00 11  81 00 a0 64  08 00  45 00 01 02 03 "
    "04");

class VlanFilterTest : public testing::Test {
 protected:
  // Priority 5, VLAN 100: TCI 0xA064.
  VlanFilterTest()
      : filter_("vlan", {.vlan_id = 100, .priority = 5}, allocator_) {
    filter_.Restart({});
  }

  // What the layer below sees of `frame`.
  std::string Sent(TestList& list) {
    NetBufferListChain chain = list.chain(nullptr);
    NetBufferListChain refused;
    filter_.Send(chain, refused, back_fill_);
    EXPECT_TRUE(refused.empty());
    const std::string bytes = FrameBytes(*list.nbl.first_net_buffer());
    filter_.SendComplete(chain);
    return bytes;
  }
  // What the layer above sees.
  std::string Received(TestList& list) {
    NetBufferListChain chain = list.chain(nullptr);
    NetBufferListChain dropped;
    filter_.Receive(chain, dropped);
    EXPECT_TRUE(dropped.empty());
    const std::string bytes = FrameBytes(*list.nbl.first_net_buffer());
    EXPECT_TRUE(CheckNetBuffer(*list.nbl.first_net_buffer()).ok());
    filter_.ReturnReceived(chain);
    return bytes;
  }

  FakeMdlAllocator allocator_;
  VlanFilter filter_;
  BackFillCounts back_fill_;
};

TEST_F(VlanFilterTest, NeedsFourBytesOfDataAndAContext) {
  EXPECT_EQ(filter_.requirements(), (StackRequirements{4, 16}));
  EXPECT_EQ(filter_.header_size(), 4);
}

TEST_F(VlanFilterTest, PutsTheTagBehindTheAddresses) {
  TestList list({kPlain}, {.data_offset = 4, .context_back_fill = 16});
  EXPECT_EQ(Hex(Sent(list)), Hex(kTagged));
  EXPECT_EQ(list.Changes(), "");
  EXPECT_EQ(back_fill_.data_hits, 1);
  EXPECT_EQ(back_fill_.data_misses, 0);
  EXPECT_EQ(back_fill_.context_hits, 1);
  EXPECT_EQ(back_fill_.context_misses, 0);
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(VlanFilterTest, WithoutBackFillTagsAllTheSameAndCountsTheMiss) {
  TestList list({kPlain}, {.data_offset = 3});
  EXPECT_EQ(Hex(Sent(list)), Hex(kTagged));
  EXPECT_EQ(list.Changes(), "");
  EXPECT_EQ(back_fill_.data_misses, 1);
  EXPECT_EQ(back_fill_.context_misses, 1);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(VlanFilterTest, EveryFrameOfAListIsTagged) {
  TestList list({kPlain, kPlain}, {.data_offset = 8, .context_back_fill = 16});
  NetBufferListChain chain = list.chain(nullptr);
  NetBufferListChain refused;
  filter_.Send(chain, refused, back_fill_);
  EXPECT_EQ(FrameBytes(*list.nbl.first_net_buffer()->next()), kTagged);
  filter_.SendComplete(chain);
  EXPECT_EQ(list.Changes(), "");
  EXPECT_EQ(back_fill_.data_hits, 2);
  EXPECT_EQ(back_fill_.context_hits, 1);
}

TEST_F(VlanFilterTest, TakesAMatchingTagOutAndPutsItBack) {
  TestList list({kTagged});
  EXPECT_EQ(Hex(Received(list)), Hex(kPlain));
  EXPECT_EQ(list.Changes(), "");
}

TEST_F(VlanFilterTest, RestoresThePriorityTheFrameCameWith) {
  std::string other_priority = kTagged;
  other_priority[14] = 0x20;
  TestList list({other_priority}, {.mdl_size = [](uint32_t) { return 5; }});
  EXPECT_EQ(Hex(Received(list)), Hex(kPlain));
  EXPECT_EQ(list.Changes(), "");
}

TEST_F(VlanFilterTest, LeavesFramesOfOtherVlansAndUntaggedOnesAlone) {
  std::string other = kTagged;
  other[15] = 0x65;
  for (const std::string& frame : {other, kPlain, kTagged.substr(0, 17)}) {
    TestList list({frame});
    EXPECT_EQ(Hex(Received(list)), Hex(frame));
    EXPECT_EQ(list.Changes(), "");
  }
}

TEST_F(VlanFilterTest, CountsWhatItUnwraps) {
  TestList tagged({kTagged});
  TestList plain({kPlain});
  Received(tagged);
  Received(plain);
  const FilterInfo info = filter_.GetInfo();
  EXPECT_EQ(info.received.frames, 2);
  EXPECT_EQ(info.received.bytes, kTagged.size() + kPlain.size());
  EXPECT_EQ(info.receives_unwrapped, 1);
}

TEST_F(VlanFilterTest, PausedItCompletesSendsWithPaused) {
  filter_.Pause();
  TestList list({kPlain}, {.data_offset = 4});
  NetBufferListChain chain = list.chain(nullptr);
  NetBufferListChain refused;
  filter_.Send(chain, refused, back_fill_);
  EXPECT_TRUE(chain.empty());
  ASSERT_EQ(refused.size(), 1);
  EXPECT_EQ(refused.head()->status(), NdisStatus::kPaused);
  EXPECT_EQ(list.Changes(), "");
  EXPECT_EQ(filter_.GetInfo().lists_refused_paused, 1);
}

TEST_F(VlanFilterTest, OutOfMemoryCompletesJustThatListWithResources) {
  TestList first({kPlain});
  TestList second({kPlain}, {.data_offset = 4});
  NetBufferListChain chain;
  chain.Append(&first.nbl);
  chain.Append(&second.nbl);
  allocator_.FailAtCall(1);
  NetBufferListChain refused;
  filter_.Send(chain, refused, back_fill_);
  ASSERT_EQ(refused.size(), 1);
  EXPECT_EQ(refused.head(), &first.nbl);
  EXPECT_EQ(first.nbl.status(), NdisStatus::kResources);
  EXPECT_EQ(first.Changes(), "");
  ASSERT_EQ(chain.size(), 1);
  filter_.SendComplete(chain);
  EXPECT_EQ(second.Changes(), "");
  EXPECT_EQ(filter_.GetInfo().lists_refused_resources, 1);
}

}  // namespace
}  // namespace netbuf
