// The life of a binding: open, pause, restart, close (ndis-semantics 9).

#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LinkState Down() { return {.connect_state = MediaConnectState::kDisconnected}; }

// --- Opening -----------------------------------------------------------------

TEST(BindingOpenTest, EndsPausedAndTellsWhatTheStackNeeds) {
  TestStack stack({.mtu = 9000,
                   .link_speed_bps = 1'000'000'000,
                   .data_back_fill_size = 6,
                   .context_back_fill_size = 32});
  ASSERT_TRUE(
      stack.adapter->AttachFilter("t", VlanFilterOptions{}, 0, Soon()).ok());
  TestBinding binding(stack, /*run=*/false);
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_THAT(binding.client.changes(),
              ElementsAre("UNBOUND > OPENING, open", "OPENING > PAUSED, open"));
  ASSERT_TRUE(binding.client.bind_parameters().has_value());
  const BindParameters p = *binding.client.bind_parameters();
  EXPECT_EQ(p.attributes.mtu, 8996);
  EXPECT_EQ(p.attributes.maximum_total_size(), 9010);
  EXPECT_EQ(p.attributes.requirements, (StackRequirements{10, 48}));
  EXPECT_EQ(p.attributes.max_xmit_link_speed, 1'000'000'000);
  EXPECT_THAT(p.attributes.filter_module_names, ElementsAre("t"));
  EXPECT_EQ(p.current_address, kOwnAddress);
  EXPECT_THAT(p.active_ports, ElementsAre(0));
  EXPECT_EQ(p.link_state.connect_state, MediaConnectState::kConnected);
}

TEST(BindingOpenTest, RefusedBindUndoesTheOpen) {
  TestStack stack;
  FakeBindingClient client;
  client.bind_status = NdisStatus::kNotRecognized;
  const auto opened =
      stack.adapter->OpenBinding({.name = "b"}, &client, Soon());
  EXPECT_EQ(Reason(opened.status()), "BIND_FAILED");
  EXPECT_EQ(GetErrorInfo(opened.status())->ndis_status,
            NdisStatus::kNotRecognized);
  EXPECT_THAT(client.changes(), ElementsAre("UNBOUND > OPENING, open",
                                            "OPENING > UNBOUND, open"));
  EXPECT_THAT(stack.adapter->GetInfo().bindings, IsEmpty());
}

TEST(BindingOpenTest, NameIsTakenWhileItIsOpen) {
  TestStack stack;
  TestBinding binding(stack);
  FakeBindingClient client;
  const auto again =
      stack.adapter->OpenBinding({.name = binding->name()}, &client, Soon());
  EXPECT_TRUE(absl::IsAlreadyExists(again.status()));
  EXPECT_EQ(Reason(again.status()), "BINDING_EXISTS");
}

TEST(BindingOpenTest, WithoutEthernetAmongTheMediaIsUnsupported) {
  TestStack stack;
  FakeBindingClient client;
  const auto opened = stack.adapter->OpenBinding({.name = "b", .media = {1, 3}},
                                                 &client, Soon());
  EXPECT_EQ(Reason(opened.status()), "UNSUPPORTED_MEDIA");
  EXPECT_EQ(GetErrorInfo(opened.status())->ndis_status,
            NdisStatus::kUnsupportedMedia);
}

// --- Pausing -----------------------------------------------------------------

TEST(BindingPauseTest, WithNothingOutstandingEndsAtOnce) {
  TestStack stack;
  TestBinding binding(stack);
  EXPECT_TRUE(binding->Pause(Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding.client.changes().back(), "PAUSING > PAUSED, drained");
}

TEST(BindingPauseTest, WaitsForSendsAndReceives) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected);
  binding.client.hold_receives = true;
  TestList a({Frame(60, 1)});
  TestList b({Frame(60, 2)});
  binding.Send({&a, &b});
  stack.nic.Receive({Frame(60, 3, kOwnAddress)});

  const absl::Status status = binding->Pause(TooShort());
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_EQ(Reason(status), "PAUSE_TIMEOUT");
  EXPECT_EQ(Metadata(status, "outstandingSends"), "2");
  EXPECT_EQ(Metadata(status, "outstandingReceives"), "1");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("2 sends and 1 receive"));
  EXPECT_EQ(binding->state(), BindingState::kPausing);
  EXPECT_EQ(binding->GetInfo().waiting_for, "2 sends and 1 receive");

  stack.nic.CompleteAll();
  EXPECT_EQ(binding->state(), BindingState::kPausing);
  EXPECT_EQ(binding->GetInfo().waiting_for, "1 receive");
  stack.clock.Advance(absl::Seconds(2));
  binding.client.ReturnAll(*binding);
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding->GetInfo().waiting_for, "");
  EXPECT_EQ(binding->GetInfo().counts.pauses, 1);
  EXPECT_EQ(binding->GetInfo().counts.pause_time, absl::Seconds(2));
}

