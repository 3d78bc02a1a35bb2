#include "server/service/convert_adapter.h"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_common.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

absl::Status UnknownEnum(int value, absl::string_view type,
                         absl::string_view field) {
  return InvalidField(field,
                      absl::StrCat("is ", value, "; use a value of ", type));
}

absl::StatusOr<LinkDownPolicy> FromProto(v1::LinkDownPolicy policy,
                                         absl::string_view field) {
  switch (policy) {
    case v1::LINK_DOWN_POLICY_UNSPECIFIED:
    case v1::LINK_DOWN_POLICY_FAIL:
      return LinkDownPolicy::kFail;
    case v1::LINK_DOWN_POLICY_DROP:
      return LinkDownPolicy::kDrop;
    case v1::LINK_DOWN_POLICY_QUEUE:
      return LinkDownPolicy::kQueue;
    default:
      return UnknownEnum(policy, "LinkDownPolicy", field);
  }
}

// What both NICs have in common, over the defaults in `options`.
absl::Status ReadCommon(const v1::Adapter& adapter, NicOptions& options) {
  if (!adapter.mac_address().empty()) {
    ASSIGN_OR_RETURN(
        options.mac_address,
        ParseMacAddress(adapter.mac_address(), "adapter.mac_address"));
  }
  if (adapter.mtu() != 0) options.mtu = adapter.mtu();
  options.link_speed_bps = adapter.link_speed_bps();
  options.initially_disconnected = adapter.initially_disconnected();
  ASSIGN_OR_RETURN(
      options.link_down_policy,
      FromProto(adapter.link_down_policy(), "adapter.link_down_policy"));
  ASSIGN_OR_RETURN(
      options.data_back_fill_size,
      ToU16(adapter.data_back_fill_size(), "adapter.data_back_fill_size"));
  ASSIGN_OR_RETURN(options.context_back_fill_size,
                   ToU16(adapter.context_back_fill_size(),
                         "adapter.context_back_fill_size"));
  if (adapter.max_multicast_list_size() != 0) {
    options.max_multicast_list_size = adapter.max_multicast_list_size();
  }
  if (adapter.has_pad_short_frames()) {
    options.pad_short_frames = adapter.pad_short_frames();
  }
  return absl::OkStatus();
}

absl::StatusOr<TimestampPrecision> FromProto(
    v1::PcapNic::TimestampPrecision precision, absl::string_view field) {
  switch (precision) {
    case v1::PcapNic::TIMESTAMP_PRECISION_UNSPECIFIED:
    case v1::PcapNic::TIMESTAMP_PRECISION_NANOSECONDS:
      return TimestampPrecision::kNanoseconds;
    case v1::PcapNic::TIMESTAMP_PRECISION_MICROSECONDS:
      return TimestampPrecision::kMicroseconds;
    default:
      return UnknownEnum(precision, "PcapNic.TimestampPrecision", field);
  }
}

absl::StatusOr<ReplayPace> FromProto(v1::PcapNic::ReplayPace pace,
                                     absl::string_view field) {
  switch (pace) {
    case v1::PcapNic::REPLAY_PACE_UNSPECIFIED:
    case v1::PcapNic::REPLAY_PACE_TOP_SPEED:
      return ReplayPace::kTopSpeed;
    case v1::PcapNic::REPLAY_PACE_CAPTURED:
      return ReplayPace::kCaptured;
    default:
      return UnknownEnum(pace, "PcapNic.ReplayPace", field);
  }
}

absl::StatusOr<NicSpec> ReadPcapNic(const v1::Adapter& adapter) {
  const v1::PcapNic& pcap = adapter.pcap();
  PcapNicOptions options;
  RETURN_IF_ERROR(ReadCommon(adapter, options.common));
  options.transmit_file = pcap.transmit_file();
  ASSIGN_OR_RETURN(
      options.transmit_precision,
      FromProto(pcap.transmit_precision(), "adapter.pcap.transmit_precision"));
  options.receive_file = pcap.receive_file();
  ASSIGN_OR_RETURN(options.receive_pace,
                   FromProto(pcap.receive_pace(), "adapter.pcap.receive_pace"));
  if (pcap.receive_descriptors() != 0) {
    options.receive_descriptors = pcap.receive_descriptors();
  }
  return NicSpec(std::move(options));
}

absl::StatusOr<VlanFilterOptions> ReadVlan(const v1::VlanFilter& vlan) {
  VlanFilterOptions options;
  ASSIGN_OR_RETURN(options.vlan_id,
                   ToU16(vlan.vlan_id(), "filter.vlan.vlan_id"));
  ASSIGN_OR_RETURN(options.priority,
                   ToU8(vlan.priority(), "filter.vlan.priority"));
  return options;
}

