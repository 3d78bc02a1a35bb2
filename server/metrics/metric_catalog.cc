#include "server/metrics/metric_catalog.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace netbuf {
namespace {

using absl::string_view;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

constexpr MetricGroup kAdapters = MetricGroup::kAdapters;
constexpr MetricGroup kFilters = MetricGroup::kFilters;
constexpr MetricGroup kBindings = MetricGroup::kBindings;
constexpr MetricGroup kPools = MetricGroup::kPools;
constexpr MetricGroup kProtocols = MetricGroup::kProtocols;
constexpr MetricGroup kOids = MetricGroup::kOids;
constexpr MetricGroup kMemory = MetricGroup::kMemory;
constexpr MetricGroup kRpcs = MetricGroup::kRpcs;
constexpr MetricGroup kProcess = MetricGroup::kProcess;
constexpr MetricGroup kScrapes = MetricGroup::kScrapes;

using Labels = absl::Span<const string_view>;
constexpr Labels kNone;
constexpr string_view kAdapter[] = {"adapter"};
constexpr string_view kAdapterNic[] = {"adapter", "nic"};
constexpr string_view kAdapterDirection[] = {"adapter", "direction"};
constexpr string_view kAdapterDirectionClass[] = {"adapter", "direction",
                                                  "class"};
constexpr string_view kFilterInfo[] = {"filter", "adapter", "kind"};
constexpr string_view kFilterDirection[] = {"filter", "direction"};
constexpr string_view kFilterSpace[] = {"filter", "space"};
constexpr string_view kBinding[] = {"binding"};
constexpr string_view kBindingAdapter[] = {"binding", "adapter"};
constexpr string_view kBindingState[] = {"binding", "state"};
constexpr string_view kBindingStatus[] = {"binding", "status"};
constexpr string_view kBindingSpace[] = {"binding", "space"};
constexpr string_view kFromTo[] = {"from", "to"};
constexpr string_view kPool[] = {"pool", "kind"};
constexpr string_view kOid[] = {"kind", "status"};
constexpr string_view kRpc[] = {"grpc_type", "grpc_service", "grpc_method"};
constexpr string_view kRpcCode[] = {"grpc_type", "grpc_service", "grpc_method",
                                    "grpc_code"};
constexpr string_view kBuild[] = {"version", "revision", "compiler"};

constexpr MetricDefinition kCatalog[] = {
    // --- Adapters ----------------------------------------------------------
    {kAdapters, "netbufd_adapter_info", kGauge, kAdapterNic, "",
     "Always 1; names the adapter and the kind of its NIC.",
     "Join on adapter to tell simulated from pcap."},
    {kAdapters, "netbufd_adapter_running", kGauge, kAdapter, "",
     "1 while the stack on the adapter carries frames, 0 while it is paused.",
     "0 for longer than a filter change takes: look at the bindings that still "
     "drain (netbufd_binding_state)."},
    {kAdapters, "netbufd_adapter_link_up", kGauge, kAdapter, "",
     "1 while the link is connected.",
     "0: SetLinkState pulled the cable, or the adapter was created "
     "disconnected; sends complete as its link-down policy says."},
    {kAdapters, "netbufd_adapter_link_speed_bytes_per_second", kGauge,
     kAdapterDirection, "bytes/s", "Speed of the link.",
     "Compare with rate(netbufd_adapter_bytes_total) for utilisation."},
    {kAdapters, "netbufd_adapter_mtu_bytes", kGauge, kAdapter, "bytes",
     "Largest payload after the Ethernet header at the top of the stack.",
     "Falls when an encapsulating filter is attached; longer frames then "
     "complete with NDIS_STATUS_INVALID_LENGTH."},
    {kAdapters, "netbufd_adapter_required_data_back_fill_bytes", kGauge,
     kAdapter, "bytes",
     "Bytes the stack asks senders to leave unused in front of a frame.",
     "Changes with the filters. Senders that do not follow show up in "
     "netbufd_binding_back_fill_misses_total."},
    {kAdapters, "netbufd_adapter_required_context_back_fill_bytes", kGauge,
     kAdapter, "bytes",
     "Bytes the stack asks senders to leave unused in a NET_BUFFER_LIST's "
     "context.",
     "As above, for the context."},
    {kAdapters, "netbufd_adapter_transmit_queue_frames", kGauge, kAdapter,
     "frames", "Frames the NIC has accepted and not completed yet.",
     "Grows: senders offer more than the link or the disk takes; slow them "
     "down or raise the link speed. Flat above 0 while nothing completes: the "
     "link is down and its policy queues."},
    {kAdapters, "netbufd_adapter_frames_total", kCounter,
     kAdapterDirectionClass, "frames",
     "Frames carried without error, by class of the destination address.",
     "The adapter's load. An unexpected rise of broadcast or multicast is a "
     "storm or a wrong address."},
    {kAdapters, "netbufd_adapter_bytes_total", kCounter, kAdapterDirectionClass,
     "bytes", "Octets of those frames, without the frame check sequence.",
     "The adapter's load."},
    {kAdapters, "netbufd_adapter_errors_total", kCounter, kAdapterDirection,
     "frames", "Frames that could not be carried because of an error.",
     "transmit: the capture cannot be written (disk full?); read the statuses "
     "in netbufd_binding_completions_total. receive: the capture cannot be "
     "read."},
    {kAdapters, "netbufd_adapter_discards_total", kCounter, kAdapterDirection,
     "frames", "Frames dropped although nothing was wrong with them.",
     "receive: no binding took them in time; read faster or raise the receive "
     "descriptors. transmit: the link was down and its policy drops."},
    {kAdapters, "netbufd_adapter_replayed_frames_total", kCounter, kAdapter,
     "frames", "Frames taken from the capture that a pcap NIC replays.",
     "Stops before netbufd_adapter_replay_finished is 1: the receivers do not "
     "return their frames, or the stack is paused."},
    {kAdapters, "netbufd_adapter_replay_finished", kGauge, kAdapter, "",
     "1 once the replay has come to its end, well or not.",
     "Create the adapter anew to replay again."},
    {kAdapters, "netbufd_adapter_replay_failed", kGauge, kAdapter, "",
     "1 when the replay ended because of an error.",
     "GetAdapter tells the error; repair or replace the capture."},

    // --- Filters -----------------------------------------------------------
    {kFilters, "netbufd_filter_info", kGauge, kFilterInfo, "",
     "Always 1; names the filter, its adapter and its kind.",
     "Join on filter to sum by adapter or kind."},
    {kFilters, "netbufd_filter_frames_total", kCounter, kFilterDirection,
     "frames", "Frames that passed the filter.",
     "The filter's load; 0 below a busy binding means it is paused."},
    {kFilters, "netbufd_filter_bytes_total", kCounter, kFilterDirection,
     "bytes", "Bytes of those frames as the filter got them.",
     "The filter's load."},
    {kFilters, "netbufd_filter_back_fill_hits_total", kCounter, kFilterSpace,
     "requests", "Times the filter found the room it prepends into.",
     "The wanted case."},
    {kFilters, "netbufd_filter_back_fill_misses_total", kCounter, kFilterSpace,
     "requests", "Times the filter had to allocate the room it prepends into.",
     "Rises: a sender reserves too little; size data_offset and context_size "
     "by the requirements that the last restart reported."},

    // --- Bindings ----------------------------------------------------------
    {kBindings, "netbufd_binding_info", kGauge, kBindingAdapter, "",
     "Always 1; names the binding and its adapter.",
     "Join on binding to sum by adapter."},
    {kBindings, "netbufd_binding_state", kGauge, kBindingState, "",
     "1 for the state the binding is in, 0 for the six others.",
     "pausing for long: wait for, or return, what netbufd_binding_outstanding_"
     "sends and _receives count. paused or restarting for long: the protocol "
     "must restart it or complete the restart."},
    {kBindings, "netbufd_binding_outstanding_sends", kGauge, kBinding, "lists",
     "NET_BUFFER_LISTs sent and not completed yet.",
     "Above 0 while rate(netbufd_binding_completions_total) is 0: the NIC is "
     "stuck; see netbufd_adapter_transmit_queue_frames and _link_up."},
    {kBindings, "netbufd_binding_outstanding_receives", kGauge, kBinding,
     "lists", "Received NET_BUFFER_LISTs that have not been returned yet.",
     "Grows: the receiver reads too slowly or keeps its lists."},
    {kBindings, "netbufd_binding_sent_net_buffer_lists_total", kCounter,
     kBinding, "lists",
     "NET_BUFFER_LISTs handed to the stack, whatever became of them.",
     "The binding's load."},
    {kBindings, "netbufd_binding_sent_frames_total", kCounter, kBinding,
     "frames", "Frames (NET_BUFFERs) in those lists.", "The binding's load."},
    {kBindings, "netbufd_binding_sent_bytes_total", kCounter, kBinding, "bytes",
     "Bytes of those frames.", "The binding's load."},
    {kBindings, "netbufd_binding_completions_total", kCounter, kBindingStatus,
     "lists", "NET_BUFFER_LISTs completed, by their final NDIS status.",
     "Other than NDIS_STATUS_SUCCESS: PAUSED means sends outside Running, "
     "INVALID_LENGTH a frame too long for the MTU, MEDIA_DISCONNECTED a link "
     "that is down, RESOURCES no memory for back-fill, FAILURE a capture that "
     "cannot be written."},
    {kBindings, "netbufd_binding_back_fill_hits_total", kCounter, kBindingSpace,
     "requests", "Times a filter found room in what this binding sent.",
     "The wanted case."},
    {kBindings, "netbufd_binding_back_fill_misses_total", kCounter,
     kBindingSpace, "requests",
     "Times a filter had to allocate room for what this binding sent.",
     "Rises: this sender reserves too little; free and allocate its pools anew "
     "with what the stack asks for."},
    {kBindings, "netbufd_binding_sends_while_pausing_total", kCounter, kBinding,
     "lists", "NET_BUFFER_LISTs sent while the binding was pausing.",
     "Not 0: the protocol ignores the pause event and prolongs its own pause."},
    {kBindings, "netbufd_binding_received_frames_total", kCounter, kBinding,
     "frames", "Frames indicated to the binding.", "The binding's load."},
    {kBindings, "netbufd_binding_received_bytes_total", kCounter, kBinding,
     "bytes", "Bytes of those frames.", "The binding's load."},
    {kBindings, "netbufd_binding_dropped_receive_frames_total", kCounter,
     kBinding, "frames",
     "Received frames that could not be kept for the binding.",
     "Rises: ReceiveFrames reads too slowly; read larger batches."},
    {kBindings, "netbufd_binding_pauses_total", kCounter, kBinding, "pauses",
     "Pauses that have begun.",
     "Each change of the filters is one. Many: somebody changes the stack "
     "under load."},
    {kBindings, "netbufd_binding_pause_seconds_total", kCounter, kBinding,
     "seconds", "Time spent in pausing, waiting for lists to come back.",
     "Divide its rate by that of pauses: the mean drain. Long: see outstanding "
     "sends and receives."},
    {kBindings, "netbufd_binding_transitions_total", kCounter, kFromTo, "moves",
     "Moves of any binding from one state to another.",
     "restarting to paused: restarts that failed or ran out of time. opening "
     "to unbound: opens that failed."},
    {kBindings, "netbufd_send_completion_seconds", kHistogram, kNone, "seconds",
     "Time from the moment a call that sends has its buffers to the completion "
     "of its last frame, 50 us to 10 s; of all bindings.",
     "A shift to the right while calls are no larger: the link or the disk is "
     "slower than the senders; see netbufd_adapter_transmit_queue_frames. "
     "grpc_server_handling_seconds that grows without it: the time is lost "
     "before or after the stack."},
    {kBindings, "netbufd_pause_seconds", kHistogram, kNone, "seconds",
     "Time from the begin of a pause to its end, 50 us to 10 s; of all "
     "bindings.",
     "A tail above a second: clients go on sending or keep received lists "
     "while they are paused. netbufd_binding_pause_seconds_total tells whose."},

    // --- Pools -------------------------------------------------------------
    {kPools, "netbufd_pool_block_bytes", kGauge, kPool, "bytes",
     "Memory of one block with everything in it.",
     "Fixed for the life of a pool."},
    {kPools, "netbufd_pool_blocks", kGauge, kPool, "blocks",
     "Blocks built so far: with callers, in caches and free.",
     "Grows without end: a leak, if outstanding grows with it."},
    {kPools, "netbufd_pool_outstanding_blocks", kGauge, kPool, "blocks",
     "Blocks that callers have.",
     "Near max_outstanding: allocations will fail soon. Grows without end: the "
     "protocol does not free."},
    {kPools, "netbufd_pool_max_outstanding_blocks", kGauge, kPool, "blocks",
     "Most blocks that callers may have; +Inf without a limit.",
     "Divide outstanding by it for the utilisation."},
    {kPools, "netbufd_pool_cached_blocks", kGauge, kPool, "blocks",
     "Free blocks in the caches of threads.",
     "Much of blocks: TrimPool gives memory back."},
    {kPools, "netbufd_pool_high_water_blocks", kGauge, kPool, "blocks",
     "Most blocks that callers had at one time.",
     "Size max_outstanding by it."},
    {kPools, "netbufd_pool_memory_bytes", kGauge, kPool, "bytes",
     "Memory the pool has reserved.",
     "The sum over pools is netbufd_memory_used_bytes."},
    {kPools, "netbufd_pool_allocations_total", kCounter, kPool, "blocks",
     "Blocks handed out.", "The pool's load."},
    {kPools, "netbufd_pool_frees_total", kCounter, kPool, "blocks",
     "Blocks given back.",
     "Behind allocations for long: see outstanding_blocks."},
    {kPools, "netbufd_pool_allocation_failures_total", kCounter, kPool,
     "requests", "Allocations refused for lack of blocks or memory.",
     "Rises: raise max_outstanding, or the server's memory limit, or free "
     "sooner."},
    {kPools, "netbufd_pool_depot_refills_total", kCounter, kPool, "chains",
     "Times a thread's cache took a chain of blocks from the pool's depot.",
     "About allocations / 32: blocks are freed on other threads than they are "
     "allocated on; dearer, not wrong."},
    {kPools, "netbufd_pool_depot_drains_total", kCounter, kPool, "chains",
     "Times a thread's cache gave a chain of blocks to the pool's depot.",
     "As above."},
    {kPools, "netbufd_pool_steals_total", kCounter, kPool, "steals",
     "Times other threads' caches were taken back before failing.",
     "Rises steadily: the pool works at its limit; raise max_outstanding."},
    {kPools, "netbufd_pool_violations_total", kCounter, kPool, "violations",
     "Double frees, wrong pools and overruns found.",
     "Not 0: a bug in a program that links the engine, or in the server. A "
     "remote client's double free is a stale handle, which answers NOT_FOUND "
     "and is counted with the calls."},

    // --- Protocols ---------------------------------------------------------
    {kProtocols, "netbufd_protocols", kGauge, kNone, "protocols",
     "Registered protocols.", "Clients that are there."},
    {kProtocols, "netbufd_protocol_lease_expiries_total", kCounter, kNone,
     "protocols", "Protocols deregistered because their lease ran out.",
     "Rises: clients die, hang, or do not keep their protocol alive."},
    {kProtocols, "netbufd_leaked_net_buffer_lists_total", kCounter, kNone,
     "lists", "NET_BUFFER_LISTs reclaimed from protocols that went away.",
     "Rises: clients leave without freeing; harmless to the server."},
    {kProtocols, "netbufd_leaked_net_buffers_total", kCounter, kNone, "buffers",
     "NET_BUFFERs reclaimed from protocols that went away.", "As above."},

    // --- OID requests ------------------------------------------------------
    {kOids, "netbufd_oid_requests_total", kCounter, kOid, "requests",
     "OID requests answered, by kind and final NDIS status.",
     "INVALID_LENGTH and BUFFER_TOO_SHORT: callers that probe for the length. "
     "NOT_SUPPORTED and INVALID_OID: callers that ask what is not there."},

    // --- Memory ------------------------------------------------------------
    {kMemory, "netbufd_memory_used_bytes", kGauge, kNone, "bytes",
     "Memory that all pools have reserved together.",
     "Near the limit: allocations fail in every pool; trim pools, find the one "
     "that grows (netbufd_pool_memory_bytes)."},
    {kMemory, "netbufd_memory_limit_bytes", kGauge, kNone, "bytes",
     "Most memory that all pools may reserve; +Inf without a limit.",
     "Set at start."},

    // --- RPCs --------------------------------------------------------------
    {kRpcs, "grpc_server_started_total", kCounter, kRpc, "calls",
     "Total number of RPCs started on the server.",
     "The service's load. Minus handled: calls in flight."},
    {kRpcs, "grpc_server_handled_total", kCounter, kRpcCode, "calls",
     "Total number of RPCs completed on the server, regardless of success or "
     "failure.",
     "Internal and Unknown: a fault of the server, read its log. "
     "ResourceExhausted: a limit; see pools and memory. InvalidArgument, "
     "NotFound, FailedPrecondition: the client's; the error details say what."},
    {kRpcs, "grpc_server_msg_received_total", kCounter, kRpc, "messages",
     "Total number of RPC stream messages received on the server.",
     "Batch messages carry many frames; compare with the frame counters."},
    {kRpcs, "grpc_server_msg_sent_total", kCounter, kRpc, "messages",
     "Total number of RPC stream messages sent by the server.",
     "As above. Standing still on a stream: its client does not read."},
    {kRpcs, "grpc_server_handling_seconds", kHistogram, kRpc, "seconds",
     "Time from the start of an RPC to its status, 50 us to 2.5 s.",
     "A shift to the right under the same load: the machine or the link is "
     "saturated. PauseBinding, CloseBinding and Attach- and DetachFilter wait "
     "for frames by design; streams last as long as their clients want."},

    // --- Process -----------------------------------------------------------
    {kProcess, "netbufd_build_info", kGauge, kBuild, "",
     "Always 1; names the build.", "Changes with a roll-out."},
    {kProcess, "process_cpu_seconds_total", kCounter, kNone, "seconds",
     "Total user and system CPU time spent.",
     "Its rate near the number of cores: saturated."},
    {kProcess, "process_resident_memory_bytes", kGauge, kNone, "bytes",
     "Resident memory size.",
     "Grows while netbufd_memory_used_bytes does not: not the pools; look at "
     "streams and message sizes."},
    {kProcess, "process_virtual_memory_bytes", kGauge, kNone, "bytes",
     "Virtual memory size.", "Seldom of interest by itself."},
    {kProcess, "process_start_time_seconds", kGauge, kNone, "seconds",
     "Start time of the process since the Unix epoch.",
     "Moves: the server restarted, and every protocol is gone."},
    {kProcess, "process_open_fds", kGauge, kNone, "descriptors",
     "Open file descriptors.",
     "Near max_fds: connections will be refused; raise LimitNOFILE."},
    {kProcess, "process_max_fds", kGauge, kNone, "descriptors",
     "Most file descriptors the process may open; +Inf without a limit.",
     "Set at start."},
    {kProcess, "process_threads", kGauge, kNone, "threads",
     "Threads of the process.",
     "Grows without end: calls that block; see grpc_server_started_total minus "
     "handled."},

    // --- Scrapes -----------------------------------------------------------
    {kScrapes, "netbufd_scrape_seconds", kHistogram, kNone, "seconds",
     "Time to collect and write a page of metrics, 1 ms to 10 s; its sending "
     "is "
     "left out.",
     "Grows with pools and bindings; its count is how often somebody looks."},
    {kScrapes, "netbufd_scrape_bytes_total", kCounter, kNone, "bytes",
     "Bytes of those pages, as they were sent: compressed or not.",
     "Many resources make long pages; delete what is not used."},
};

constexpr LabelDefinition kLabels[] = {
    {"adapter", "`adapters/{adapter}` of the adapters that exist"},
    {"binding",
     "`protocols/{protocol}/bindings/{binding}` of the bindings that are open"},
    {"class", "`unicast`, `multicast`, `broadcast`"},
    {"compiler", "the compiler's name and version"},
    {"direction", "`transmit`, `receive`"},
    {"filter",
     "`adapters/{adapter}/filters/{filter}` of the filters that are attached"},
    {"from", "a state of a binding, as `state`"},
    {"grpc_code", "the 17 codes in Go's spelling: `OK`, `Canceled`, ..."},
    {"grpc_method", "a method of the service"},
    {"grpc_service", "a service of `netbuf.v1`, or another that is registered"},
    {"grpc_type", "`unary`, `client_stream`, `server_stream`, `bidi_stream`"},
    {"kind",
     "of a filter `observer`, `vlan`, `vxlan`; of a pool `net_buffer_list`, "
     "`net_buffer`; of an OID request `query`, `set`"},
    {"nic", "`simulated`, `pcap`"},
    {"pool",
     "`protocols/{protocol}/netBufferListPools/{pool}` or "
     "`protocols/{protocol}/netBufferPools/{pool}` of the pools that exist"},
    {"revision", "of the source, or `unknown`"},
    {"space", "`data`, `context`"},
    {"state",
     "`unbound`, `opening`, `paused`, `restarting`, `running`, `pausing`, "
     "`closing`"},
    {"status",
     "`NDIS_STATUS_SUCCESS`, ...: of a send the 14 a completed list may carry, "
     "of an OID request those a request may end with; `other` for a number "
     "NDIS does not name"},
    {"to", "a state of a binding, as `state`"},
    {"version", "of netbufd"},
};

string_view GroupTitle(MetricGroup group) {
  constexpr string_view kTitles[kMetricGroupCount] = {
      "Adapters", "Filters",     "Bindings", "Pools",   "Protocols",
      "OIDs",     "Pool memory", "RPCs",     "Process", "Scrapes"};
  return kTitles[static_cast<int>(group)];
}

void AppendRow(const MetricDefinition& metric, std::string& out) {
  const auto code = [](std::string* text, string_view label) {
    absl::StrAppend(text, "`", label, "`");
  };
  absl::StrAppend(
      &out, "| `", metric.name, "` | ", MetricTypeName(metric.type), " | ",
      metric.unit.empty() ? "-" : metric.unit, " | ",
      metric.labels.empty() ? "-" : absl::StrJoin(metric.labels, ", ", code),
      " | ", metric.help, " | ", metric.action, " |\n");
}

}  // namespace

