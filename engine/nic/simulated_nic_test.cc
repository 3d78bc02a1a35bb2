#include "engine/nic/simulated_nic.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kGigabit = 1'000'000'000;
// A frame of 60 octets on a wire of 1 Gbit/s: 84 octets of 8 ns.
constexpr absl::Duration kShort = absl::Nanoseconds(672);

class SimulatedNicTest : public ::testing::Test {
 protected:
  ~SimulatedNicTest() override {
    if (nic_ == nullptr) return;
    nic_->Pause();
    EXPECT_TRUE(nic_->Halt().ok());
  }

  void Start(const SimulatedNicOptions& options, bool sink = true) {
    SimulatedNic::FrameSink show;
    if (sink) {
      show = [this](absl::Span<const std::byte> frame) {
        left_.emplace_back(reinterpret_cast<const char*>(frame.data()),
                           frame.size());
      };
    }
    auto nic = SimulatedNic::Create(options, &clock_, std::move(show));
    ASSERT_TRUE(nic.ok()) << nic.status();
    nic_ = *std::move(nic);
    ASSERT_TRUE(nic_->Initialize(&client_).ok());
    nic_->Restart();
  }

  static SimulatedNicOptions Paced(uint32_t descriptors = 512) {
    return {.common = {.link_speed_bps = kGigabit, .pad_short_frames = true},
            .transmit_descriptors = descriptors};
  }
  static SimulatedNicOptions Unpaced() { return {}; }

  NetBufferList* Send(const std::vector<std::string>& frames) {
    NetBufferList* const nbl = lists_.Make(frames);
    SendList(nbl);
    return nbl;
  }
  void SendList(NetBufferList* nbl) {
    NetBufferListChain chain;
    chain.Append(nbl);
    nic_->SendNetBufferLists(std::move(chain));
  }
  void Link(MediaConnectState state) {
    nic_->SetLinkState({state, MediaDuplexState::kFull, 0, 0});
  }
  void LinkDown() { Link(MediaConnectState::kDisconnected); }
  void LinkUp() { Link(MediaConnectState::kConnected); }

  VirtualClock clock_;
  const absl::Time start_ = clock_.Now();
  FakeNicClient client_{&clock_};
  TestLists lists_;
  std::vector<std::string> left_;  // What the sink saw.
  std::unique_ptr<SimulatedNic> nic_;
};

TEST_F(SimulatedNicTest, WithoutASpeedSendsCompleteInsideTheSend) {
  for (bool sink : {false, true}) {
    nic_ = nullptr;
    Start(Unpaced(), sink);
    NetBufferList* const nbl = Send({TestFrame(60, 1), TestFrame(1514, 2)});
    EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
    EXPECT_EQ(nic_->transmit_queue_length(), 0);
  }
  EXPECT_THAT(left_, ElementsAre(TestFrame(60, 1), TestFrame(1514, 2)));
}

TEST_F(SimulatedNicTest, FrameCompletesWhenItsLastBitHasLeft) {
  Start(Paced());
  NetBufferList* const nbl = Send({TestFrame(60, 1)});
  clock_.Advance(kShort - absl::Nanoseconds(1));
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPending);
  EXPECT_THAT(left_, IsEmpty());
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
  EXPECT_THAT(left_, ElementsAre(TestFrame(60, 1)));
}

TEST_F(SimulatedNicTest, PacingIsExactToTheNanosecond) {
  SimulatedNicOptions options = Paced();
  options.common.link_speed_bps = 10 * kGigabit;
  Start(options);
  for (uint32_t i = 0; i < 1000; ++i) Send({TestFrame(60, i)});
  clock_.Advance(absl::Seconds(1));
  const auto completions = client_.completions();
  ASSERT_EQ(completions.size(), 1000);
  for (int64_t i = 0; i < 1000; ++i) {
    // 67.2 ns each, rounded up once.
    EXPECT_EQ(completions[i].time,
              start_ + absl::Nanoseconds(((i + 1) * 672 + 9) / 10));
  }
}

TEST_F(SimulatedNicTest, ListCompletesWithItsLastFrame) {
  Start(Paced());
  NetBufferList* const nbl =
      Send({TestFrame(60, 1), TestFrame(60, 2), TestFrame(60, 3)});
  clock_.Advance(2 * kShort);
  EXPECT_EQ(left_.size(), 2);
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPending);
  EXPECT_EQ(nic_->transmit_queue_length(), 1);
  clock_.Advance(kShort);
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
}

