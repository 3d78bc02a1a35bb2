#include "server/metrics/adapter_families.h"

#include <cstdint>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "server/metrics/family_writer.h"
#include "server/metrics/field_family.h"

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

using Stats = AdapterStatistics;
using StatsCounter = uint64_t Stats::*;
struct ClassField {
  string_view direction;
  string_view frame_class;
  StatsCounter frames;
  StatsCounter bytes;
};
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

// Frames or bytes, by direction and class.
void WriteTraffic(string_view metric, StatsCounter ClassField::*counter,
                  const std::vector<AdapterSnapshot>& adapters,
                  std::string& text) {
  FamilyWriter family(metric, text);
  for (const AdapterSnapshot& adapter : adapters) {
    for (const ClassField& field : kClassFields) {
      family.Add({adapter.name, field.direction, field.frame_class},
                 static_cast<double>(adapter.statistics.*(field.*counter)));
    }
  }
}

// Of adapters that replay a capture; the others have no such series.
struct ReplayField {
  string_view metric;
  double (*value)(const CaptureReplaySnapshot&);
};
constexpr ReplayField kReplayFields[] = {
    {"netbufd_adapter_replayed_frames_total",
     [](const CaptureReplaySnapshot& r) -> double {
       return r.frames_replayed;
     }},
    {"netbufd_adapter_replay_finished",
     [](const CaptureReplaySnapshot& r) { return r.finished ? 1.0 : 0.0; }},
    {"netbufd_adapter_replay_failed",
     [](const CaptureReplaySnapshot& r) {
       return r.error.empty() ? 0.0 : 1.0;
     }},
};

void WriteReplays(const std::vector<AdapterSnapshot>& adapters,
                  std::string& text) {
  for (const ReplayField& field : kReplayFields) {
    FamilyWriter family(field.metric, text);
    for (const AdapterSnapshot& adapter : adapters) {
      if (!adapter.capture_replay.has_value()) continue;
      family.Add({adapter.name}, field.value(*adapter.capture_replay));
    }
  }
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

void WriteAdapterFamilies(const std::vector<AdapterSnapshot>& adapters,
                          std::string& text) {
  FamilyWriter info("netbufd_adapter_info", text);
  for (const AdapterSnapshot& adapter : adapters) {
    const bool pcap = std::holds_alternative<PcapNicOptions>(adapter.nic);
    info.Add({adapter.name, pcap ? "pcap" : "simulated"}, 1);
  }
  WriteFields<AdapterSnapshot>(adapters, kAdapterFields, text);
  WritePairs<AdapterSnapshot>(adapters, kAdapterPairs, text);
  WriteTraffic("netbufd_adapter_frames_total", &ClassField::frames, adapters,
               text);
  WriteTraffic("netbufd_adapter_bytes_total", &ClassField::bytes, adapters,
               text);
  WriteReplays(adapters, text);
}

void WriteFilterFamilies(const std::vector<AdapterSnapshot>& adapters,
                         std::string& text) {
  FamilyWriter info("netbufd_filter_info", text);
  for (const AdapterSnapshot& adapter : adapters) {
    for (const FilterSnapshot& filter : adapter.filters) {
      info.Add({filter.name, adapter.name,
                absl::AsciiStrToLower(FilterKindName(filter.spec))},
               1);
    }
  }
  for (const PairField<FilterSnapshot>& field : kFilterPairs) {
    FamilyWriter family(field.metric, text);
    for (const AdapterSnapshot& adapter : adapters) {
      for (const FilterSnapshot& filter : adapter.filters) {
        family.Add({filter.name, field.first_label}, field.first(filter));
        family.Add({filter.name, field.second_label}, field.second(filter));
      }
    }
  }
}

}  // namespace netbuf
