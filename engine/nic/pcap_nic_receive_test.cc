// Receiving: the replay of a capture.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/buffer/net_buffer_list_context.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_replay.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/pcap_nic.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "engine/pool/pool_types.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kUs = absl::Microseconds(1);
const absl::Time kCaptureStart = absl::FromUnixSeconds(1'500'000'000);

class PcapNicReceiveTest : public ::testing::Test {
 protected:
  PcapNicReceiveTest() {
    captures_ = *CaptureDirectory::Open(directory_.path());
    options_.common.mac_address = kTestUnicast;
    options_.receive_file = "in";
  }
  ~PcapNicReceiveTest() override { Stop(); }

  // `count` frames, one a microsecond.
  void WriteFrames(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      frames_.push_back(TestFrame(60 + i % 100, static_cast<uint32_t>(i)));
    }
    std::vector<TestCaptureFrame> capture;
    for (size_t i = 0; i < count; ++i) {
      capture.push_back({frames_[i], kCaptureStart + i * kUs});
    }
    directory_.WriteCapture("in", capture);
  }

  absl::Status Create(Clock* clock) {
    auto nic = PcapNic::Create(
        options_,
        {.clock = clock, .captures = captures_.get(), .quota = quota_});
    if (!nic.ok()) return nic.status();
    nic_ = *std::move(nic);
    return nic_->Initialize(&client_);
  }
  absl::Status Create() { return Create(&clock_); }
  void Start(uint32_t filter = kPacketTypePromiscuous) {
    ASSERT_TRUE(Create().ok());
    SetFilter(filter);
    nic_->Restart();
  }
  void SetFilter(uint32_t filter) {
    std::vector<uint8_t> bytes(4);
    for (int i = 0; i < 4; ++i)
      bytes[i] = static_cast<uint8_t>(filter >> 8 * i);
    OidRequest request;
    request.type = OidRequestType::kSetInformation;
    request.oid = static_cast<uint32_t>(Oid::kGenCurrentPacketFilter);
    request.information_buffer = absl::MakeSpan(bytes);
    ASSERT_EQ(nic_->OidRequest(request), NdisStatus::kSuccess);
  }
  void Stop() {
    if (nic_ == nullptr) return;
    nic_->Pause();
    client_.ReturnAll(*nic_);
    EXPECT_TRUE(nic_->Halt().ok());
    nic_ = nullptr;
  }
  void Link(MediaConnectState state) {
    nic_->SetLinkState({state, MediaDuplexState::kFull, 0, 0});
  }
  // Runs what is due without moving the clock.
  void Settle() { clock_.Advance(absl::ZeroDuration()); }
  ReplayProgress Progress() { return *nic_->replay_progress(); }

  std::vector<std::string> Frames(size_t first, size_t count) const {
    return {frames_.begin() + first, frames_.begin() + first + count};
  }

  VirtualClock clock_;
  TestDirectory directory_;
  std::unique_ptr<CaptureDirectory> captures_;
  PcapNicOptions options_;
  MemoryQuota* quota_ = nullptr;
  std::vector<std::string> frames_;
  FakeNicClient client_{&clock_};
  std::unique_ptr<PcapNic> nic_;
};

TEST_F(PcapNicReceiveTest, WithoutAReceiveFileThereIsNoReplay) {
  options_.receive_file = "";
  Start();
  Settle();
  EXPECT_FALSE(nic_->replay_progress().has_value());
  EXPECT_THAT(client_.received(), IsEmpty());
}

TEST_F(PcapNicReceiveTest, EveryFrameArrivesOnceInOrder) {
  WriteFrames(1000);
  Start();
  client_.return_to = nic_.get();
  Settle();
  EXPECT_EQ(client_.received(), frames_);
  const ReplayProgress progress = Progress();
  EXPECT_TRUE(progress.finished);
  EXPECT_TRUE(progress.error.ok());
  EXPECT_EQ(progress.frames_read, 1000);
  EXPECT_EQ(progress.frames_indicated, 1000);
  EXPECT_EQ(nic_->statistics().if_hc_in_ucast_pkts, 1000);
}

