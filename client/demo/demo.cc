#include "client/demo/demo.h"

#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/demo/verify_output.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

// Long enough for a server under a sanitizer, short enough to be seen to
// expire.
constexpr absl::Duration kLease = absl::Seconds(30);

// What the demo asks the stack; each has an answer on every adapter.
constexpr absl::string_view kOids[] = {
    "OID_802_3_CURRENT_ADDRESS",
    "OID_GEN_MAXIMUM_TOTAL_SIZE",
    "OID_GEN_LINK_STATE",
    "OID_NETBUF_STACK_REQUIREMENTS",
};

// Context sizes are multiples of 16 (ndis-semantics 3.1).
uint32_t RoundUpTo16(uint32_t size) { return (size + 15) / 16 * 16; }

std::string StateName(v1::Binding::State state) {
  return WithoutPrefix(v1::Binding::State_Name(state), "STATE_");
}

std::string Plural(uint64_t count, absl::string_view noun) {
  return absl::StrCat(WithCommas(count), " ", noun, count == 1 ? "" : "s");
}

}  // namespace

Demo::Demo(const Client& client, const DemoOptions& options, std::ostream& out,
           std::ostream& err, ProgressStyle progress)
    : client_(client),
      options_(options),
      story_(out),
      err_(err),
      progress_style_(progress) {}

absl::Status Demo::Run() {
  static constexpr absl::Status (Demo::*kSteps[])() = {
      &Demo::ReadCapture, &Demo::CreateAdapter,       &Demo::Register,
      &Demo::OpenBinding, &Demo::CreateFittingPool,   &Demo::Restart,
      &Demo::AskOids,     &Demo::SendPlain,           &Demo::InsertFilter,
      &Demo::SendWrapped, &Demo::SendWithoutBackFill, &Demo::CleanUp,
      &Demo::CheckOutput,
  };
  for (const auto step : kSteps) {
    absl::Status status = (this->*step)();
    if (status.ok()) continue;
    // Leave the server as it was; the first error is the one to report.
    session_.reset();
    if (!adapter_.empty()) client_.DeleteAdapter(adapter_).IgnoreError();
    return status;
  }
  return absl::OkStatus();
}

absl::Status Demo::ReadCapture() {
  ASSIGN_OR_RETURN(capture_, SummarizeCapture(options_.capture));
  if (capture_.frames == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        options_.capture, " holds no whole frame; give one that does"));
  }
  story_.Plain("netbufd: the life of a protocol driver's send buffers\n");
  story_.Plain(absl::StrCat("capture  ", options_.capture, ": ",
                            Plural(capture_.frames, "Ethernet frame"), ", ",
                            Plural(capture_.bytes, "byte"), ", the longest ",
                            WithCommas(capture_.longest)));
  if (capture_.truncated > 0) {
    story_.Plain(absl::StrCat("         ",
                              Plural(capture_.truncated, "more frame"),
                              " captured short: not whole, so not sent"));
  }
  if (!options_.address.empty()) {
    story_.Plain(absl::StrCat("server   ", options_.address));
  }
  return absl::OkStatus();
}

absl::Status Demo::CreateAdapter() {
  story_.Step("Make an adapter: a network card with its driver.");
  v1::Adapter adapter;
  adapter.set_mtu(1500);
  adapter.mutable_pcap()->set_transmit_file(absl::StrCat(options_.id, ".pcap"));
  ASSIGN_OR_RETURN(adapter, client_.CreateAdapter(options_.id, adapter));
  adapter_ = adapter.name();
  story_.Line(absl::StrCat(adapter_, " writes what it transmits to ",
                           adapter.pcap().transmit_file(),
                           " in the server's capture directory."));
  story_.Line(absl::StrCat("It carries frames of 14 to ",
                           WithCommas(adapter.maximum_total_size()),
                           " bytes; others come back with INVALID_LENGTH."));
  return absl::OkStatus();
}

absl::Status Demo::Register() {
  story_.Step("Register as a protocol driver.");
  ASSIGN_OR_RETURN(session_, ProtocolSession::Register(client_, options_.id,
                                                       {.lease = kLease}));
  story_.Line(absl::StrCat(session_->name(), " has a lease of ",
                           absl::FormatDuration(kLease),
                           ", renewed in the background."));
  return absl::OkStatus();
}