TEST(BindingPauseTest, SecondPauseJoinsTheWait) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_TRUE(absl::IsDeadlineExceeded(binding->Pause(TooShort())));
  EXPECT_TRUE(absl::IsDeadlineExceeded(binding->Pause(TooShort())));
  stack.nic.CompleteAll();
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding->GetInfo().counts.pauses, 1);
}

TEST(BindingPauseTest, EndedPauseMeansThatNoCompletionRuns) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  bool seen_pausing = false;
  binding.client.on_complete = [&](Binding& b) {
    seen_pausing = b.state() == BindingState::kPausing;
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(binding->Pause(TooShort())));
  stack.nic.CompleteAll();
  EXPECT_TRUE(seen_pausing);
  EXPECT_EQ(binding->state(), BindingState::kPaused);
}

TEST(BindingPauseTest, WrongStateSaysWhichIsAllowed) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  const absl::Status status = binding->Pause(Soon());
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(Reason(status), "INVALID_BINDING_STATE");
  EXPECT_EQ(Metadata(status, "state"), "PAUSED");
  EXPECT_EQ(Metadata(status, "event"), "NetEventPause");
  EXPECT_EQ(Metadata(status, "allowedStates"), "RUNNING");
}

// --- Restarting --------------------------------------------------------------

TEST(BindingRestartTest, GoesStraightToRunning) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  const auto attributes = binding->Restart(false, Soon());
  ASSERT_TRUE(attributes.ok());
  EXPECT_EQ(attributes->mtu, 1500);
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  EXPECT_EQ(binding->GetInfo().restart_attributes, *attributes);
  EXPECT_THAT(binding.client.restarts(), IsEmpty());
  EXPECT_EQ(binding.client.changes().back(),
            "RESTARTING > RUNNING, restart complete");
}

TEST(BindingRestartTest, HeldItWaitsForCompleteRestart) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kRestarting);
  EXPECT_EQ(binding->GetInfo().waiting_for,
            "the restart that the protocol holds");
  EXPECT_TRUE(binding->CompleteRestart(NdisStatus::kSuccess).ok());
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  EXPECT_EQ(stack.clock.NextTimer(), absl::InfiniteFuture());
}

TEST(BindingRestartTest, FailedItEndsPaused) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  EXPECT_TRUE(binding->CompleteRestart(NdisStatus::kResources).ok());
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding.client.changes().back(),
            "RESTARTING > PAUSED, restart failed");
  EXPECT_EQ(binding->GetInfo().counts.restart_failures, 1);
  EXPECT_EQ(binding->GetInfo().counts.restart_timeouts, 0);
}

TEST(BindingRestartTest, HeldTooLongItFails) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  stack.clock.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_EQ(binding->state(), BindingState::kRestarting);
  stack.clock.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding.client.changes().back(),
            "RESTARTING > PAUSED, restart timeout");
  EXPECT_EQ(binding->GetInfo().counts.restart_failures, 1);
  EXPECT_EQ(binding->GetInfo().counts.restart_timeouts, 1);
  const absl::Status late = binding->CompleteRestart(NdisStatus::kSuccess);
  EXPECT_EQ(Reason(late), "INVALID_BINDING_STATE");
}

TEST(BindingRestartTest, TimeoutOfAnEarlierRestartDoesNotHitALaterOne) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  stack.clock.Advance(absl::Seconds(9));
  ASSERT_TRUE(binding->CompleteRestart(NdisStatus::kFailure).ok());
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  stack.clock.Advance(absl::Seconds(9));
  EXPECT_EQ(binding->state(), BindingState::kRestarting);
}

TEST(BindingRestartTest, WrongStatesAreRefused) {
  TestStack stack;
  TestBinding binding(stack);
  EXPECT_EQ(Reason(binding->Restart(false, Soon()).status()),
            "INVALID_BINDING_STATE");
  const absl::Status status = binding->CompleteRestart(NdisStatus::kSuccess);
  EXPECT_EQ(Reason(status), "INVALID_BINDING_STATE");
  EXPECT_EQ(Metadata(status, "event"), "restart complete");
  EXPECT_EQ(binding->state(), BindingState::kRunning);
}

// --- Closing -----------------------------------------------------------------

TEST(BindingCloseTest, RunningIsPausedFirst) {
  TestStack stack;
  TestBinding binding(stack);
  EXPECT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kUnbound);
  const auto changes = binding.client.changes();
  ASSERT_EQ(changes.size(), 8);
  EXPECT_EQ(changes[4], "RUNNING > PAUSING, close");
  EXPECT_EQ(changes[5], "PAUSING > PAUSED, drained");
  EXPECT_EQ(changes[6], "PAUSED > CLOSING, close");
  EXPECT_EQ(changes[7], "CLOSING > UNBOUND, close");
  EXPECT_THAT(stack.adapter->GetInfo().bindings, IsEmpty());
}

TEST(BindingCloseTest, ClearsFilterAndMulticastList) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected);
  EXPECT_EQ(stack.nic.packet_filter(), kPacketTypeDirected);
  EXPECT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(stack.nic.packet_filter(), 0);
}