TEST_F(PcapNicReceiveTest, StartsWithTheFirstFilterWhileRunning) {
  WriteFrames(3);
  ASSERT_TRUE(Create().ok());
  nic_->Restart();
  Settle();
  EXPECT_THAT(client_.received(), IsEmpty()) << "without a filter";
  nic_->Pause();
  SetFilter(kPacketTypeDirected);
  Settle();
  EXPECT_THAT(client_.received(), IsEmpty()) << "while paused";
  nic_->Restart();
  Settle();
  EXPECT_EQ(client_.received(), frames_);
}

TEST_F(PcapNicReceiveTest, TopSpeedWaitsForDescriptors) {
  WriteFrames(10);
  options_.receive_descriptors = 4;
  Start();
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 4));
  EXPECT_FALSE(Progress().finished);
  client_.Return(*nic_, 1);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 5));
  client_.ReturnAll(*nic_);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 9));
  client_.ReturnAll(*nic_);
  Settle();
  EXPECT_EQ(client_.received(), frames_);
  EXPECT_TRUE(Progress().finished);
  EXPECT_EQ(Progress().frames_dropped, 0);
  EXPECT_EQ(nic_->statistics().if_in_discards, 0);
}

TEST_F(PcapNicReceiveTest, BrokenListCostsItsOwnDescriptorOnly) {
  constexpr uint32_t kTag = 1;
  WriteFrames(10);
  options_.receive_descriptors = 3;
  Start();
  Settle();
  // The one in the middle, so that others come before and after it.
  NetBufferList* const broken = client_.first_held()->next;
  ASSERT_NE(broken, nullptr);
  ASSERT_EQ(AllocateNetBufferListContext(*broken, 16, 0, kTag).status,
            NdisStatus::kSuccess);
  client_.ReturnAll(*nic_);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 5)) << "two of three came back";
  ASSERT_EQ(FreeNetBufferListContext(*broken, 16), NdisStatus::kSuccess);
  NetBufferListChain mended;
  mended.Append(broken);
  nic_->ReturnNetBufferLists(std::move(mended));
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 6));
}

TEST_F(PcapNicReceiveTest, CapturedPaceFollowsTheTimestamps) {
  const absl::Duration offsets[] = {
      absl::ZeroDuration(),    absl::Nanoseconds(1),
      absl::Nanoseconds(1000), absl::Nanoseconds(1000),
      absl::Nanoseconds(999),  // Out of order.
      absl::Seconds(3)};
  std::vector<TestCaptureFrame> capture;
  for (uint32_t i = 0; i < 6; ++i) {
    capture.push_back({TestFrame(60, i), kCaptureStart + offsets[i]});
  }
  directory_.WriteCapture("in", capture);
  options_.receive_pace = ReplayPace::kCaptured;
  Start();
  const absl::Time start = clock_.Now();
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(
      client_.receive_times(),
      ElementsAre(start, start + absl::Nanoseconds(1),
                  start + absl::Nanoseconds(1000),
                  start + absl::Nanoseconds(1000),
                  start + absl::Nanoseconds(1000), start + absl::Seconds(3)));
  EXPECT_TRUE(Progress().finished);
}

TEST_F(PcapNicReceiveTest, CapturedPaceDropsWhatFindsNoDescriptor) {
  WriteFrames(10);
  options_.receive_pace = ReplayPace::kCaptured;
  options_.receive_descriptors = 3;
  Start();
  clock_.Advance(4 * kUs);  // 0 to 4: the last two are too many.
  EXPECT_EQ(client_.received(), Frames(0, 3));
  client_.ReturnAll(*nic_);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(client_.received().size(), 6);
  EXPECT_EQ(client_.received()[3], frames_[5]);
  const ReplayProgress progress = Progress();
  EXPECT_TRUE(progress.finished);
  EXPECT_EQ(progress.frames_read, 10);
  EXPECT_EQ(progress.frames_indicated, 6);
  EXPECT_EQ(progress.frames_dropped, 4);
  EXPECT_EQ(nic_->statistics().if_in_discards, 4);
}

