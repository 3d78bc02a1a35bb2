// Bindings over the facade: their life, their watchers, restarts the protocol
// completes itself, OIDs.

#include <algorithm>
#include <numeric>

#include "engine/facade/engine_test_fixture.h"
#include "engine/ndis/oid.h"

namespace netbuf {
namespace {

class EngineBindingsTest : public EngineTest {
 protected:
  static constexpr absl::Duration kLong = absl::Seconds(10);

  uint32_t Number(Oid oid) {
    const auto result =
        engine_->QueryOid(kBinding, static_cast<uint32_t>(oid), std::nullopt);
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok() || result->bytes_written != 4) return 0;
    uint32_t value = 0;
    std::copy_n(result->information_buffer.begin(), 4,
                reinterpret_cast<uint8_t*>(&value));
    return value;
  }
};

TEST_F(EngineBindingsTest, ABindingGoesThroughItsLife) {
  CreateAdapter();
  Register();
  OpenBinding();
  EXPECT_EQ(State(), BindingState::kPaused);
  EXPECT_EQ(engine_->GetBinding(kBinding)->bind_parameters.mtu, 1500);
  ASSERT_TRUE(engine_->RestartBinding(kBinding, false).ok());
  EXPECT_EQ(State(), BindingState::kRunning);
  EXPECT_EQ(ReasonOf(engine_->RestartBinding(kBinding, false).status()),
            "INVALID_BINDING_STATE");
  ASSERT_TRUE(engine_->PauseBinding(kBinding, kLong).ok());
  EXPECT_EQ(State(), BindingState::kPaused);
  ASSERT_TRUE(engine_->CloseBinding(kBinding, kLong).ok());
  EXPECT_EQ(ReasonOf(engine_->GetBinding(kBinding).status()),
            "BINDING_NOT_FOUND");
  OpenBinding();  // The id is free again.
}

TEST_F(EngineBindingsTest, OpeningNeedsAnAdapterAProtocolAndAFreeId) {
  CreateAdapter();
  Register();
  OpenBinding();
  EXPECT_EQ(ReasonOf(engine_
                         ->OpenBinding(kProtocol, "b1", kAdapter,
                                       RestartPolicy::kAutomatic)
                         .status()),
            "BINDING_ALREADY_EXISTS");
  EXPECT_EQ(ReasonOf(engine_
                         ->OpenBinding(kProtocol, "b2", "adapters/none",
                                       RestartPolicy::kAutomatic)
                         .status()),
            "ADAPTER_NOT_FOUND");
  EXPECT_EQ(ReasonOf(engine_
                         ->OpenBinding("protocols/none", "b2", kAdapter,
                                       RestartPolicy::kAutomatic)
                         .status()),
            "PROTOCOL_NOT_FOUND");
}

TEST_F(EngineBindingsTest, AnAdapterWithABindingIsNotDeleted) {
  BringUp();
  const absl::Status status = engine_->DeleteAdapter(kAdapter);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "ADAPTER_IN_USE");
  ASSERT_TRUE(engine_->CloseBinding(kBinding, kLong).ok());
  EXPECT_TRUE(engine_->DeleteAdapter(kAdapter).ok());
}

TEST_F(EngineBindingsTest, APauseThatOutlivesItsTimeoutSaysWhatItWaitsFor) {
  SimulatedNicOptions nic;
  nic.common.link_speed_bps = 1'000'000;
  BringUp(nic);
  ASSERT_TRUE(Send({Frame(1000), Frame(1000)}).ok());
  const auto paused = engine_->PauseBinding(kBinding, absl::Milliseconds(20));
  ASSERT_TRUE(paused.ok()) << paused.status();
  EXPECT_EQ(paused->state, BindingState::kPausing);
  EXPECT_NE(paused->waiting_for.find("2 sends"), std::string::npos)
      << paused->waiting_for;
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(State(), BindingState::kPaused);
}

