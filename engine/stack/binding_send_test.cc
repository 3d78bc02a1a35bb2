// What becomes of lists that a protocol sends (ndis-semantics 15).

#include <string>
#include <vector>

#include "engine/buffer/net_buffer_list.h"
#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

uint64_t Lists(Binding& binding, NdisStatus status) {
  return binding.GetInfo()
      .counts.completions[SendCompletionStatusIndex(status)]
      .lists;
}

TEST(BindingSendTest, FramesGoDownInOrderAndListsComeBackOnce) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60, 1), Frame(61, 2)});
  TestList b({Frame(62, 3)});
  EXPECT_EQ(binding.Send({&a, &b}), NdisStatus::kSuccess);
  EXPECT_THAT(stack.nic.sent_frames(),
              ElementsAre(Frame(60, 1), Frame(61, 2), Frame(62, 3)));
  EXPECT_THAT(binding.client.completed(), IsEmpty());
  EXPECT_EQ(binding->GetInfo().outstanding_sends, 2);

  EXPECT_TRUE(stack.nic.Complete(1, NdisStatus::kFailure));
  EXPECT_TRUE(stack.nic.Complete(0));
  EXPECT_THAT(binding.client.completed(), ElementsAre(&b.nbl, &a.nbl));
  EXPECT_THAT(binding.client.statuses(),
              ElementsAre(NdisStatus::kFailure, NdisStatus::kSuccess));
  EXPECT_EQ(binding->GetInfo().outstanding_sends, 0);
}

TEST(BindingSendTest, EmptyChainIsFine) {
  TestStack stack;
  TestBinding binding(stack);
  EXPECT_EQ(binding.Send({}), NdisStatus::kSuccess);
}

TEST(BindingSendTest, ForeignSourceHandleRefusesTheWholeCall) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  TestList b({Frame(60)});
  int other;
  for (void* handle :
       {static_cast<void*>(&other), static_cast<void*>(nullptr)}) {
    NetBufferListChain chain = a.chain(binding->handle());
    chain.Append(b.chain(handle));
    EXPECT_EQ(binding->SendNetBufferLists(std::move(chain), 0, 0),
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(chain.size(), 2) << "the chain stays the caller's";
  }
  EXPECT_THAT(stack.nic.sent_frames(), IsEmpty());
  EXPECT_THAT(binding.client.completed(), IsEmpty());
  EXPECT_EQ(binding->GetInfo().counts.sent_lists, 0);
}

TEST(BindingSendTest, InactivePortCompletesWithInvalidPort) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  EXPECT_EQ(binding.Send({&a}, /*port_number=*/1), NdisStatus::kSuccess);
  EXPECT_EQ(binding.client.StatusOf(&a.nbl), NdisStatus::kInvalidPort);
  EXPECT_THAT(stack.nic.sent_frames(), IsEmpty());
}

TEST(BindingSendTest, ListWithoutNetBuffersSucceedsWithoutAFrame) {
  TestStack stack;
  TestBinding binding(stack);
  TestList none({});
  binding.Send({&none});
  EXPECT_EQ(binding.client.StatusOf(&none.nbl), NdisStatus::kSuccess);
  EXPECT_THAT(stack.nic.sent_frames(), IsEmpty());
}

TEST(BindingSendTest, FramesOfAWrongLengthFailTheirListAlone) {
  TestStack stack;
  TestBinding binding(stack);
  TestList empty({""});
  TestList header_cut({Frame(13)});
  TestList header({Frame(14)});
  TestList longest({Frame(1514)});
  TestList too_long({Frame(1515)});
  TestList second_too_long({Frame(60), Frame(1515)});
  binding.Send(
      {&empty, &header_cut, &header, &longest, &too_long, &second_too_long});
  for (TestList* list : {&empty, &header_cut, &too_long, &second_too_long}) {
    EXPECT_EQ(binding.client.StatusOf(&list->nbl), NdisStatus::kInvalidLength);
  }
  stack.nic.CompleteAll();
  EXPECT_EQ(binding.client.StatusOf(&header.nbl), NdisStatus::kSuccess);
  EXPECT_EQ(binding.client.StatusOf(&longest.nbl), NdisStatus::kSuccess);
  EXPECT_THAT(stack.nic.sent_frames(), ElementsAre(Frame(14), Frame(1514)));
}

