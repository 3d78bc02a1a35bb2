#include "client/cli/binding_text.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/text/format.h"
#include "client/text/table.h"
#include "google/protobuf/util/time_util.h"

namespace netbuf::client {
namespace {

std::string StateText(v1::Binding::State state) {
  return WithoutPrefix(v1::Binding::State_Name(state), "STATE_");
}

// What the stack told last: at the last restart, else at the open.
const v1::RestartAttributes& LatestAttributes(const v1::Binding& binding) {
  return binding.has_restart_attributes() ? binding.restart_attributes()
                                          : binding.bind_parameters();
}

std::string CompletionsText(const v1::BindingStatistics& statistics) {
  std::map<v1::NdisStatus, uint64_t> counts;
  for (const auto& count : statistics.completions()) {
    counts[count.ndis_status()] += count.net_buffer_lists();
  }
  return StatusCounts(counts);
}

std::string AttributesText(const v1::RestartAttributes& attributes) {
  return absl::StrCat("mtu ", attributes.mtu(), ", frames up to ",
                      attributes.maximum_total_size(), " bytes, back-fill ",
                      RequirementsText(attributes.requirements()), ", filters ",
                      attributes.filter_modules().empty()
                          ? "none"
                          : absl::StrJoin(attributes.filter_modules(), ","));
}

std::string EventText(const v1::BindingEvent& event) {
  switch (event.event_case()) {
    case v1::BindingEvent::kSnapshot:
      return absl::StrCat(event.snapshot().name(), " is ",
                          StateText(event.snapshot().state()));
    case v1::BindingEvent::kStateChange: {
      const v1::BindingEvent::StateChange& change = event.state_change();
      return absl::StrCat(StateText(change.from()), " -> ",
                          StateText(change.to()),
                          change.cause().empty() ? "" : "  ", change.cause());
    }
    case v1::BindingEvent::kRestart:
      return absl::StrCat("the stack wants: ", AttributesText(event.restart()));
    case v1::BindingEvent::kLinkState:
      return absl::StrCat("link ", LinkText(event.link_state()));
    case v1::BindingEvent::kLostEvents:
      return absl::StrCat(WithCommas(event.lost_events()),
                          " events lost: this watcher was too slow");
    case v1::BindingEvent::EVENT_NOT_SET:
      return "an event this program does not know";
  }
  return "";
}

}  // namespace

std::string BindingTable(const std::vector<v1::Binding>& bindings) {
  Table table({{"NAME"},
               {"STATE"},
               {"ADAPTER"},
               Numbers("SENT"),
               Numbers("OUTSTANDING"),
               Numbers("RECEIVED"),
               Numbers("BACK-FILL MISSES")});
  for (const v1::Binding& binding : bindings) {
    const v1::BindingStatistics& counts = binding.statistics();
    table.AddRow({binding.name(), StateText(binding.state()), binding.adapter(),
                  WithCommas(counts.sent_frames()),
                  WithCommas(binding.outstanding_sends()),
                  WithCommas(counts.received_frames()),
                  WithCommas(counts.data_back_fill_misses())});
  }
  return table.ToString();
}

std::string BindingFacts(const v1::Binding& binding) {
  const v1::BindingStatistics& counts = binding.statistics();
  const v1::RestartAttributes& attributes = LatestAttributes(binding);
  FactList facts;
  facts.Add("name", binding.name());
  facts.Add("adapter", binding.adapter());
  facts.Add("state", StateText(binding.state()));
  facts.AddIfAny("waiting for", binding.waiting_for());
  facts.Add(
      "restart policy",
      WithoutPrefix(v1::Binding::RestartPolicy_Name(binding.restart_policy()),
                    "RESTART_POLICY_"));
  facts.Add("largest frame",
            absl::StrCat(attributes.maximum_total_size(), " bytes"));
  facts.Add("back-fill wanted", RequirementsText(attributes.requirements()));
  facts.Add("filters", absl::StrJoin(attributes.filter_modules(), ","));
  facts.Add("sent", absl::StrCat(WithCommas(counts.sent_frames()), " frames, ",
                                 WithCommas(counts.sent_bytes()), " bytes"));
  facts.Add("completions", CompletionsText(counts));
  facts.Add(
      "outstanding",
      absl::StrCat(WithCommas(binding.outstanding_sends()), " sends, ",
                   WithCommas(binding.outstanding_receives()), " receives"));
  facts.Add(
      "data back-fill",
      absl::StrCat(WithCommas(counts.data_back_fill_hits()), " hits, ",
                   WithCommas(counts.data_back_fill_misses()), " misses"));
  facts.Add(
      "context back-fill",
      absl::StrCat(WithCommas(counts.context_back_fill_hits()), " hits, ",
                   WithCommas(counts.context_back_fill_misses()), " misses"));
  facts.Add(
      "received",
      absl::StrCat(WithCommas(counts.received_frames()), " frames, ",
                   WithCommas(counts.received_bytes()), " bytes, ",
                   WithCommas(counts.dropped_receive_frames()), " dropped"));
  const std::string pause_time = DurationText(counts.pause_time());
  facts.Add("pauses", absl::StrCat(WithCommas(counts.pauses()),
                                   pause_time.empty() ? "" : ", ", pause_time));
  return facts.ToString();
}

std::string BindingEventLine(const v1::BindingEvent& event) {
  return absl::StrCat(google::protobuf::util::TimeUtil::ToString(event.time()),
                      "  ", EventText(event), "\n");
}

}  // namespace netbuf::client