TEST_F(EngineBindingsTest, APauseIsTimedFromItsBeginToItsLastCompletion) {
  SimulatedNicOptions nic;
  nic.common.link_speed_bps = 1'000'000;
  BringUp(nic);
  ASSERT_TRUE(Send({Frame(1514)}).ok());  // 12 ms on the wire.
  EXPECT_EQ(engine_->PauseBinding(kBinding, absl::ZeroDuration())->state,
            BindingState::kPausing);
  EXPECT_EQ(engine_->Snapshot().pause_times.sum, absl::ZeroDuration());
  clock_.Advance(absl::Seconds(1));
  const LatencyCounts times = engine_->Snapshot().pause_times;
  EXPECT_EQ(
      std::accumulate(times.buckets.begin(), times.buckets.end(), uint64_t{0}),
      1);
  EXPECT_GT(times.sum, absl::Milliseconds(12));
  EXPECT_LT(times.sum, absl::Milliseconds(13));
  // What its adapter counted is not forgotten with the adapter.
  ASSERT_TRUE(engine_->DeregisterProtocol(kProtocol).ok());
  ASSERT_TRUE(engine_->DeleteAdapter(kAdapter).ok());
  EXPECT_EQ(engine_->Snapshot().pause_times.sum, times.sum);
}

TEST_F(EngineBindingsTest, AHeldRestartIsCompletedByTheProtocol) {
  BringUp();
  ASSERT_TRUE(engine_->PauseBinding(kBinding, kLong).ok());
  ASSERT_TRUE(engine_->RestartBinding(kBinding, true).ok());
  EXPECT_EQ(State(), BindingState::kRestarting);
  // Where pools can be made anew.
  EXPECT_TRUE(engine_->DeleteNetBufferListPool(kPool).ok());
  CreatePool(4096);
  ASSERT_TRUE(
      engine_->CompleteRestartBinding(kBinding, NdisStatus::kSuccess).ok());
  EXPECT_EQ(State(), BindingState::kRunning);
  EXPECT_EQ(
      ReasonOf(engine_->CompleteRestartBinding(kBinding, NdisStatus::kSuccess)
                   .status()),
      "INVALID_BINDING_STATE");
}

TEST_F(EngineBindingsTest, AManualBindingStaysInRestartingAfterAStackChange) {
  BringUp(SimulatedNicOptions{}, RestartPolicy::kManual);
  ASSERT_TRUE(
      engine_->AttachFilter(kAdapter, "vxlan", VxlanFilterOptions{}, 0, kLong)
          .ok());
  EXPECT_EQ(State(), BindingState::kRestarting);
  const auto binding = engine_->GetBinding(kBinding);
  EXPECT_EQ(binding->restart_attributes->requirements.data_back_fill_size, 50);
  EXPECT_EQ(binding->restart_attributes->mtu, 1450);
  ASSERT_TRUE(
      engine_->CompleteRestartBinding(kBinding, NdisStatus::kFailure).ok());
  EXPECT_EQ(State(), BindingState::kPaused);
}

TEST_F(EngineBindingsTest, AManualRestartThatIsNeverCompletedFailsInTime) {
  BringUp(SimulatedNicOptions{}, RestartPolicy::kManual);
  ASSERT_TRUE(
      engine_->AttachFilter(kAdapter, "vlan", VlanFilterOptions{}, 0, kLong)
          .ok());
  clock_.Advance(absl::Seconds(11));
  EXPECT_EQ(State(), BindingState::kPaused);
}

TEST_F(EngineBindingsTest, WatchersSeeEveryStateAndTheNewRequirements) {
  BringUp();
  std::vector<std::string> seen;
  auto subscription =
      engine_->WatchBinding(kBinding, [&seen](const BindingEvent& event) {
        if (const auto* change =
                std::get_if<BindingEvent::StateChange>(&event.event)) {
          seen.push_back(absl::StrCat(BindingStateName(change->from), ">",
                                      BindingStateName(change->to)));
        } else if (const auto* restart =
                       std::get_if<RestartAttributes>(&event.event)) {
          seen.push_back(absl::StrCat(
              "needs ", restart->requirements.data_back_fill_size));
        } else {
          seen.push_back("link");
        }
      });
  ASSERT_TRUE(subscription.ok());
  ASSERT_TRUE(
      engine_->AttachFilter(kAdapter, "vlan", VlanFilterOptions{}, 0, kLong)
          .ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"RUNNING>PAUSING", "PAUSING>PAUSED",
                                            "PAUSED>RESTARTING", "needs 4",
                                            "RESTARTING>RUNNING"}));
  seen.clear();
  LinkState down;
  down.connect_state = MediaConnectState::kDisconnected;
  ASSERT_TRUE(engine_->SetLinkState(kAdapter, down).ok());
  EXPECT_EQ(seen, std::vector<std::string>{"link"});
  seen.clear();
  ASSERT_TRUE(engine_->CloseBinding(kBinding, kLong).ok());
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back(), "CLOSING>UNBOUND");
  subscription->reset();
}

