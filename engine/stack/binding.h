// Binding: a protocol on an adapter; the handle of NdisOpenAdapterEx
// (ndis-semantics 9, 12, 15, 18). Opened by Adapter::OpenBinding().
//
// Thread safety: every method may be called from any thread; the caller keeps a
// shared_ptr for the call. The methods with a deadline wait, on real time (a
// VirtualClock need not move), and must not be called from a callback. Sends
// and returns may; OIDs from those of the control path.

#ifndef NETBUFD_ENGINE_STACK_BINDING_H_
#define NETBUFD_ENGINE_STACK_BINDING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/buffer/chain.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/pool/pool_types.h"
#include "engine/stack/binding_state.h"
#include "engine/stack/restart_attributes.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

struct BindingOptions {
  std::string name;  // "protocols/p1/bindings/b1"; unique on the adapter.
  // Stamped on lists that come from a NetBufferListPool while the stack has
  // them, and when the protocol has them back.
  HolderId binding_holder = kNoHolder;
  HolderId protocol_holder = kNoHolder;
  // MediumArray of NDIS_OPEN_PARAMETERS; without 802.3 the open fails with
  // UNSUPPORTED_MEDIA.
  std::vector<uint32_t> media = {kMedium802_3};
};

class Binding {
 public:
  // How long a pause accepts new sends, which Pausing still permits (X9): one
  // second is what a protocol under load needs to notice, and a tenth of the
  // time a pause may take. Later ones complete with PAUSED, so that a flood
  // cannot keep the pause from ending.
  static constexpr absl::Duration kPausingGrace = absl::Seconds(1);

  virtual ~Binding() = default;

  virtual const std::string& name() const = 0;
  virtual BindingState state() const = 0;
  // What NET_BUFFER_LIST.SourceHandle of every list sent must be.
  void* handle() { return this; }

  // --- Data path -------------------------------------------------------------

  // NdisSendNetBufferLists. SUCCESS: the chain is taken, and each of its lists
  // comes back exactly once through BindingClient::SendNetBufferListsComplete,
  // maybe before this returns, with a status of its own:
  //   PAUSED          the binding is not Running (nor newly Pausing);
  //   INVALID_PORT    `port_number` is not the active port, 0 (E6);
  //   INVALID_LENGTH  a NET_BUFFER shorter than an Ethernet header or longer
  //                   than maximum_total_size() of the attributes;
  //   SUCCESS         also for a list without NET_BUFFERs (U20);
  //   or what the stack below says. Frames go down in chain order.
  // INVALID_PARAMETER: some list's source_handle is not handle(); nothing was
  // sent and the chain is still the caller's (E7).
  // With CHECK_FOR_LOOPBACK the sender also receives frames that pass the
  // adapter's packet filter (ndis-semantics 17).
  virtual NdisStatus SendNetBufferLists(NetBufferListChain&& chain,
                                        uint32_t port_number,
                                        uint32_t send_flags) = 0;

  // NdisCancelSendNetBufferLists: completes with SEND_ABORTED those of this
  // binding's lists that carry `cancel_id` in their OOB slot and that the
  // miniport still has queued. Best effort; 0 does nothing (E9).
  virtual void CancelSendNetBufferLists(uint64_t cancel_id) = 0;

  // NdisReturnNetBufferLists: lists that this binding received, in any
  // grouping. INVALID_PARAMETER, and nothing taken, for more than it has.
  virtual NdisStatus ReturnNetBufferLists(NetBufferListChain&& chain) = 0;

  // --- OIDs ------------------------------------------------------------------

  // NdisOidRequest, finished when it returns. One at a time an adapter; others
  // wait their turn. INVALID_STATE before the open has completed and after the
  // close; CLOSING from the moment the binding is being closed for good (X2,
  // X4).
  virtual NdisStatus OidRequest(netbuf::OidRequest& request) = 0;

  // --- Control path ----------------------------------------------------------
  // An event that the state does not allow is FAILED_PRECONDITION
  // (INVALID_BINDING_STATE) with metadata state, event and allowedStates.

  // NetEventPause: Running -> Pausing -> Paused, when every send has completed
  // and every received list is back (X10). Cannot fail; DEADLINE_EXCEEDED
  // (PAUSE_TIMEOUT) tells what it waits for, and the pause goes on. While
  // Pausing it joins the wait. A binding that a stack change has paused stays
  // Paused.
  virtual absl::Status Pause(absl::Time deadline) = 0;

  // NetEventRestart that the client asks for: Paused -> Restarting -> Running;
  // with `hold` it stays in Restarting until CompleteRestart(). Waits for a
  // stack change under way (DEADLINE_EXCEEDED, STACK_CHANGING).
  virtual absl::StatusOr<RestartAttributes> Restart(bool hold,
                                                    absl::Time deadline) = 0;

  // NdisCompleteNetPnPEvent for a pending restart: SUCCESS -> Running, anything
  // else -> Paused (X11). Never waits.
  virtual absl::Status CompleteRestart(NdisStatus status) = 0;

  // ProtocolUnbindAdapterEx and NdisCloseAdapterEx: from Running it is paused
  // first, a pending restart is failed first; then Closing: packet filter 0,
  // multicast list empty, callbacks finished; Unbound. Sends that the link's
  // being down holds back are cancelled. While another thread is closing it,
  // waits for that. On DEADLINE_EXCEEDED (CLOSE_TIMEOUT) the binding keeps
  // draining and Close may be called again.
  virtual absl::Status Close(absl::Time deadline) = 0;

  virtual BindingInfo GetInfo() = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_H_
