#include "server/metrics/rpc_metrics.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/metrics/metric_family.h"

namespace netbuf {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

constexpr absl::string_view kCodeNames[kGrpcCodeCount] = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
};

int CodeIndex(grpc::StatusCode code) {
  const int index = static_cast<int>(code);
  return index >= 0 && index < kGrpcCodeCount
             ? index
             : static_cast<int>(grpc::StatusCode::UNKNOWN);
}

// Threads take turns at the shards in the order of their first call.
size_t ThisThreadNumber() {
  static std::atomic<size_t> next{0};
  thread_local const size_t number = next.fetch_add(1, kRelaxed);
  return number;
}

}  // namespace

struct RpcMethodCounters::Totals {
  uint64_t started = 0;
  uint64_t received = 0;
  uint64_t sent = 0;
  uint64_t nanoseconds = 0;
  std::array<uint64_t, kGrpcCodeCount> handled{};
  std::array<uint64_t, kHandlingBounds.size() + 1> buckets{};
};

absl::string_view RpcTypeName(RpcType type) {
  switch (type) {
    case RpcType::kUnary:
      return "unary";
    case RpcType::kClientStream:
      return "client_stream";
    case RpcType::kServerStream:
      return "server_stream";
    case RpcType::kBidiStream:
      return "bidi_stream";
  }
  return "unary";
}

absl::string_view GrpcCodeName(grpc::StatusCode code) {
  return kCodeNames[CodeIndex(code)];
}

std::vector<RpcMethod> RpcMethodsOf(
    const google::protobuf::ServiceDescriptor* service) {
  std::vector<RpcMethod> methods;
  if (service == nullptr) return methods;
  for (int i = 0; i < service->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *service->method(i);
    const bool client = method.client_streaming();
    const bool server = method.server_streaming();
    methods.push_back(
        {service->full_name(), method.name(),
         client ? (server ? RpcType::kBidiStream : RpcType::kClientStream)
                : (server ? RpcType::kServerStream : RpcType::kUnary)});
  }
  return methods;
}

RpcMethodCounters::Shard& RpcMethodCounters::ThisShard() {
  return shards_[ThisThreadNumber() % kShards];
}

void RpcMethodCounters::Handled(grpc::StatusCode code,
                                absl::Duration duration) {
  Shard& shard = ThisShard();
  const double seconds = absl::ToDoubleSeconds(duration);
  const size_t bucket = std::lower_bound(kHandlingBounds.begin(),
                                         kHandlingBounds.end(), seconds) -
                        kHandlingBounds.begin();
  shard.buckets[bucket].fetch_add(1, kRelaxed);
  shard.nanoseconds.fetch_add(
      std::max<int64_t>(0, absl::ToInt64Nanoseconds(duration)), kRelaxed);
  // Release: whoever reads this addition (Sum) also sees that the call started.
  shard.handled[CodeIndex(code)].fetch_add(1, std::memory_order_release);
}

RpcMethodCounters::Totals RpcMethodCounters::Sum() const {
  Totals totals;
  // What ended before what began; the acquire pairs with Handled().
  for (const Shard& shard : shards_) {
    for (int i = 0; i < kGrpcCodeCount; ++i) {
      totals.handled[i] += shard.handled[i].load(std::memory_order_acquire);
    }
  }
  for (const Shard& shard : shards_) {
    totals.started += shard.started.load(kRelaxed);
    totals.received += shard.received.load(kRelaxed);
    totals.sent += shard.sent.load(kRelaxed);
    totals.nanoseconds += shard.nanoseconds.load(kRelaxed);
    for (size_t i = 0; i < totals.buckets.size(); ++i) {
      totals.buckets[i] += shard.buckets[i].load(kRelaxed);
    }
  }
  return totals;
}

uint64_t RpcMethodCounters::InProgress() const {
  // In this order, and acquire, as in Sum().
  uint64_t ended = 0;
  for (const Shard& shard : shards_) {
    ended += shard.ended.load(std::memory_order_acquire);
  }
  uint64_t started = 0;
  for (const Shard& shard : shards_) started += shard.started.load(kRelaxed);
  return started - ended;
}

RpcMetrics::RpcMetrics(const std::vector<RpcMethod>& methods) {
  for (const RpcMethod& method : methods) {
    std::string path = absl::StrCat("/", method.service, "/", method.method);
    if (by_path_.contains(path)) continue;
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->method = method;
    by_path_.emplace(std::move(path), entries_.back().get());
  }
}

RpcMethodCounters* RpcMetrics::Find(absl::string_view path) const {
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : &it->second->counters;
}

uint64_t RpcMetrics::CallsInProgress() const {
  uint64_t calls = 0;
  for (const auto& entry : entries_) calls += entry->counters.InProgress();
  return calls;
}

std::vector<prometheus::MetricFamily> RpcMetrics::Collect() const {
  FamilyBuilder started("grpc_server_started_total", entries_.size());
  FamilyBuilder handled("grpc_server_handled_total",
                        kGrpcCodeCount * entries_.size());
  FamilyBuilder received("grpc_server_msg_received_total", entries_.size());
  FamilyBuilder sent("grpc_server_msg_sent_total", entries_.size());
  FamilyBuilder seconds("grpc_server_handling_seconds", entries_.size());
  for (const auto& entry : entries_) {
    const RpcMethodCounters::Totals totals = entry->counters.Sum();
    const absl::string_view type = RpcTypeName(entry->method.type);
    const std::string& service = entry->method.service;
    const std::string& method = entry->method.method;
    started.Add({type, service, method}, static_cast<double>(totals.started));
    received.Add({type, service, method}, static_cast<double>(totals.received));
    sent.Add({type, service, method}, static_cast<double>(totals.sent));
    for (int i = 0; i < kGrpcCodeCount; ++i) {
      handled.Add({type, service, method, kCodeNames[i]},
                  static_cast<double>(totals.handled[i]));
    }
    seconds.AddHistogram({type, service, method}, kHandlingBounds,
                         totals.buckets,
                         static_cast<double>(totals.nanoseconds) * 1e-9);
  }
  std::vector<prometheus::MetricFamily> families;
  for (FamilyBuilder* family :
       {&started, &handled, &received, &sent, &seconds}) {
    families.push_back(std::move(*family).Build());
  }
  return families;
}

}  // namespace netbuf
