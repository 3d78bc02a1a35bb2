// The two ways in which most calls are answered: at once, and from the control
// executor.

#ifndef NETBUFD_SERVER_SERVICE_REPLY_H_
#define NETBUFD_SERVER_SERVICE_REPLY_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/service/convert_common.h"
#include "server/service/pending_call.h"
#include "server/service/service_context.h"
#include "server/service/status.h"

namespace netbuf {

// What a call may wait when its request does not say, and at most.
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(10);
inline constexpr absl::Duration kMaxTimeout = absl::Seconds(60);
// How much longer than its timeout a call may take until the server answers in
// its place: room for the engine to put back what a timeout interrupted.
inline constexpr absl::Duration kTimeoutGrace = absl::Seconds(5);

// How long a call may wait: `timeout` of its request, or the default.
template <typename Request>
absl::StatusOr<absl::Duration> ReadTimeout(const Request& request) {
  if (!request.has_timeout()) return kDefaultTimeout;
  return ParseDuration(request.timeout(), kMaxTimeout, "timeout");
}

// Answers at once.
inline grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

template <typename Response>
grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context,
                                absl::StatusOr<Response> result,
                                Response* response) {
  if (result.ok()) response->Swap(&*result);
  return Reply(context, result.status());
}

// Answers with what `work` returns, which runs on the control executor and may
// block for as long as it is told: `timeout`, less what the call waited for a
// thread and what the client does not wait for. The call is answered at the
// latest kTimeoutGrace after `timeout`. `work` must not refer to the request;
// it does not run at all when the call ends before its turn.
template <typename Response>
grpc::ServerUnaryReactor* ReplyFromExecutor(
    const ServiceContext& services, grpc::CallbackServerContext* context,
    Response* response, absl::Duration timeout,
    std::function<absl::StatusOr<Response>(absl::Duration)> work) {
  std::shared_ptr<PendingCall> call =
      PendingCall::Make(context, services.clock);
  const absl::Time deadline =
      std::min(absl::Now() + timeout, PendingCall::ClientDeadline(*context));
  const absl::Status submitted = services.executor->Submit(
      [call, response, deadline, work = std::move(work)] {
        if (call->answered()) return;
        absl::StatusOr<Response> result =
            work(std::max(deadline - absl::Now(), absl::ZeroDuration()));
        call->Answer([&] {
          if (result.ok()) response->Swap(&*result);
          return ToGrpcStatus(result.status());
        });
      });
  if (submitted.ok()) {
    call->LimitTo(timeout + kTimeoutGrace);
  } else {
    call->Answer([&] { return ToGrpcStatus(submitted); });
  }
  return call.get();
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_REPLY_H_
