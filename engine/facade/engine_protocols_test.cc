// Registration, leases, teardown.

#include <chrono>
#include <thread>

#include "engine/facade/engine_test_fixture.h"

namespace netbuf {
namespace {

class EngineProtocolsTest : public EngineTest {
 protected:
  // The reaper is a thread of its own: gives it real time, bounded.
  bool GoneSoon(absl::string_view protocol) {
    for (int i = 0; i < 2000; ++i) {
      const EngineSnapshot snapshot = engine_->Snapshot();
      bool found = false;
      for (const auto& p : snapshot.protocols) found |= p.name == protocol;
      if (!found) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
};

TEST_F(EngineProtocolsTest, AProtocolIsThereUntilItIsDeregistered) {
  Register();
  EXPECT_EQ(engine_->ListProtocols().size(), 1);
  EXPECT_EQ(engine_->GetProtocol(kProtocol)->lease_expire_time,
            clock_.Now() + absl::Seconds(60));
  ASSERT_TRUE(engine_->DeregisterProtocol(kProtocol).ok());
  EXPECT_EQ(ReasonOf(engine_->GetProtocol(kProtocol).status()),
            "PROTOCOL_NOT_FOUND");
  EXPECT_EQ(ReasonOf(engine_->DeregisterProtocol(kProtocol).status()),
            "PROTOCOL_NOT_FOUND");
  Register();  // The id is free again.
}

TEST_F(EngineProtocolsTest, ASecondRegistrationOfAnIdIsRefused) {
  Register();
  EXPECT_EQ(engine_->RegisterProtocol("p1", absl::Seconds(60)).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(EngineProtocolsTest, LeasesOutsideOfOneSecondToADayAreRefused) {
  for (absl::Duration lease :
       {absl::ZeroDuration(), -absl::Seconds(1), absl::Milliseconds(999),
        absl::Hours(24) + absl::Nanoseconds(1), -absl::InfiniteDuration()}) {
    EXPECT_EQ(ReasonOf(engine_->RegisterProtocol("p1", lease).status()),
              "INVALID_LEASE_DURATION");
  }
  EXPECT_TRUE(engine_->RegisterProtocol("p1", absl::Seconds(1)).ok());
  EXPECT_TRUE(engine_->RegisterProtocol("p2", absl::Hours(24)).ok());
}

TEST_F(EngineProtocolsTest, AProtocolWithoutALeaseIsThereUntilDeregistered) {
  const auto protocol =
      engine_->RegisterProtocol("p1", absl::InfiniteDuration());
  ASSERT_TRUE(protocol.ok());
  EXPECT_EQ(protocol->lease_expire_time, absl::InfiniteFuture());
  clock_.Advance(absl::Hours(24 * 365));
  const auto renewed = engine_->KeepAliveProtocol(kProtocol);
  ASSERT_TRUE(renewed.ok());
  EXPECT_EQ(renewed->lease_expire_time, absl::InfiniteFuture());
  EXPECT_TRUE(engine_->DeregisterProtocol(kProtocol).ok());
  EXPECT_EQ(engine_->Snapshot().lease_expiries, 0);
}

TEST_F(EngineProtocolsTest, AnExpiredLeaseTakesEverythingBackAndCountsLeaks) {
  BringUp();
  const auto lists = engine_->AllocateNetBufferLists(kPool, 3, 0, 0);
  ASSERT_TRUE(lists.ok());
  clock_.Advance(absl::Seconds(61));
  ASSERT_TRUE(GoneSoon(kProtocol));
  const EngineSnapshot snapshot = engine_->Snapshot();
  EXPECT_EQ(snapshot.lease_expiries, 1);
  EXPECT_EQ(snapshot.leaked_net_buffer_lists, 3);
  EXPECT_TRUE(snapshot.bindings.empty());
  EXPECT_TRUE(snapshot.net_buffer_list_pools.empty());
  EXPECT_EQ(snapshot.memory_used_bytes, 0);
  EXPECT_EQ(snapshot.adapters[0].bindings.size(), 0);
}

TEST_F(EngineProtocolsTest, EveryCallThatNamesTheProtocolRenewsItsLease) {
  BringUp();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Seconds(50));
    ASSERT_TRUE(engine_->GetBinding(kBinding).ok()) << i;
  }
  clock_.Advance(absl::Seconds(50));
  ASSERT_TRUE(engine_->KeepAliveProtocol(kProtocol).ok());
  clock_.Advance(absl::Seconds(59));
  // Looking does not renew.
  EXPECT_TRUE(engine_->GetProtocol(kProtocol).ok());
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(GoneSoon(kProtocol));
}

TEST_F(EngineProtocolsTest, DeregisteringReportsWhatWasLeft) {
  BringUp();
  NetBufferPoolParameters parameters;
  ASSERT_TRUE(
      engine_->CreateNetBufferPool(kProtocol, "n1", parameters, 0).ok());
  const auto lists = engine_->AllocateNetBufferLists(kPool, 2, 0, 0);
  ASSERT_TRUE(lists.ok());
  // Attached to a list, with memory and a retreat's MDL under it.
  const auto buffers = engine_->AllocateNetBuffers(
      "protocols/p1/netBufferPools/n1", 4, {{100, 200}, 10, 50}, (*lists)[0]);
  ASSERT_TRUE(buffers.ok()) << buffers.status();
  ASSERT_TRUE(engine_
                  ->RetreatDataStart(
                      kProtocol, {NetBufferReference{(*buffers)[0]}, 0}, 64, 0)
                  .ok());
  ASSERT_TRUE(
      engine_->AllocateContext(kProtocol, (*lists)[1], 4096, 0, 0).ok());
  const auto report = engine_->DeregisterProtocol(kProtocol);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->leaked_net_buffer_lists, 2);
  EXPECT_EQ(report->leaked_net_buffers, 4);
  EXPECT_EQ(report->closed_bindings,
            std::vector<std::string>{std::string(kBinding)});
  EXPECT_EQ(report->reclaimed_pools.size(), 2);
  EXPECT_EQ(engine_->Snapshot().memory_used_bytes, 0);
}

TEST_F(EngineProtocolsTest, AProtocolThatFreedEverythingLeavesZeros) {
  BringUp();
  const auto lists = engine_->AllocateNetBufferLists(kPool, 5, 0, 0);
  ASSERT_TRUE(lists.ok());
  ASSERT_TRUE(engine_->FreeNetBufferLists(kProtocol, *lists).ok());
  ASSERT_TRUE(engine_->DeleteNetBufferListPool(kPool).ok());
  ASSERT_TRUE(engine_->CloseBinding(kBinding, absl::Seconds(5)).ok());
  const auto report = engine_->DeregisterProtocol(kProtocol);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->leaked_net_buffer_lists, 0);
  EXPECT_EQ(report->leaked_net_buffers, 0);
  EXPECT_TRUE(report->reclaimed_pools.empty());
  EXPECT_TRUE(report->closed_bindings.empty());
}

TEST_F(EngineProtocolsTest, ASendHeldByADeadLinkDoesNotHoldUpDeregistration) {
  SimulatedNicOptions nic;
  nic.common.link_down_policy = LinkDownPolicy::kQueue;
  nic.common.initially_disconnected = true;
  BringUp(nic);
  const auto statuses = Send({Frame(60), Frame(60)});
  ASSERT_TRUE(statuses.ok());
  EXPECT_FALSE(statuses->has_value());  // Held.
  const auto report = engine_->DeregisterProtocol(kProtocol);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->leaked_net_buffer_lists, 0);
}

TEST_F(EngineProtocolsTest, ShutdownTakesEverythingDown) {
  BringUp();
  ASSERT_TRUE(engine_->AllocateNetBufferLists(kPool, 3, 0, 0).ok());
  const auto report = engine_->Shutdown(absl::Seconds(10));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->leaked_net_buffer_lists, 3);
  EXPECT_TRUE(engine_->ListAdapters().empty());
  EXPECT_FALSE(engine_->RegisterProtocol("p9", absl::Seconds(60)).ok());
  EXPECT_FALSE(engine_->CreateAdapter("a9", SimulatedNicOptions{}).ok());
}

}  // namespace
}  // namespace netbuf
