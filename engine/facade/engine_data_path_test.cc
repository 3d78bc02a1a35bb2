// Sending, by frames and by handles, and what comes back.

#include <algorithm>
#include <fstream>
#include <numeric>
#include <thread>

#include "engine/facade/engine_test_fixture.h"

namespace netbuf {
namespace {

using ::std::string;
using Statuses = std::vector<NdisStatus>;

class EngineDataPathTest : public EngineTest {
 protected:
  PoolStatistics Pool() {
    return engine_->GetNetBufferListPool(kPool)->statistics;
  }
  // Frames in a capture this engine wrote: the file header is 24 bytes and a
  // record's 16, its length at offset 8.
  static std::vector<string> ReadCapture(const string& name) {
    std::ifstream in(TempDir() + "/" + name, std::ios::binary);
    const string file((std::istreambuf_iterator<char>(in)), {});
    std::vector<string> frames;
    for (size_t at = 24; at + 16 <= file.size();) {
      uint32_t length = 0;
      std::copy_n(file.data() + at + 8, 4, reinterpret_cast<char*>(&length));
      frames.push_back(file.substr(at + 16, length));
      at += 16 + length;
    }
    return frames;
  }
};

TEST_F(EngineDataPathTest, FramesOnAPcapNicAreInTheFileWhenTheSendCompletes) {
  PcapNicOptions nic;
  nic.transmit_file = "out.pcap";
  BringUp(nic);
  const auto statuses = Send({Frame(60, 'a'), Frame(1514, 'b'), Frame(14)});
  ASSERT_TRUE(statuses.ok() && statuses->has_value());
  EXPECT_EQ(**statuses, Statuses(3, NdisStatus::kSuccess));
  EXPECT_EQ(ReadCapture("out.pcap"),
            (std::vector<string>{Frame(60, 'a'), Frame(1514, 'b'), Frame(14)}));
  EXPECT_EQ(Pool().outstanding, 0);
}

TEST_F(EngineDataPathTest, FramesTheStackCannotCarryAreInvalidLength) {
  BringUp();
  const auto statuses =
      Send({Frame(13), Frame(60), Frame(1515), "", Frame(5000)});
  ASSERT_TRUE(statuses.ok() && statuses->has_value());
  EXPECT_EQ(**statuses,
            (Statuses{NdisStatus::kInvalidLength, NdisStatus::kSuccess,
                      NdisStatus::kInvalidLength, NdisStatus::kInvalidLength,
                      NdisStatus::kInvalidLength}));
  EXPECT_EQ(Pool().outstanding, 0);
}

TEST_F(EngineDataPathTest, AnEmptyBatchCompletesAtOnce) {
  BringUp();
  const auto statuses = Send({});
  ASSERT_TRUE(statuses.ok() && statuses->has_value());
  EXPECT_TRUE((*statuses)->empty());
}

TEST_F(EngineDataPathTest, SendsOnAPausedBindingCompleteWithPaused) {
  BringUp();
  ASSERT_TRUE(engine_->PauseBinding(kBinding, absl::Seconds(5)).ok());
  const auto statuses = Send({Frame(60), Frame(60)});
  ASSERT_TRUE(statuses.ok() && statuses->has_value());
  EXPECT_EQ(**statuses, Statuses(2, NdisStatus::kPaused));
  EXPECT_EQ(Pool().outstanding, 0);
}

TEST_F(EngineDataPathTest, ABatchThatThePoolCannotHoldIsRefusedWhole) {
  BringUp();
  CreatePool(2048, 4, "small");
  const auto refused = Send(std::vector<string>(5, Frame(60)), std::nullopt,
                            "protocols/p1/netBufferListPools/small");
  EXPECT_EQ(ReasonOf(refused.status()), "POOL_EXHAUSTED");
  EXPECT_EQ(engine_->GetBinding(kBinding)->statistics.sent_frames, 0);
  EXPECT_TRUE(Send(std::vector<string>(4, Frame(60)), std::nullopt,
                   "protocols/p1/netBufferListPools/small")
                  .ok());
}

TEST_F(EngineDataPathTest, APoolWithoutDataOrOfAnotherProtocolIsRefused) {
  BringUp();
  NetBufferListPoolParameters bare;
  ASSERT_TRUE(
      engine_->CreateNetBufferListPool(kProtocol, "bare", bare, 0).ok());
  EXPECT_EQ(ReasonOf(Send({Frame(60)}, std::nullopt,
                          "protocols/p1/netBufferListPools/bare")
                         .status()),
            "WRONG_ALLOCATOR");
  Register("p2");
  NetBufferListPoolParameters data;
  data.allocate_net_buffer = true;
  data.data_size = 2048;
  ASSERT_TRUE(
      engine_->CreateNetBufferListPool("protocols/p2", "l", data, 0).ok());
  EXPECT_EQ(ReasonOf(Send({Frame(60)}, std::nullopt,
                          "protocols/p2/netBufferListPools/l")
                         .status()),
            "FOREIGN_POOL");
}

TEST_F(EngineDataPathTest, RoomForTheStacksHeadersAvoidsMisses) {
  BringUp();
  ASSERT_TRUE(engine_
                  ->AttachFilter(kAdapter, "vxlan", VxlanFilterOptions{}, 0,
                                 absl::Seconds(5))
                  .ok());
  ASSERT_EQ(State(), BindingState::kRunning);
  EXPECT_EQ(engine_->GetBinding(kBinding)
                ->restart_attributes->requirements.data_back_fill_size,
            50);
  ASSERT_TRUE(Send({Frame(1000), Frame(60)}).ok());
  BindingStatistics statistics = engine_->GetBinding(kBinding)->statistics;
  EXPECT_EQ(statistics.data_back_fill_hits, 2);
  EXPECT_EQ(statistics.data_back_fill_misses, 0);
  ASSERT_TRUE(Send({Frame(1000), Frame(60)}, 0).ok());
  statistics = engine_->GetBinding(kBinding)->statistics;
  EXPECT_EQ(statistics.data_back_fill_hits, 2);
  EXPECT_EQ(statistics.data_back_fill_misses, 2);
}

// --- By handle ---------------------------------------------------------------

class EngineSendByHandleTest : public EngineDataPathTest {
 protected:
  uint64_t Filled(const string& frame) {
    const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
    EXPECT_TRUE(list.ok());
    EXPECT_TRUE(
        engine_->WriteData(kProtocol, {0, (*list)[0], 0}, 0, frame, true).ok());
    return (*list)[0];
  }
  absl::Status SendHandles(const std::vector<uint64_t>& handles) {
    result_ = std::make_shared<std::optional<Statuses>>();
    return engine_->SendNetBufferLists(
        kBinding, handles, 0, 0,
        [result = result_](Statuses statuses) { *result = statuses; });
  }
  std::shared_ptr<std::optional<Statuses>> result_;
};

TEST_F(EngineSendByHandleTest, SentListsComeBackToTheirProtocol) {
  PcapNicOptions nic;
  nic.transmit_file = "handles.pcap";
  BringUp(nic);
  const uint64_t a = Filled(Frame(60, 'a'));
  const uint64_t b = Filled(Frame(70, 'b'));
  ASSERT_TRUE(SendHandles({b, a}).ok());
  ASSERT_TRUE(result_->has_value());
  EXPECT_EQ(**result_, Statuses(2, NdisStatus::kSuccess));
  EXPECT_EQ(ReadCapture("handles.pcap"),
            (std::vector<string>{Frame(70, 'b'), Frame(60, 'a')}));
  // Unchanged and usable: sent again, read, freed.
  EXPECT_EQ(*engine_->ReadData(kProtocol, {0, a, 0}, 0, 0), Frame(60, 'a'));
  ASSERT_TRUE(SendHandles({a}).ok());
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, {a, b}).ok());
  EXPECT_EQ(Pool().outstanding, 0);
}