absl::StatusOr<VxlanFilterOptions> ReadVxlan(const v1::VxlanFilter& vxlan) {
  VxlanFilterOptions options;
  options.vni = vxlan.vni();
  if (!vxlan.local_mac_address().empty()) {
    ASSIGN_OR_RETURN(options.local_mac,
                     ParseMacAddress(vxlan.local_mac_address(),
                                     "filter.vxlan.local_mac_address"));
  }
  if (!vxlan.remote_mac_address().empty()) {
    ASSIGN_OR_RETURN(options.remote_mac,
                     ParseMacAddress(vxlan.remote_mac_address(),
                                     "filter.vxlan.remote_mac_address"));
  }
  if (!vxlan.local_ip_address().empty()) {
    ASSIGN_OR_RETURN(options.local_ip,
                     ParseIpv4Address(vxlan.local_ip_address(),
                                      "filter.vxlan.local_ip_address"));
  }
  if (!vxlan.remote_ip_address().empty()) {
    ASSIGN_OR_RETURN(options.remote_ip,
                     ParseIpv4Address(vxlan.remote_ip_address(),
                                      "filter.vxlan.remote_ip_address"));
  }
  ASSIGN_OR_RETURN(
      options.destination_port,
      ToU16(vxlan.destination_port(), "filter.vxlan.destination_port"));
  ASSIGN_OR_RETURN(options.ttl, ToU8(vxlan.ttl(), "filter.vxlan.ttl"));
  return options;
}

v1::LinkDownPolicy ToProto(LinkDownPolicy policy) {
  switch (policy) {
    case LinkDownPolicy::kFail:
      return v1::LINK_DOWN_POLICY_FAIL;
    case LinkDownPolicy::kDrop:
      return v1::LINK_DOWN_POLICY_DROP;
    case LinkDownPolicy::kQueue:
      return v1::LINK_DOWN_POLICY_QUEUE;
  }
  return v1::LINK_DOWN_POLICY_UNSPECIFIED;
}

void WriteCommon(const NicOptions& options, v1::Adapter& out) {
  out.set_link_speed_bps(options.link_speed_bps);
  out.set_initially_disconnected(options.initially_disconnected);
  out.set_link_down_policy(ToProto(options.link_down_policy));
  out.set_data_back_fill_size(options.data_back_fill_size);
  out.set_context_back_fill_size(options.context_back_fill_size);
  out.set_max_multicast_list_size(options.max_multicast_list_size);
  out.set_pad_short_frames(options.pad_short_frames);
}

void WriteNic(const SimulatedNicOptions& options, v1::Adapter& out) {
  WriteCommon(options.common, out);
  out.mutable_simulated()->set_transmit_descriptors(
      options.transmit_descriptors);
}

void WriteNic(const PcapNicOptions& options, v1::Adapter& out) {
  WriteCommon(options.common, out);
  v1::PcapNic& pcap = *out.mutable_pcap();
  pcap.set_transmit_file(options.transmit_file);
  pcap.set_transmit_precision(
      options.transmit_precision == TimestampPrecision::kMicroseconds
          ? v1::PcapNic::TIMESTAMP_PRECISION_MICROSECONDS
          : v1::PcapNic::TIMESTAMP_PRECISION_NANOSECONDS);
  pcap.set_receive_file(options.receive_file);
  pcap.set_receive_pace(options.receive_pace == ReplayPace::kCaptured
                            ? v1::PcapNic::REPLAY_PACE_CAPTURED
                            : v1::PcapNic::REPLAY_PACE_TOP_SPEED);
  pcap.set_receive_descriptors(options.receive_descriptors);
}

v1::AdapterStatistics ToProto(const AdapterStatistics& s) {
  v1::AdapterStatistics out;
  out.set_in_discards(s.if_in_discards);
  out.set_in_errors(s.if_in_errors);
  out.set_in_octets(s.if_hc_in_octets);
  out.set_in_unicast_packets(s.if_hc_in_ucast_pkts);
  out.set_in_multicast_packets(s.if_hc_in_multicast_pkts);
  out.set_in_broadcast_packets(s.if_hc_in_broadcast_pkts);
  out.set_out_octets(s.if_hc_out_octets);
  out.set_out_unicast_packets(s.if_hc_out_ucast_pkts);
  out.set_out_multicast_packets(s.if_hc_out_multicast_pkts);
  out.set_out_broadcast_packets(s.if_hc_out_broadcast_pkts);
  out.set_out_errors(s.if_out_errors);
  out.set_out_discards(s.if_out_discards);
  out.set_in_unicast_octets(s.if_hc_in_ucast_octets);
  out.set_in_multicast_octets(s.if_hc_in_multicast_octets);
  out.set_in_broadcast_octets(s.if_hc_in_broadcast_octets);
  out.set_out_unicast_octets(s.if_hc_out_ucast_octets);
  out.set_out_multicast_octets(s.if_hc_out_multicast_octets);
  out.set_out_broadcast_octets(s.if_hc_out_broadcast_octets);
  return out;
}

