#include "server/metrics/engine_collector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/ndis/status.h"
#include "server/metrics/adapter_families.h"
#include "server/metrics/field_family.h"
#include "server/metrics/metric_family.h"

namespace netbuf {
namespace {

using absl::string_view;

// Lowercase, as label values are written. By value of the enumeration.
const std::array<std::string, kBindingStateCount>& StateLabels() {
  static const auto* const labels = [] {
    auto* names = new std::array<std::string, kBindingStateCount>;
    for (int i = 0; i < kBindingStateCount; ++i) {
      (*names)[i] =
          absl::AsciiStrToLower(BindingStateName(static_cast<BindingState>(i)));
    }
    return names;
  }();
  return *labels;
}

// Keeps the label's values a closed set whatever a NIC answers.
std::string StatusLabel(NdisStatus status) {
  const absl::Span<const NdisStatus> known = AllNdisStatuses();
  if (std::find(known.begin(), known.end(), status) == known.end()) {
    return "other";
  }
  return NdisStatusName(status);
}

// --- Bindings ---------------------------------------------------------------

constexpr Field<BindingSnapshot> kBindingFields[] = {
    {"netbufd_binding_outstanding_sends",
     [](const BindingSnapshot& b) -> double { return b.outstanding_sends; }},
    {"netbufd_binding_outstanding_receives",
     [](const BindingSnapshot& b) -> double { return b.outstanding_receives; }},
    {"netbufd_binding_sent_net_buffer_lists_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.sent_net_buffer_lists;
     }},
    {"netbufd_binding_sent_frames_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.sent_frames;
     }},
    {"netbufd_binding_sent_bytes_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.sent_bytes;
     }},
    {"netbufd_binding_sends_while_pausing_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.sends_while_pausing;
     }},
    {"netbufd_binding_received_frames_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.received_frames;
     }},
    {"netbufd_binding_received_bytes_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.received_bytes;
     }},
    {"netbufd_binding_dropped_receive_frames_total",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.dropped_receive_frames;
     }},
    {"netbufd_binding_pauses_total",
     [](const BindingSnapshot& b) -> double { return b.statistics.pauses; }},
    {"netbufd_binding_pause_seconds_total",
     [](const BindingSnapshot& b) {
       return absl::ToDoubleSeconds(b.statistics.pause_time);
     }},
};

constexpr PairField<BindingSnapshot> kBindingPairs[] = {
    {"netbufd_binding_back_fill_hits_total", "data",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.data_back_fill_hits;
     },
     "context",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.context_back_fill_hits;
     }},
    {"netbufd_binding_back_fill_misses_total", "data",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.data_back_fill_misses;
     },
     "context",
     [](const BindingSnapshot& b) -> double {
       return b.statistics.context_back_fill_misses;
     }},
};

void AppendCompletions(const std::vector<BindingSnapshot>& bindings,
                       MetricFamilies& out) {
  const absl::Span<const NdisStatus> statuses = SendCompletionStatuses();
  std::vector<std::string> names;
  for (NdisStatus status : statuses) names.push_back(NdisStatusName(status));
  FamilyBuilder family("netbufd_binding_completions_total",
                       statuses.size() * bindings.size());
  for (const BindingSnapshot& binding : bindings) {
    for (size_t i = 0; i < names.size(); ++i) {
      family.Add({binding.name, names[i]},
                 static_cast<double>(binding.statistics.completions[i]));
    }
  }
  out.push_back(std::move(family).Build());
}

void AppendTransitions(const std::vector<BindingTransitionCount>& counts,
                       MetricFamilies& out) {
  std::map<std::pair<BindingState, BindingState>, uint64_t> moves;
  for (int from = 0; from < kBindingStateCount; ++from) {
    for (int event = 0; event < kBindingStateEventCount; ++event) {
      const auto state = static_cast<BindingState>(from);
      const std::optional<BindingState> to =
          NextBindingState(state, static_cast<BindingStateEvent>(event));
      if (to.has_value() && *to != state) moves[{state, *to}] = 0;
    }
  }
  for (const BindingTransitionCount& count : counts) {
    moves[{count.from, count.to}] += count.count;
  }
  FamilyBuilder family("netbufd_binding_transitions_total", moves.size());
  const auto& labels = StateLabels();
  for (const auto& [move, count] : moves) {
    family.Add({labels[static_cast<int>(move.first)],
                labels[static_cast<int>(move.second)]},
               static_cast<double>(count));
  }
  out.push_back(std::move(family).Build());
}