TEST_F(PcapNicReceiveTest, PauseStopsAndRestartGoesOnAtTheSamePace) {
  WriteFrames(10);
  options_.receive_pace = ReplayPace::kCaptured;
  Start();
  const absl::Time start = clock_.Now();
  clock_.Advance(2 * kUs + kUs / 2);
  nic_->Pause();
  EXPECT_EQ(clock_.NextTimer(), absl::InfiniteFuture());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(client_.received(), Frames(0, 3));
  nic_->Restart();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(client_.received(), frames_);
  // Frame 3 was half a microsecond away.
  EXPECT_EQ(client_.receive_times()[3],
            start + 2 * kUs + kUs / 2 + absl::Hours(1) + kUs / 2);
}

TEST_F(PcapNicReceiveTest, NoFilterAndNoLinkHoldTheReplay) {
  WriteFrames(6);
  options_.receive_descriptors = 2;
  Start();
  Settle();
  SetFilter(0);
  client_.ReturnAll(*nic_);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 2));
  SetFilter(kPacketTypeDirected);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 4));
  Link(MediaConnectState::kDisconnected);
  client_.ReturnAll(*nic_);
  Settle();
  EXPECT_EQ(client_.received(), Frames(0, 4));
  Link(MediaConnectState::kConnected);
  Settle();
  EXPECT_EQ(client_.received(), frames_);
}

TEST_F(PcapNicReceiveTest, FilterDecidesWhatArrives) {
  const std::string own = TestFrame(60, 1, kTestUnicast);
  const std::string other = TestFrame(60, 2, {2, 9, 9, 9, 9, 9});
  const std::string multicast = TestFrame(61, 3, kTestMulticast);
  const std::string broadcast = TestFrame(62, 4, kTestBroadcast);
  directory_.WriteCapture("in", {{own}, {other}, {multicast}, {broadcast}});
  Start(kPacketTypeDirected | kPacketTypeBroadcast);
  Settle();
  EXPECT_THAT(client_.received(), ElementsAre(own, broadcast));
  EXPECT_EQ(Progress().frames_filtered, 2);
  EXPECT_EQ(nic_->statistics().if_hc_in_ucast_octets, 60);
  EXPECT_EQ(nic_->statistics().if_hc_in_broadcast_octets, 62);
  EXPECT_EQ(nic_->statistics().if_hc_in_multicast_pkts, 0);
}

TEST_F(PcapNicReceiveTest, FramesThatAreNoFramesAreErrors) {
  directory_.WriteCapture("in", {{TestFrame(13, 1)},
                                 {TestFrame(14, 2)},
                                 {TestFrame(1514, 3)},
                                 {TestFrame(1515, 4)},
                                 {TestFrame(60, 5), kCaptureStart, 61},
                                 {""}});
  Start();
  Settle();
  EXPECT_THAT(client_.received(),
              ElementsAre(TestFrame(14, 2), TestFrame(1514, 3)));
  EXPECT_EQ(Progress().frames_invalid, 4);
  EXPECT_EQ(Progress().frames_read, 6);
  EXPECT_EQ(nic_->statistics().if_in_errors, 4);
}

TEST_F(PcapNicReceiveTest, MalformedRecordEndsTheReplayWithItsNumber) {
  directory_.Write("in", absl::StrCat(PcapFileHeader(),
                                      PcapRecord(1, 2, TestFrame(60, 1), 60),
                                      "half a record"));
  Start();
  Settle();
  EXPECT_THAT(client_.received(), ElementsAre(TestFrame(60, 1)));
  EXPECT_TRUE(Progress().finished);
  EXPECT_EQ(Progress().error.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(Progress().error.message()),
              HasSubstr("\"in\", record 2: "));
}

TEST_F(PcapNicReceiveTest, EmptyCaptureFinishesAtOnce) {
  WriteFrames(0);
  Start();
  Settle();
  EXPECT_TRUE(Progress().finished);
}

TEST_F(PcapNicReceiveTest, ReplayTakesTurnsWithOtherTimers) {
  WriteFrames(3 * CaptureReplay::kBatch);
  Start();
  size_t seen = 0;
  clock_.ScheduleAfter(absl::ZeroDuration(),
                       [&] { seen = client_.received().size(); });
  Settle();
  EXPECT_EQ(seen, CaptureReplay::kBatch);
}

