// Attaching and detaching filters on a running stack (ndis-semantics 8, 10).

#include <string>
#include <thread>
#include <vector>

#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Names(TestStack& stack) {
  std::vector<std::string> names;
  for (const FilterInfo& filter : stack.adapter->GetFilters()) {
    names.push_back(filter.name);
  }
  return names;
}

absl::Status Attach(TestStack& stack, const std::string& name,
                    const FilterSpec& spec = VlanFilterOptions{.vlan_id = 1},
                    uint32_t position = 0, absl::Time deadline = Soon()) {
  return stack.adapter->AttachFilter(name, spec, position, deadline);
}

TEST(StackChangeTest, RunningBindingLearnsTheNewNeedsAndGoesOn) {
  TestStack stack;
  TestBinding binding(stack);
  EXPECT_TRUE(Attach(stack, "x", VxlanFilterOptions{}).ok());
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  ASSERT_THAT(binding.client.restarts(), SizeIs(1));
  const RestartAttributes attributes = binding.client.restarts()[0];
  EXPECT_EQ(attributes.requirements, (StackRequirements{50, 16}));
  EXPECT_EQ(attributes.mtu, 1450);
  EXPECT_THAT(attributes.filter_module_names, ElementsAre("x"));
  const auto changes = binding.client.changes();
  const std::vector<std::string> last(changes.end() - 4, changes.end());
  EXPECT_THAT(last, ElementsAre("RUNNING > PAUSING, filter attach",
                                "PAUSING > PAUSED, drained",
                                "PAUSED > RESTARTING, stack restart",
                                "RESTARTING > RUNNING, restart complete"));
  EXPECT_EQ(stack.nic.pauses(), 1);
  EXPECT_EQ(stack.nic.restarts(), 2);
  EXPECT_TRUE(stack.nic.running());
  EXPECT_EQ(stack.adapter->GetInfo().stack_changes, 1);
}

TEST(StackChangeTest, NeedsAddUpOverMiniportAndFilters) {
  TestStack stack({.data_back_fill_size = 2, .context_back_fill_size = 64});
  EXPECT_EQ(stack.adapter->requirements(), (StackRequirements{2, 64}));
  ASSERT_TRUE(Attach(stack, "v").ok());
  ASSERT_TRUE(Attach(stack, "x", VxlanFilterOptions{}).ok());
  ASSERT_TRUE(Attach(stack, "o", ObserverFilterOptions{}).ok());
  EXPECT_EQ(stack.adapter->requirements(), (StackRequirements{56, 96}));
  ASSERT_TRUE(stack.adapter->DetachFilter("x", Soon()).ok());
  EXPECT_EQ(stack.adapter->requirements(), (StackRequirements{6, 80}));
  const AdapterInfo info = stack.adapter->GetInfo();
  EXPECT_EQ(info.mtu, 1496);
  EXPECT_EQ(info.maximum_total_size, 1510);
  EXPECT_EQ(info.stack_changes, 4);
}

TEST(StackChangeTest, PositionCountsTheFiltersAbove) {
  TestStack stack;
  ASSERT_TRUE(Attach(stack, "a").ok());
  ASSERT_TRUE(Attach(stack, "b", ObserverFilterOptions{}, 0).ok());
  ASSERT_TRUE(Attach(stack, "c", ObserverFilterOptions{}, 1).ok());
  ASSERT_TRUE(Attach(stack, "d", ObserverFilterOptions{}, 99).ok());
  EXPECT_THAT(Names(stack), ElementsAre("b", "c", "a", "d"));
}

TEST(StackChangeTest, UpperFilterWrapsFirst) {
  TestStack stack;
  ASSERT_TRUE(Attach(stack, "low", VlanFilterOptions{.vlan_id = 2}).ok());
  ASSERT_TRUE(Attach(stack, "top", VlanFilterOptions{.vlan_id = 1}).ok());
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  const std::string wire = stack.nic.sent_frames()[0];
  EXPECT_EQ(Hex(wire.substr(12, 10)), "81 00 00 02 81 00 00 01 88 b5");
  stack.nic.CompleteAll();
  EXPECT_EQ(a.Changes(), "");
}