void AppendLatency(string_view metric, const LatencyCounts& counts,
                   MetricFamilies& out) {
  std::array<double, kLatencyBoundsMicroseconds.size()> bounds;
  for (size_t i = 0; i < bounds.size(); ++i) {
    // Divided, not multiplied by 1e-6: so that 100 us is written as 0.0001.
    bounds[i] = static_cast<double>(kLatencyBoundsMicroseconds[i]) / 1e6;
  }
  FamilyBuilder family(metric, 1);
  family.AddHistogram({}, bounds, counts.buckets,
                      absl::ToDoubleSeconds(counts.sum));
  out.push_back(std::move(family).Build());
}

void AppendBindings(const std::vector<BindingSnapshot>& bindings,
                    MetricFamilies& out) {
  FamilyBuilder info("netbufd_binding_info", bindings.size());
  FamilyBuilder state("netbufd_binding_state",
                      kBindingStateCount * bindings.size());
  const auto& labels = StateLabels();
  for (const BindingSnapshot& binding : bindings) {
    info.Add({binding.name, binding.adapter}, 1);
    for (int i = 0; i < kBindingStateCount; ++i) {
      state.Add({binding.name, labels[i]},
                i == static_cast<int>(binding.state) ? 1 : 0);
    }
  }
  out.push_back(std::move(info).Build());
  out.push_back(std::move(state).Build());
  AppendFields<BindingSnapshot>(bindings, kBindingFields, out);
  AppendPairs<BindingSnapshot>(bindings, kBindingPairs, out);
  AppendCompletions(bindings, out);
}

// --- Pools ------------------------------------------------------------------

// What both kinds of pool have in common; points into the snapshot.
struct PoolView {
  string_view name;
  string_view kind;
  uint64_t max_outstanding;
  const PoolStatistics* statistics;
};

constexpr Field<PoolStatistics> kPoolFields[] = {
    {"netbufd_pool_block_bytes",
     [](const PoolStatistics& p) -> double { return p.block_bytes; }},
    {"netbufd_pool_blocks",
     [](const PoolStatistics& p) -> double { return p.blocks; }},
    {"netbufd_pool_outstanding_blocks",
     [](const PoolStatistics& p) -> double { return p.outstanding; }},
    {"netbufd_pool_cached_blocks",
     [](const PoolStatistics& p) -> double { return p.cached; }},
    {"netbufd_pool_high_water_blocks",
     [](const PoolStatistics& p) -> double { return p.high_water; }},
    {"netbufd_pool_memory_bytes",
     [](const PoolStatistics& p) -> double { return p.memory_bytes; }},
    {"netbufd_pool_allocations_total",
     [](const PoolStatistics& p) -> double { return p.allocations; }},
    {"netbufd_pool_frees_total",
     [](const PoolStatistics& p) -> double { return p.frees; }},
    {"netbufd_pool_allocation_failures_total",
     [](const PoolStatistics& p) -> double { return p.allocation_failures; }},
    {"netbufd_pool_depot_refills_total",
     [](const PoolStatistics& p) -> double { return p.depot_refills; }},
    {"netbufd_pool_depot_drains_total",
     [](const PoolStatistics& p) -> double { return p.depot_drains; }},
    {"netbufd_pool_steals_total",
     [](const PoolStatistics& p) -> double { return p.steals; }},
    {"netbufd_pool_violations_total",
     [](const PoolStatistics& p) -> double { return p.violations; }},
};