TEST_F(PcapNicReceiveTest, MemoryThatIsShortIsWaitedFor) {
  WriteFrames(5);
  MemoryQuota quota(uint64_t{1} << 30);
  ASSERT_TRUE(quota.Reserve(quota.limit_bytes()));
  quota_ = &quota;
  Start();
  Settle();
  EXPECT_THAT(client_.received(), IsEmpty());
  quota.Release(quota.limit_bytes());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(client_.received(), frames_);
  Stop();
}

TEST_F(PcapNicReceiveTest, PauseWaitsForTheIndicationThatRuns) {
  WriteFrames(1);
  RealClock clock;
  ASSERT_TRUE(Create(&clock).ok());
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<bool> left{false};
  client_.on_receive = [&] {
    begun.set_value();
    go_on.get_future().wait();
    left = true;
  };
  SetFilter(kPacketTypePromiscuous);
  nic_->Restart();
  begun.get_future().wait();
  std::thread pauser([&] {
    nic_->Pause();
    EXPECT_TRUE(left) << "paused while a frame was being indicated";
  });
  go_on.set_value();
  pauser.join();
  Stop();
}

TEST_F(PcapNicReceiveTest, PauseFromAnIndicationDoesNotWaitForItself) {
  WriteFrames(3 * CaptureReplay::kBatch);
  Start();
  client_.on_receive = [&] { nic_->Pause(); };
  Settle();
  EXPECT_EQ(client_.received().size(), CaptureReplay::kBatch);
  client_.on_receive = nullptr;
  nic_->Restart();
  Settle();
  EXPECT_EQ(client_.received(), frames_);
}

// Returns from another thread race with the replay that waits for them.
TEST_F(PcapNicReceiveTest, NothingIsLostWhenDescriptorsComeBackLate) {
  WriteFrames(20'000);
  options_.receive_descriptors = 7;
  RealClock clock;
  ASSERT_TRUE(Create(&clock).ok());
  SetFilter(kPacketTypePromiscuous);
  nic_->Restart();
  while (!Progress().finished) {
    client_.Return(*nic_, 3);
    std::this_thread::yield();
  }
  EXPECT_TRUE(client_.received() == frames_);
  Stop();
}

// Pauses and restarts race with the replay.
TEST_F(PcapNicReceiveTest, NothingIsLostOrRepeatedOverPauses) {
  WriteFrames(5'000);
  RealClock clock;
  ASSERT_TRUE(Create(&clock).ok());
  client_.return_to = nic_.get();
  SetFilter(kPacketTypePromiscuous);
  while (!Progress().finished) {
    nic_->Restart();
    std::this_thread::yield();
    nic_->Pause();
    const size_t received = client_.received().size();
    std::this_thread::yield();
    ASSERT_EQ(client_.received().size(), received) << "indicated while paused";
  }
  EXPECT_TRUE(client_.received() == frames_);
  nic_->Restart();
  Stop();
}

TEST_F(PcapNicReceiveTest, FilesThatCannotBePlayedAreRefusedAtTheStart) {
  const auto reason = [&] { return GetErrorInfo(Create())->reason; };
  EXPECT_EQ(reason(), "CAPTURE_NOT_FOUND");
  directory_.Write("in", PcapFileHeader(101));
  EXPECT_EQ(reason(), "CAPTURE_NOT_ETHERNET");
  directory_.Write("in", "no capture");
  EXPECT_EQ(reason(), "CAPTURE_NOT_READABLE");
  options_.receive_descriptors = 0;
  EXPECT_EQ(reason(), "INVALID_DESCRIPTORS");
  nic_ = nullptr;
}

TEST_F(PcapNicReceiveTest, TwoNicsMayPlayOneFile) {
  WriteFrames(3);
  Start();
  auto other = PcapNic::Create(options_,
                               {.clock = &clock_, .captures = captures_.get()});
  ASSERT_TRUE(other.ok());
  FakeNicClient client;
  EXPECT_TRUE((*other)->Initialize(&client).ok());
  EXPECT_TRUE((*other)->Halt().ok());
}

}  // namespace
}  // namespace netbuf
