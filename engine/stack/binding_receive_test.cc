// Who gets a received frame, and that the NIC gets every list back
// (ndis-semantics 13.2, 17, 18).

#include <string>
#include <vector>

#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr MacAddress kBroadcast = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

const std::string kToUs = Frame(60, 1, kOwnAddress);
const std::string kToAll = Frame(60, 2, kBroadcast);
const std::string kToOther = Frame(60, 3, kPeerAddress);

TEST(BindingReceiveTest, WithoutAPacketFilterNothingComes) {
  TestStack stack;
  TestBinding binding(stack);
  stack.nic.Receive({kToUs, kToAll});
  EXPECT_THAT(binding.client.received(), IsEmpty());
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
  EXPECT_EQ(stack.adapter->GetInfo().receives_unclaimed, 2);
}

TEST(BindingReceiveTest, FramesThatPassTheFilterComeAndAreCounted) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected);
  stack.nic.Receive({kToOther, kToUs, kToAll});
  EXPECT_THAT(binding.client.received(), ElementsAre(kToUs));
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
  const BindingInfo info = binding->GetInfo();
  EXPECT_EQ(info.counts.received.frames, 1);
  EXPECT_EQ(info.counts.received.bytes, 60);
  EXPECT_EQ(info.outstanding_receives, 0);
}

TEST(BindingReceiveTest, HeldListsStayOutUntilReturned) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected);
  binding.client.hold_receives = true;
  stack.nic.Receive({kToUs, kToUs});
  EXPECT_EQ(stack.nic.outstanding_receives(), 2);
  EXPECT_EQ(binding->GetInfo().outstanding_receives, 2);
  binding.client.ReturnAll(*binding);
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
  EXPECT_EQ(binding->GetInfo().outstanding_receives, 0);
}

TEST(BindingReceiveTest, MoreReturnedThanReceivedIsRefused) {
  TestStack stack;
  TestBinding binding(stack);
  TestList stranger({kToUs});
  NetBufferListChain chain = stranger.chain(nullptr);
  EXPECT_EQ(binding->ReturnNetBufferLists(std::move(chain)),
            NdisStatus::kInvalidParameter);
  EXPECT_EQ(chain.size(), 1);
  EXPECT_EQ(binding->ReturnNetBufferLists({}), NdisStatus::kSuccess);
}

TEST(BindingReceiveTest, EveryBindingThatWantsAFrameGetsOne) {
  TestStack stack;
  TestBinding one(stack, true, "one");
  TestBinding two(stack, true, "two");
  TestBinding three(stack, true, "three");
  one.Listen(kPacketTypeBroadcast);
  two.Listen(kPacketTypeBroadcast | kPacketTypeDirected);
  three.Listen(kPacketTypePromiscuous);
  for (TestBinding* b : {&one, &two, &three}) b->client.hold_receives = true;
  stack.nic.Receive({kToUs, kToAll, kToOther});
  EXPECT_THAT(one.client.received(), ElementsAre(kToAll));
  EXPECT_THAT(two.client.received(), ElementsAre(kToUs, kToAll));
  EXPECT_THAT(three.client.received(), ElementsAre(kToUs, kToAll, kToOther));
  EXPECT_EQ(stack.nic.outstanding_receives(), 3);
  for (TestBinding* b : {&three, &two, &one}) b->client.ReturnAll(**b);
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
}

TEST(BindingReceiveTest, CopiesAreLimitedAndTheExcessIsCounted) {
  TestStack stack;
  TestBinding one(stack, true, "one");
  TestBinding two(stack, true, "two");
  for (TestBinding* b : {&one, &two}) {
    b->Listen(kPacketTypeBroadcast);
    b->client.hold_receives = true;
  }
  stack.nic.Receive(std::vector<std::string>(1030, kToAll));
  EXPECT_THAT(one.client.received(), SizeIs(1030));
  EXPECT_THAT(two.client.received(), SizeIs(1024));
  EXPECT_EQ(two->GetInfo().counts.dropped_receive_frames, 6);
}

TEST(BindingReceiveTest, OnlyRunningBindingsReceive) {
  TestStack stack;
  TestBinding paused(stack, /*run=*/false, "paused");
  paused.Listen(kPacketTypeDirected);
  stack.nic.Receive({kToUs});
  EXPECT_THAT(paused.client.received(), IsEmpty());
  ASSERT_TRUE(paused->Restart(false, Soon()).ok());
  stack.nic.Receive({kToUs});
  EXPECT_THAT(paused.client.received(), SizeIs(1));
  TestList a({Frame(60)});
  paused.Send({&a});
  EXPECT_TRUE(absl::IsDeadlineExceeded(paused->Pause(TooShort())));
  stack.nic.Receive({kToUs});
  EXPECT_THAT(paused.client.received(), SizeIs(1));
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
  stack.nic.CompleteAll();
}