TEST(StackChangeTest, OptionsThatStandForOthersAreFilledIn) {
  TestStack stack;
  ASSERT_TRUE(Attach(stack, "x", VxlanFilterOptions{.ttl = 0}).ok());
  const auto options =
      std::get<VxlanFilterOptions>(stack.adapter->GetFilters()[0].spec);
  EXPECT_EQ(options.local_mac, kOwnAddress);
  EXPECT_EQ(options.remote_mac, (MacAddress{2, 0, 0, 0, 0, 0xFE}));
  EXPECT_EQ(options.local_ip, (Ipv4Address{192, 0, 2, 1}));
  EXPECT_EQ(options.remote_ip, (Ipv4Address{192, 0, 2, 2}));
  EXPECT_EQ(options.destination_port, 4789);
  EXPECT_EQ(options.ttl, 64);
}

TEST(StackChangeTest, BadRequestsChangeNothing) {
  TestStack stack;
  TestBinding binding(stack);
  ASSERT_TRUE(Attach(stack, "a").ok());
  EXPECT_EQ(Reason(Attach(stack, "a")), "FILTER_EXISTS");
  EXPECT_EQ(Reason(Attach(stack, "b", VlanFilterOptions{.vlan_id = 4095})),
            "INVALID_FILTER_OPTION");
  EXPECT_EQ(Reason(stack.adapter->DetachFilter("b", Soon())),
            "FILTER_NOT_FOUND");
  EXPECT_THAT(Names(stack), ElementsAre("a"));
  EXPECT_THAT(binding.client.restarts(), SizeIs(1));
}

TEST(StackChangeTest, StackThatLeavesNoMtuIsRefused) {
  TestStack stack({.mtu = 120});
  ASSERT_TRUE(Attach(stack, "x", VxlanFilterOptions{}).ok());
  const absl::Status status = Attach(stack, "v");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(Reason(status), "STACK_TOO_DEEP");
  EXPECT_EQ(Metadata(status, "headerBytes"), "54");
  EXPECT_EQ(stack.adapter->GetInfo().mtu, 70);
}

TEST(StackChangeTest, BackFillThatNoUshortHoldsIsRefused) {
  TestStack stack({.data_back_fill_size = 65535});
  EXPECT_EQ(Reason(Attach(stack, "v")), "STACK_TOO_DEEP");
}

// --- Bindings that are not Running -------------------------------------------

TEST(StackChangeTest, BindingPausedByItsClientStaysPausedAndLearnsLater) {
  TestStack stack;
  TestBinding binding(stack);
  ASSERT_TRUE(binding->Pause(Soon()).ok());
  ASSERT_TRUE(Attach(stack, "v").ok());
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_THAT(binding.client.restarts(), IsEmpty());
  const auto attributes = binding->Restart(false, Soon());
  ASSERT_TRUE(attributes.ok());
  EXPECT_EQ(attributes->requirements, (StackRequirements{4, 16}));
  EXPECT_EQ(attributes->stack_generation, 2);
}

TEST(StackChangeTest, PendingRestartStaysInRestartingUntilCompleted) {
  TestStack stack;
  TestBinding binding(stack);
  binding.client.restart_status = NdisStatus::kPending;
  ASSERT_TRUE(Attach(stack, "v").ok());
  EXPECT_EQ(binding->state(), BindingState::kRestarting);
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_EQ(binding.client.StatusOf(&a.nbl), NdisStatus::kPaused);
  ASSERT_TRUE(binding->CompleteRestart(NdisStatus::kSuccess).ok());
  EXPECT_EQ(binding->state(), BindingState::kRunning);
}