TEST(BindingSendTest, FiltersLowerWhatFits) {
  TestStack stack;
  ASSERT_TRUE(
      stack.adapter->AttachFilter("x", VxlanFilterOptions{}, 0, Soon()).ok());
  TestBinding binding(stack);
  TestList fits({Frame(1464)});
  TestList too_long({Frame(1465)});
  binding.Send({&fits, &too_long});
  EXPECT_EQ(binding.client.StatusOf(&too_long.nbl), NdisStatus::kInvalidLength);
  ASSERT_THAT(stack.nic.sent_frames(), SizeIs(1));
  EXPECT_EQ(stack.nic.sent_frames()[0].size(), 1514);
  stack.nic.CompleteAll();
  EXPECT_EQ(binding.client.StatusOf(&fits.nbl), NdisStatus::kSuccess);
}

TEST(BindingSendTest, InEveryStateThatTakesNoneListsCompleteWithPaused) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  TestList paused({Frame(60)});
  binding.Send({&paused});
  EXPECT_EQ(binding.client.StatusOf(&paused.nbl), NdisStatus::kPaused);

  ASSERT_TRUE(binding->Restart(/*hold=*/true, Soon()).ok());
  TestList restarting({Frame(60)});
  binding.Send({&restarting});
  EXPECT_EQ(binding.client.StatusOf(&restarting.nbl), NdisStatus::kPaused);

  TestList closing({Frame(60)});
  binding.client.on_state_changed = [&](Binding&, BindingState to) {
    if (to == BindingState::kClosing) binding.Send({&closing});
  };
  ASSERT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(binding.client.StatusOf(&closing.nbl), NdisStatus::kPaused);

  TestList unbound({Frame(60)});
  binding.Send({&unbound});
  EXPECT_EQ(binding.client.StatusOf(&unbound.nbl), NdisStatus::kPaused);
  EXPECT_THAT(stack.nic.sent_frames(), IsEmpty());
  EXPECT_EQ(Lists(*binding, NdisStatus::kPaused), 4);
}

TEST(BindingSendTest, PausingTakesSendsForASecondAndCountsThem) {
  TestStack stack;
  TestBinding binding(stack);
  TestList before({Frame(60, 1)});
  binding.Send({&before});
  EXPECT_TRUE(absl::IsDeadlineExceeded(binding->Pause(TooShort())));

  TestList early({Frame(60, 2)});
  stack.clock.Advance(Binding::kPausingGrace - absl::Nanoseconds(1));
  binding.Send({&early});
  EXPECT_EQ(binding.client.StatusOf(&early.nbl), std::nullopt);
  EXPECT_EQ(binding->GetInfo().counts.sends_while_pausing, 1);

  TestList late({Frame(60, 3)});
  stack.clock.Advance(absl::Nanoseconds(1));
  binding.Send({&late});
  EXPECT_EQ(binding.client.StatusOf(&late.nbl), NdisStatus::kPaused);
  EXPECT_EQ(binding->GetInfo().counts.sends_while_pausing, 1);

  stack.nic.CompleteAll();
  EXPECT_EQ(binding->state(), BindingState::kPaused);
}

TEST(BindingSendTest, CompletionsInsideTheSendMaySendAgain) {
  TestStack stack;
  stack.nic.auto_complete = true;
  TestBinding binding(stack);
  TestList first({Frame(60, 1)});
  TestList second({Frame(60, 2)});
  bool again = true;
  binding.client.on_complete = [&](Binding&) {
    if (std::exchange(again, false)) binding.Send({&second});
  };
  binding.Send({&first});
  EXPECT_EQ(binding.client.StatusOf(&first.nbl), NdisStatus::kSuccess);
  EXPECT_EQ(binding.client.StatusOf(&second.nbl), NdisStatus::kSuccess);
  EXPECT_TRUE(binding->Pause(Soon()).ok());
}