TEST(BindingCloseTest, PendingRestartIsFailedFirst) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  EXPECT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kUnbound);
}

TEST(BindingCloseTest, OutstandingSendsHoldItUpAndItCanBeCalledAgain) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  const absl::Status status = binding->Close(TooShort());
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_EQ(Reason(status), "CLOSE_TIMEOUT");
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 send"));
  stack.nic.CompleteAll();
  EXPECT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kUnbound);
}

TEST(BindingCloseTest, SecondCloserWaitsForTheFirst) {
  TestStack stack;
  TestBinding binding(stack);
  absl::Status second;
  std::thread closer;
  binding.client.on_state_changed = [&](Binding&, BindingState to) {
    // The first closer is at it, and waits for this callback.
    if (to == BindingState::kUnbound) {
      closer = std::thread([&] { second = binding->Close(Soon()); });
    }
  };
  EXPECT_EQ(binding->Close(Soon()).message(), "");
  closer.join();
  // It came while the first was at it, or too late.
  EXPECT_TRUE(second.ok() || Reason(second) == "INVALID_BINDING_STATE");
  int unbound = 0;
  for (const std::string& change : binding.client.changes()) {
    unbound += absl::StrContains(change, "> UNBOUND") ? 1 : 0;
  }
  EXPECT_EQ(unbound, 1);
}

TEST(BindingCloseTest, UnboundRefusesEverything) {
  TestStack stack;
  TestBinding binding(stack);
  ASSERT_TRUE(binding->Close(Soon()).ok());
  for (const absl::Status& status :
       {binding->Close(Soon()), binding->Pause(Soon()),
        binding->Restart(false, Soon()).status(),
        binding->CompleteRestart(NdisStatus::kSuccess)}) {
    EXPECT_EQ(Reason(status), "INVALID_BINDING_STATE");
    EXPECT_EQ(Metadata(status, "state"), "UNBOUND");
  }
}

TEST(BindingCloseTest, NameIsFreeAgain) {
  TestStack stack;
  { TestBinding binding(stack); }
  TestBinding again(stack);
}

// A NIC that keeps lists until the link is up.
class QueueingNic : public FakeNic {
 public:
  using FakeNic::FakeNic;
  LinkState link_state() const override { return Down(); }
};

TEST(BindingCloseTest, CancelsWhatWaitsForALinkThatIsDown) {
  TestStack stack(
      std::make_unique<QueueingNic>(TestStack::WithAddress(NicOptions())));
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_EQ(stack.nic.held(), 1);
  EXPECT_TRUE(binding->Close(Soon()).ok());
  EXPECT_EQ(binding.client.StatusOf(&a.nbl), NdisStatus::kSendAborted);
}

// --- Telling -----------------------------------------------------------------

TEST(BindingInfoTest, CountsTransitions) {
  TestStack stack;
  TestBinding binding(stack);
  ASSERT_TRUE(binding->Pause(Soon()).ok());
  ASSERT_TRUE(binding->Restart(false, Soon()).ok());
  const auto at = [](const auto& matrix, BindingState from, BindingState to) {
    return matrix[static_cast<int>(from)][static_cast<int>(to)];
  };
  for (const auto& matrix : {binding->GetInfo().counts.transitions,
                             stack.adapter->GetInfo().transitions}) {
    EXPECT_EQ(at(matrix, BindingState::kRestarting, BindingState::kRunning), 2);
    EXPECT_EQ(at(matrix, BindingState::kRunning, BindingState::kPausing), 1);
    EXPECT_EQ(at(matrix, BindingState::kPausing, BindingState::kPaused), 1);
    EXPECT_EQ(at(matrix, BindingState::kRunning, BindingState::kClosing), 0);
  }
}

TEST(BindingLinkTest, EveryBindingHearsOfTheLink) {
  TestStack stack;
  TestBinding paused(stack, /*run=*/false, "one");
  TestBinding running(stack, /*run=*/true, "two");
  stack.adapter->SetLinkState(Down());
  for (TestBinding* binding : {&paused, &running}) {
    ASSERT_EQ(binding->client.link_states().size(), 1);
    EXPECT_EQ(binding->client.link_states()[0].connect_state,
              MediaConnectState::kDisconnected);
  }
  EXPECT_EQ(stack.adapter->GetInfo().link_state.connect_state,
            MediaConnectState::kDisconnected);
}

TEST(BindingCallbackTest, CallbacksMayUseTheBinding) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  // Completes the restart from inside the callback that tells of it.
  binding.client.on_state_changed = [&](Binding& b, BindingState to) {
    if (to == BindingState::kRestarting) {
      EXPECT_TRUE(b.CompleteRestart(NdisStatus::kSuccess).ok());
    }
  };
  ASSERT_TRUE(binding->Restart(true, Soon()).ok());
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  EXPECT_EQ(binding.client.changes().back(),
            "RESTARTING > RUNNING, restart complete");
}

}  // namespace
}  // namespace netbuf