TEST(StackChangeTest, RestartMayBeCompletedBeforeTheCallbackReturns) {
  TestStack stack;
  TestBinding binding(stack);
  binding.client.restart_status = NdisStatus::kPending;
  binding.client.on_restart = [](Binding& b) {
    EXPECT_TRUE(b.CompleteRestart(NdisStatus::kSuccess).ok());
  };
  ASSERT_TRUE(Attach(stack, "v").ok());
  EXPECT_EQ(binding->state(), BindingState::kRunning);
}

TEST(StackChangeTest, RefusedRestartEndsPaused) {
  TestStack stack;
  TestBinding binding(stack);
  binding.client.restart_status = NdisStatus::kResources;
  ASSERT_TRUE(Attach(stack, "v").ok());
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding->GetInfo().counts.restart_failures, 1);
}

TEST(StackChangeTest, PendingRestartTimesOut) {
  TestStack stack;
  TestBinding binding(stack);
  binding.client.restart_status = NdisStatus::kPending;
  ASSERT_TRUE(Attach(stack, "v").ok());
  stack.clock.Advance(absl::Seconds(10));
  EXPECT_EQ(binding->state(), BindingState::kPaused);
  EXPECT_EQ(binding->GetInfo().counts.restart_timeouts, 1);
}

TEST(StackChangeTest, WaitsForARestartThatIsPending) {
  TestStack stack;
  TestBinding binding(stack, /*run=*/false);
  ASSERT_TRUE(binding->Restart(/*hold=*/true, Soon()).ok());
  const absl::Status status =
      Attach(stack, "v", ObserverFilterOptions{}, 0, TooShort());
  EXPECT_EQ(Reason(status), "STACK_PAUSE_TIMEOUT");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the restart that the protocol holds"));
  std::thread attacher([&] { EXPECT_TRUE(Attach(stack, "v").ok()); });
  EXPECT_TRUE(binding->CompleteRestart(NdisStatus::kSuccess).ok());
  attacher.join();
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  EXPECT_THAT(Names(stack), ElementsAre("v"));
}

// --- When the pause takes too long -------------------------------------------

TEST(StackChangeTest, IsUndoneAndSaysWhatItWaitedFor) {
  TestStack stack;
  TestBinding idle(stack, true, "idle");
  TestBinding busy(stack, true, "busy");
  TestList a({Frame(60)});
  busy.Send({&a});
  const absl::Status status = Attach(stack, "v", VlanFilterOptions{}, 0,
                                     TooShort());
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_EQ(Reason(status), "STACK_PAUSE_TIMEOUT");
  EXPECT_THAT(std::string(status.message()), HasSubstr("busy (1 send)"));
  EXPECT_EQ(Metadata(status, "bindings"), "busy");
  EXPECT_THAT(Names(stack), IsEmpty());
  EXPECT_EQ(stack.nic.pauses(), 0);
  EXPECT_EQ(idle->state(), BindingState::kRunning);
  EXPECT_EQ(busy->state(), BindingState::kPausing);
  EXPECT_EQ(stack.adapter->GetInfo().stack_changes_undone, 1);

  stack.nic.CompleteAll();
  EXPECT_EQ(busy->state(), BindingState::kRunning) << "restarts by itself";
  EXPECT_EQ(busy.client.restarts().back().requirements, StackRequirements());
}

TEST(StackChangeTest, NextChangeTakesOverABindingThatStillDrains) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_FALSE(
      Attach(stack, "v", VlanFilterOptions{}, 0, TooShort()).ok());
  std::thread attacher([&] { EXPECT_TRUE(Attach(stack, "w").ok()); });
  // Whether this comes before or during the change, the outcome is the same.
  stack.nic.CompleteAll();
  attacher.join();
  EXPECT_EQ(binding->state(), BindingState::kRunning);
  EXPECT_THAT(Names(stack), ElementsAre("w"));
}