TEST_F(SimulatedNicTest, LateTimerCompletesAllThatIsDueAtOnce) {
  // A clock whose timers are late, as real ones are.
  class LateClock : public Clock {
   public:
    absl::Time Now() override { return now; }
    TimerId ScheduleAt(absl::Time, std::function<void()> callback) override {
      callbacks.push_back(std::move(callback));
      return callbacks.size();
    }
    bool Cancel(TimerId) override { return true; }
    absl::Time now = absl::FromUnixSeconds(1'700'000'000);
    std::vector<std::function<void()>> callbacks;
  } clock;
  int batches = 0;
  client_.on_complete = [&] { ++batches; };
  auto nic = SimulatedNic::Create(Paced(), &clock);
  ASSERT_TRUE(nic.ok());
  ASSERT_TRUE((*nic)->Initialize(&client_).ok());
  (*nic)->Restart();
  NetBufferListChain chain;
  for (uint32_t i = 0; i < 10; ++i) {
    chain.Append(lists_.Make({TestFrame(60, i)}));
  }
  (*nic)->SendNetBufferLists(std::move(chain));
  clock.now += 7 * kShort + kShort / 2;
  clock.callbacks.at(0)();
  EXPECT_EQ(client_.completed(), 7);
  EXPECT_EQ(batches, 1);
  // Lateness does not add up: the eighth ends when it would have anyway.
  clock.now += kShort / 2;
  clock.callbacks.at(1)();
  EXPECT_EQ(client_.completed(), 8);
  clock.now += absl::Seconds(1);
  clock.callbacks.at(2)();
  EXPECT_EQ(client_.completed(), 10);
}

TEST_F(SimulatedNicTest, RingOverflowWaitsInOrder) {
  Start(Paced(4));
  std::vector<std::string> frames;
  std::vector<NetBufferList*> sent;
  for (uint32_t i = 0; i < 10; ++i) {
    frames.push_back(TestFrame(60 + i, i));
    sent.push_back(Send({frames.back()}));
  }
  const TransmitRingState full = nic_->transmit_ring();
  EXPECT_EQ(full.descriptors, 4);
  EXPECT_EQ(full.used, 4);
  EXPECT_EQ(full.queued, 6);
  EXPECT_EQ(nic_->transmit_queue_length(), 10);
  clock_.Advance(kShort);
  EXPECT_EQ(nic_->transmit_ring().used, 4);
  EXPECT_EQ(nic_->transmit_ring().queued, 5);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(nic_->transmit_ring().used, 0);
  EXPECT_EQ(left_, frames);
  std::vector<NetBufferList*> completed;
  for (const auto& c : client_.completions()) completed.push_back(c.nbl);
  EXPECT_EQ(completed, sent);
}

TEST_F(SimulatedNicTest, LargestFrameIsCarriedAndLargerOrShorterIsNot) {
  Start(Unpaced());
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(1514, 1)})), NdisStatus::kSuccess);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(1515, 2)})),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 3), TestFrame(13, 4)})),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(client_.StatusOf(Send({})), NdisStatus::kSuccess);
  EXPECT_EQ(left_.size(), 1);
  EXPECT_EQ(nic_->statistics().if_out_errors, 3);
}

TEST_F(SimulatedNicTest, ShortFramesArePaddedWithZerosAndCountedSo) {
  Start(Unpaced());
  Send({TestFrame(14, 1)});
  EXPECT_THAT(left_, ElementsAre(TestFrame(14, 1) + std::string(46, '\0')));
  EXPECT_EQ(nic_->statistics().if_hc_out_octets, 60);
  EXPECT_EQ(nic_->statistics().if_hc_out_ucast_pkts, 1);
}

TEST_F(SimulatedNicTest, FrameInManyMdlsLeavesWhole) {
  Start(Unpaced());
  SendList(
      lists_.Make({TestFrame(200, 1)}, /*mdl_size=*/3, /*data_offset=*/10));
  EXPECT_THAT(left_, ElementsAre(TestFrame(200, 1)));
}

TEST_F(SimulatedNicTest, PausedCompletesWithPaused) {
  Start(Paced());
  nic_->Pause();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 1)})), NdisStatus::kPaused);
  nic_->Restart();
  NetBufferList* const nbl = Send({TestFrame(60, 2)});
  clock_.Advance(kShort);
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
}

TEST_F(SimulatedNicTest, PauseGivesBackWhatIsQueued) {
  Start(Paced());
  for (uint32_t i = 0; i < 3; ++i) Send({TestFrame(60, i)});
  nic_->Pause();
  EXPECT_EQ(client_.completed(), 3);
  EXPECT_THAT(client_.statuses(), Each(NdisStatus::kPaused));
  EXPECT_EQ(clock_.NextTimer(), absl::InfiniteFuture());
}

