#include "engine/nic/miniport.h"

#include <functional>
#include <string>
#include <vector>

#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

constexpr LinkState kDown = {MediaConnectState::kDisconnected,
                             MediaDuplexState::kFull, 0, 0};
constexpr LinkState kUp = {MediaConnectState::kConnected,
                           MediaDuplexState::kFull, 0, 0};

class MiniportTest : public ::testing::Test {
 protected:
  static Miniport Make(const NicOptions& options = {}) {
    return Miniport(*MakeNicAttributes(options, "a NIC"), options);
  }

  TestLists lists_;
};

TEST_F(MiniportTest, PausedCompletesWithPausedWhateverTheList) {
  Miniport miniport = Make();
  for (const auto& frames : std::vector<std::vector<std::string>>{
           {}, {TestFrame(60, 1)}, {TestFrame(10, 1)}}) {
    NetBufferList* const nbl = lists_.Make(frames);
    EXPECT_EQ(miniport.Admit(*nbl), Admission::kComplete);
    EXPECT_EQ(nbl->status(), NdisStatus::kPaused);
  }
  EXPECT_EQ(miniport.statistics().Snapshot().if_out_discards, 2);
}

TEST_F(MiniportTest, LengthsAtTheLimitsAreCarried) {
  Miniport miniport = Make();
  miniport.set_running(true);
  for (size_t size : {14, 1514}) {
    EXPECT_EQ(miniport.Admit(*lists_.Make({TestFrame(size, 1)})),
              Admission::kCarry)
        << size;
  }
}

TEST_F(MiniportTest, OneBadLengthFailsTheWholeList) {
  Miniport miniport = Make();
  miniport.set_running(true);
  for (size_t size : {0, 13, 1515}) {
    NetBufferList* const nbl =
        lists_.Make({TestFrame(60, 1), TestFrame(size, 2), TestFrame(60, 3)});
    EXPECT_EQ(miniport.Admit(*nbl), Admission::kComplete);
    EXPECT_EQ(nbl->status(), NdisStatus::kInvalidLength) << size;
  }
  EXPECT_EQ(miniport.statistics().Snapshot().if_out_errors, 9);
}

TEST_F(MiniportTest, ListWithoutNetBufferIsSent) {
  Miniport miniport = Make({.initially_disconnected = true});
  miniport.set_running(true);
  NetBufferList* const nbl = lists_.Make({});
  nbl->set_status(NdisStatus::kFailure);
  EXPECT_EQ(miniport.Admit(*nbl), Admission::kComplete);
  EXPECT_EQ(nbl->status(), NdisStatus::kSuccess);
}

TEST_F(MiniportTest, DeadLinkFollowsThePolicy) {
  struct {
    LinkDownPolicy policy;
    Admission admission;
    NdisStatus status;
    uint64_t discards;
  } const kCases[] = {
      {LinkDownPolicy::kFail, Admission::kComplete,
       NdisStatus::kMediaDisconnected, 2},
      {LinkDownPolicy::kDrop, Admission::kComplete, NdisStatus::kSuccess, 2},
      {LinkDownPolicy::kQueue, Admission::kHold, NdisStatus::kSuccess, 0},
  };
  for (const auto& c : kCases) {
    Miniport miniport =
        Make({.initially_disconnected = true, .link_down_policy = c.policy});
    miniport.set_running(true);
    NetBufferList* const nbl =
        lists_.Make({TestFrame(60, 1), TestFrame(60, 2)});
    EXPECT_EQ(miniport.Admit(*nbl), c.admission);
    EXPECT_EQ(nbl->status(), c.status);
    EXPECT_EQ(miniport.statistics().Snapshot().if_out_discards, c.discards);
  }
}

TEST_F(MiniportTest, LinkStateKeepsSpeedsThatAreNotGiven) {
  Miniport miniport = Make({.link_speed_bps = 1000});
  EXPECT_TRUE(miniport.SetLinkState(kDown));
  EXPECT_FALSE(miniport.link_up());
  EXPECT_EQ(miniport.link_state().xmit_link_speed, 1000);
  EXPECT_FALSE(miniport.SetLinkState(kDown));
  LinkState faster = kUp;
  faster.xmit_link_speed = 2000;
  EXPECT_TRUE(miniport.SetLinkState(faster));
  EXPECT_TRUE(miniport.link_up());
  EXPECT_EQ(miniport.link_state().xmit_link_speed, 2000);
  EXPECT_EQ(miniport.link_state().rcv_link_speed, 1000);
}

TEST_F(MiniportTest, TallyCountsByClassAndWithPadding) {
  Miniport miniport = Make({.pad_short_frames = true});
  TrafficTally tally;
  for (const MacAddress& to : {kTestUnicast, kTestMulticast, kTestBroadcast}) {
    // The destination straddles MDLs of five bytes.
    miniport.Tally(*lists_.Make({TestFrame(20, 1, to)}, 5)->first_net_buffer(),
                   &tally);
  }
  miniport.Tally(*lists_.Make({TestFrame(100, 1)})->first_net_buffer(), &tally);
  miniport.statistics().AddSent(tally);
  const AdapterStatistics s = miniport.statistics().Snapshot();
  EXPECT_EQ(s.if_hc_out_ucast_pkts, 2);
  EXPECT_EQ(s.if_hc_out_ucast_octets, 160);
  EXPECT_EQ(s.if_hc_out_multicast_pkts, 1);
  EXPECT_EQ(s.if_hc_out_multicast_octets, 60);
  EXPECT_EQ(s.if_hc_out_broadcast_pkts, 1);
  EXPECT_EQ(s.if_hc_out_broadcast_octets, 60);
  EXPECT_EQ(s.if_hc_out_octets, 280);
}

// Changes the link again from inside the first indication.
class FlappingClient : public FakeNicClient {
 public:
  void IndicateLinkState(const LinkState& state) override {
    FakeNicClient::IndicateLinkState(state);
    if (std::exchange(flapped_, true)) return;
    miniport_->SetLinkState(kUp);
    miniport_->IndicateLinkState();
  }
  Miniport* miniport_ = nullptr;

 private:
  bool flapped_ = false;
};

TEST_F(MiniportTest, LastIndicationIsTheNewestState) {
  Miniport miniport = Make({.link_speed_bps = 5});
  FlappingClient client;
  client.miniport_ = &miniport;
  miniport.set_client(&client);
  ASSERT_TRUE(miniport.SetLinkState(kDown));
  miniport.IndicateLinkState();
  LinkState down = kDown;
  down.xmit_link_speed = down.rcv_link_speed = 5;
  LinkState up = kUp;
  up.xmit_link_speed = up.rcv_link_speed = 5;
  EXPECT_THAT(client.link_states(), ElementsAre(down, up));
}

}  // namespace
}  // namespace netbuf
