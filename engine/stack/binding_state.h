// The seven states of a protocol binding and what moves it between them
// (ndis-semantics 9.1, 9.2), as tables that code, tests and documentation
// share.

#ifndef NETBUFD_ENGINE_STACK_BINDING_STATE_H_
#define NETBUFD_ENGINE_STACK_BINDING_STATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace netbuf {

enum class BindingState : uint8_t {
  kUnbound = 0,
  kOpening,
  kPaused,
  kRestarting,
  kRunning,
  kPausing,
  kClosing,
};
inline constexpr int kBindingStateCount = 7;

enum class BindingStateEvent : uint8_t {
  kBind = 0,  // ProtocolBindAdapterEx called.
  kBindFailed,
  kBindComplete,
  kRestart,  // NetEventRestart.
  kRestartComplete,
  kRestartFailed,
  kPause,  // NetEventPause.
  kPauseComplete,
  kUnbind,  // ProtocolUnbindAdapterEx called.
  kUnbindComplete,
  kSend,
  kReceive,
  kOidRequest,
};
inline constexpr int kBindingStateEventCount = 13;

// Whether a state lets an operation through.
enum class Permission : uint8_t {
  kNo,
  kYes,
  kDiagnosed,   // Let through, and counted: the protocol should not (X9).
  kAfterOpen,   // Once the open has completed (X4).
  kUntilClose,  // Until the binding is being closed for good (X2).
};

struct BindingPermissions {
  Permission sends;
  Permission receives;
  Permission oids;
};

// The state `event` leads to, or nothing where the table is blank: the event is
// invalid in that state. Sends, receives and OID requests that are permitted,
// if only at times, lead to the same state.
std::optional<BindingState> NextBindingState(BindingState state,
                                             BindingStateEvent event);
BindingPermissions GetBindingPermissions(BindingState state);
// The states in which `event` is valid, in order.
std::vector<BindingState> StatesAllowing(BindingStateEvent event);

absl::string_view BindingStateName(BindingState state);  // "RUNNING"
absl::string_view BindingStateEventName(
    BindingStateEvent event);  // "NetEventPause"

// Both tables as Markdown, for the documentation.
std::string BindingStateTableMarkdown();

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_STATE_H_