TEST_F(SimulatedNicTest, PullingTheCableFailsWhatHasNotLeft) {
  Start(Paced());
  NetBufferList* const first = Send({TestFrame(60, 1)});
  NetBufferList* const second = Send({TestFrame(60, 2), TestFrame(60, 3)});
  clock_.Advance(kShort + kShort / 2);
  LinkDown();
  EXPECT_EQ(client_.StatusOf(first), NdisStatus::kSuccess);
  EXPECT_EQ(client_.StatusOf(second), NdisStatus::kMediaDisconnected);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 4)})),
            NdisStatus::kMediaDisconnected);
  EXPECT_EQ(nic_->statistics().if_out_discards, 3);
  LinkUp();
  NetBufferList* const fifth = Send({TestFrame(60, 5)});
  clock_.Advance(kShort);
  EXPECT_EQ(client_.StatusOf(fifth), NdisStatus::kSuccess);
  EXPECT_THAT(left_, ElementsAre(TestFrame(60, 1), TestFrame(60, 5)));
}

TEST_F(SimulatedNicTest, DropPolicySucceedsAndCountsDiscards) {
  SimulatedNicOptions options = Paced();
  options.common.link_down_policy = LinkDownPolicy::kDrop;
  Start(options);
  NetBufferList* const first = Send({TestFrame(60, 1)});
  LinkDown();
  NetBufferList* const second = Send({TestFrame(60, 2)});
  EXPECT_EQ(client_.StatusOf(first), NdisStatus::kSuccess);
  EXPECT_EQ(client_.StatusOf(second), NdisStatus::kSuccess);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_EQ(nic_->statistics().if_out_discards, 2);
  EXPECT_EQ(nic_->statistics().if_hc_out_ucast_pkts, 0);
}

TEST_F(SimulatedNicTest, QueuePolicySendsWhenTheLinkIsBack) {
  for (uint64_t speed : {uint64_t{0}, kGigabit}) {
    nic_ = nullptr;
    left_.clear();
    SimulatedNicOptions options = Paced();
    options.common.link_speed_bps = speed;
    options.common.link_down_policy = LinkDownPolicy::kQueue;
    options.common.initially_disconnected = true;
    Start(options);
    NetBufferList* const nbl = Send({TestFrame(60, 1), TestFrame(60, 2)});
    Send({TestFrame(60, 3)});
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPending);
    EXPECT_EQ(nic_->transmit_queue_length(), 3);
    LinkUp();
    clock_.Advance(3 * kShort);
    EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
    EXPECT_THAT(left_, ElementsAre(TestFrame(60, 1), TestFrame(60, 2),
                                   TestFrame(60, 3)));
  }
}

TEST_F(SimulatedNicTest, FrameOnTheWireWhenTheLinkFailsIsSentAgain) {
  SimulatedNicOptions options = Paced();
  options.common.link_down_policy = LinkDownPolicy::kQueue;
  Start(options);
  NetBufferList* const nbl = Send({TestFrame(60, 1)});
  clock_.Advance(kShort / 2);
  LinkDown();
  clock_.Advance(kShort);
  LinkUp();
  clock_.Advance(kShort - absl::Nanoseconds(1));
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPending);
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
  EXPECT_EQ(left_.size(), 1);
}

TEST_F(SimulatedNicTest, QueueWithoutSinkWaitsForTheLinkToo) {
  SimulatedNicOptions options = Unpaced();
  options.common.link_down_policy = LinkDownPolicy::kQueue;
  options.common.initially_disconnected = true;
  Start(options, /*sink=*/false);
  NetBufferList* const nbl = Send({TestFrame(60, 1)});
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPending);
  LinkUp();
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSuccess);
  EXPECT_EQ(nic_->statistics().if_hc_out_ucast_pkts, 1);
}

TEST_F(SimulatedNicTest, NewLinkSpeedHoldsFromTheNextFrameOn) {
  Start(Paced());
  Send({TestFrame(60, 1)});
  Send({TestFrame(60, 2)});
  nic_->SetLinkState({MediaConnectState::kConnected, MediaDuplexState::kFull,
                      kGigabit / 10, kGigabit / 10});
  clock_.Advance(absl::Seconds(1));
  const auto completions = client_.completions();
  ASSERT_EQ(completions.size(), 2);
  EXPECT_EQ(completions[0].time, start_ + kShort);
  EXPECT_EQ(completions[1].time, start_ + kShort + 10 * kShort);
}

TEST_F(SimulatedNicTest, LinkChangesAreIndicatedOnce) {
  Start(Paced());
  LinkDown();
  LinkDown();
  LinkUp();
  const LinkState down = {MediaConnectState::kDisconnected,
                          MediaDuplexState::kFull, kGigabit, kGigabit};
  LinkState up = down;
  up.connect_state = MediaConnectState::kConnected;
  EXPECT_THAT(client_.link_states(), ElementsAre(down, up));
  EXPECT_EQ(nic_->link_state(), up);
}

