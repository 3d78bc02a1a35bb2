// What a frame costs on its way into a capture file, next to libpcap's own
// writer. CPU time, because the disk's share is the machine's affair.
//   BM_PcapNic/64/512    64-byte frames, 512 lists a chain

#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_writer.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/pcap_nic.h"
#include "engine/nic/simulated_nic.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"

namespace netbuf {
namespace {

// Frames a file takes before it is begun anew, so that it stays in memory.
constexpr int64_t kFramesPerFile = 50'000;
// Buffers in use: as many as a busy sender has.
constexpr int kBuffers = 512;

// Counts what fails; the lists stay where they are.
class Client : public NicClient {
 public:
  void SendNetBufferListsComplete(NetBufferListChain chain) override {
    for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
      if (nbl->status() != NdisStatus::kSuccess) ++failed;
    }
  }
  void IndicateReceiveNetBufferLists(NetBufferListChain) override {}
  void IndicateLinkState(const LinkState&) override {}

  int64_t failed = 0;
};

std::vector<NetBufferList*> MakeBuffers(TestLists* lists, size_t size) {
  std::vector<NetBufferList*> buffers;
  for (uint32_t i = 0; i < kBuffers; ++i) {
    buffers.push_back(lists->Make({TestFrame(size, i)}));
  }
  return buffers;
}

void SendChains(benchmark::State& state, Nic& nic,
                const std::vector<NetBufferList*>& buffers, int64_t frames,
                size_t chain_size) {
  for (int64_t sent = 0; sent < frames;) {
    NetBufferListChain chain;
    for (size_t i = 0; i < chain_size; ++i) chain.Append(buffers[i]);
    nic.SendNetBufferLists(std::move(chain));
    sent += static_cast<int64_t>(chain_size);
  }
  state.SetItemsProcessed(state.items_processed() + frames);
}

void BM_PcapNic(benchmark::State& state) {
  TestDirectory directory;
  const auto captures = *CaptureDirectory::Open(directory.path());
  TestLists lists;
  const auto buffers = MakeBuffers(&lists, state.range(0));
  RealClock clock;
  Client client;
  PcapNicOptions options;
  options.transmit_file = "out";
  options.common.mtu = 65521;
  // Nothing of it has to reach the disk.
  FileCalls calls = FileCalls::System();
  calls.fdatasync = [](int) { return 0; };
  for (auto _ : state) {
    state.PauseTiming();
    auto nic = *PcapNic::Create(
        options,
        {.clock = &clock, .captures = captures.get(), .file_calls = calls});
    if (!nic->Initialize(&client).ok()) state.SkipWithError("no file");
    nic->Restart();
    state.ResumeTiming();
    SendChains(state, *nic, buffers, kFramesPerFile, state.range(1));
    state.PauseTiming();
    nic->Pause();
    captures->Remove("out");
    if (!nic->Halt().ok()) state.SkipWithError("not written");
    state.ResumeTiming();
  }
  if (client.failed > 0) state.SkipWithError("sends failed");
}
BENCHMARK(BM_PcapNic)->ArgsProduct({{64, 1514, 9000}, {1, 32, 512}});

void BM_PcapDump(benchmark::State& state) {
  TestDirectory directory;
  const std::string frame = TestFrame(state.range(0), 1);
  pcap_pkthdr header = {};
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  for (auto _ : state) {
    state.PauseTiming();
    pcap_t* const handle = pcap_open_dead_with_tstamp_precision(
        DLT_EN10MB, 262144, PCAP_TSTAMP_PRECISION_NANO);
    FILE* const file = ::fopen(directory.PathOf("out").c_str(), "w");
    pcap_dumper_t* const dumper = pcap_dump_fopen(handle, file);
    state.ResumeTiming();
    for (int64_t i = 0; i < kFramesPerFile; ++i) {
      pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
                reinterpret_cast<const u_char*>(frame.data()));
    }
    pcap_dump_flush(dumper);
    state.PauseTiming();
    ::unlink(directory.PathOf("out").c_str());
    pcap_dump_close(dumper);
    pcap_close(handle);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kFramesPerFile);
}
BENCHMARK(BM_PcapDump)->Arg(64)->Arg(1514)->Arg(9000);

void BM_SimulatedNicWithoutSpeed(benchmark::State& state) {
  TestLists lists;
  const auto buffers = MakeBuffers(&lists, 64);
  VirtualClock clock;
  Client client;
  auto nic = *SimulatedNic::Create({}, &clock);
  if (!nic->Initialize(&client).ok()) state.SkipWithError("no NIC");
  nic->Restart();
  for (auto _ : state) {
    SendChains(state, *nic, buffers, kFramesPerFile, state.range(0));
  }
  nic->Pause();
}
BENCHMARK(BM_SimulatedNicWithoutSpeed)->Arg(1)->Arg(32)->Arg(512);

}  // namespace
}  // namespace netbuf

BENCHMARK_MAIN();
