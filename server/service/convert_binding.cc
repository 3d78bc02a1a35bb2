#include "server/service/convert_binding.h"

#include <cstddef>
#include <variant>

#include "absl/strings/str_cat.h"
#include "engine/ndis/status.h"
#include "server/service/convert_common.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

v1::RestartAttributes ToProto(const RestartAttributes& attributes) {
  v1::RestartAttributes out;
  out.set_mtu(attributes.mtu);
  out.set_max_xmit_link_speed_bps(attributes.max_xmit_link_speed);
  out.set_max_rcv_link_speed_bps(attributes.max_rcv_link_speed);
  out.set_lookahead_size(attributes.lookahead_size);
  out.set_mac_options(attributes.mac_options);
  out.set_supported_packet_filters(attributes.supported_packet_filters);
  out.set_max_multicast_list_size(attributes.max_multicast_list_size);
  *out.mutable_requirements() = ToProto(attributes.requirements);
  out.mutable_supported_oids()->Assign(attributes.supported_oids.begin(),
                                       attributes.supported_oids.end());
  out.mutable_filter_modules()->Assign(attributes.filter_module_names.begin(),
                                       attributes.filter_module_names.end());
  out.set_maximum_total_size(attributes.maximum_total_size());
  return out;
}

v1::BindingStatistics ToProto(const BindingStatistics& s) {
  v1::BindingStatistics out;
  out.set_sent_net_buffer_lists(s.sent_net_buffer_lists);
  out.set_sent_frames(s.sent_frames);
  out.set_sent_bytes(s.sent_bytes);
  const absl::Span<const NdisStatus> statuses = SendCompletionStatuses();
  for (size_t i = 0; i < statuses.size(); ++i) {
    if (s.completions[i] == 0) continue;
    v1::BindingStatistics::StatusCount& count = *out.add_completions();
    count.set_ndis_status(ToProto(statuses[i]));
    count.set_net_buffer_lists(s.completions[i]);
  }
  out.set_data_back_fill_hits(s.data_back_fill_hits);
  out.set_data_back_fill_misses(s.data_back_fill_misses);
  out.set_context_back_fill_hits(s.context_back_fill_hits);
  out.set_context_back_fill_misses(s.context_back_fill_misses);
  out.set_sends_while_pausing(s.sends_while_pausing);
  out.set_received_frames(s.received_frames);
  out.set_received_bytes(s.received_bytes);
  out.set_dropped_receive_frames(s.dropped_receive_frames);
  out.set_pauses(s.pauses);
  *out.mutable_pause_time() = netbuf::ToProto(s.pause_time);
  return out;
}

void WriteEvent(const BindingEvent::StateChange& change,
                v1::BindingEvent& out) {
  v1::BindingEvent::StateChange& state = *out.mutable_state_change();
  state.set_from(ToProto(change.from));
  state.set_to(ToProto(change.to));
  state.set_cause(change.cause);
}

void WriteEvent(const RestartAttributes& attributes, v1::BindingEvent& out) {
  *out.mutable_restart() = ToProto(attributes);
}

void WriteEvent(const LinkState& link_state, v1::BindingEvent& out) {
  *out.mutable_link_state() = ToProto(link_state);
}

}  // namespace

absl::StatusOr<RestartPolicy> FromProto(v1::Binding::RestartPolicy policy,
                                        absl::string_view field) {
  switch (policy) {
    case v1::Binding::RESTART_POLICY_UNSPECIFIED:
    case v1::Binding::RESTART_POLICY_AUTOMATIC:
      return RestartPolicy::kAutomatic;
    case v1::Binding::RESTART_POLICY_MANUAL:
      return RestartPolicy::kManual;
    default:
      return InvalidField(field, absl::StrCat("is ", static_cast<int>(policy),
                                              "; use a value of "
                                              "Binding.RestartPolicy"));
  }
}

v1::Binding::State ToProto(BindingState state) {
  switch (state) {
    case BindingState::kUnbound:
      return v1::Binding::STATE_UNBOUND;
    case BindingState::kOpening:
      return v1::Binding::STATE_OPENING;
    case BindingState::kPaused:
      return v1::Binding::STATE_PAUSED;
    case BindingState::kRestarting:
      return v1::Binding::STATE_RESTARTING;
    case BindingState::kRunning:
      return v1::Binding::STATE_RUNNING;
    case BindingState::kPausing:
      return v1::Binding::STATE_PAUSING;
    case BindingState::kClosing:
      return v1::Binding::STATE_CLOSING;
  }
  return v1::Binding::STATE_UNSPECIFIED;
}

v1::Binding ToProto(const BindingSnapshot& snapshot) {
  v1::Binding out;
  out.set_name(snapshot.name);
  out.set_adapter(snapshot.adapter);
  out.set_restart_policy(snapshot.restart_policy == RestartPolicy::kManual
                             ? v1::Binding::RESTART_POLICY_MANUAL
                             : v1::Binding::RESTART_POLICY_AUTOMATIC);
  out.set_state(ToProto(snapshot.state));
  *out.mutable_bind_parameters() = ToProto(snapshot.bind_parameters);
  if (snapshot.restart_attributes.has_value()) {
    *out.mutable_restart_attributes() = ToProto(*snapshot.restart_attributes);
  }
  out.set_outstanding_sends(snapshot.outstanding_sends);
  out.set_outstanding_receives(snapshot.outstanding_receives);
  *out.mutable_statistics() = ToProto(snapshot.statistics);
  out.set_waiting_for(snapshot.waiting_for);
  return out;
}

v1::BindingEvent ToProto(const BindingEvent& event) {
  v1::BindingEvent out;
  *out.mutable_time() = ToProto(event.time);
  std::visit([&out](const auto& what) { WriteEvent(what, out); }, event.event);
  return out;
}

v1::Protocol ToProto(const ProtocolSnapshot& snapshot) {
  v1::Protocol out;
  out.set_name(snapshot.name);
  if (snapshot.lease_duration != absl::InfiniteDuration()) {
    *out.mutable_lease_duration() = ToProto(snapshot.lease_duration);
    *out.mutable_lease_expire_time() = ToProto(snapshot.lease_expire_time);
  }
  out.mutable_bindings()->Assign(snapshot.bindings.begin(),
                                 snapshot.bindings.end());
  out.mutable_net_buffer_list_pools()->Assign(
      snapshot.net_buffer_list_pools.begin(),
      snapshot.net_buffer_list_pools.end());
  out.mutable_net_buffer_pools()->Assign(snapshot.net_buffer_pools.begin(),
                                         snapshot.net_buffer_pools.end());
  return out;
}

v1::DeregisterProtocolResponse ToProto(const DeregisterReport& report) {
  v1::DeregisterProtocolResponse out;
  out.set_leaked_net_buffer_lists(report.leaked_net_buffer_lists);
  out.set_leaked_net_buffers(report.leaked_net_buffers);
  out.mutable_reclaimed_pools()->Assign(report.reclaimed_pools.begin(),
                                        report.reclaimed_pools.end());
  out.mutable_closed_bindings()->Assign(report.closed_bindings.begin(),
                                        report.closed_bindings.end());
  return out;
}

}  // namespace netbuf
