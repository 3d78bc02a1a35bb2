#include "server/metrics/fake_snapshot.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace netbuf {
namespace {

AdapterStatistics NumberedAdapterStatistics(uint64_t first) {
  AdapterStatistics s;
  for (uint64_t* field :
       {&s.if_in_discards, &s.if_in_errors, &s.if_hc_in_ucast_pkts,
        &s.if_hc_in_multicast_pkts, &s.if_hc_in_broadcast_pkts,
        &s.if_hc_out_ucast_pkts, &s.if_hc_out_multicast_pkts,
        &s.if_hc_out_broadcast_pkts, &s.if_out_errors, &s.if_out_discards,
        &s.if_hc_in_ucast_octets, &s.if_hc_in_multicast_octets,
        &s.if_hc_in_broadcast_octets, &s.if_hc_out_ucast_octets,
        &s.if_hc_out_multicast_octets, &s.if_hc_out_broadcast_octets}) {
    *field = first++;
  }
  s.if_hc_in_octets = s.if_hc_in_ucast_octets + s.if_hc_in_multicast_octets +
                      s.if_hc_in_broadcast_octets;
  s.if_hc_out_octets = s.if_hc_out_ucast_octets + s.if_hc_out_multicast_octets +
                       s.if_hc_out_broadcast_octets;
  return s;
}

BindingStatistics NumberedBindingStatistics(uint64_t first) {
  BindingStatistics s;
  for (uint64_t* field :
       {&s.sent_net_buffer_lists, &s.sent_frames, &s.sent_bytes,
        &s.data_back_fill_hits, &s.data_back_fill_misses,
        &s.context_back_fill_hits, &s.context_back_fill_misses,
        &s.sends_while_pausing, &s.received_frames, &s.received_bytes,
        &s.dropped_receive_frames, &s.pauses}) {
    *field = first++;
  }
  for (uint64_t& completions : s.completions) completions = first++;
  s.pause_time = absl::Milliseconds(1500);
  return s;
}

PoolStatistics NumberedPoolStatistics(uint64_t first) {
  PoolStatistics s;
  for (uint64_t* field :
       {&s.block_bytes, &s.blocks, &s.outstanding, &s.cached, &s.high_water,
        &s.allocations, &s.frees, &s.allocation_failures, &s.depot_refills,
        &s.depot_drains, &s.steals, &s.violations, &s.memory_bytes}) {
    *field = first++;
  }
  return s;
}

AdapterSnapshot SimulatedAdapter() {
  AdapterSnapshot adapter;
  adapter.name = "adapters/a1";
  adapter.nic = SimulatedNicOptions{};
  adapter.running = true;
  adapter.link_state.connect_state = MediaConnectState::kConnected;
  adapter.link_state.xmit_link_speed = 1'000'000'000;
  adapter.link_state.rcv_link_speed = 100'000'000;
  adapter.requirements = {.data_back_fill_size = 54,
                          .context_back_fill_size = 64};
  adapter.mtu = 1450;
  adapter.statistics = NumberedAdapterStatistics(101);
  adapter.transmit_queue_length = 12;
  FilterSnapshot filter;
  filter.name = "adapters/a1/filters/f1";
  filter.spec = VlanFilterOptions{};
  filter.frames_sent = 201;
  filter.bytes_sent = 202;
  filter.frames_received = 203;
  filter.bytes_received = 204;
  filter.data_back_fill_hits = 205;
  filter.data_back_fill_misses = 206;
  filter.context_back_fill_hits = 207;
  filter.context_back_fill_misses = 208;
  adapter.filters.push_back(filter);
  return adapter;
}

AdapterSnapshot PcapAdapter() {
  AdapterSnapshot adapter;
  adapter.name = "adapters/a2";
  adapter.nic = PcapNicOptions{};
  adapter.link_state.connect_state = MediaConnectState::kDisconnected;
  adapter.mtu = 1500;
  adapter.capture_replay = CaptureReplaySnapshot{
      .frames_replayed = 77, .finished = true, .error = "truncated"};
  return adapter;
}

}  // namespace

EngineSnapshot SmallSnapshot() {
  EngineSnapshot snapshot;
  snapshot.adapters = {SimulatedAdapter(), PcapAdapter()};
  ProtocolSnapshot protocol;
  protocol.name = "protocols/p1";
  snapshot.protocols.push_back(protocol);

  BindingSnapshot binding;
  binding.name = "protocols/p1/bindings/b1";
  binding.adapter = "adapters/a1";
  binding.state = BindingState::kPausing;
  binding.outstanding_sends = 3;
  binding.outstanding_receives = 1;
  binding.statistics = NumberedBindingStatistics(301);
  snapshot.bindings.push_back(binding);

  NetBufferListPoolSnapshot list_pool;
  list_pool.name = "protocols/p1/netBufferListPools/n1";
  list_pool.max_outstanding = 4096;
  list_pool.statistics = NumberedPoolStatistics(401);
  snapshot.net_buffer_list_pools.push_back(list_pool);
  NetBufferPoolSnapshot pool;
  pool.name = "protocols/p1/netBufferPools/n2";
  pool.statistics = NumberedPoolStatistics(501);
  snapshot.net_buffer_pools.push_back(pool);

  snapshot.oid_requests = {
      {.set = false, .status = NdisStatus::kSuccess, .requests = 601},
      {.set = true, .status = NdisStatus::kInvalidLength, .requests = 602}};
  snapshot.binding_transitions = {{.from = BindingState::kRunning,
                                   .to = BindingState::kPausing,
                                   .count = 701}};
  snapshot.send_completion_times.buckets = {901, 902};
  snapshot.send_completion_times.sum = absl::Milliseconds(903);
  snapshot.pause_times.buckets.back() = 904;
  snapshot.pause_times.sum = absl::Seconds(905);
  snapshot.lease_expiries = 801;
  snapshot.leaked_net_buffer_lists = 802;
  snapshot.leaked_net_buffers = 803;
  snapshot.memory_used_bytes = 804;
  snapshot.memory_limit_bytes = 805;
  return snapshot;
}

EngineSnapshot LargeSnapshot(int pools, int bindings) {
  // Ten digits, as a server has that sends 100,000 frames/s for a day.
  constexpr uint64_t kLongRun = 8'640'000'000;
  EngineSnapshot snapshot;
  for (int i = 0; i < 10; ++i) {
    AdapterSnapshot adapter = SimulatedAdapter();
    adapter.name = absl::StrCat("adapters/adapter-", i);
    adapter.filters[0].name = absl::StrCat(adapter.name, "/filters/tag");
    snapshot.adapters.push_back(std::move(adapter));
  }
  for (int i = 0; i < bindings; ++i) {
    BindingSnapshot binding;
    binding.name = absl::StrCat("protocols/protocol-", i, "/bindings/main");
    binding.adapter = snapshot.adapters[i % 10].name;
    binding.state = BindingState::kRunning;
    binding.statistics = NumberedBindingStatistics(kLongRun + i);
    snapshot.bindings.push_back(std::move(binding));
  }
  for (int i = 0; i < pools; ++i) {
    NetBufferListPoolSnapshot pool;
    pool.name =
        absl::StrCat("protocols/protocol-", i, "/netBufferListPools/send");
    pool.statistics = NumberedPoolStatistics(kLongRun + i);
    snapshot.net_buffer_list_pools.push_back(std::move(pool));
  }
  return snapshot;
}

}  // namespace netbuf
