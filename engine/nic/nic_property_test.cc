// Random lives of NICs: sends of all kinds, pauses, link flaps, cancels, time
// and failing writes in any order. Whatever happens,
//   1. every list completes exactly once (FakeNicClient checks "once");
//   2. the medium has exactly the frames of the lists that succeeded, whole
//   lists
//      and in order (but for those dropped by policy);
//   3. every frame is counted once: sent, error or discard.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_writer.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/pcap_nic.h"
#include "engine/nic/simulated_nic.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "gtest/gtest.h"
#include "tests/lib/seed.h"

namespace netbuf {
namespace {

constexpr int kLives = 40;
constexpr int kSteps = 200;

std::vector<std::string> FramesOf(const NetBufferList& nbl) {
  std::vector<std::string> frames;
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    frames.push_back(BytesOf(*nb));
  }
  return frames;
}

void SetLink(Nic& nic, bool up) {
  nic.SetLinkState(
      {up ? MediaConnectState::kConnected : MediaConnectState::kDisconnected,
       MediaDuplexState::kFull, 0, 0});
}

// Makes lists of which some are wrong, and remembers them.
class RandomSender {
 public:
  explicit RandomSender(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t limit) {
    return std::uniform_int_distribution<uint64_t>(0, limit - 1)(random_);
  }

  NetBufferListChain MakeChain() {
    NetBufferListChain chain;
    const uint64_t count = 1 + Below(5);
    for (uint64_t i = 0; i < count; ++i) chain.Append(MakeList());
    return chain;
  }
  void* Source(uint64_t i) { return &sources_[i]; }
  const std::vector<NetBufferList*>& sent() const { return sent_; }
  uint64_t frames() const { return frames_; }

 private:
  NetBufferList* MakeList() {
    std::vector<std::string> frames(Below(4));
    for (std::string& frame : frames) {
      // One in 30 is too short, one in 30 too long.
      const uint64_t kind = Below(30);
      const uint64_t size = kind == 0   ? Below(14)
                            : kind == 1 ? 1515 + Below(3)
                            : kind == 2 ? 14 + Below(1501)
                                        : 14 + Below(150);
      frame = TestFrame(size, id_++);
    }
    const uint32_t mdl_size = Below(2) == 0 ? 0 : 20 + Below(1000);
    NetBufferList* const nbl = lists_.Make(frames, mdl_size, Below(100));
    nbl->set_source_handle(Source(Below(2)));
    nbl->set_info(NetBufferListInfoId::kNetBufferListCancelId, Below(3));
    frames_ += frames.size();
    sent_.push_back(nbl);
    return nbl;
  }

  std::mt19937_64 random_;
  TestLists lists_;
  int sources_[2] = {};
  uint32_t id_ = 0;
  uint64_t frames_ = 0;
  std::vector<NetBufferList*> sent_;
};

uint64_t FramesCounted(const AdapterStatistics& s) {
  return s.if_hc_out_ucast_pkts + s.if_hc_out_multicast_pkts +
         s.if_hc_out_broadcast_pkts + s.if_out_errors + s.if_out_discards;
}

// One life of a NIC, one step after the other.
class Life {
 public:
  Life(uint64_t seed, Nic* nic, FakeNicClient* client, VirtualClock* clock,
       LinkDownPolicy policy)
      : sender_(seed),
        nic_(nic),
        client_(client),
        clock_(clock),
        policy_(policy) {}

  void Run() {
    nic_->Restart();
    for (int i = 0; i < kSteps; ++i) Step();
    SetLink(*nic_, true);
    // The slowest wire here needs 13 ms a frame.
    clock_->Advance(absl::Seconds(100));
    if (running_) nic_->Pause();
    EXPECT_EQ(client_->completed(), sender_.sent().size());
    EXPECT_EQ(nic_->transmit_queue_length(), 0);
    EXPECT_EQ(FramesCounted(nic_->statistics()), sender_.frames());
  }

  // The frames that must be on the medium, in order.
  std::vector<std::string> ExpectedFrames() const {
    std::vector<std::string> frames;
    for (const auto& completion : client_->completions()) {
      if (completion.status != NdisStatus::kSuccess) continue;
      if (dropped_.count(completion.nbl) > 0) continue;
      for (std::string& frame : FramesOf(*completion.nbl)) {
        frames.push_back(std::move(frame));
      }
    }
    return frames;
  }