TEST(BindingSendTest, OneCompletionMayCarryListsOfSeveralBindings) {
  TestStack stack;
  TestBinding one(stack, true, "protocols/p1/bindings/one");
  TestBinding two(stack, true, "protocols/p2/bindings/two");
  TestList a({Frame(60, 1)});
  TestList b({Frame(60, 2)});
  TestList c({Frame(60, 3)});
  one.Send({&a});
  two.Send({&b});
  one.Send({&c});
  EXPECT_EQ(stack.nic.CompleteAll(), 3);
  EXPECT_THAT(one.client.completed(), ElementsAre(&a.nbl, &c.nbl));
  EXPECT_THAT(two.client.completed(), ElementsAre(&b.nbl));
}

TEST(BindingSendTest, CountsListsFramesAndBytesByStatus) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60), Frame(100)});
  TestList b({Frame(200)});
  TestList bad({Frame(5)});
  binding.Send({&a, &b, &bad});
  stack.nic.Complete(0);
  stack.nic.Complete(0, NdisStatus::kResources);
  const BindingCounts counts = binding->GetInfo().counts;
  EXPECT_EQ(counts.sent_lists, 3);
  EXPECT_EQ(counts.sent_frames, 4);
  EXPECT_EQ(counts.sent_bytes, 365);
  const auto& success =
      counts.completions[SendCompletionStatusIndex(NdisStatus::kSuccess)];
  EXPECT_EQ(success.lists, 1);
  EXPECT_EQ(success.frames, 2);
  EXPECT_EQ(success.bytes, 160);
  EXPECT_EQ(Lists(*binding, NdisStatus::kResources), 1);
  EXPECT_EQ(Lists(*binding, NdisStatus::kInvalidLength), 1);
}

TEST(BindingSendTest, CountsBackFillHitsAndMisses) {
  TestStack stack;
  ASSERT_TRUE(
      stack.adapter
          ->AttachFilter("tag", VlanFilterOptions{.vlan_id = 7}, 0, Soon())
          .ok());
  TestBinding binding(stack);
  TestList hit({Frame(60)}, {.data_offset = 4, .context_back_fill = 16});
  TestList miss({Frame(60), Frame(60)});
  binding.Send({&hit, &miss});
  stack.nic.CompleteAll();
  EXPECT_EQ(hit.Changes(), "");
  EXPECT_EQ(miss.Changes(), "");
  const BackFillCounts counts = binding->GetInfo().counts.back_fill;
  EXPECT_EQ(counts.data_hits, 1);
  EXPECT_EQ(counts.data_misses, 2);
  EXPECT_EQ(counts.context_hits, 1);
  EXPECT_EQ(counts.context_misses, 1);
}

TEST(BindingSendTest, LinkDownFailsSendsWithMediaDisconnected) {
  TestStack stack;
  TestBinding binding(stack);
  stack.adapter->SetLinkState(
      {.connect_state = MediaConnectState::kDisconnected});
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_EQ(binding.client.StatusOf(&a.nbl), NdisStatus::kMediaDisconnected);
}

TEST(BindingSendTest, CancelAbortsWhatCarriesTheId) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60, 1)});
  TestList b({Frame(60, 2)});
  a.nbl.set_info(NetBufferListInfoId::kNetBufferListCancelId, 77);
  binding.Send({&a, &b});
  binding->CancelSendNetBufferLists(0);  // E9
  EXPECT_EQ(stack.nic.held(), 2);
  binding->CancelSendNetBufferLists(77);
  EXPECT_EQ(binding.client.StatusOf(&a.nbl), NdisStatus::kSendAborted);
  EXPECT_EQ(stack.nic.held(), 1);
  stack.nic.CompleteAll();
}

TEST(BindingSendTest, ChainLongerThanTheGateCountsIsRefusedWithResources) {
  TestStack stack;
  TestBinding binding(stack);
  std::vector<NetBufferList> lists(65537);
  NetBufferListChain chain;
  for (NetBufferList& nbl : lists) {
    nbl.set_source_handle(binding->handle());
    chain.Append(&nbl);
  }
  EXPECT_EQ(binding->SendNetBufferLists(std::move(chain), 0, 0),
            NdisStatus::kSuccess);
  EXPECT_THAT(binding.client.statuses(), SizeIs(lists.size()));
  EXPECT_THAT(binding.client.statuses(), Each(NdisStatus::kResources));
  EXPECT_EQ(binding->GetInfo().outstanding_sends, 0);
}

}  // namespace
}  // namespace netbuf
