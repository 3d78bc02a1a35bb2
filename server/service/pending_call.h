// PendingCall: a unary call that is answered later, on any thread, exactly
// once: by the engine's completion, by an error, by the client's cancellation
// or deadline, or by the server's own limit, whichever comes first. What comes
// later finds the call answered and does nothing, so that the engine may
// complete what nobody waits for any more.
//
// Lifetime: shared. gRPC's part ends with OnDone; the object lives until the
// last completion that knows it is gone.
//
// Thread safety: every method may be called from any thread.
//
// Example:
//   auto call = PendingCall::Make(context, clock);
//   engine->Send(..., [call, response](Result result) {
//     call->Answer([&] { Fill(result, response); return grpc::Status::OK; });
//   });
//   call->LimitTo(absl::Seconds(60));
//   return call.get();

#ifndef NETBUFD_SERVER_SERVICE_PENDING_CALL_H_
#define NETBUFD_SERVER_SERVICE_PENDING_CALL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace netbuf {

class PendingCall final : public grpc::ServerUnaryReactor,
                          public std::enable_shared_from_this<PendingCall> {
 public:
  // `context` is the call's; `clock` must outlive the call and every completion
  // that holds it.
  static std::shared_ptr<PendingCall> Make(grpc::CallbackServerContext* context,
                                           Clock* clock);

  // Answers with what `fill` returns, unless the call is answered already.
  // `fill` runs inside; the call's response may be touched nowhere else.
  template <typename Fill>
  void Answer(Fill&& fill) {
    if (!Claim()) return;
    grpc::Status status = std::forward<Fill>(fill)();
    ReleaseTimer();
    Finish(std::move(status));
  }

  bool answered() const { return answered_.load(); }

  // Answers DEADLINE_EXCEEDED when nothing else has for `limit`. At most once.
  void LimitTo(absl::Duration limit);

  // Runs when gRPC is done with the call's request and response. Before the
  // call is returned to gRPC.
  void set_on_done(std::function<void()> on_done) {
    on_done_ = std::move(on_done);
  }

  // When the client gives up; InfiniteFuture when never.
  static absl::Time ClientDeadline(const grpc::CallbackServerContext& context);

  void OnCancel() override;
  void OnDone() override;
  // gRPC runs the two above where it is, instead of waking a thread of its
  // executor for each call, which is what made most of the difference to a bare
  // echo. They may: they wait for nothing, and whoever answers holds the call.
  // (gRPC means the switch for its own reactors; without it all works, slower.)
  bool InternalInlineable() override { return true; }

 private:
  // Only Make() makes calls.
  struct Key {};

 public:
  PendingCall(Key, grpc::CallbackServerContext* context, Clock* clock)
      : context_(context), clock_(clock) {}

 private:
  bool Claim() { return !answered_.exchange(true); }
  void ReleaseTimer();

  grpc::CallbackServerContext* const context_;
  Clock* const clock_;
  std::function<void()> on_done_;
  std::shared_ptr<PendingCall> self_;  // Until OnDone.
  std::atomic<bool> answered_{false};
  std::atomic<Clock::TimerId> timer_{0};
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_PENDING_CALL_H_
