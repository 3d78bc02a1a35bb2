// BindingImpl: what stands behind Binding. Its gate is the data path's view of
// the state; mu_ orders the changes of it.
//
// Locks: mu_ is taken after the adapter's control lock, and nothing but a
// clock's own lock inside it. No lock is held in a callback, or while waiting
// for a timer.

#ifndef NETBUFD_ENGINE_STACK_BINDING_IMPL_H_
#define NETBUFD_ENGINE_STACK_BINDING_IMPL_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/stack/binding.h"
#include "engine/stack/binding_client.h"
#include "engine/stack/binding_counters.h"
#include "engine/stack/binding_gate.h"
#include "engine/stack/binding_host.h"
#include "engine/stack/oid_dispatcher.h"

namespace netbuf {

class BindingImpl final : public Binding,
                          public OidClient,
                          public std::enable_shared_from_this<BindingImpl> {
 public:
  // `host` is kept alive by the binding; `client` outlives Close().
  BindingImpl(const BindingOptions& options, BindingClient* client,
              std::shared_ptr<BindingHost> host);
  ~BindingImpl() override;

  // --- Binding ---------------------------------------------------------------
  const std::string& name() const override { return options_.name; }
  BindingState state() const override { return gate_.Look().state(); }
  NdisStatus SendNetBufferLists(NetBufferListChain&& chain,
                                uint32_t port_number,
                                uint32_t send_flags) override;
  void CancelSendNetBufferLists(uint64_t cancel_id) override;
  NdisStatus ReturnNetBufferLists(NetBufferListChain&& chain) override;
  NdisStatus OidRequest(netbuf::OidRequest& request) override;
  absl::Status Pause(absl::Time deadline) override;
  absl::StatusOr<RestartAttributes> Restart(bool hold,
                                            absl::Time deadline) override;
  absl::Status CompleteRestart(NdisStatus status) override;
  absl::Status Close(absl::Time deadline) override;
  BindingInfo GetInfo() override;

  // --- For the adapter: opening ----------------------------------------------
  // Unbound -> Opening.
  void BeginOpen(const BindParameters& parameters);
  // Asks the client; Opening -> Paused, or Unbound with the client's status.
  NdisStatus Bind();

  // --- For the adapter: data path --------------------------------------------
  // Gives lists back to the client, with their statuses. The calling thread is
  // inside, or they are.
  void CompleteSends(NetBufferListChain chain);
  // Enters the gate to deliver receives. False when the state takes none.
  bool BeginReceive();
  // Delivers, inside the gate. REQUIRES: BeginReceive() returned true. Lists
  // that are too many are left in `chain`.
  void Receive(NetBufferListChain& chain);
  void EndReceive() { Leave(BindingGate::kOneCall); }
  void CountDroppedReceives(uint64_t frames) { counters_.CountDropped(frames); }
  BindingReceiveFilter receive_filter() const;
  void IndicateLinkState(const LinkState& state);
  HolderId holder() const { return options_.binding_holder; }

  // --- For the adapter: stack changes ----------------------------------------
  // Running -> Pausing on behalf of a stack change, which restarts it when
  // done.
  void PauseForStack(StateChangeReason reason);
  // Waits until it is neither Pausing nor Restarting. False at the deadline.
  bool WaitUntilSettled(absl::Time deadline);
  // Pausing -> Paused and wake-ups, when nothing is inside any more.
  void FinishWhenIdle();
  // Paused -> Restarting when a stack change has paused it; returns the number
  // of the restart. 0 otherwise.
  uint64_t BeginRestartForStack(const RestartAttributes& attributes);
  // After that: asks the client. No lock is held.
  void AskToRestart(uint64_t restart, const RestartAttributes& attributes);
  // "3 sends and 1 receive"; "the restart it holds"; empty when nothing.
  std::string WaitingFor() const;

  // --- OidClient -------------------------------------------------------------
  void SetReceiveFilter(const BindingReceiveFilter& filter,
                        uint32_t lookahead) override;

 private:
  struct StateChange {
    BindingState from;
    BindingState to;
    StateChangeReason reason;
  };

  // --- Data path, binding_impl.cc --------------------------------------------
  // Enters with `lists` sends and one call; anything but SUCCESS: not entered,
  // and that is what the lists complete with.
  NdisStatus EnterSend(uint32_t lists);
  // Sets the final status of those that go no further and moves them out.
  void SetAside(NetBufferListChain& chain, NetBufferListChain& finished,
                uint32_t port_number);
  NdisStatus Check(const NetBufferList& nbl, uint32_t port_number) const;
  void GiveBack(NetBufferListChain chain);
  // Leaves the gate. The binding may be gone when this returns.
  void Leave(uint64_t amount);

  // --- Control path, binding_control.cc --------------------------------------
  bool Move(BindingStateEvent event, StateChangeReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Record(BindingState from, BindingState to, StateChangeReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BeginPausing(StateChangeReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BeginRestarting(const RestartAttributes& attributes,
                       StateChangeReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ArmRestartTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Restarting -> Running or Paused, if it is the `restart`-th restart.
  bool FinishRestart(uint64_t restart, NdisStatus status,
                     StateChangeReason reason);
  absl::Status BeginClose(absl::Time deadline, bool* closing);
  absl::Status DrainToClose(absl::Time deadline);
  bool FinishClose(absl::Time deadline);
  // Tells the client what Record() noted, in order, one thread at a time.
  void Deliver();
  // False at the deadline.
  bool WaitWhilePausing(absl::Time deadline);
  absl::Status StateError(BindingStateEvent event) const;
  absl::Status TimeoutError(absl::string_view reason,
                            absl::string_view what) const;

  const BindingOptions options_;
  BindingClient* const client_;
  const std::shared_ptr<BindingHost> host_;

  BindingGate gate_;
  BindingCounters counters_;
  // When Pausing stops to accept sends, in Unix nanoseconds. Relaxed: written
  // before the gate says Pausing, read after.
  std::atomic<int64_t> grace_end_{0};

  mutable Mutex mu_;
  CondVar changed_;  // The state, or that nothing is inside any more.
  BindParameters bind_parameters_ ABSL_GUARDED_BY(mu_);
  std::optional<RestartAttributes> restart_attributes_ ABSL_GUARDED_BY(mu_);
  bool paused_by_stack_ ABSL_GUARDED_BY(mu_) = false;
  bool close_running_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t restart_ ABSL_GUARDED_BY(mu_) = 0;  // Numbers restarts.
  Clock::TimerId restart_timer_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<StateChange> undelivered_ ABSL_GUARDED_BY(mu_);
  bool delivering_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time pause_started_ ABSL_GUARDED_BY(mu_);
  uint64_t pauses_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration pause_time_ ABSL_GUARDED_BY(mu_) = absl::ZeroDuration();
  uint64_t restart_failures_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t restart_timeouts_ ABSL_GUARDED_BY(mu_) = 0;
  std::array<std::array<uint64_t, kBindingStateCount>, kBindingStateCount>
      transitions_ ABSL_GUARDED_BY(mu_){};

  mutable Mutex receive_mu_;
  BindingReceiveFilter receive_filter_ ABSL_GUARDED_BY(receive_mu_);
  uint32_t lookahead_ ABSL_GUARDED_BY(receive_mu_) = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_IMPL_H_
