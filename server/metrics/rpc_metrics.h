// RpcMetrics: how often each RPC was called, how it ended and how long it took,
// under the names that Go's gRPC middleware made common, so that existing
// dashboards work.
//
// The methods are given once; each has all its series from the start, and a
// call of any other method makes none, so a client cannot grow the exposition.
//
// Cost: relaxed additions to a block of counters that few other threads use.
//
// Thread safety: all methods, and those of RpcMethodCounters, may be called
// from any thread. A scrape never sees more calls handled than started.
//
// Example:
//   RpcMetrics metrics(RpcMethodsOf(*service_descriptor));
//   RpcMethodCounters* m = metrics.Find("/netbuf.v1.OidService/QueryOid");
//   if (m != nullptr) {
//     m->Started();
//     m->Handled(grpc::StatusCode::OK, absl::Microseconds(80));
//     m->Ended();
//   }

#ifndef NETBUFD_SERVER_METRICS_RPC_METRICS_H_
#define NETBUFD_SERVER_METRICS_RPC_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/support/status.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace netbuf {

enum class RpcType : uint8_t {
  kUnary,
  kClientStream,
  kServerStream,
  kBidiStream
};
absl::string_view RpcTypeName(RpcType type);  // "server_stream"

struct RpcMethod {
  std::string service;  // "netbuf.v1.OidService"
  std::string method;   // "QueryOid"
  RpcType type = RpcType::kUnary;
};
// The methods of a generated service; its descriptor is in the generated pool.
// Null: none.
std::vector<RpcMethod> RpcMethodsOf(
    const google::protobuf::ServiceDescriptor* service);

inline constexpr int kGrpcCodeCount = 17;
// "InvalidArgument", as Go spells it; "Unknown" for a number that is no code.
absl::string_view GrpcCodeName(grpc::StatusCode code);

// Bounds of grpc_server_handling_seconds. From 50 us, for an empty call over
// loopback takes about twice that, to 2.5 s, above which a call is lost anyway;
// two or three a decade tell a p99 to within its order.
inline constexpr std::array<double, 15> kHandlingBounds = {
    50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3,
    25e-3, 50e-3,  100e-3, 250e-3, 0.5,  1.0,    2.5};

class RpcMethodCounters {
 public:
  void Started() { ThisShard().started.fetch_add(1, kRelaxed); }
  void MessageReceived() { ThisShard().received.fetch_add(1, kRelaxed); }
  void MessageSent() { ThisShard().sent.fetch_add(1, kRelaxed); }
  void Handled(grpc::StatusCode code, absl::Duration duration);
  // The answer is out and gRPC has let go of the call.
  void Ended() { ThisShard().ended.fetch_add(1, std::memory_order_release); }

 private:
  friend class RpcMetrics;
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  // More than the cores of the machines this is for, and of gRPC's threads most
  // of the time one or two run: enough that two rarely meet, and the counters
  // of 60 methods stay within 200 KiB.
  static constexpr size_t kShards = 8;

  struct alignas(64) Shard {
    std::atomic<uint64_t> started{0};
    std::atomic<uint64_t> received{0};
    std::atomic<uint64_t> sent{0};
    std::atomic<uint64_t> nanoseconds{0};  // Sum over handled calls.
    std::atomic<uint64_t> ended{0};
    std::array<std::atomic<uint64_t>, kGrpcCodeCount> handled{};
    std::array<std::atomic<uint64_t>, kHandlingBounds.size() + 1> buckets{};
  };
  struct Totals;

  Shard& ThisShard();
  Totals Sum() const;
  uint64_t InProgress() const;

  std::array<Shard, kShards> shards_;
};

class RpcMetrics : public prometheus::Collectable {
 public:
  // A method that is listed twice is counted once.
  explicit RpcMetrics(const std::vector<RpcMethod>& methods);

  // `path` as gRPC has it, "/netbuf.v1.OidService/QueryOid"; null when it was
  // not in the constructor's list. Lives as long as this.
  RpcMethodCounters* Find(absl::string_view path) const;

  // Started and not ended. A call that starts meanwhile may be missing; one
  // that goes on never is. O(methods).
  uint64_t CallsInProgress() const;

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Entry {
    RpcMethod method;
    RpcMethodCounters counters;
  };
  std::vector<std::unique_ptr<Entry>> entries_;  // Constant after construction.
  absl::flat_hash_map<std::string, Entry*> by_path_;  // The same.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_RPC_METRICS_H_