string_view MetricTypeName(MetricType type) {
  constexpr string_view kNames[] = {"counter", "gauge", "histogram"};
  return kNames[static_cast<int>(type)];
}

absl::Span<const MetricDefinition> MetricCatalog() { return kCatalog; }

const MetricDefinition* FindMetric(string_view name) {
  for (const MetricDefinition& metric : kCatalog) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

absl::Span<const LabelDefinition> LabelCatalog() { return kLabels; }

std::string MetricCatalogMarkdown() {
  std::string out;
  for (int group = 0; group < kMetricGroupCount; ++group) {
    absl::StrAppend(&out, "### ", GroupTitle(static_cast<MetricGroup>(group)),
                    "\n\n| metric | type | unit | labels | meaning | when it "
                    "moves |\n| --- | --- | --- | --- | --- | --- |\n");
    for (const MetricDefinition& metric : kCatalog) {
      if (static_cast<int>(metric.group) == group) AppendRow(metric, out);
    }
    absl::StrAppend(&out, "\n");
  }
  absl::StrAppend(&out, "### Labels\n\n| label | values |\n| --- | --- |\n");
  for (const LabelDefinition& label : kLabels) {
    absl::StrAppend(&out, "| `", label.name, "` | ", label.values, " |\n");
  }
  return out;
}

}  // namespace netbuf