TEST_F(EngineSendByHandleTest, AListInFlightIsOutOfReachUntilItCompletes) {
  SimulatedNicOptions nic;
  nic.common.link_speed_bps = 1'000'000;
  BringUp(nic);
  const uint64_t list = Filled(Frame(1000));
  ASSERT_TRUE(SendHandles({list}).ok());
  EXPECT_FALSE(result_->has_value());
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol, {list})),
            "NOT_HOLDER");
  EXPECT_EQ(ReasonOf(SendHandles({list})), "NOT_HOLDER");
  EXPECT_EQ(
      ReasonOf(
          engine_->WriteData(kProtocol, {0, list, 0}, 0, "x", false).status()),
      "NOT_HOLDER");
  EXPECT_EQ(ReasonOf(engine_->DeleteNetBufferListPool(kPool)),
            "POOL_NOT_EMPTY");
  EXPECT_EQ(engine_->GetBinding(kBinding)->outstanding_sends, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(engine_->GetBinding(kBinding)->outstanding_sends, 0);
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, {list}).ok());
}

TEST_F(EngineDataPathTest, ACallIsTimedOnceUntilItsLastFrameCompletes) {
  SimulatedNicOptions nic;
  nic.common.link_speed_bps = 1'000'000;
  BringUp(nic);
  // 12 ms each on the wire; nothing is recorded while they are on it.
  ASSERT_TRUE(Send({Frame(1514), Frame(1514), Frame(1514)}).ok());
  EXPECT_EQ(engine_->Snapshot().send_completion_times.sum,
            absl::ZeroDuration());
  clock_.Advance(absl::Seconds(1));
  const LatencyCounts times = engine_->Snapshot().send_completion_times;
  EXPECT_EQ(
      std::accumulate(times.buckets.begin(), times.buckets.end(), uint64_t{0}),
      1);
  EXPECT_GT(times.sum, absl::Milliseconds(36));
  EXPECT_LT(times.sum, absl::Milliseconds(38));
}

