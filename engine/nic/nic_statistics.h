// The counters of NDIS_STATISTICS_INFO as a NIC keeps them (ndis-semantics 14).

#ifndef NETBUFD_ENGINE_NIC_NIC_STATISTICS_H_
#define NETBUFD_ENGINE_NIC_NIC_STATISTICS_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/ndis/oid_request.h"
#include "engine/nic/frame.h"

namespace netbuf {

// Frames of one batch, by class; added to NicStatistics in one go, so that a
// batch costs a few atomic additions and not a few a frame.
class TrafficTally {
 public:
  void Add(FrameClass frame_class, uint32_t octets) {
    ++packets_[static_cast<int>(frame_class)];
    octets_[static_cast<int>(frame_class)] += octets;
  }

 private:
  friend class NicStatistics;
  std::array<uint64_t, kFrameClassCount> packets_{};
  std::array<uint64_t, kFrameClassCount> octets_{};
};

// Thread safety: every method may be called from any thread. Counters are
// relaxed and none is ever lost; a snapshot is not of one instant.
class NicStatistics {
 public:
  void AddSent(const TrafficTally& tally) { Add(tally, &out_); }
  void AddReceived(const TrafficTally& tally) { Add(tally, &in_); }
  void AddOutErrors(uint64_t frames) { Add(frames, &out_errors_); }
  void AddOutDiscards(uint64_t frames) { Add(frames, &out_discards_); }
  void AddInErrors(uint64_t frames) { Add(frames, &in_errors_); }
  // Frames that found no receive descriptor; they are in-discards too.
  void AddReceiveNoBuffer(uint64_t frames) { Add(frames, &no_buffer_); }

  uint64_t receive_no_buffer() const { return Get(no_buffer_); }
  AdapterStatistics Snapshot() const {
    AdapterStatistics s;
    s.if_in_discards = receive_no_buffer();
    s.if_in_errors = Get(in_errors_);
    s.if_hc_in_ucast_pkts = Get(in_.packets[0]);
    s.if_hc_in_multicast_pkts = Get(in_.packets[1]);
    s.if_hc_in_broadcast_pkts = Get(in_.packets[2]);
    s.if_hc_in_ucast_octets = Get(in_.octets[0]);
    s.if_hc_in_multicast_octets = Get(in_.octets[1]);
    s.if_hc_in_broadcast_octets = Get(in_.octets[2]);
    s.if_hc_in_octets = s.if_hc_in_ucast_octets + s.if_hc_in_multicast_octets +
                        s.if_hc_in_broadcast_octets;
    s.if_hc_out_ucast_pkts = Get(out_.packets[0]);
    s.if_hc_out_multicast_pkts = Get(out_.packets[1]);
    s.if_hc_out_broadcast_pkts = Get(out_.packets[2]);
    s.if_hc_out_ucast_octets = Get(out_.octets[0]);
    s.if_hc_out_multicast_octets = Get(out_.octets[1]);
    s.if_hc_out_broadcast_octets = Get(out_.octets[2]);
    s.if_hc_out_octets = s.if_hc_out_ucast_octets +
                         s.if_hc_out_multicast_octets +
                         s.if_hc_out_broadcast_octets;
    s.if_out_errors = Get(out_errors_);
    s.if_out_discards = Get(out_discards_);
    return s;
  }

 private:
  using Counter = std::atomic<uint64_t>;
  struct ByClass {
    std::array<Counter, kFrameClassCount> packets{};
    std::array<Counter, kFrameClassCount> octets{};
  };

  static void Add(uint64_t value, Counter* counter) {
    if (value != 0) counter->fetch_add(value, std::memory_order_relaxed);
  }
  static void Add(const TrafficTally& tally, ByClass* counters) {
    for (int i = 0; i < kFrameClassCount; ++i) {
      Add(tally.packets_[i], &counters->packets[i]);
      Add(tally.octets_[i], &counters->octets[i]);
    }
  }
  static uint64_t Get(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
  }

  ByClass out_;
  Counter out_errors_{0};
  Counter out_discards_{0};
  // Another line: sending and receiving threads are not the same.
  alignas(64) ByClass in_;
  Counter in_errors_{0};
  Counter no_buffer_{0};
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_NIC_STATISTICS_H_