void WriteKind(const ObserverFilterOptions&, v1::FilterModule& out) {
  out.mutable_observer();
}

void WriteKind(const VlanFilterOptions& options, v1::FilterModule& out) {
  out.mutable_vlan()->set_vlan_id(options.vlan_id);
  out.mutable_vlan()->set_priority(options.priority);
}

void WriteKind(const VxlanFilterOptions& options, v1::FilterModule& out) {
  v1::VxlanFilter& vxlan = *out.mutable_vxlan();
  vxlan.set_vni(options.vni);
  vxlan.set_local_mac_address(FormatMacAddress(options.local_mac));
  vxlan.set_remote_mac_address(FormatMacAddress(options.remote_mac));
  vxlan.set_local_ip_address(FormatIpv4Address(options.local_ip));
  vxlan.set_remote_ip_address(FormatIpv4Address(options.remote_ip));
  vxlan.set_destination_port(options.destination_port);
  vxlan.set_ttl(options.ttl);
}

}  // namespace

absl::StatusOr<NicSpec> NicSpecFromProto(const v1::Adapter& adapter) {
  switch (adapter.nic_case()) {
    case v1::Adapter::kSimulated: {
      SimulatedNicOptions options;
      RETURN_IF_ERROR(ReadCommon(adapter, options.common));
      if (adapter.simulated().transmit_descriptors() != 0) {
        options.transmit_descriptors =
            adapter.simulated().transmit_descriptors();
      }
      return NicSpec(options);
    }
    case v1::Adapter::kPcap:
      return ReadPcapNic(adapter);
    case v1::Adapter::NIC_NOT_SET:
      break;
  }
  return InvalidField("adapter.nic", "is required: set simulated or pcap");
}

absl::StatusOr<FilterSpec> FilterSpecFromProto(const v1::FilterModule& filter) {
  FilterSpec spec;
  switch (filter.kind_case()) {
    case v1::FilterModule::kVlan: {
      ASSIGN_OR_RETURN(spec, ReadVlan(filter.vlan()));
      return spec;
    }
    case v1::FilterModule::kVxlan: {
      ASSIGN_OR_RETURN(spec, ReadVxlan(filter.vxlan()));
      return spec;
    }
    case v1::FilterModule::kObserver:
      spec = ObserverFilterOptions{};
      return spec;
    case v1::FilterModule::KIND_NOT_SET:
      break;
  }
  return InvalidField("filter.kind",
                      "is required: set vlan, vxlan or observer");
}

v1::FilterModule ToProto(const FilterSnapshot& snapshot) {
  v1::FilterModule out;
  out.set_name(snapshot.name);
  std::visit([&out](const auto& options) { WriteKind(options, out); },
             snapshot.spec);
  *out.mutable_requirements() = ToProto(snapshot.requirements);
  out.set_frames_sent(snapshot.frames_sent);
  out.set_bytes_sent(snapshot.bytes_sent);
  out.set_frames_received(snapshot.frames_received);
  out.set_bytes_received(snapshot.bytes_received);
  out.set_data_back_fill_hits(snapshot.data_back_fill_hits);
  out.set_data_back_fill_misses(snapshot.data_back_fill_misses);
  out.set_context_back_fill_hits(snapshot.context_back_fill_hits);
  out.set_context_back_fill_misses(snapshot.context_back_fill_misses);
  return out;
}

v1::Adapter ToProto(const AdapterSnapshot& snapshot) {
  v1::Adapter out;
  out.set_name(snapshot.name);
  std::visit([&out](const auto& options) { WriteNic(options, out); },
             snapshot.nic);
  out.set_mac_address(FormatMacAddress(snapshot.mac_address));
  out.set_mtu(snapshot.mtu);
  out.set_state(snapshot.running ? v1::Adapter::STATE_RUNNING
                                 : v1::Adapter::STATE_PAUSED);
  *out.mutable_link_state() = ToProto(snapshot.link_state);
  for (const FilterSnapshot& filter : snapshot.filters) {
    *out.add_filters() = ToProto(filter);
  }
  *out.mutable_requirements() = ToProto(snapshot.requirements);
  out.set_maximum_total_size(snapshot.maximum_total_size);
  out.mutable_bindings()->Assign(snapshot.bindings.begin(),
                                 snapshot.bindings.end());
  *out.mutable_statistics() = ToProto(snapshot.statistics);
  out.set_transmit_queue_length(snapshot.transmit_queue_length);
  if (snapshot.capture_replay.has_value()) {
    v1::CaptureReplay& replay = *out.mutable_capture_replay();
    replay.set_frames_replayed(snapshot.capture_replay->frames_replayed);
    replay.set_finished(snapshot.capture_replay->finished);
    replay.set_error(snapshot.capture_replay->error);
  }
  return out;
}

}  // namespace netbuf