TEST_F(EngineSendByHandleTest, OneListCarriesSeveralFramesInOrder) {
  PcapNicOptions nic;
  nic.transmit_file = "several.pcap";
  BringUp(nic);
  NetBufferListPoolParameters bare;
  ASSERT_TRUE(
      engine_->CreateNetBufferListPool(kProtocol, "bare", bare, 0).ok());
  NetBufferPoolParameters data;
  data.data_size = 256;
  ASSERT_TRUE(engine_->CreateNetBufferPool(kProtocol, "d", data, 0).ok());
  const auto list = engine_->AllocateNetBufferLists(
      "protocols/p1/netBufferListPools/bare", 1, 0, 0);
  const auto buffers = engine_->AllocateNetBufferMdlAndData(
      "protocols/p1/netBufferPools/d", 3, (*list)[0]);
  ASSERT_TRUE(buffers.ok());
  std::vector<string> frames;
  for (size_t i = 0; i < 3; ++i) {
    frames.push_back(Frame(60 + i, static_cast<char>('a' + i)));
    ASSERT_TRUE(
        engine_->WriteData(kProtocol, {(*buffers)[i], 0, 0}, 0, frames[i], true)
            .ok());
  }
  ASSERT_TRUE(SendHandles(*list).ok());
  EXPECT_EQ(**result_, Statuses(1, NdisStatus::kSuccess));
  EXPECT_EQ(ReadCapture("several.pcap"), frames);
  EXPECT_TRUE(engine_->FreeNetBuffers(kProtocol, *buffers).ok());
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, *list).ok());
}

TEST_F(EngineSendByHandleTest, ARefusedSendSendsNothing) {
  BringUp();
  const uint64_t good = Filled(Frame(60));
  EXPECT_EQ(ReasonOf(SendHandles({good, good})), "DUPLICATE_HANDLE");
  EXPECT_EQ(ReasonOf(SendHandles({good, 99})), "STALE_HANDLE");
  EXPECT_FALSE(result_->has_value());
  EXPECT_EQ(engine_->GetBinding(kBinding)->statistics.sent_frames, 0);
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, {good}).ok());
}

// --- Stack changes under load ------------------------------------------------

