// Sending: captures that are written.

#include "engine/nic/pcap_nic.h"

#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_writer.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PcapNicTest : public ::testing::Test {
 protected:
  PcapNicTest() {
    captures_ = *CaptureDirectory::Open(directory_.path());
    options_.transmit_file = "out";
  }
  ~PcapNicTest() override {
    if (nic_ == nullptr) return;
    nic_->Pause();
    EXPECT_TRUE(nic_->Halt().ok());
  }

  absl::Status Create() {
    auto nic = PcapNic::Create(options_, {.clock = &clock_,
                                          .captures = captures_.get(),
                                          .file_calls = file_calls_});
    if (!nic.ok()) return nic.status();
    nic_ = *std::move(nic);
    return nic_->Initialize(&client_);
  }
  void Start() {
    ASSERT_TRUE(Create().ok());
    nic_->Restart();
  }
  // What Initialize() says when it fails; leaves no NIC behind.
  std::string CreateReason() {
    const absl::Status status = Create();
    nic_ = nullptr;
    const auto info = GetErrorInfo(status);
    return info.has_value() ? info->reason : "";
  }
  NetBufferList* Send(const std::vector<std::string>& frames) {
    NetBufferList* const nbl = lists_.Make(frames);
    NetBufferListChain chain;
    chain.Append(nbl);
    nic_->SendNetBufferLists(std::move(chain));
    return nbl;
  }
  void Link(MediaConnectState state) {
    nic_->SetLinkState({state, MediaDuplexState::kFull, 0, 0});
  }
  void LinkDown() { Link(MediaConnectState::kDisconnected); }
  void LinkUp() { Link(MediaConnectState::kConnected); }
  std::vector<std::string> Written() const {
    const TestCapture capture = directory_.ReadCapture("out");
    EXPECT_TRUE(capture.status.ok()) << capture.status;
    return capture.bytes();
  }
  // The next `writes` writes work, those after fail with `error` until Heal().
  void FailWritesAfter(int writes, int error) {
    file_calls_.pwritev = [this, writes, error](int fd, const iovec* iov,
                                                int count, off_t offset) {
      if (!healed_ && calls_++ >= writes) {
        errno = error;
        return ssize_t{-1};
      }
      return ::pwritev(fd, iov, count, offset);
    };
  }
  void Heal() { healed_ = true; }

  VirtualClock clock_;
  TestDirectory directory_;
  std::unique_ptr<CaptureDirectory> captures_;
  PcapNicOptions options_;
  FileCalls file_calls_ = FileCalls::System();
  int calls_ = 0;
  bool healed_ = false;
  TestLists lists_;
  FakeNicClient client_{&clock_};
  std::unique_ptr<PcapNic> nic_;
};

TEST_F(PcapNicTest, CompletedFramesAreInTheFile) {
  Start();
  std::vector<std::string> sent;
  for (uint32_t i = 0; i < 50; ++i) {
    const std::vector<std::string> frames = {TestFrame(14 + i, i),
                                             TestFrame(1514 - i, i)};
    sent.insert(sent.end(), frames.begin(), frames.end());
    EXPECT_EQ(client_.StatusOf(Send(frames)), NdisStatus::kSuccess);
    // Nothing was closed or flushed: so it is after a kill, too.
    ASSERT_EQ(Written(), sent);
  }
  EXPECT_EQ(nic_->statistics().if_hc_out_ucast_pkts, 100);
}

TEST_F(PcapNicTest, ChainIsWrittenInOrderAndCompletedInOneGo) {
  Start();
  int completions = 0;
  client_.on_complete = [&] { ++completions; };
  std::vector<std::string> frames;
  for (uint32_t i = 0; i < 5000; ++i) {
    frames.push_back(TestFrame(60 + i % 1400, i));
  }
  nic_->SendNetBufferLists(lists_.MakeChain(frames));
  EXPECT_EQ(client_.completed(), 5000);
  EXPECT_EQ(completions, 1);
  EXPECT_TRUE(Written() == frames);
}

TEST_F(PcapNicTest, FramesCarryTheTimeOfTheirWrite) {
  for (auto precision :
       {TimestampPrecision::kNanoseconds, TimestampPrecision::kMicroseconds}) {
    if (nic_ != nullptr) {
      nic_->Pause();
      ASSERT_TRUE(nic_->Halt().ok());
    }
    options_.transmit_precision = precision;
    Start();
    clock_.Advance(absl::Nanoseconds(1'234'567));
    Send({TestFrame(60, 1)});
    const absl::Time written = directory_.ReadCapture("out").frames.at(0).time;
    EXPECT_EQ(written,
              precision == TimestampPrecision::kNanoseconds
                  ? clock_.Now()
                  : absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now())));
  }
}