absl::Status Demo::OpenBinding() {
  story_.Step("Open a binding: the protocol on top of the adapter.");
  v1::Binding request;
  request.set_adapter(adapter_);
  request.set_restart_policy(v1::Binding::RESTART_POLICY_MANUAL);
  ASSIGN_OR_RETURN(const v1::Binding binding,
                   client_.OpenBinding(session_->name(), "b1", request));
  binding_ = binding.name();
  attributes_ = binding.bind_parameters();
  const v1::StackRequirements& wants = attributes_.requirements();
  story_.Line(absl::StrCat(binding_, " is ", StateName(binding.state()), "."));
  story_.Line(absl::StrCat("The drivers below want ",
                           wants.data_back_fill_size(),
                           " unused bytes in front of each frame (data "
                           "back-fill), for headers,"));
  story_.Line(absl::StrCat("and ", wants.context_back_fill_size(),
                           " in the scratch area of each buffer list "
                           "(context back-fill)."));
  return absl::OkStatus();
}

absl::Status Demo::CreateFittingPool() {
  story_.Step("Make a pool of send buffers that fits.");
  const v1::StackRequirements& wants = attributes_.requirements();
  return CreatePool(
      attributes_.maximum_total_size() + wants.data_back_fill_size(),
      RoundUpTo16(wants.context_back_fill_size()));
}

absl::Status Demo::Restart() {
  story_.Step("Restart the binding: from here on it may send.");
  return RestartToRunning();
}

absl::Status Demo::AskOids() {
  story_.Step("Ask the stack some questions (OID requests).");
  for (const absl::string_view oid : kOids) {
    ASSIGN_OR_RETURN(const v1::QueryOidResponse answer,
                     client_.QueryOid(binding_, oid));
    story_.Fact(oid, OidAnswerText(answer));
  }
  return absl::OkStatus();
}

absl::Status Demo::SendPlain() {
  story_.Step("Send the capture.");
  ASSIGN_OR_RETURN(SendPass pass, Send(0, std::nullopt));
  passes_.push_back(std::move(pass));
  return absl::OkStatus();
}

absl::Status Demo::InsertFilter() {
  story_.Step(
      "Insert a VXLAN filter, which wraps each frame in 50 bytes of outer "
      "headers,\n    under the running binding. The stack pauses, changes, and "
      "restarts:");
  // From before the change, so that nothing of it is missed.
  const std::unique_ptr<BindingEventReader> events =
      client_.WatchBinding(binding_);
  v1::BindingEvent first;
  if (!events->Read(&first)) return events->Finish();

  v1::AttachFilterRequest request;
  request.set_parent(adapter_);
  request.set_filter_id("vxlan");
  request.mutable_filter()->mutable_vxlan()->set_vni(42);
  // The call ends when the stack runs again, for which the protocol has to
  // complete its restart meanwhile.
  auto attached = std::async(std::launch::async, [&] {
    absl::Status status = client_.AttachFilter(request).status();
    if (!status.ok()) events->Cancel();
    return status;
  });
  absl::Status followed = FollowRestart(*events);
  RETURN_IF_ERROR(attached.get());
  return followed;
}

absl::Status Demo::FollowRestart(BindingEventReader& events) {
  bool restarting = false;
  bool told = false;
  v1::BindingEvent event;
  while (events.Read(&event)) {
    if (event.has_restart()) {
      attributes_ = event.restart();
      told = true;
    }
    if (event.has_state_change()) {
      const v1::BindingEvent::StateChange& change = event.state_change();
      story_.Fact(absl::StrCat(StateName(change.from()), " -> ",
                               StateName(change.to())),
                  change.cause());
      if (change.to() == v1::Binding::STATE_RUNNING) return absl::OkStatus();
      restarting = change.to() == v1::Binding::STATE_RESTARTING;
    }
    if (restarting && told) {
      told = false;
      RETURN_IF_ERROR(ReplacePool());
      RETURN_IF_ERROR(client_.CompleteRestartBinding(binding_).status());
    }
  }
  RETURN_IF_ERROR(events.Finish());
  return absl::InternalError(
      absl::StrCat("the events of ", binding_, " ended before it ran again"));
}

absl::Status Demo::ReplacePool() {
  const v1::StackRequirements& wants = attributes_.requirements();
  story_.Line(absl::StrCat(
      "  the stack now wants ", wants.data_back_fill_size(),
      " bytes of data back-fill and ", wants.context_back_fill_size(),
      " of context, and carries frames"));
  story_.Line(absl::StrCat(
      "  of up to ", WithCommas(attributes_.maximum_total_size()),
      " bytes: the old pool is freed, and one that fits takes its place"));
  RETURN_IF_ERROR(DeletePool());
  return CreatePool(
      attributes_.maximum_total_size() + wants.data_back_fill_size(),
      RoundUpTo16(wants.context_back_fill_size()));
}