TEST_F(EngineBindingsTest, AnEndedSubscriptionHearsNothing) {
  BringUp();
  int events = 0;
  auto subscription =
      engine_->WatchBinding(kBinding, [&](const BindingEvent&) { ++events; });
  subscription->reset();
  ASSERT_TRUE(engine_->PauseBinding(kBinding, kLong).ok());
  EXPECT_EQ(events, 0);
}

// --- OIDs --------------------------------------------------------------------

TEST_F(EngineBindingsTest, TheStacksRequirementsAreAnOid) {
  BringUp();
  ASSERT_TRUE(
      engine_->AttachFilter(kAdapter, "vxlan", VxlanFilterOptions{}, 0, kLong)
          .ok());
  const auto result = engine_->QueryOid(
      kBinding, static_cast<uint32_t>(Oid::kNetbufStackRequirements),
      std::nullopt);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->information_buffer.size(), 8);
  EXPECT_EQ(result->information_buffer[0], 50);
  EXPECT_EQ(Number(Oid::kGenMaximumFrameSize), 1450);
  EXPECT_EQ(Number(Oid::kGenMaximumTotalSize), 1464);
}

TEST_F(EngineBindingsTest, AShortBufferIsAnErrorThatSaysTheLength) {
  BringUp();
  const absl::Status status =
      engine_->QueryOid(kBinding, static_cast<uint32_t>(Oid::kGenLinkState), 39)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "BUFFER_TOO_SHORT");
  EXPECT_EQ(info->metadata.at("bytesNeeded"), "40");
  EXPECT_EQ(info->ndis_status, NdisStatus::kBufferTooShort);
}

TEST_F(EngineBindingsTest, UnknownOidsAndForbiddenUsesAreToldApart) {
  BringUp();
  EXPECT_EQ(
      engine_->QueryOid(kBinding, 0x0001FFFF, std::nullopt).status().code(),
      absl::StatusCode::kNotFound);
  EXPECT_EQ(
      engine_
          ->QueryOid(kBinding,
                     static_cast<uint32_t>(Oid::kGenMiniportRestartAttributes),
                     std::nullopt)
          .status()
          .code(),
      absl::StatusCode::kUnimplemented);
  const uint8_t value[4] = {};
  EXPECT_EQ(
      engine_
          ->SetOid(kBinding, static_cast<uint32_t>(Oid::kGenMaximumFrameSize),
                   value)
          .status()
          .code(),
      absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReasonOf(engine_
                         ->QueryOid(kBinding,
                                    static_cast<uint32_t>(Oid::kGenLinkState),
                                    1 << 20)
                         .status()),
            "INVALID_BUFFER_LENGTH");
}

TEST_F(EngineBindingsTest, OidRequestsAreCountedByKindAndStatus) {
  BringUp();
  Number(Oid::kGenMaximumFrameSize);
  engine_->QueryOid(kBinding, 0x0001FFFF, std::nullopt).status().IgnoreError();
  uint64_t succeeded = 0;
  uint64_t unknown = 0;
  auto count = [&] {
    succeeded = unknown = 0;
    for (const OidCount& oid : engine_->Snapshot().oid_requests) {
      if (oid.status == NdisStatus::kSuccess) succeeded += oid.requests;
      if (oid.status == NdisStatus::kInvalidOid) unknown += oid.requests;
    }
  };
  count();
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(unknown, 1);
  // Sums do not fall when the adapter goes.
  ASSERT_TRUE(engine_->CloseBinding(kBinding, kLong).ok());
  ASSERT_TRUE(engine_->DeleteAdapter(kAdapter).ok());
  const uint64_t before = succeeded;
  count();
  EXPECT_GE(succeeded, before);
  EXPECT_EQ(unknown, 1);
}

}  // namespace
}  // namespace netbuf
