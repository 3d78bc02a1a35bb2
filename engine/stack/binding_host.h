// BindingHost: what a binding needs of the adapter it is on.

#ifndef NETBUFD_ENGINE_STACK_BINDING_HOST_H_
#define NETBUFD_ENGINE_STACK_BINDING_HOST_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/stack/binding_state.h"
#include "engine/stack/restart_attributes.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

class BindingImpl;

// Thread safety: any thread. The data path methods are called by threads that
// are inside the binding's gate.
class BindingHost {
 public:
  virtual ~BindingHost() = default;

  // --- Data path -------------------------------------------------------------
  virtual uint32_t maximum_total_size() const = 0;
  // Whether frames sent now may have to be looped back (ndis-semantics 17).
  virtual bool NeedsLoopback(uint32_t send_flags) const = 0;
  virtual void LoopBack(BindingImpl& sender, const NetBufferListChain& chain,
                        uint32_t send_flags) = 0;
  // The lists come back through BindingImpl::CompleteSends.
  virtual void SendDown(NetBufferListChain chain,
                        BackFillCounts& back_fill) = 0;
  virtual void ReturnDown(NetBufferListChain chain) = 0;
  virtual void CancelSends(const void* source_handle, uint64_t cancel_id) = 0;
  // Cancels all that can not leave, because the link is down.
  virtual void CancelStuckSends(const void* source_handle) = 0;

  // --- Control path ----------------------------------------------------------
  virtual Clock& clock() = 0;
  virtual absl::Duration restart_timeout() const = 0;
  // Nothing when the binding takes no OIDs yet, or any more.
  virtual std::optional<NdisStatus> HandleOid(BindingImpl& binding,
                                              OidRequest& request) = 0;

  // Nothing of some binding that is Pausing or Closing is inside the stack any
  // more. Which one is not said: it may be gone by the time of the call.
  virtual void BindingIdle() = 0;
  // Runs `action`, quickly, while no stack change is under way, or none has
  // begun; it gets what a binding that restarts now must know.
  // DEADLINE_EXCEEDED (STACK_CHANGING) when a stack change lasts longer.
  virtual absl::Status WithStableStack(
      absl::Time deadline,
      const std::function<absl::Status(const RestartAttributes&)>& action) = 0;
  virtual void CountTransition(BindingState from, BindingState to) = 0;
  // A pause has ended, `time` after it began.
  virtual void CountPause(absl::Duration time) = 0;
  virtual void ReceiveFilterChanged() = 0;
  // No OID request of the binding is or will be under way; its packet filter
  // and multicast list are gone.
  virtual void RefuseOids(BindingImpl& binding) = 0;
  virtual void Forget(BindingImpl& binding) = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_HOST_H_