 private:
  void Step() {
    switch (sender_.Below(10)) {
      case 0:
        up_ = !up_;
        if (!up_ && policy_ == LinkDownPolicy::kDrop) DropPending();
        SetLink(*nic_, up_);
        break;
      case 1:
        if (running_) {
          nic_->Pause();
        } else {
          nic_->Restart();
        }
        running_ = !running_;
        break;
      case 2:
        nic_->CancelSends(sender_.Source(sender_.Below(2)), sender_.Below(3));
        break;
      case 3:
      case 4:
        clock_->Advance(absl::Nanoseconds(sender_.Below(200'000)));
        break;
      default:
        Send();
    }
  }

  void Send() {
    NetBufferListChain chain = sender_.MakeChain();
    if (!up_ && policy_ == LinkDownPolicy::kDrop) {
      for (NetBufferList* n = chain.head(); n != nullptr; n = n->next) {
        dropped_.insert(n);
      }
    }
    nic_->SendNetBufferLists(std::move(chain));
  }

  // What is under way when the link fails is dropped.
  void DropPending() {
    for (NetBufferList* nbl : sender_.sent()) {
      if (client_->StatusOf(nbl) == NdisStatus::kPending) dropped_.insert(nbl);
    }
  }

  RandomSender sender_;
  Nic* const nic_;
  FakeNicClient* const client_;
  VirtualClock* const clock_;
  const LinkDownPolicy policy_;
  bool up_ = true;
  bool running_ = true;
  std::set<const NetBufferList*> dropped_;
};

constexpr LinkDownPolicy kPolicies[] = {
    LinkDownPolicy::kFail, LinkDownPolicy::kDrop, LinkDownPolicy::kQueue};

TEST(NicPropertyTest, CaptureHoldsExactlyTheFramesThatSucceeded) {
  TestDirectory directory;
  const auto captures = *CaptureDirectory::Open(directory.path());
  for (uint64_t life = 0; life < kLives; ++life) {
    SCOPED_TRACE(absl::StrCat("life ", life));
    std::mt19937_64 faults(TestSeed() + life);
    FileCalls calls = FileCalls::System();
    bool opened = false;
    // One write in ten is cut short somewhere, and the next one refused.
    bool refuse = false;
    calls.pwritev = [&](int fd, const iovec* iov, int count,
                        off_t offset) -> ssize_t {
      if (std::exchange(refuse, false)) {
        errno = faults() % 2 == 0 ? ENOSPC : EIO;
        return -1;
      }
      if (!std::exchange(opened, true) || faults() % 10 != 0) {
        return ::pwritev(fd, iov, count, offset);
      }
      refuse = true;
      const iovec cut = {iov->iov_base, 1 + faults() % iov->iov_len};
      return ::pwritev(fd, &cut, 1, offset);
    };
    VirtualClock clock;
    FakeNicClient client;
    PcapNicOptions options;
    options.transmit_file = "out";
    options.common.link_down_policy = kPolicies[life % 3];
    auto nic = *PcapNic::Create(
        options,
        {.clock = &clock, .captures = captures.get(), .file_calls = calls});
    ASSERT_TRUE(nic->Initialize(&client).ok());
    Life run(TestSeed() + life, nic.get(), &client, &clock,
             options.common.link_down_policy);
    run.Run();
    const TestCapture capture = directory.ReadCapture("out");
    EXPECT_TRUE(capture.status.ok()) << capture.status;
    EXPECT_TRUE(capture.bytes() == run.ExpectedFrames());
    EXPECT_TRUE(nic->Halt().ok());
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(NicPropertyTest, WireCarriesTheFramesThatSucceededInOrder) {
  for (uint64_t life = 0; life < kLives; ++life) {
    SCOPED_TRACE(absl::StrCat("life ", life));
    VirtualClock clock;
    FakeNicClient client;
    SimulatedNicOptions options;
    options.common.pad_short_frames = false;
    options.common.link_down_policy = kPolicies[life % 3];
    constexpr uint64_t kSpeeds[] = {0, 1'000'000, 1'000'000'000};
    options.common.link_speed_bps = kSpeeds[life / 3 % 3];
    options.transmit_descriptors = 1 + life % 7;
    std::vector<std::string> wire;
    auto nic = *SimulatedNic::Create(
        options, &clock, [&](absl::Span<const std::byte> frame) {
          wire.emplace_back(reinterpret_cast<const char*>(frame.data()),
                            frame.size());
        });
    ASSERT_TRUE(nic->Initialize(&client).ok());
    Life run(TestSeed() + life, nic.get(), &client, &clock,
             options.common.link_down_policy);
    run.Run();
    // A list that failed may have sent its first frames, so the wire may have
    // more; what succeeded is on it in order.
    auto at = wire.begin();
    for (const std::string& frame : run.ExpectedFrames()) {
      at = std::find(at, wire.end(), frame);
      ASSERT_NE(at, wire.end()) << "a frame is missing or out of order";
      ++at;
    }
    EXPECT_TRUE(nic->Halt().ok());
    if (::testing::Test::HasFailure()) break;
  }
}

// Two senders and somebody who pulls the cable, on a real clock.
void Race(Nic& nic, FakeNicClient& client, RandomSender senders[2]) {
  std::atomic<bool> done{false};
  nic.Restart();
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        nic.SendNetBufferLists(senders[t].MakeChain());
        if (i % 50 == 0) nic.CancelSends(senders[t].Source(0), 1);
      }
    });
  }
  std::thread flapper([&] {
    while (!done) {
      SetLink(nic, false);
      std::this_thread::yield();
      SetLink(nic, true);
      std::this_thread::yield();
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  flapper.join();
  const size_t sent = senders[0].sent().size() + senders[1].sent().size();
  while (client.completed() < sent) std::this_thread::yield();
  nic.Pause();
  EXPECT_EQ(FramesCounted(nic.statistics()),
            senders[0].frames() + senders[1].frames());
}

TEST(NicPropertyTest, RacingSendersLoseAndDuplicateNothingOnACapture) {
  TestDirectory directory;
  const auto captures = *CaptureDirectory::Open(directory.path());
  for (LinkDownPolicy policy :
       {LinkDownPolicy::kFail, LinkDownPolicy::kQueue}) {
    RealClock clock;
    FakeNicClient client;
    PcapNicOptions options;
    options.transmit_file = "out";
    options.common.link_down_policy = policy;
    auto nic = *PcapNic::Create(options,
                                {.clock = &clock, .captures = captures.get()});
    ASSERT_TRUE(nic->Initialize(&client).ok());
    RandomSender senders[2] = {RandomSender(TestSeed()),
                               RandomSender(TestSeed() + 1)};
    Race(*nic, client, senders);
    EXPECT_TRUE(nic->Halt().ok());

    // Each sender's frames are in its own order; taken off one by one, nothing
    // is left over.
    std::vector<std::string> written = directory.ReadCapture("out").bytes();
    size_t expected = 0;
    for (RandomSender& sender : senders) {
      auto at = written.begin();
      for (const NetBufferList* nbl : sender.sent()) {
        if (client.StatusOf(nbl) != NdisStatus::kSuccess) continue;
        for (const std::string& frame : FramesOf(*nbl)) {
          ++expected;
          at = std::find(at, written.end(), frame);
          ASSERT_NE(at, written.end());
          ++at;
        }
      }
    }
    EXPECT_EQ(written.size(), expected);
  }
}

TEST(NicPropertyTest, RacingSendersLoseAndDuplicateNothingOnAWire) {
  for (LinkDownPolicy policy : kPolicies) {
    for (uint64_t speed : {uint64_t{0}, uint64_t{100'000'000'000}}) {
      RealClock clock;
      FakeNicClient client;
      SimulatedNicOptions options;
      options.common.link_down_policy = policy;
      options.common.link_speed_bps = speed;
      options.transmit_descriptors = 16;
      auto nic = *SimulatedNic::Create(options, &clock);
      ASSERT_TRUE(nic->Initialize(&client).ok());
      RandomSender senders[2] = {RandomSender(TestSeed()),
                                 RandomSender(TestSeed() + 1)};
      Race(*nic, client, senders);
      EXPECT_TRUE(nic->Halt().ok());
    }
  }
}

}  // namespace
}  // namespace netbuf
