// What the engine tells about itself: plain values, copied at one moment, that
// hold no pointer into it. Sizes are bytes, speeds bit/s, names resource names.

#ifndef NETBUFD_ENGINE_SNAPSHOTS_H_
#define NETBUFD_ENGINE_SNAPSHOTS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic_factory.h"
#include "engine/pool/pool_types.h"
#include "engine/stack/binding_state.h"
#include "engine/stack/filter_spec.h"
#include "engine/stack/latency_histogram.h"
#include "engine/stack/restart_attributes.h"

namespace netbuf {

struct FilterSnapshot {
  std::string name;  // adapters/{adapter}/filters/{filter}
  FilterSpec spec;
  StackRequirements requirements;  // Its own share.
  uint64_t frames_sent = 0;
  uint64_t bytes_sent = 0;
  uint64_t frames_received = 0;
  uint64_t bytes_received = 0;
  uint64_t data_back_fill_hits = 0;
  uint64_t data_back_fill_misses = 0;
  uint64_t context_back_fill_hits = 0;
  uint64_t context_back_fill_misses = 0;
};

struct CaptureReplaySnapshot {
  uint64_t frames_replayed = 0;
  bool finished = false;
  std::string error;
};

struct AdapterSnapshot {
  std::string name;  // adapters/{adapter}
  NicSpec nic;       // As created, with derived values filled in.
  MacAddress mac_address{};
  bool running = false;
  LinkState link_state;
  std::vector<FilterSnapshot> filters;  // From the top down.
  StackRequirements requirements;       // The whole stack's.
  uint32_t mtu = 0;
  uint32_t maximum_total_size = 0;  // At the top of the stack.
  std::vector<std::string> bindings;
  AdapterStatistics statistics;
  uint64_t transmit_queue_length = 0;
  std::optional<CaptureReplaySnapshot> capture_replay;
};

struct BindingStatistics {
  uint64_t sent_net_buffer_lists = 0;
  uint64_t sent_frames = 0;
  uint64_t sent_bytes = 0;
  // NET_BUFFER_LISTs by final status, in the order of SendCompletionStatuses().
  std::array<uint64_t, kSendCompletionStatusCount> completions{};
  uint64_t data_back_fill_hits = 0;
  uint64_t data_back_fill_misses = 0;
  uint64_t context_back_fill_hits = 0;
  uint64_t context_back_fill_misses = 0;
  uint64_t sends_while_pausing = 0;
  uint64_t received_frames = 0;
  uint64_t received_bytes = 0;
  uint64_t dropped_receive_frames = 0;
  uint64_t pauses = 0;
  absl::Duration pause_time = absl::ZeroDuration();
};

enum class RestartPolicy : uint8_t { kAutomatic, kManual };

struct BindingSnapshot {
  std::string name;     // protocols/{protocol}/bindings/{binding}
  std::string adapter;  // adapters/{adapter}
  RestartPolicy restart_policy = RestartPolicy::kAutomatic;
  BindingState state = BindingState::kUnbound;
  RestartAttributes bind_parameters;
  std::optional<RestartAttributes> restart_attributes;
  uint64_t outstanding_sends = 0;
  uint64_t outstanding_receives = 0;
  BindingStatistics statistics;
  std::string waiting_for;  // "3 sends and 1 receive"; empty when nothing.
};

struct NetBufferListPoolSnapshot {
  std::string name;  // protocols/{protocol}/netBufferListPools/{pool}
  NetBufferListPoolParameters parameters;
  uint64_t max_outstanding = 0;
  PoolStatistics statistics;
};

struct NetBufferPoolSnapshot {
  std::string name;  // protocols/{protocol}/netBufferPools/{pool}
  NetBufferPoolParameters parameters;
  uint64_t max_outstanding = 0;
  PoolStatistics statistics;
};

struct ProtocolSnapshot {
  std::string name;  // protocols/{protocol}
  absl::Duration lease_duration;
  absl::Time lease_expire_time;
  std::vector<std::string> bindings;
  std::vector<std::string> net_buffer_list_pools;
  std::vector<std::string> net_buffer_pools;
};

// What a protocol left behind when it was deregistered.
struct DeregisterReport {
  uint64_t leaked_net_buffer_lists = 0;
  uint64_t leaked_net_buffers = 0;
  std::vector<std::string> reclaimed_pools;
  std::vector<std::string> closed_bindings;
};

struct NetBufferSnapshot {
  struct Mdl {
    uint32_t byte_count = 0;
    bool allocated_by_retreat = false;
  };
  uint64_t handle = 0;           // 0: it came with its list.
  std::string pool;              // Empty: it came with its list.
  uint64_t net_buffer_list = 0;  // 0: attached to none.
  uint32_t data_offset = 0;
  uint32_t data_length = 0;
  std::vector<Mdl> mdl_chain;
  uint32_t current_mdl_index = 0;
  uint32_t current_mdl_offset = 0;
};

struct NetBufferListSnapshot {
  struct Context {
    uint32_t size = 0;
    uint32_t offset = 0;
    bool allocated = false;  // Not with the list.
  };
  uint64_t handle = 0;
  std::string pool;
  std::vector<NetBufferSnapshot> net_buffers;
  std::vector<Context> contexts;  // Newest first.
  NdisStatus status = NdisStatus::kSuccess;
  uint32_t nbl_flags = 0;
  uint8_t protocol_id = 0;
  std::string holder;
  std::vector<LifeEvent> history;  // Oldest first.
};

// Requests answered by a stack, by kind and final status.
struct OidCount {
  bool set = false;
  NdisStatus status = NdisStatus::kSuccess;
  uint64_t requests = 0;
};

// A move of any binding from one state to another, counted since start.
struct BindingTransitionCount {
  BindingState from = BindingState::kUnbound;
  BindingState to = BindingState::kUnbound;
  uint64_t count = 0;
};

// Everything at once, for monitoring. Takes no lock that a send takes.
struct EngineSnapshot {
  std::vector<AdapterSnapshot> adapters;
  std::vector<ProtocolSnapshot> protocols;
  std::vector<BindingSnapshot> bindings;
  std::vector<NetBufferListPoolSnapshot> net_buffer_list_pools;
  std::vector<NetBufferPoolSnapshot> net_buffer_pools;
  std::vector<OidCount> oid_requests;
  std::vector<BindingTransitionCount> binding_transitions;
  // Of calls that sent, from the moment they had their buffers to the
  // completion of the last.
  LatencyCounts send_completion_times;
  LatencyCounts pause_times;  // Of all bindings, from Pausing to Paused.
  uint64_t lease_expiries = 0;
  uint64_t leaked_net_buffer_lists = 0;  // Reclaimed from protocols gone.
  uint64_t leaked_net_buffers = 0;
  uint64_t memory_used_bytes = 0;  // Of all pools together.
  uint64_t memory_limit_bytes = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_SNAPSHOTS_H_
