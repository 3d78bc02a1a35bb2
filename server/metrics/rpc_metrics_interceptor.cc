#include "server/metrics/rpc_metrics_interceptor.h"

#include <atomic>
#include <chrono>

#include "absl/time/time.h"
#include "grpcpp/support/interceptor.h"

namespace netbuf {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using SteadyClock = std::chrono::steady_clock;

// One call. gRPC may run Intercept() on several threads at once: a close may be
// received while a status is being sent.
class RpcMetricsInterceptor : public grpc::experimental::Interceptor {
 public:
  explicit RpcMetricsInterceptor(RpcMethodCounters* counters)
      : counters_(counters), start_(SteadyClock::now()) {
    counters_->Started();
  }

  ~RpcMetricsInterceptor() override {
    Handled(closed_.load(std::memory_order_relaxed)
                ? grpc::StatusCode::CANCELLED
                : grpc::StatusCode::UNKNOWN);
    counters_->Ended();
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    const auto at = [methods](InterceptionHookPoints point) {
      return methods->QueryInterceptionHookPoint(point);
    };
    // A read that met the end of the stream has no message.
    if (at(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        methods->GetRecvMessage() != nullptr) {
      counters_->MessageReceived();
    }
    if (at(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Handled(methods->GetSendStatus().error_code());
    }
    if (at(InterceptionHookPoints::POST_SEND_MESSAGE) &&
        methods->GetSendMessageStatus()) {
      counters_->MessageSent();
    }
    if (at(InterceptionHookPoints::POST_RECV_CLOSE)) {
      closed_.store(true, std::memory_order_relaxed);
    }
    methods->Proceed();
  }

 private:
  // Counts the first time only.
  void Handled(grpc::StatusCode code) {
    if (handled_.exchange(true, std::memory_order_relaxed)) return;
    counters_->Handled(code, absl::FromChrono(SteadyClock::now() - start_));
  }

  RpcMethodCounters* const counters_;
  const SteadyClock::time_point start_;
  std::atomic<bool> handled_{false};
  std::atomic<bool> closed_{false};
};

class Factory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(RpcMetrics* metrics) : metrics_(metrics) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    RpcMethodCounters* counters = metrics_->Find(info->method());
    return counters == nullptr ? nullptr : new RpcMetricsInterceptor(counters);
  }

 private:
  RpcMetrics* const metrics_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeRpcMetricsInterceptorFactory(RpcMetrics* metrics) {
  return std::make_unique<Factory>(metrics);
}

}  // namespace netbuf