absl::Status Demo::SendWrapped() {
  story_.Step("Send the same frames again, now through the filter.");
  ASSIGN_OR_RETURN(SendPass pass, Send(kVxlanHeaderBytes, std::nullopt));
  passes_.push_back(std::move(pass));
  return absl::OkStatus();
}

absl::Status Demo::SendWithoutBackFill() {
  story_.Step(
      "Once more, with a pool that is too small: room for the frame, none for "
      "headers.");
  RETURN_IF_ERROR(client_.PauseBinding(binding_).status());
  RETURN_IF_ERROR(DeletePool());
  RETURN_IF_ERROR(CreatePool(attributes_.maximum_total_size(), 0));
  RETURN_IF_ERROR(RestartToRunning());
  ASSIGN_OR_RETURN(SendPass pass, Send(kVxlanHeaderBytes, 0));
  passes_.push_back(std::move(pass));
  story_.Line(
      "A miss is not an error: the filter allocated memory for its headers and "
      "chained it");
  story_.Line(
      "in front of the frame. It is the time and the memory that back-fill "
      "saves.");
  return absl::OkStatus();
}

absl::Status Demo::CleanUp() {
  story_.Step("Close the binding, free the pool, deregister.");
  ASSIGN_OR_RETURN(const v1::Binding binding, client_.GetBinding(binding_));
  RETURN_IF_ERROR(client_.CloseBinding(binding_));
  RETURN_IF_ERROR(DeletePool());
  ASSIGN_OR_RETURN(const v1::DeregisterProtocolResponse audit,
                   session_->Deregister());
  RETURN_IF_ERROR(session_->status());
  story_.Line(absl::StrCat("Audit: ", audit.leaked_net_buffer_lists(),
                           " buffer lists and ", audit.leaked_net_buffers(),
                           " buffers leaked, ", audit.reclaimed_pools_size(),
                           " pools and ", audit.closed_bindings_size(),
                           " bindings left behind."));
  const std::string adapter = std::exchange(adapter_, "");
  RETURN_IF_ERROR(client_.DeleteAdapter(adapter));
  if (audit.ByteSizeLong() != 0) {
    return absl::DataLossError("the audit is not clean");
  }
  uint64_t succeeded = 0;
  for (const auto& count : binding.statistics().completions()) {
    if (count.ndis_status() == v1::NDIS_STATUS_SUCCESS) {
      succeeded = count.net_buffer_lists();
    }
  }
  uint64_t reported = 0;
  for (SendPass& pass : passes_) {
    reported += pass.counts.by_status[v1::NDIS_STATUS_SUCCESS];
  }
  if (binding.outstanding_sends() != 0 || succeeded != reported) {
    return absl::DataLossError(
        absl::StrCat("the binding counts ", succeeded, " successes and ",
                     binding.outstanding_sends(), " sends still out, but ",
                     reported, " frames reported SUCCESS"));
  }
  return absl::OkStatus();
}

absl::Status Demo::CheckOutput() {
  story_.Step("Compare the output capture with the frames sent, byte by byte.");
  const std::string written =
      absl::StrCat(options_.capture_dir, "/", options_.id, ".pcap");
  std::string output = written;
  if (!options_.output.empty()) {
    output = options_.output;
    std::error_code error;
    std::filesystem::copy_file(
        written, output, std::filesystem::copy_options::overwrite_existing,
        error);
    if (error) {
      return absl::InvalidArgumentError(absl::StrCat(
          "cannot copy ", written, " to ", output, ": ", error.message()));
    }
  }
  std::vector<const SendPass*> passes;
  for (const SendPass& pass : passes_) passes.push_back(&pass);
  RETURN_IF_ERROR(VerifyOutput(options_.capture, output, passes));
  static constexpr absl::string_view kNames[] = {
      "as sent", "inside VXLAN", "inside VXLAN, despite the small pool"};
  uint64_t first = 1;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const uint64_t count = passes_[i].counts.by_status[v1::NDIS_STATUS_SUCCESS];
    story_.Fact(count == 0 ? "no record"
                           : absl::StrCat("records ", WithCommas(first), " to ",
                                          WithCommas(first + count - 1)),
                kNames[i]);
    first += count;
  }
  story_.Plain(absl::StrCat("\nEvery frame came back exactly once, and all ",
                            WithCommas(first - 1),
                            " that reported SUCCESS are in the output."));
  story_.Plain(
      absl::StrCat("output   ", output, "   (tshark -r ", output, ")"));
  if (!options_.metrics_address.empty()) {
    story_.Plain(absl::StrCat("metrics  http://", options_.metrics_address,
                              "/metrics   (as long as the server runs)"));
  }
  return absl::OkStatus();
}