TEST_F(SimulatedNicTest, CancelTakesWhatIsNotOnTheRing) {
  Start(Paced(2));
  int source = 0;
  int other = 0;
  std::vector<NetBufferList*> sent;
  for (uint32_t i = 0; i < 6; ++i) {
    NetBufferList* const nbl = lists_.Make({TestFrame(60, i)});
    nbl->set_source_handle(i == 5 ? &other : &source);
    nbl->set_info(NetBufferListInfoId::kNetBufferListCancelId, i == 4 ? 8 : 7);
    sent.push_back(nbl);
    SendList(nbl);
  }
  nic_->CancelSends(&source, 7);
  // 0 and 1 are on the ring, 4 has another id, 5 another sender.
  EXPECT_EQ(client_.completed(), 2);
  EXPECT_EQ(client_.StatusOf(sent[2]), NdisStatus::kSendAborted);
  EXPECT_EQ(client_.StatusOf(sent[3]), NdisStatus::kSendAborted);
  EXPECT_EQ(nic_->transmit_queue_length(), 4);
  clock_.Advance(absl::Seconds(1));
  for (int i : {0, 1, 4, 5}) {
    EXPECT_EQ(client_.StatusOf(sent[i]), NdisStatus::kSuccess) << i;
  }
}

TEST_F(SimulatedNicTest, CancelOfAllEmptiesWhatWaitsForTheLink) {
  SimulatedNicOptions options = Paced();
  options.common.link_down_policy = LinkDownPolicy::kQueue;
  Start(options);
  NetBufferList* const begun = Send({TestFrame(60, 1), TestFrame(60, 2)});
  NetBufferList* const waiting = Send({TestFrame(60, 3)});
  clock_.Advance(kShort);
  LinkDown();
  nic_->CancelSends(nullptr, 0);
  EXPECT_EQ(client_.StatusOf(begun), NdisStatus::kPending);
  EXPECT_EQ(client_.StatusOf(waiting), NdisStatus::kSendAborted);
  LinkUp();
  clock_.Advance(kShort);
  EXPECT_EQ(client_.StatusOf(begun), NdisStatus::kSuccess);

  LinkDown();
  NetBufferList* const again = Send({TestFrame(60, 4)});
  nic_->CancelSends(nullptr, 0);
  EXPECT_EQ(client_.StatusOf(again), NdisStatus::kSendAborted);
  LinkUp();
  NetBufferList* const last = Send({TestFrame(60, 5)});
  clock_.Advance(kShort);
  EXPECT_EQ(client_.StatusOf(last), NdisStatus::kSuccess);
}

TEST_F(SimulatedNicTest, LinkParametersByOidChangeTheSpeed) {
  Start(Paced());
  std::vector<uint8_t> bytes(32);
  bytes[0] = 0x80;
  bytes[1] = 1;
  bytes[2] = 32;
  bytes[4] = 2;
  bytes[8] = bytes[16] = 0x80;  // 896 bit/s: a frame of 60 octets takes 0.75 s.
  bytes[9] = bytes[17] = 0x03;
  OidRequest request;
  request.type = OidRequestType::kSetInformation;
  request.oid = static_cast<uint32_t>(Oid::kGenLinkParameters);
  request.information_buffer = absl::MakeSpan(bytes);
  ASSERT_EQ(nic_->OidRequest(request), NdisStatus::kSuccess);
  EXPECT_EQ(client_.link_states().size(), 1);
  Send({TestFrame(60, 1)});
  clock_.Advance(absl::Seconds(1));
  ASSERT_EQ(client_.completed(), 1);
  EXPECT_EQ(client_.completions()[0].time, start_ + absl::Milliseconds(750));
}

TEST_F(SimulatedNicTest, ResendingFromEveryCompletionDoesNotNest) {
  Start(Unpaced(), /*sink=*/false);
  uint32_t left = 20'000;
  client_.on_complete = [&] {
    if (left-- > 0) Send({TestFrame(60, left)});
  };
  Send({TestFrame(60, 0)});
  EXPECT_EQ(client_.completed(), 20'001);
}

TEST_F(SimulatedNicTest, OptionsAreChecked) {
  SimulatedNicOptions options;
  options.transmit_descriptors = 0;
  EXPECT_EQ(
      GetErrorInfo(SimulatedNic::Create(options, &clock_).status())->reason,
      "INVALID_DESCRIPTORS");
  options.transmit_descriptors = 1;
  options.common.mtu = 67;
  EXPECT_EQ(
      GetErrorInfo(SimulatedNic::Create(options, &clock_).status())->reason,
      "INVALID_MTU");
}

}  // namespace
}  // namespace netbuf