TEST_F(PcapNicTest, FrameInManyMdlsIsWrittenWhole) {
  Start();
  NetBufferListChain chain;
  chain.Append(lists_.Make({TestFrame(1000, 1), TestFrame(99, 2)},
                           /*mdl_size=*/7, /*data_offset=*/20));
  nic_->SendNetBufferLists(std::move(chain));
  EXPECT_THAT(Written(), ElementsAre(TestFrame(1000, 1), TestFrame(99, 2)));
}

TEST_F(PcapNicTest, JumboFramesAreWrittenWhole) {
  options_.common.mtu = 65521;
  Start();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(65535, 1)})),
            NdisStatus::kSuccess);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(65536, 2)})),
            NdisStatus::kInvalidLength);
  EXPECT_THAT(Written(), ElementsAre(TestFrame(65535, 1)));
}

TEST_F(PcapNicTest, ListWithABadLengthSendsNoneOfItsFrames) {
  Start();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 1), TestFrame(1515, 2)})),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(13, 3)})),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(client_.StatusOf(Send({})), NdisStatus::kSuccess);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 4)})), NdisStatus::kSuccess);
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 4)));
  EXPECT_EQ(nic_->statistics().if_out_errors, 3);
}

TEST_F(PcapNicTest, FrameThatIsShorterThanItSaysIsInvalidData) {
  Start();
  NetBufferListChain chain = lists_.MakeChain({TestFrame(60, 1)});
  NetBufferList* const broken = lists_.Make({TestFrame(60, 2)});
  broken->first_net_buffer()->set_data(0, 61);
  chain.Append(broken);
  chain.Append(lists_.MakeChain({TestFrame(60, 3)}));
  nic_->SendNetBufferLists(std::move(chain));
  EXPECT_EQ(client_.StatusOf(broken), NdisStatus::kInvalidData);
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 1), TestFrame(60, 3)));
}

TEST_F(PcapNicTest, ShortFramesArePaddedOnlyWhenAsked) {
  Start();
  Send({TestFrame(20, 1)});
  EXPECT_THAT(Written(), ElementsAre(TestFrame(20, 1)));
  EXPECT_EQ(nic_->statistics().if_hc_out_octets, 20);
  nic_->Pause();
  ASSERT_TRUE(nic_->Halt().ok());
  options_.common.pad_short_frames = true;
  Start();
  Send({TestFrame(20, 1)});
  EXPECT_THAT(Written(), ElementsAre(TestFrame(20, 1) + std::string(40, '\0')));
  EXPECT_EQ(nic_->statistics().if_hc_out_octets, 60);
}

TEST_F(PcapNicTest, WithoutATransmitFileFramesAreDiscardedAndCounted) {
  options_.transmit_file = "";
  captures_ = *CaptureDirectory::Open("");
  Start();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 1), TestFrame(61, 2)})),
            NdisStatus::kSuccess);
  EXPECT_EQ(nic_->statistics().if_hc_out_octets, 121);
}

TEST_F(PcapNicTest, FullDiskFailsTheListAndSaysWhy) {
  FailWritesAfter(2, ENOSPC);  // The header and one chain.
  Start();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 1)})), NdisStatus::kSuccess);
  NetBufferList* const failed = Send({TestFrame(60, 2), TestFrame(60, 3)});
  EXPECT_EQ(client_.StatusOf(failed), NdisStatus::kFailure);
  EXPECT_EQ(nic_->statistics().if_out_errors, 2);
  EXPECT_EQ(nic_->last_write_error().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(nic_->last_write_error().message()),
              HasSubstr("No space left on device"));
  Heal();
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 4)})), NdisStatus::kSuccess);
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 1), TestFrame(60, 4)));
}

TEST_F(PcapNicTest, FullDiskAtTheStartLeavesNoFile) {
  FailWritesAfter(0, ENOSPC);
  EXPECT_EQ(CreateReason(), "CAPTURE_DISK_FULL");
  EXPECT_FALSE(directory_.Exists("out"));
}

TEST_F(PcapNicTest, DiskThatRefusesTheLastBytesIsToldByHalt) {
  file_calls_.fdatasync = [](int) {
    errno = EIO;
    return -1;
  };
  Start();
  nic_->Pause();
  const absl::Status status = nic_->Halt();
  EXPECT_EQ(GetErrorInfo(status)->reason, "CAPTURE_IO_ERROR");
  nic_ = nullptr;
  file_calls_ = FileCalls::System();
  EXPECT_TRUE(Create().ok()) << "the file was released nevertheless";
}