absl::Status Demo::RestartToRunning() {
  ASSIGN_OR_RETURN(const v1::Binding binding, client_.RestartBinding(binding_));
  if (binding.state() != v1::Binding::STATE_RUNNING) {
    return absl::InternalError(absl::StrCat(
        binding_, " is ", StateName(binding.state()), " after a restart"));
  }
  story_.Fact("PAUSED -> RESTARTING -> RUNNING", "");
  return absl::OkStatus();
}

absl::Status Demo::CreatePool(uint32_t data_size, uint32_t context_size) {
  v1::NetBufferListPool sizes;
  sizes.set_allocate_net_buffer(true);
  sizes.set_data_size(data_size);
  sizes.set_context_size(context_size);
  sizes.set_pool_tag("Demo");
  ASSIGN_OR_RETURN(
      const v1::NetBufferListPool pool,
      client_.CreateNetBufferListPool(
          session_->name(), absl::StrCat("tx", ++pools_made_), sizes));
  pool_ = pool.name();
  const uint32_t room = data_size - attributes_.maximum_total_size();
  story_.Line(absl::StrCat(pool_, ":"));
  story_.Line(absl::StrCat("  ", WithCommas(data_size), " bytes of data each (",
                           WithCommas(attributes_.maximum_total_size()),
                           " frame + ", room, " back-fill), ", context_size,
                           " of context"));
  return absl::OkStatus();
}

absl::Status Demo::DeletePool() {
  return client_.DeleteNetBufferListPool(std::exchange(pool_, ""));
}

absl::StatusOr<SendPass> Demo::Send(uint32_t header_bytes,
                                    std::optional<uint32_t> data_offset) {
  ASSIGN_OR_RETURN(const v1::Binding before, client_.GetBinding(binding_));
  const absl::Time start = absl::Now();
  absl::StatusOr<SendPass> pass;
  {
    ProgressMeter progress(err_, progress_style_, [] { return absl::Now(); });
    FrameSender::Options options;
    options.binding = binding_;
    options.net_buffer_list_pool = pool_;
    options.data_offset = data_offset;
    pass = SendCapture(client_, options_.capture, options, progress);
  }
  if (!pass.ok()) return pass.status();
  pass->header_bytes = header_bytes;
  story_.Line(absl::StrCat(
      Plural(pass->counts.frames, "frame"), " sent in ",
      absl::FormatDuration(
          absl::Trunc(absl::Now() - start, absl::Milliseconds(1))),
      ", each came back once: ", StatusCounts(pass->counts.by_status)));
  if (pass->counts.by_status.count(v1::NDIS_STATUS_INVALID_LENGTH) > 0) {
    story_.Line(absl::StrCat(
        "INVALID_LENGTH: frames of under 14 bytes, or of more than the ",
        WithCommas(attributes_.maximum_total_size())));
    story_.Line(header_bytes == 0
                    ? "this stack carries."
                    : absl::StrCat("that ", header_bytes,
                                   " bytes of headers leave room for."));
  }
  if (attributes_.requirements().data_back_fill_size() > 0) {
    RETURN_IF_ERROR(TellBackFill(before.statistics()));
  }
  return pass;
}

absl::Status Demo::TellBackFill(const v1::BindingStatistics& before) {
  ASSIGN_OR_RETURN(const v1::Binding binding, client_.GetBinding(binding_));
  const v1::BindingStatistics& after = binding.statistics();
  story_.Fact("headers found their room",
              absl::StrCat(WithCommas(after.data_back_fill_hits() -
                                      before.data_back_fill_hits()),
                           " times"));
  story_.Fact("did not (back-fill misses)",
              absl::StrCat(WithCommas(after.data_back_fill_misses() -
                                      before.data_back_fill_misses()),
                           " times"));
  return absl::OkStatus();
}

}  // namespace netbuf::client
