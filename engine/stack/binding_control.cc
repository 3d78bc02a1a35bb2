// What changes the state of a binding.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "engine/stack/binding_impl.h"
#include "engine/stack/wait.h"

namespace netbuf {
namespace {

std::string Counted(uint32_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace

// --- Moving along the table --------------------------------------------------

bool BindingImpl::Move(BindingStateEvent event, StateChangeReason reason) {
  const BindingState from = gate_.Look().state();
  const std::optional<BindingState> to = NextBindingState(from, event);
  if (!to.has_value()) return false;
  gate_.Move(*to);
  Record(from, *to, reason);
  return true;
}

void BindingImpl::Record(BindingState from, BindingState to,
                         StateChangeReason reason) {
  ++transitions_[static_cast<int>(from)][static_cast<int>(to)];
  host_->CountTransition(from, to);
  undelivered_.push_back({from, to, reason});
  changed_.SignalAll();
}

void BindingImpl::Deliver() {
  mu_.Lock();
  if (delivering_) {  // Whoever does will find what was added.
    mu_.Unlock();
    return;
  }
  delivering_ = true;
  while (!undelivered_.empty()) {
    const StateChange change = undelivered_.front();
    undelivered_.pop_front();
    mu_.Unlock();
    client_->StateChanged(*this, change.from, change.to, change.reason);
    mu_.Lock();
  }
  delivering_ = false;
  changed_.SignalAll();
  mu_.Unlock();
}

absl::Status BindingImpl::StateError(BindingStateEvent event) const {
  const absl::string_view state = BindingStateName(gate_.Look().state());
  const std::string allowed = absl::StrJoin(
      StatesAllowing(event), ", ", [](std::string* out, BindingState s) {
        absl::StrAppend(out, BindingStateName(s));
      });
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                      "INVALID_BINDING_STATE", NdisStatus::kInvalidState)
             .Precondition("BINDING_STATE", name(),
                           absl::StrCat("is ", state, ", must be ", allowed))
             .Metadata("state", state)
             .Metadata("event", BindingStateEventName(event))
             .Metadata("allowedStates", allowed)
         << name() << " is " << state << "; " << BindingStateEventName(event)
         << " needs it to be " << allowed;
}

std::string BindingImpl::WaitingFor() const {
  const BindingGate::View view = gate_.Look();
  switch (view.state()) {
    case BindingState::kRestarting:
      return "the restart that the protocol holds";
    case BindingState::kPausing:
    case BindingState::kClosing:
      break;
    default:
      return "";
  }
  std::vector<std::string> what;
  if (view.sends() != 0) what.push_back(Counted(view.sends(), "send"));
  if (view.receives() != 0) {
    what.push_back(Counted(view.receives(), "receive"));
  }
  if (what.empty() && view.calls() != 0) {
    what.push_back(Counted(view.calls(), "call"));
  }
  return absl::StrJoin(what, " and ");
}

absl::Status BindingImpl::TimeoutError(absl::string_view reason,
                                       absl::string_view what) const {
  const BindingGate::View view = gate_.Look();
  std::string waiting = WaitingFor();
  if (waiting.empty()) waiting = "its last callback";
  return ErrorBuilder(absl::StatusCode::kDeadlineExceeded, reason,
                      NdisStatus::kPending)
             .Resource("netbufd/Binding", name())
             .Metadata("state", BindingStateName(view.state()))
             .Metadata("outstandingSends", view.sends())
             .Metadata("outstandingReceives", view.receives())
         << what << " of " << name() << " goes on: it waits for " << waiting
         << " to come back";
}

// --- Opening -----------------------------------------------------------------

void BindingImpl::BeginOpen(const BindParameters& parameters) {
  MutexLock lock(mu_);
  bind_parameters_ = parameters;
  Move(BindingStateEvent::kBind, StateChangeReason::kOpen);
}

NdisStatus BindingImpl::Bind() {
  Deliver();
  BindParameters parameters;
  {
    MutexLock lock(mu_);
    parameters = bind_parameters_;
  }
  const NdisStatus status = client_->Bind(*this, parameters);
  {
    MutexLock lock(mu_);
    Move(status == NdisStatus::kSuccess ? BindingStateEvent::kBindComplete
                                        : BindingStateEvent::kBindFailed,
         StateChangeReason::kOpen);
  }
  Deliver();
  return status;
}

// --- Pausing -----------------------------------------------------------------

void BindingImpl::BeginPausing(StateChangeReason reason) {
  pause_started_ = host_->clock().Now();
  ++pauses_;
  grace_end_.store(absl::ToUnixNanos(pause_started_ + kPausingGrace),
                   std::memory_order_relaxed);
  Move(BindingStateEvent::kPause, reason);
}

void BindingImpl::FinishWhenIdle() {
  {
    MutexLock lock(mu_);
    if (gate_.MoveWhenIdle(BindingState::kPausing, BindingState::kPaused)) {
      const absl::Duration time = host_->clock().Now() - pause_started_;
      pause_time_ += time;
      host_->CountPause(time);
      Record(BindingState::kPausing, BindingState::kPaused,
             StateChangeReason::kDrained);
    } else {
      changed_.SignalAll();  // A close may wait for this.
    }
  }
  Deliver();
}

bool BindingImpl::WaitWhilePausing(absl::Time deadline) {
  MutexLock lock(mu_);
  while (gate_.Look().state() == BindingState::kPausing) {
    if (!WaitUntil(changed_, mu_, deadline)) return false;
  }
  return true;
}

absl::Status BindingImpl::Pause(absl::Time deadline) {
  {
    MutexLock lock(mu_);
    switch (gate_.Look().state()) {
      case BindingState::kRunning:
        BeginPausing(StateChangeReason::kProtocolPause);
        break;
      case BindingState::kPausing:
        paused_by_stack_ = false;
        break;
      case BindingState::kPaused:
        if (paused_by_stack_) {
          paused_by_stack_ = false;
          return absl::OkStatus();
        }
        return StateError(BindingStateEvent::kPause);
      default:
        return StateError(BindingStateEvent::kPause);
    }
  }
  Deliver();
  FinishWhenIdle();
  if (!WaitWhilePausing(deadline)) {
    return TimeoutError("PAUSE_TIMEOUT", "the pause");
  }
  return absl::OkStatus();
}

// --- Restarting --------------------------------------------------------------

void BindingImpl::BeginRestarting(const RestartAttributes& attributes,
                                  StateChangeReason reason) {
  paused_by_stack_ = false;
  restart_attributes_ = attributes;
  ++restart_;
  Move(BindingStateEvent::kRestart, reason);
}

void BindingImpl::ArmRestartTimer() {
  restart_timer_ = host_->clock().ScheduleAfter(
      host_->restart_timeout(), [weak = weak_from_this(), restart = restart_] {
        if (auto self = weak.lock()) {
          self->FinishRestart(restart, NdisStatus::kFailure,
                              StateChangeReason::kRestartTimeout);
        }
      });
}

bool BindingImpl::FinishRestart(uint64_t restart, NdisStatus status,
                                StateChangeReason reason) {
  Clock::TimerId timer = 0;
  {
    MutexLock lock(mu_);
    if (gate_.Look().state() != BindingState::kRestarting ||
        restart_ != restart) {
      return false;
    }
    timer = std::exchange(restart_timer_, 0);
    if (status == NdisStatus::kSuccess) {
      Move(BindingStateEvent::kRestartComplete, reason);
    } else {
      ++restart_failures_;
      if (reason == StateChangeReason::kRestartTimeout) ++restart_timeouts_;
      Move(BindingStateEvent::kRestartFailed, reason);
    }
  }
  // Not for the timeout itself: it has run.
  if (timer != 0 && reason != StateChangeReason::kRestartTimeout) {
    host_->clock().Cancel(timer);
  }
  Deliver();
  return true;
}

absl::StatusOr<RestartAttributes> BindingImpl::Restart(bool hold,
                                                       absl::Time deadline) {
  RestartAttributes result;
  RETURN_IF_ERROR(host_->WithStableStack(
      deadline, [&](const RestartAttributes& attributes) -> absl::Status {
        MutexLock lock(mu_);
        if (gate_.Look().state() != BindingState::kPaused) {
          return StateError(BindingStateEvent::kRestart);
        }
        result = attributes;
        BeginRestarting(attributes, StateChangeReason::kProtocolRestart);
        if (hold) {
          ArmRestartTimer();
        } else {
          Move(BindingStateEvent::kRestartComplete,
               StateChangeReason::kRestartComplete);
        }
        return absl::OkStatus();
      }));
  Deliver();
  return result;
}

absl::Status BindingImpl::CompleteRestart(NdisStatus status) {
  uint64_t restart;
  {
    MutexLock lock(mu_);
    if (gate_.Look().state() != BindingState::kRestarting) {
      return StateError(BindingStateEvent::kRestartComplete);
    }
    restart = restart_;
  }
  if (!FinishRestart(restart, status,
                     status == NdisStatus::kSuccess
                         ? StateChangeReason::kRestartComplete
                         : StateChangeReason::kRestartFailed)) {
    return StateError(BindingStateEvent::kRestartComplete);
  }
  return absl::OkStatus();
}

// --- Stack changes -----------------------------------------------------------

void BindingImpl::PauseForStack(StateChangeReason reason) {
  {
    MutexLock lock(mu_);
    if (gate_.Look().state() == BindingState::kRunning) {
      paused_by_stack_ = true;
      BeginPausing(reason);
    }
  }
  Deliver();
  FinishWhenIdle();
}

bool BindingImpl::WaitUntilSettled(absl::Time deadline) {
  MutexLock lock(mu_);
  for (;;) {
    const BindingState state = gate_.Look().state();
    if (state != BindingState::kPausing && state != BindingState::kRestarting) {
      return true;
    }
    if (!WaitUntil(changed_, mu_, deadline)) return false;
  }
}

uint64_t BindingImpl::BeginRestartForStack(
    const RestartAttributes& attributes) {
  MutexLock lock(mu_);
  if (!paused_by_stack_ || gate_.Look().state() != BindingState::kPaused) {
    return 0;
  }
  BeginRestarting(attributes, StateChangeReason::kStackRestart);
  ArmRestartTimer();
  // For AskToRestart(): a close waits for that call of the client, too.
  gate_.Enter(BindingGate::kOneCall);
  return restart_;
}

void BindingImpl::AskToRestart(uint64_t restart,
                               const RestartAttributes& attributes) {
  Deliver();
  const NdisStatus status = client_->Restart(*this, attributes);
  if (status != NdisStatus::kPending) {
    FinishRestart(restart, status,
                  status == NdisStatus::kSuccess
                      ? StateChangeReason::kRestartComplete
                      : StateChangeReason::kRestartFailed);
  }
  Leave(BindingGate::kOneCall);
}

// --- Closing -----------------------------------------------------------------

absl::Status BindingImpl::Close(absl::Time deadline) {
  bool closing = false;
  while (!closing) {
    RETURN_IF_ERROR(BeginClose(deadline, &closing));
    // Another thread may have closed it while this one waited for that.
    if (!closing && state() == BindingState::kUnbound) return absl::OkStatus();
  }
  // The client may still set OIDs, from StateChanged, until here (X2).
  Deliver();
  host_->RefuseOids(*this);
  const bool closed = FinishClose(deadline);
  if (closed) host_->Forget(*this);
  MutexLock lock(mu_);
  close_running_ = false;
  changed_.SignalAll();
  if (!closed) return TimeoutError("CLOSE_TIMEOUT", "the close");
  return absl::OkStatus();
}

// One step towards Closing; `*closing` when there, and nobody else is at it.
absl::Status BindingImpl::BeginClose(absl::Time deadline, bool* closing) {
  uint64_t failed_restart = 0;
  {
    MutexLock lock(mu_);
    const bool waited = close_running_;
    while (close_running_) {
      if (!WaitUntil(changed_, mu_, deadline)) {
        return TimeoutError("CLOSE_TIMEOUT", "the close");
      }
    }
    if (waited && gate_.Look().state() == BindingState::kUnbound) {
      return absl::OkStatus();
    }
    switch (gate_.Look().state()) {
      case BindingState::kUnbound:
      case BindingState::kOpening:
        return StateError(BindingStateEvent::kUnbind);
      case BindingState::kRunning:
        BeginPausing(StateChangeReason::kClose);
        break;
      case BindingState::kPausing:
        paused_by_stack_ = false;
        break;
      case BindingState::kRestarting:
        failed_restart = restart_;
        break;
      case BindingState::kPaused:
        paused_by_stack_ = false;
        Move(BindingStateEvent::kUnbind, StateChangeReason::kClose);
        [[fallthrough]];
      case BindingState::kClosing:
        close_running_ = true;
        *closing = true;
        return absl::OkStatus();
    }
  }
  if (failed_restart != 0) {
    FinishRestart(failed_restart, NdisStatus::kFailure,
                  StateChangeReason::kClose);
    return absl::OkStatus();
  }
  return DrainToClose(deadline);
}

// Waits while the binding is Pausing.
absl::Status BindingImpl::DrainToClose(absl::Time deadline) {
  Deliver();
  FinishWhenIdle();
  // What waits for a link that is down would hold the close up until it is up;
  // looked at again and again, for it may go down meanwhile.
  constexpr absl::Duration kLook = absl::Milliseconds(50);
  do {
    host_->CancelStuckSends(handle());
    if (WaitWhilePausing(std::min(deadline, absl::Now() + kLook))) {
      return absl::OkStatus();
    }
  } while (absl::Now() < deadline);
  return TimeoutError("CLOSE_TIMEOUT", "the close");
}

// Waits until nothing is inside and no callback runs: Closing -> Unbound.
bool BindingImpl::FinishClose(absl::Time deadline) {
  {
    MutexLock lock(mu_);
    while (
        !gate_.MoveWhenIdle(BindingState::kClosing, BindingState::kUnbound)) {
      if (!WaitUntil(changed_, mu_, deadline)) return false;
    }
    Record(BindingState::kClosing, BindingState::kUnbound,
           StateChangeReason::kClose);
  }
  Deliver();
  MutexLock lock(mu_);
  while (delivering_ || !undelivered_.empty()) changed_.Wait(mu_);
  return true;
}

// --- Looking -----------------------------------------------------------------

BindingInfo BindingImpl::GetInfo() {
  BindingInfo info;
  info.name = name();
  const BindingGate::View view = gate_.Look();
  info.state = view.state();
  info.outstanding_sends = view.sends();
  info.outstanding_receives = view.receives();
  info.waiting_for = WaitingFor();
  counters_.Read(info.counts);
  {
    MutexLock lock(receive_mu_);
    info.packet_filter = receive_filter_.packet_types;
    info.lookahead = lookahead_;
    if (receive_filter_.multicast_list != nullptr) {
      info.multicast_list = *receive_filter_.multicast_list;
    }
  }
  MutexLock lock(mu_);
  info.bind_parameters = bind_parameters_;
  info.restart_attributes = restart_attributes_;
  info.counts.pauses = pauses_;
  info.counts.pause_time = pause_time_;
  info.counts.restart_failures = restart_failures_;
  info.counts.restart_timeouts = restart_timeouts_;
  info.counts.transitions = transitions_;
  return info;
}

}  // namespace netbuf
