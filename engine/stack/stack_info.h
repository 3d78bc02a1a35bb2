// What the stack tells about itself: plain values copied at one moment.
// Counters are lossless sums over threads; two of them read together may be
// apart by what was in flight.

#ifndef NETBUFD_ENGINE_STACK_STACK_INFO_H_
#define NETBUFD_ENGINE_STACK_STACK_INFO_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/ndis/status.h"
#include "engine/stack/binding_state.h"
#include "engine/stack/filter_spec.h"
#include "engine/stack/latency_histogram.h"
#include "engine/stack/restart_attributes.h"

namespace netbuf {

// State of a miniport or filter module (ndis-semantics 10) while it is
// attached.
enum class ModuleState : uint8_t { kPaused, kRestarting, kRunning, kPausing };
absl::string_view ModuleStateName(ModuleState state);  // "RUNNING"

// How often filters found the room they prepend into, and how often they had to
// allocate it. Data by NET_BUFFER, context by list.
struct BackFillCounts {
  uint64_t data_hits = 0;
  uint64_t data_misses = 0;
  uint64_t context_hits = 0;
  uint64_t context_misses = 0;
};

struct TrafficCounts {
  uint64_t frames = 0;
  uint64_t bytes = 0;
};

// Kinds of frame an observer tells apart.
enum class FrameKind : uint8_t { kIpv4, kIpv6, kArp, kVlan, kOther };
inline constexpr int kFrameKindCount = 5;
absl::string_view FrameKindName(FrameKind kind);  // "IPV4"

struct FilterInfo {
  std::string name;  // As given to AttachFilter().
  FilterSpec spec;   // With every default filled in.
  ModuleState state = ModuleState::kPaused;
  StackRequirements requirements;        // Its own share.
  TrafficCounts sent;                    // As they came from above.
  TrafficCounts received;                // As they came from below.
  uint64_t lists_refused_paused = 0;     // Completed with PAUSED.
  uint64_t lists_refused_resources = 0;  // Completed with RESOURCES.
  uint64_t receives_unwrapped = 0;       // Frames whose header it took off.
  uint64_t receives_dropped = 0;         // No memory for its undo state.
  BackFillCounts back_fill;
  // An observer's: by FrameKind.
  std::array<TrafficCounts, kFrameKindCount> sent_by_kind{};
  std::array<TrafficCounts, kFrameKindCount> received_by_kind{};
};

struct BindingCounts {
  struct Completion {
    uint64_t lists = 0;
    uint64_t frames = 0;
    uint64_t bytes = 0;
  };
  uint64_t sent_lists = 0;  // Handed to the stack, whatever became of them.
  uint64_t sent_frames = 0;
  uint64_t sent_bytes = 0;
  // By final status, in the order of SendCompletionStatuses().
  std::array<Completion, kSendCompletionStatusCount> completions{};
  BackFillCounts back_fill;
  uint64_t sends_while_pausing = 0;  // Lists (X9).
  TrafficCounts received;
  uint64_t dropped_receive_frames = 0;  // No copy could be made.
  uint64_t pauses = 0;
  absl::Duration pause_time = absl::ZeroDuration();  // From Pausing to Paused.
  uint64_t restart_failures = 0;
  uint64_t restart_timeouts = 0;
  // [from][to]
  std::array<std::array<uint64_t, kBindingStateCount>, kBindingStateCount>
      transitions{};
};

struct BindingInfo {
  std::string name;
  BindingState state = BindingState::kUnbound;
  BindParameters bind_parameters;
  std::optional<RestartAttributes> restart_attributes;  // Of the last restart.
  uint64_t outstanding_sends = 0;                       // Lists.
  uint64_t outstanding_receives = 0;                    // Lists.
  std::string waiting_for;  // "3 sends and 1 receive" while it drains, else "".
  uint32_t packet_filter = 0;
  uint32_t lookahead = 0;
  std::vector<MacAddress> multicast_list;
  BindingCounts counts;
};

struct OidRequestCount {
  bool set = false;
  NdisStatus status = NdisStatus::kSuccess;
  uint64_t requests = 0;
};

struct AdapterInfo {
  std::string name;
  ModuleState state = ModuleState::kPaused;
  MacAddress current_address{};
  uint32_t mtu = 0;  // At the top of the stack.
  uint32_t maximum_total_size = 0;
  StackRequirements requirements;  // Of the whole stack.
  LinkState link_state;
  std::vector<FilterInfo> filters;         // Top to bottom.
  std::vector<std::string> bindings;       // Names.
  uint32_t packet_filter = 0;              // OR over bindings.
  std::vector<MacAddress> multicast_list;  // Union over bindings.
  AdapterStatistics statistics;
  uint64_t transmit_queue_length = 0;
  uint64_t stack_generation = 0;
  uint64_t stack_changes = 0;         // Filters attached or detached.
  uint64_t stack_changes_undone = 0;  // The pause outlived its deadline.
  uint64_t receives_unclaimed = 0;    // Frames that matched no binding.
  std::vector<OidRequestCount> oid_requests;
  // Of all bindings it ever had: [from][to].
  std::array<std::array<uint64_t, kBindingStateCount>, kBindingStateCount>
      transitions{};
  LatencyCounts pause_times;  // Of the same; from Pausing to Paused.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_STACK_INFO_H_