TEST(StackChangeTest, ClientThatPausesMeanwhileStaysPaused) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  EXPECT_FALSE(Attach(stack, "v", VlanFilterOptions{}, 0, TooShort()).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(binding->Pause(TooShort())));
  stack.nic.CompleteAll();
  EXPECT_EQ(binding->state(), BindingState::kPaused);
}

TEST(StackChangeTest, SecondChangeWaitsItsTurnUntilItsDeadline) {
  TestStack stack;
  TestBinding binding(stack);
  TestList a({Frame(60)});
  binding.Send({&a});
  std::thread attacher([&] { EXPECT_TRUE(Attach(stack, "slow").ok()); });
  while (binding->state() != BindingState::kPausing) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Reason(Attach(stack, "late", ObserverFilterOptions{}, 0,
                          TooShort())),
            "STACK_CHANGING");
  FakeBindingClient client;
  EXPECT_EQ(Reason(stack.adapter->OpenBinding({.name = "b"}, &client,
                                              TooShort())
                       .status()),
            "STACK_CHANGING");
  stack.nic.CompleteAll();
  attacher.join();
  EXPECT_THAT(Names(stack), ElementsAre("slow"));
}

TEST(StackChangeTest, HeldReceivesHoldItUp) {
  TestStack stack;
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected);
  binding.client.hold_receives = true;
  stack.nic.Receive({Frame(60, 0, kOwnAddress)});
  const absl::Status status =
      Attach(stack, "v", VlanFilterOptions{}, 0, TooShort());
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 receive"));
  binding.client.ReturnAll(*binding);
  EXPECT_EQ(binding->state(), BindingState::kRunning);
}

// --- Deleting the adapter ----------------------------------------------------

TEST(AdapterTest, DeleteIsRefusedWhileABindingIsOpen) {
  TestStack stack;
  {
    TestBinding binding(stack, true, "protocols/p/bindings/b");
    const absl::Status status = stack.adapter->Delete();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_EQ(Reason(status), "ADAPTER_IN_USE");
    EXPECT_EQ(Metadata(status, "bindings"), "protocols/p/bindings/b");
    EXPECT_EQ(binding->state(), BindingState::kRunning);
  }
  EXPECT_TRUE(stack.adapter->Delete().ok());
  EXPECT_TRUE(stack.nic.halted());
  EXPECT_TRUE(stack.adapter->Delete().ok()) << "a second one is fine";
}

TEST(AdapterTest, DeleteTellsWhatTheNicCouldNotWrite) {
  auto adapter = [] {
    auto nic = std::make_unique<FakeNic>();
    nic->halt_status = absl::DataLossError("disk full");
    static VirtualClock clock;
    return *Adapter::Create({.name = "adapters/a", .clock = &clock},
                            std::move(nic));
  }();
  EXPECT_EQ(adapter->Delete().message(), "disk full");
}

TEST(AdapterTest, CreateFailsAsTheNicDoes) {
  VirtualClock clock;
  auto nic = std::make_unique<FakeNic>();
  nic->initialize_status = absl::NotFoundError("no such capture");
  const auto adapter =
      Adapter::Create({.name = "a", .clock = &clock}, std::move(nic));
  EXPECT_EQ(adapter.status().message(), "no such capture");
}

TEST(AdapterTest, DeletedAdapterRefusesWhatWouldChangeIt) {
  TestStack stack;
  ASSERT_TRUE(stack.adapter->Delete().ok());
  EXPECT_EQ(Reason(Attach(stack, "v")), "ADAPTER_DELETED");
  FakeBindingClient client;
  EXPECT_EQ(Reason(stack.adapter->OpenBinding({.name = "b"}, &client, Soon())
                       .status()),
            "ADAPTER_DELETED");
  stack.adapter->SetLinkState({});
  EXPECT_EQ(stack.adapter->GetInfo().state, ModuleState::kPaused);
}

}  // namespace
}  // namespace netbuf