TEST_F(EngineDataPathTest, NoFrameIsLostWhenFiltersComeAndGoUnderLoad) {
  PcapNicOptions nic;
  nic.transmit_file = "load.pcap";
  BringUp(nic);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> sent{0};
  std::atomic<uint64_t> succeeded{0};
  std::atomic<uint64_t> completed{0};
  std::vector<std::thread> senders;
  for (int t = 0; t < 2; ++t) {
    senders.emplace_back([&] {
      const string frame = Frame(200);
      while (!stop) {
        SendFramesArguments arguments;
        arguments.binding = kBinding;
        arguments.net_buffer_list_pool = kPool;
        arguments.frames.assign(8, frame);
        sent += 8;
        EXPECT_TRUE(engine_
                        ->SendFrames(arguments,
                                     [&](Statuses statuses) {
                                       completed += statuses.size();
                                       succeeded += std::count(
                                           statuses.begin(), statuses.end(),
                                           NdisStatus::kSuccess);
                                     })
                        .ok());
      }
    });
  }
  // Every change of the stack meets frames: it waits for one that came through.
  const auto wait_for_a_frame = [&] {
    const uint64_t before = succeeded;
    while (succeeded == before) std::this_thread::yield();
  };
  for (int i = 0; i < 10; ++i) {
    wait_for_a_frame();
    EXPECT_TRUE(engine_
                    ->AttachFilter(kAdapter, "vlan", VlanFilterOptions{7, 0}, 0,
                                   absl::Seconds(20))
                    .ok());
    EXPECT_TRUE(
        engine_->DetachFilter("adapters/a1/filters/vlan", absl::Seconds(20))
            .ok());
  }
  wait_for_a_frame();
  stop = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(completed, sent);
  EXPECT_EQ(ReadCapture("load.pcap").size(), succeeded);
  EXPECT_EQ(Pool().outstanding, 0);
}

// --- Receiving ---------------------------------------------------------------

TEST_F(EngineDataPathTest, AReplayedCaptureIsReadWholeAndInOrder) {
  std::vector<string> frames;
  for (int i = 0; i < 3000; ++i) {
    frames.push_back(Frame(60 + i % 1000, static_cast<char>(i)));
  }
  {
    PcapNicOptions writer;
    writer.transmit_file = "in.pcap";
    BringUp(writer);
    ASSERT_TRUE(Send(frames).ok());
    ASSERT_TRUE(engine_->Shutdown(absl::Seconds(10)).ok());
  }
  Restart({});
  PcapNicOptions reader;
  reader.receive_file = "in.pcap";
  BringUp(reader);
  int readable = 0;
  auto receiver = engine_->ReceiveFrames(kBinding, [&] { ++readable; });
  ASSERT_TRUE(receiver.ok()) << receiver.status();
  EXPECT_EQ(engine_->ReceiveFrames(kBinding, [] {}).status().code(),
            absl::StatusCode::kAlreadyExists);
  const uint8_t promiscuous[] = {0x20, 0, 0, 0};
  ASSERT_TRUE(engine_->SetOid(kBinding, 0x0001010E, promiscuous).ok());
  std::vector<string> received;
  bool paused = false;
  // Between two moments of the clock the replay fills its descriptors; then it
  // waits for the reader.
  for (int moment = 0; moment < 1000 && received.size() < frames.size();
       ++moment) {
    clock_.Advance(absl::Milliseconds(1));
    EXPECT_GT(readable, 0);
    readable = 0;
    for (;;) {
      const FrameReceiver::Batch batch = (*receiver)->Read(64);
      EXPECT_EQ(batch.dropped_frames, 0);
      if (batch.frame_lengths.empty()) break;
      size_t at = 0;
      for (uint32_t length : batch.frame_lengths) {
        received.push_back(batch.frame_data.substr(at, length));
        at += length;
      }
      if (!paused && received.size() > 1000) {
        // What waits when the binding pauses is kept for the reader.
        paused = true;
        ASSERT_TRUE(engine_->PauseBinding(kBinding, absl::Seconds(5)).ok());
        ASSERT_EQ(State(), BindingState::kPaused);
        ASSERT_TRUE(engine_->RestartBinding(kBinding, false).ok());
      }
    }
  }
  EXPECT_EQ(received, frames);
  receiver->reset();
  EXPECT_TRUE(engine_->ReceiveFrames(kBinding, [] {}).ok());
}

}  // namespace
}  // namespace netbuf