void AppendPools(const EngineSnapshot& snapshot, MetricFamilies& out) {
  std::vector<PoolView> pools;
  pools.reserve(snapshot.net_buffer_list_pools.size() +
                snapshot.net_buffer_pools.size());
  for (const NetBufferListPoolSnapshot& pool : snapshot.net_buffer_list_pools) {
    pools.push_back(
        {pool.name, "net_buffer_list", pool.max_outstanding, &pool.statistics});
  }
  for (const NetBufferPoolSnapshot& pool : snapshot.net_buffer_pools) {
    pools.push_back(
        {pool.name, "net_buffer", pool.max_outstanding, &pool.statistics});
  }
  FamilyBuilder limit("netbufd_pool_max_outstanding_blocks", pools.size());
  for (const PoolView& pool : pools) {
    limit.Add({pool.name, pool.kind}, LimitValue(pool.max_outstanding, 0));
  }
  out.push_back(std::move(limit).Build());
  for (const Field<PoolStatistics>& field : kPoolFields) {
    FamilyBuilder family(field.metric, pools.size());
    for (const PoolView& pool : pools) {
      family.Add({pool.name, pool.kind}, field.value(*pool.statistics));
    }
    out.push_back(std::move(family).Build());
  }
}

// --- Protocols, OIDs, memory ------------------------------------------------

void AppendProtocols(const EngineSnapshot& snapshot, MetricFamilies& out) {
  AppendScalar("netbufd_protocols",
               static_cast<double>(snapshot.protocols.size()), out);
  AppendScalar("netbufd_protocol_lease_expiries_total",
               static_cast<double>(snapshot.lease_expiries), out);
  AppendScalar("netbufd_leaked_net_buffer_lists_total",
               static_cast<double>(snapshot.leaked_net_buffer_lists), out);
  AppendScalar("netbufd_leaked_net_buffers_total",
               static_cast<double>(snapshot.leaked_net_buffers), out);
}

// Those an OID request may end with (ndis-semantics 12.3).
constexpr NdisStatus kOidStatuses[] = {
    NdisStatus::kSuccess,        NdisStatus::kInvalidLength,
    NdisStatus::kBufferTooShort, NdisStatus::kInvalidOid,
    NdisStatus::kNotSupported,   NdisStatus::kNotRecognized,
    NdisStatus::kInvalidData,    NdisStatus::kNotAccepted,
    NdisStatus::kResources,      NdisStatus::kResetInProgress,
    NdisStatus::kClosing,        NdisStatus::kClosingIndicating,
    NdisStatus::kRequestAborted, NdisStatus::kIndicationRequired,
    NdisStatus::kMulticastFull,  NdisStatus::kFailure,
};

void AppendOids(const std::vector<OidCount>& counts, MetricFamilies& out) {
  std::map<std::pair<string_view, std::string>, uint64_t> requests;
  for (string_view kind : {"query", "set"}) {
    for (NdisStatus status : kOidStatuses) {
      requests[{kind, NdisStatusName(status)}] = 0;
    }
  }
  for (const OidCount& count : counts) {
    requests[{count.set ? "set" : "query", StatusLabel(count.status)}] +=
        count.requests;
  }
  FamilyBuilder family("netbufd_oid_requests_total", requests.size());
  for (const auto& [key, count] : requests) {
    family.Add({key.first, key.second}, static_cast<double>(count));
  }
  out.push_back(std::move(family).Build());
}

}  // namespace

std::vector<prometheus::MetricFamily> EngineCollector::Collect() const {
  const EngineSnapshot snapshot = source_();
  MetricFamilies families;
  AppendAdapterFamilies(snapshot.adapters, families);
  AppendFilterFamilies(snapshot.adapters, families);
  AppendBindings(snapshot.bindings, families);
  AppendTransitions(snapshot.binding_transitions, families);
  AppendLatency("netbufd_send_completion_seconds",
                snapshot.send_completion_times, families);
  AppendLatency("netbufd_pause_seconds", snapshot.pause_times, families);
  AppendPools(snapshot, families);
  AppendProtocols(snapshot, families);
  AppendOids(snapshot.oid_requests, families);
  AppendScalar("netbufd_memory_used_bytes",
               static_cast<double>(snapshot.memory_used_bytes), families);
  AppendScalar("netbufd_memory_limit_bytes",
               LimitValue(snapshot.memory_limit_bytes, MemoryQuota::kUnlimited),
               families);
  return families;
}

}  // namespace netbuf
