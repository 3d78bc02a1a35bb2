// BindingClient: the protocol driver as the stack sees it, one per binding: the
// callbacks of NDIS_PROTOCOL_DRIVER_CHARACTERISTICS that concern a bound
// adapter.
//
// Threads: each may run on any thread (a sender's, a NIC's, a clock's, the one
// that changes the stack), several at once, except StateChanged, which runs one
// at a time and in the order of the changes. The stack holds no lock then. A
// callback may send, return lists and complete a restart; all but the two of
// the data path may request OIDs. None may call what waits (Pause, Restart,
// Close, AttachFilter, ...), for the wait could be for that very callback. None
// runs after Binding::Close() returned OK, except for lists that are sent even
// then.

#ifndef NETBUFD_ENGINE_STACK_BINDING_CLIENT_H_
#define NETBUFD_ENGINE_STACK_BINDING_CLIENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/buffer/chain.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/stack/binding_state.h"
#include "engine/stack/restart_attributes.h"

namespace netbuf {

class Binding;

enum class StateChangeReason : uint8_t {
  kOpen,
  kProtocolPause,    // Binding::Pause().
  kProtocolRestart,  // Binding::Restart().
  kFilterAttach,
  kFilterDetach,
  kDrained,          // The last list that a pause waited for is back.
  kStackRestart,     // After a filter was attached or detached.
  kRestartComplete,  // The client answered, or CompleteRestart() said, SUCCESS.
  kRestartFailed,    // ... or something else.
  kRestartTimeout,   // A pending restart was not completed in time.
  kClose,
};
absl::string_view StateChangeReasonName(StateChangeReason reason);  // "drained"

class BindingClient {
 public:
  virtual ~BindingClient() = default;

  // ProtocolBindAdapterEx, after the open has completed: the binding is in
  // Opening and takes OIDs. SUCCESS ends in Paused; anything else undoes the
  // open.
  virtual NdisStatus Bind(Binding& /*binding*/,
                          const BindParameters& /*parameters*/) {
    return NdisStatus::kSuccess;
  }

  // ProtocolSendNetBufferListsComplete: the lists are the client's again, with
  // their statuses, each exactly as it was sent. May run inside the call that
  // sent them.
  virtual void SendNetBufferListsComplete(Binding& binding,
                                          NetBufferListChain chain) = 0;

  // ProtocolReceiveNetBufferLists: the client has the lists until it gives them
  // to Binding::ReturnNetBufferLists, maybe inside this call. A pause waits for
  // them.
  virtual void ReceiveNetBufferLists(Binding& binding,
                                     NetBufferListChain chain) = 0;

  // NetEventRestart after the stack below has changed: the time to re-size
  // pools. SUCCESS: Running. PENDING: Restarting until
  // Binding::CompleteRestart(), which may come before this returns. Anything
  // else: Paused (X11). Not called for a restart that the client itself asks
  // for; that one returns the attributes.
  virtual NdisStatus Restart(Binding& binding,
                             const RestartAttributes& attributes) = 0;

  virtual void StateChanged(Binding& /*binding*/, BindingState /*from*/,
                            BindingState /*to*/, StateChangeReason /*reason*/) {
  }

  // NDIS_STATUS_LINK_STATE.
  virtual void LinkStateChanged(Binding& /*binding*/,
                                const LinkState& /*state*/) {}
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_CLIENT_H_
