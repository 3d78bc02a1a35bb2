#include "server/metrics/adapter_families.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "server/metrics/field_family.h"
#include "server/metrics/metric_family.h"

namespace netbuf {
namespace {

using absl::string_view;

constexpr Field<AdapterSnapshot> kAdapterFields[] = {
    {"netbufd_adapter_running",
     [](const AdapterSnapshot& a) { return a.running ? 1.0 : 0.0; }},
    {"netbufd_adapter_link_up",
     [](const AdapterSnapshot& a) {
       return a.link_state.connect_state == MediaConnectState::kConnected ? 1.0
                                                                          : 0.0;
     }},
    {"netbufd_adapter_mtu_bytes",
     [](const AdapterSnapshot& a) -> double { return a.mtu; }},
    {"netbufd_adapter_required_data_back_fill_bytes",
     [](const AdapterSnapshot& a) -> double {
       return a.requirements.data_back_fill_size;
     }},
    {"netbufd_adapter_required_context_back_fill_bytes",
     [](const AdapterSnapshot& a) -> double {
       return a.requirements.context_back_fill_size;
     }},
    {"netbufd_adapter_transmit_queue_frames",
     [](const AdapterSnapshot& a) -> double {
       return a.transmit_queue_length;
     }},
};

constexpr PairField<AdapterSnapshot> kAdapterPairs[] = {
    {"netbufd_adapter_link_speed_bytes_per_second", "transmit",
     [](const AdapterSnapshot& a) {
       return a.link_state.xmit_link_speed / 8.0;
     },
     "receive",
     [](const AdapterSnapshot& a) {
       return a.link_state.rcv_link_speed / 8.0;
     }},
    {"netbufd_adapter_errors_total", "transmit",
     [](const AdapterSnapshot& a) -> double {
       return a.statistics.if_out_errors;
     },
     "receive",
     [](const AdapterSnapshot& a) -> double {
       return a.statistics.if_in_errors;
     }},
    {"netbufd_adapter_discards_total", "transmit",
     [](const AdapterSnapshot& a) -> double {
       return a.statistics.if_out_discards;
     },
     "receive",
     [](const AdapterSnapshot& a) -> double {
       return a.statistics.if_in_discards;
     }},
};

struct ClassField {
  string_view direction;
  string_view frame_class;
  uint64_t AdapterStatistics::*frames;
  uint64_t AdapterStatistics::*bytes;
};
using Stats = AdapterStatistics;
constexpr ClassField kClassFields[] = {
    {"transmit", "unicast", &Stats::if_hc_out_ucast_pkts,
     &Stats::if_hc_out_ucast_octets},
    {"transmit", "multicast", &Stats::if_hc_out_multicast_pkts,
     &Stats::if_hc_out_multicast_octets},
    {"transmit", "broadcast", &Stats::if_hc_out_broadcast_pkts,
     &Stats::if_hc_out_broadcast_octets},
    {"receive", "unicast", &Stats::if_hc_in_ucast_pkts,
     &Stats::if_hc_in_ucast_octets},
    {"receive", "multicast", &Stats::if_hc_in_multicast_pkts,
     &Stats::if_hc_in_multicast_octets},
    {"receive", "broadcast", &Stats::if_hc_in_broadcast_pkts,
     &Stats::if_hc_in_broadcast_octets},
};

void AppendReplays(const std::vector<AdapterSnapshot>& adapters,
                   MetricFamilies& out) {
  FamilyBuilder frames("netbufd_adapter_replayed_frames_total");
  FamilyBuilder finished("netbufd_adapter_replay_finished");
  FamilyBuilder failed("netbufd_adapter_replay_failed");
  for (const AdapterSnapshot& adapter : adapters) {
    if (!adapter.capture_replay.has_value()) continue;
    const CaptureReplaySnapshot& replay = *adapter.capture_replay;
    frames.Add({adapter.name}, static_cast<double>(replay.frames_replayed));
    finished.Add({adapter.name}, replay.finished ? 1 : 0);
    failed.Add({adapter.name}, replay.error.empty() ? 0 : 1);
  }
  out.push_back(std::move(frames).Build());
  out.push_back(std::move(finished).Build());
  out.push_back(std::move(failed).Build());
}

constexpr PairField<FilterSnapshot> kFilterPairs[] = {
    {"netbufd_filter_frames_total", "transmit",
     [](const FilterSnapshot& f) -> double { return f.frames_sent; }, "receive",
     [](const FilterSnapshot& f) -> double { return f.frames_received; }},
    {"netbufd_filter_bytes_total", "transmit",
     [](const FilterSnapshot& f) -> double { return f.bytes_sent; }, "receive",
     [](const FilterSnapshot& f) -> double { return f.bytes_received; }},
    {"netbufd_filter_back_fill_hits_total", "data",
     [](const FilterSnapshot& f) -> double { return f.data_back_fill_hits; },
     "context",
     [](const FilterSnapshot& f) -> double {
       return f.context_back_fill_hits;
     }},
    {"netbufd_filter_back_fill_misses_total", "data",
     [](const FilterSnapshot& f) -> double { return f.data_back_fill_misses; },
     "context",
     [](const FilterSnapshot& f) -> double {
       return f.context_back_fill_misses;
     }},
};

}  // namespace

void AppendAdapterFamilies(const std::vector<AdapterSnapshot>& adapters,
                           MetricFamilies& out) {
  FamilyBuilder info("netbufd_adapter_info", adapters.size());
  for (const AdapterSnapshot& adapter : adapters) {
    const bool pcap = std::holds_alternative<PcapNicOptions>(adapter.nic);
    info.Add({adapter.name, pcap ? "pcap" : "simulated"}, 1);
  }
  out.push_back(std::move(info).Build());
  AppendFields<AdapterSnapshot>(adapters, kAdapterFields, out);
  AppendPairs<AdapterSnapshot>(adapters, kAdapterPairs, out);

  FamilyBuilder frames("netbufd_adapter_frames_total", 6 * adapters.size());
  FamilyBuilder bytes("netbufd_adapter_bytes_total", 6 * adapters.size());
  for (const AdapterSnapshot& adapter : adapters) {
    for (const ClassField& field : kClassFields) {
      frames.Add({adapter.name, field.direction, field.frame_class},
                 static_cast<double>(adapter.statistics.*field.frames));
      bytes.Add({adapter.name, field.direction, field.frame_class},
                static_cast<double>(adapter.statistics.*field.bytes));
    }
  }
  out.push_back(std::move(frames).Build());
  out.push_back(std::move(bytes).Build());
  AppendReplays(adapters, out);
}

void AppendFilterFamilies(const std::vector<AdapterSnapshot>& adapters,
                          MetricFamilies& out) {
  FamilyBuilder info("netbufd_filter_info");
  for (const AdapterSnapshot& adapter : adapters) {
    for (const FilterSnapshot& filter : adapter.filters) {
      info.Add({filter.name, adapter.name,
                absl::AsciiStrToLower(FilterKindName(filter.spec))},
               1);
    }
  }
  out.push_back(std::move(info).Build());
  for (const PairField<FilterSnapshot>& field : kFilterPairs) {
    FamilyBuilder family(field.metric);
    for (const AdapterSnapshot& adapter : adapters) {
      for (const FilterSnapshot& filter : adapter.filters) {
        family.Add({filter.name, field.first_label}, field.first(filter));
        family.Add({filter.name, field.second_label}, field.second(filter));
      }
    }
    out.push_back(std::move(family).Build());
  }
}

}  // namespace netbuf
