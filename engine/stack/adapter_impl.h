// AdapterImpl: what stands behind Adapter.
//
// Locks, in the order they are taken: control_mu_; a binding's mu_; the OID
// dispatcher's; the leaves bindings_mu_ and info_mu_. None is held in a
// callback. The data path takes a leaf to copy the list of bindings when it
// receives, and none when it sends.

#ifndef NETBUFD_ENGINE_STACK_ADAPTER_IMPL_H_
#define NETBUFD_ENGINE_STACK_ADAPTER_IMPL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/buffer/mdl.h"
#include "engine/nic/nic.h"
#include "engine/stack/adapter.h"
#include "engine/stack/binding_host.h"
#include "engine/stack/binding_impl.h"
#include "engine/stack/binding_receive_filter.h"
#include "engine/stack/filter_module.h"
#include "engine/stack/frame_copier.h"
#include "engine/stack/latency_histogram.h"
#include "engine/stack/oid_dispatcher.h"

namespace netbuf {

class AdapterImpl final : public Adapter,
                          public BindingHost,
                          public NicClient,
                          public std::enable_shared_from_this<AdapterImpl> {
 public:
  AdapterImpl(const AdapterOptions& options, std::unique_ptr<Nic> nic);
  ~AdapterImpl() override;

  // After nic->Initialize(): Paused -> Running.
  void Start();

  // --- Adapter ---------------------------------------------------------------
  absl::StatusOr<std::shared_ptr<Binding>> OpenBinding(
      const BindingOptions& options, BindingClient* client,
      absl::Time deadline) override;
  absl::Status AttachFilter(absl::string_view name, const FilterSpec& spec,
                            uint32_t position, absl::Time deadline) override;
  absl::Status DetachFilter(absl::string_view name,
                            absl::Time deadline) override;
  absl::Status Delete() override;
  void SetLinkState(const LinkState& state) override;
  const std::string& name() const override { return options_.name; }
  Nic& nic() override { return *nic_; }
  AdapterInfo GetInfo() override;
  std::vector<FilterInfo> GetFilters() override;
  StackRequirements requirements() override;

  // --- BindingHost -----------------------------------------------------------
  uint32_t maximum_total_size() const override { return maximum_total_size_; }
  bool NeedsLoopback(uint32_t send_flags) const override;
  void LoopBack(BindingImpl& sender, const NetBufferListChain& chain,
                uint32_t send_flags) override;
  void SendDown(NetBufferListChain chain, BackFillCounts& back_fill) override;
  void ReturnDown(NetBufferListChain chain) override;
  void CancelSends(const void* source_handle, uint64_t cancel_id) override;
  void CancelStuckSends(const void* source_handle) override;
  Clock& clock() override { return *options_.clock; }
  absl::Duration restart_timeout() const override {
    return options_.restart_timeout;
  }
  std::optional<NdisStatus> HandleOid(BindingImpl& binding,
                                      OidRequest& request) override;
  void BindingIdle() override;
  absl::Status WithStableStack(
      absl::Time deadline,
      const std::function<absl::Status(const RestartAttributes&)>& action)
      override;
  void CountTransition(BindingState from, BindingState to) override;
  void CountPause(absl::Duration time) override { pause_times_.Record(time); }
  void ReceiveFilterChanged() override;
  void RefuseOids(BindingImpl& binding) override;
  void Forget(BindingImpl& binding) override;

  // --- NicClient -------------------------------------------------------------
  void SendNetBufferListsComplete(NetBufferListChain chain) override;
  void IndicateReceiveNetBufferLists(NetBufferListChain chain) override;
  void IndicateLinkState(const LinkState& state) override;

 private:
  using Filters = std::vector<std::shared_ptr<FilterModule>>;  // From the top.
  using Bindings = std::vector<std::shared_ptr<BindingImpl>>;
  // A binding that gets something of the chain at hand; the caller is inside
  // its gate. Few adapters have more than four bindings: no allocation for
  // those.
  struct Receiver {
    std::shared_ptr<BindingImpl> binding;
    BindingReceiveFilter filter;
    NetBufferListChain chain;
  };
  using Receivers = absl::InlinedVector<Receiver, 4>;

  // --- Control path, adapter_impl.cc -----------------------------------------
  std::shared_ptr<const Bindings> bindings() const;
  // Waits until no stack change is under way; NOT_FOUND once deleted.
  absl::Status WaitForStableStack(absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(control_mu_);
  absl::StatusOr<std::shared_ptr<BindingImpl>> AddBinding(
      const BindingOptions& options, BindingClient* client,
      absl::Time deadline);
  BindParameters MakeBindParameters();
  RestartAttributes CurrentAttributes() const;
  Filters CurrentFilters() const;

  // --- Stack changes, adapter_change.cc --------------------------------------
  // Pauses the stack, replaces its filters by what `plan` makes of them,
  // restarts it. `plan` may refuse.
  absl::Status ChangeStack(
      StateChangeReason reason, absl::Time deadline,
      const std::function<absl::StatusOr<Filters>(Filters)>& plan);
  absl::Status CheckStack(const Filters& filters) const;
  absl::Status PauseBindings(StateChangeReason reason, absl::Time deadline);
  absl::Status PauseTimeout(const Bindings& bindings) const;
  void PauseModules();
  // REQUIRES: everything is paused.
  void BuildStack(Filters filters);
  void RestartModules();
  void EndChange(bool done);
  // Restarts what stack changes have paused, unless another one has begun.
  void RestartIfDue(BindingImpl& binding);
  RestartAttributes MakeAttributes(const Filters& filters,
                                   uint64_t generation) const;

  // --- Data path, adapter_data.cc --------------------------------------------
  // Back up through filters [0, below), to the bindings.
  void CompleteUp(NetBufferListChain chain, size_t below);
  // Back down through filters [from, ...), to the NIC.
  void ReturnFrom(size_t from, NetBufferListChain chain);
  void DeliverReceives(NetBufferListChain chain);
  void Assign(NetBufferList* nbl, Receivers& receivers,
              NetBufferListChain& unclaimed);
  void AppendCopy(const NetBuffer& frame, uint32_t nbl_flags,
                  Receiver& receiver);
  // Gives everyone what is theirs and leaves their gates.
  void Deliver(Receivers& receivers);
  Receivers LoopbackReceivers(
      const BindingImpl& sender, uint32_t send_flags,
      std::vector<BindingReceiveFilter>& adapter_filter);

  const AdapterOptions options_;
  MdlAllocator& mdl_allocator_;
  const std::unique_ptr<Nic> nic_;
  std::optional<FrameCopier> copier_;  // Made by Start().
  OidDispatcher oids_;

  // The stack, as the data path sees it. Written only by BuildStack(), when
  // every binding's gate has been found idle (BindingGate::MoveWhenIdle
  // acquires what those inside released) and the NIC is paused; read by threads
  // inside a gate that was opened afterwards (BindingGate::Move releases, Enter
  // acquires), and by the NIC's after Nic::Restart().
  Filters filters_;
  uint32_t maximum_total_size_ = 0;

  std::atomic<ModuleState> state_{ModuleState::kPaused};
  std::atomic<bool> loopback_interest_{false};
  // A link state came up inside an OID request and has not been told yet.
  std::atomic<bool> link_state_deferred_{false};
  std::atomic<uint64_t> receives_unclaimed_{0};
  std::array<std::array<std::atomic<uint64_t>, kBindingStateCount>,
             kBindingStateCount>
      transitions_{};
  LatencyHistogram pause_times_;

  Mutex control_mu_;
  CondVar control_cv_;
  bool changing_ ABSL_GUARDED_BY(control_mu_) = false;
  bool deleted_ ABSL_GUARDED_BY(control_mu_) = false;
  int nic_calls_ ABSL_GUARDED_BY(control_mu_) = 0;

  mutable Mutex bindings_mu_;
  // Never null; a new one for every change.
  std::shared_ptr<const Bindings> bindings_ ABSL_GUARDED_BY(bindings_mu_);

  mutable Mutex info_mu_;
  Filters info_filters_ ABSL_GUARDED_BY(info_mu_);  // As filters_.
  RestartAttributes attributes_ ABSL_GUARDED_BY(info_mu_);
  uint64_t stack_changes_ ABSL_GUARDED_BY(info_mu_) = 0;
  uint64_t stack_changes_undone_ ABSL_GUARDED_BY(info_mu_) = 0;
  bool halted_ ABSL_GUARDED_BY(info_mu_) = false;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_ADAPTER_IMPL_H_
