#include "server/service/pending_call.h"

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

grpc::Status CancelledStatus(bool late) {
  return ToGrpcStatus(
      late ? absl::DeadlineExceededError("the call's deadline passed")
           : absl::CancelledError("the client cancelled the call"));
}

}  // namespace

std::shared_ptr<PendingCall> PendingCall::Make(
    grpc::CallbackServerContext* context, Clock* clock) {
  auto call = std::make_shared<PendingCall>(Key(), context, clock);
  call->self_ = call;
  return call;
}

absl::Time PendingCall::ClientDeadline(
    const grpc::CallbackServerContext& context) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max()
             ? absl::InfiniteFuture()
             : absl::FromChrono(deadline);
}

void PendingCall::LimitTo(absl::Duration limit) {
  if (answered()) return;
  std::weak_ptr<PendingCall> weak = weak_from_this();
  timer_ = clock_->ScheduleAfter(limit, [weak, limit] {
    const std::shared_ptr<PendingCall> call = weak.lock();
    if (call == nullptr) return;
    call->timer_ = 0;  // This is it: nobody has to wait for it.
    call->Answer([limit] {
      return ToGrpcStatus(
          ErrorBuilder(absl::StatusCode::kDeadlineExceeded,
                       "SERVER_DEADLINE_EXCEEDED", NdisStatus::kPending)
          << "not finished within the " << absl::FormatDuration(limit)
          << " that the server allows; it goes on without "
             "this call");
    });
  });
  // The answer may have come before the timer was known.
  if (answered()) ReleaseTimer();
}

void PendingCall::ReleaseTimer() {
  const Clock::TimerId timer = timer_.exchange(0);
  if (timer != 0) clock_->Cancel(timer);
}

void PendingCall::OnCancel() {
  Answer([this] {
    return CancelledStatus(absl::Now() >= ClientDeadline(*context_));
  });
}

void PendingCall::OnDone() {
  if (on_done_) on_done_();
  self_.reset();
}

}  // namespace netbuf