TEST_F(PcapNicTest, DeadLinkFollowsThePolicy) {
  struct {
    LinkDownPolicy policy;
    NdisStatus status;
    uint64_t discards;
  } const kCases[] = {
      {LinkDownPolicy::kFail, NdisStatus::kMediaDisconnected, 1},
      {LinkDownPolicy::kDrop, NdisStatus::kSuccess, 1},
      {LinkDownPolicy::kQueue, NdisStatus::kPending, 0},
  };
  for (const auto& c : kCases) {
    options_.common.link_down_policy = c.policy;
    Start();
    Send({TestFrame(60, 1)});
    LinkDown();
    NetBufferList* const nbl = Send({TestFrame(60, 2)});
    EXPECT_EQ(client_.StatusOf(nbl), c.status);
    EXPECT_EQ(nic_->statistics().if_out_discards, c.discards);
    EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 1)));
    LinkUp();
    Send({TestFrame(60, 3)});
    const bool queued = c.policy == LinkDownPolicy::kQueue;
    EXPECT_EQ(Written().size(), queued ? 3 : 2);
    nic_->Pause();
    ASSERT_TRUE(nic_->Halt().ok());
  }
  nic_ = nullptr;
}

TEST_F(PcapNicTest, HeldFramesKeepTheirOrder) {
  options_.common.link_down_policy = LinkDownPolicy::kQueue;
  options_.common.initially_disconnected = true;
  Start();
  std::vector<std::string> frames;
  for (uint32_t i = 0; i < 10; ++i) {
    frames.push_back(TestFrame(60, i));
    Send({frames.back()});
  }
  EXPECT_EQ(nic_->transmit_queue_length(), 10);
  LinkUp();
  EXPECT_EQ(nic_->transmit_queue_length(), 0);
  EXPECT_EQ(client_.completed(), 10);
  EXPECT_EQ(Written(), frames);
}

TEST_F(PcapNicTest, HeldFramesCanBeCancelled) {
  options_.common.link_down_policy = LinkDownPolicy::kQueue;
  options_.common.initially_disconnected = true;
  Start();
  int source = 0;
  std::vector<NetBufferList*> sent;
  for (uint32_t i = 0; i < 4; ++i) {
    NetBufferList* const nbl = lists_.Make({TestFrame(60, i)});
    nbl->set_source_handle(i < 3 ? &source : nullptr);
    nbl->set_info(NetBufferListInfoId::kNetBufferListCancelId, i % 2);
    NetBufferListChain chain;
    chain.Append(nbl);
    nic_->SendNetBufferLists(std::move(chain));
    sent.push_back(nbl);
  }
  nic_->CancelSends(&source, 1);
  EXPECT_EQ(client_.completed(), 1);
  EXPECT_EQ(client_.StatusOf(sent[1]), NdisStatus::kSendAborted);
  nic_->CancelSends(&source, 0);
  EXPECT_EQ(client_.completed(), 3);
  EXPECT_THAT(client_.statuses(), Each(NdisStatus::kSendAborted));
  EXPECT_EQ(nic_->transmit_queue_length(), 1);
  LinkUp();
  EXPECT_EQ(client_.StatusOf(sent[3]), NdisStatus::kSuccess);
}

TEST_F(PcapNicTest, PauseGivesHeldFramesBack) {
  options_.common.link_down_policy = LinkDownPolicy::kQueue;
  options_.common.initially_disconnected = true;
  Start();
  NetBufferList* const nbl = Send({TestFrame(60, 1)});
  nic_->Pause();
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kPaused);
  EXPECT_EQ(client_.StatusOf(Send({TestFrame(60, 2)})), NdisStatus::kPaused);
  EXPECT_THAT(Written(), IsEmpty());
}

TEST_F(PcapNicTest, TransmitFileIsWrittenAnew) {
  directory_.WriteCapture("out", {{TestFrame(60, 1)}, {TestFrame(60, 2)}});
  Start();
  Send({TestFrame(60, 3)});
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 3)));
}

TEST_F(PcapNicTest, OneFileHasOneWriter) {
  Start();
  FakeNicClient client;
  auto other = PcapNic::Create(options_,
                               {.clock = &clock_, .captures = captures_.get()});
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(GetErrorInfo((*other)->Initialize(&client))->reason,
            "CAPTURE_FILE_IN_USE");
  Send({TestFrame(60, 1)});
  EXPECT_EQ(Written().size(), 1);
}

TEST_F(PcapNicTest, FileCannotBeReceivedAndWrittenAtOnce) {
  directory_.WriteCapture("out", {{TestFrame(60, 1)}});
  options_.receive_file = "out";
  EXPECT_EQ(CreateReason(), "CAPTURE_FILE_IN_USE");
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 1)));
}

TEST_F(PcapNicTest, BadReceiveFileLeavesTheTransmitFileAlone) {
  directory_.WriteCapture("out", {{TestFrame(60, 1)}});
  options_.receive_file = "missing";
  EXPECT_EQ(CreateReason(), "CAPTURE_NOT_FOUND");
  EXPECT_THAT(Written(), ElementsAre(TestFrame(60, 1)));
}

TEST_F(PcapNicTest, WithoutADirectoryCapturesAreRefused) {
  captures_ = *CaptureDirectory::Open("");
  EXPECT_EQ(CreateReason(), "CAPTURE_DIR_NOT_SET");
}

}  // namespace
}  // namespace netbuf