TEST(BindingReceiveTest, FiltersUnwrapOnTheWayUpAndRestoreOnTheWayBack) {
  TestStack stack;
  ASSERT_TRUE(stack.adapter
                  ->AttachFilter("inner", VlanFilterOptions{.vlan_id = 5}, 0,
                                 Soon())
                  .ok());
  ASSERT_TRUE(stack.adapter
                  ->AttachFilter("outer", VxlanFilterOptions{.vni = 9}, 1,
                                 Soon())
                  .ok());
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected | kPacketTypeBroadcast);
  binding.client.hold_receives = true;
  // What we send is what comes back, but for the outer addresses.
  TestList a({kToUs});
  binding.Send({&a});
  const std::string wire = stack.nic.sent_frames()[0];
  EXPECT_EQ(wire.size(), kToUs.size() + 54);
  stack.nic.Receive({wire, kToAll});
  EXPECT_THAT(binding.client.received(), ElementsAre(kToUs, kToAll));
  const auto filters = stack.adapter->GetFilters();
  EXPECT_EQ(filters[0].receives_unwrapped, 1);
  EXPECT_EQ(filters[1].receives_unwrapped, 1);
  stack.nic.CompleteAll();
}

TEST(BindingReceiveTest, ShortAndEmptyFramesGoBackUnclaimed) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypePromiscuous);
  stack.nic.Receive({Frame(13)});
  EXPECT_THAT(binding.client.received(), IsEmpty());
  EXPECT_EQ(stack.nic.outstanding_receives(), 0);
}

// --- Loopback ----------------------------------------------------------------

class LoopbackTest : public testing::Test {
 protected:
  LoopbackTest() { stack_.nic.auto_complete = true; }

  void SendFromOne(const std::string& frame, uint32_t flags = 0) {
    TestList list({frame});
    one_.Send({&list}, 0, flags);
    EXPECT_EQ(one_.client.statuses().back(), NdisStatus::kSuccess);
  }

  TestStack stack_;
  TestBinding one_{stack_, true, "one"};
  TestBinding two_{stack_, true, "two"};
};

TEST_F(LoopbackTest, NormallyNothingIsLoopedBack) {
  one_.Listen(kPacketTypeBroadcast);
  two_.Listen(kPacketTypeBroadcast);
  SendFromOne(kToAll);
  EXPECT_THAT(one_.client.received(), IsEmpty());
  EXPECT_THAT(two_.client.received(), IsEmpty());
}

TEST_F(LoopbackTest, PromiscuousBindingSeesWhatOthersSend) {
  two_.Listen(kPacketTypePromiscuous);
  SendFromOne(kToOther);
  EXPECT_THAT(two_.client.received(), ElementsAre(kToOther));
  EXPECT_THAT(two_.client.received_flags(),
              Each(kNblFlagsIsLoopbackPacket));
  EXPECT_THAT(one_.client.received(), IsEmpty());
}

TEST_F(LoopbackTest, AllLocalWorksLikePromiscuous) {
  two_.Listen(kPacketTypeAllLocal);
  SendFromOne(kToOther);
  EXPECT_THAT(two_.client.received(), ElementsAre(kToOther));
  EXPECT_EQ(stack_.nic.packet_filter(), 0) << "a bit of NDIS, not the NIC's";
}

TEST_F(LoopbackTest, NoLocalKeepsLoopedFramesAway) {
  two_.Listen(kPacketTypePromiscuous | kPacketTypeNoLocal);
  SendFromOne(kToOther);
  EXPECT_THAT(two_.client.received(), IsEmpty());
}

TEST_F(LoopbackTest, FlagBringsTheSenderItsOwnFramesThatPassTheAdapter) {
  one_.Listen(kPacketTypeBroadcast);
  two_.Listen(kPacketTypeBroadcast);
  SendFromOne(kToAll, kSendFlagsCheckForLoopback);
  SendFromOne(kToOther, kSendFlagsCheckForLoopback);
  EXPECT_THAT(one_.client.received(), ElementsAre(kToAll));
  EXPECT_THAT(two_.client.received(), ElementsAre(kToAll));
}

TEST_F(LoopbackTest, ClosedBindingNoLongerCausesLoopback) {
  two_.Listen(kPacketTypePromiscuous);
  ASSERT_TRUE(two_->Close(Soon()).ok());
  one_.Listen(kPacketTypeDirected);
  SendFromOne(kToUs);
  EXPECT_THAT(one_.client.received(), IsEmpty());
}

}  // namespace
}  // namespace netbuf
