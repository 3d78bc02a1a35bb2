#include "engine/stack/binding_state.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace netbuf {
namespace {

using S = BindingState;
using Row = std::array<std::optional<S>, kBindingStateCount>;

constexpr std::optional<S> kBlank = std::nullopt;

// ndis-semantics 9.1. Rows are events, columns the state an event finds.
constexpr std::array<Row, kBindingStateEventCount> kTransitions = {{
    // Unbound      Opening      Paused          Restarting   Running
    // Pausing      Closing
    /* kBind */
    {S::kOpening, kBlank, kBlank, kBlank, kBlank, kBlank, kBlank},
    /* kBindFailed */
    {kBlank, S::kUnbound, kBlank, kBlank, kBlank, kBlank, kBlank},
    /* kBindComplete */
    {kBlank, S::kPaused, kBlank, kBlank, kBlank, kBlank, kBlank},
    /* kRestart */
    {kBlank, kBlank, S::kRestarting, kBlank, kBlank, kBlank, kBlank},
    /* kRestartComplete */
    {kBlank, kBlank, kBlank, S::kRunning, kBlank, kBlank, kBlank},
    /* kRestartFailed */
    {kBlank, kBlank, kBlank, S::kPaused, kBlank, kBlank, kBlank},
    /* kPause */
    {kBlank, kBlank, kBlank, kBlank, S::kPausing, kBlank, kBlank},
    /* kPauseComplete */
    {kBlank, kBlank, kBlank, kBlank, kBlank, S::kPaused, kBlank},
    /* kUnbind */
    {kBlank, kBlank, S::kClosing, kBlank, kBlank, kBlank, kBlank},
    /* kUnbindComplete */
    {kBlank, kBlank, kBlank, kBlank, kBlank, kBlank, S::kUnbound},
    /* kSend */
    {kBlank, kBlank, kBlank, kBlank, S::kRunning, S::kPausing, kBlank},
    /* kReceive */
    {kBlank, kBlank, kBlank, kBlank, S::kRunning, S::kPausing, kBlank},
    /* kOidRequest */
    {kBlank, S::kOpening, S::kPaused, S::kRestarting, S::kRunning, S::kPausing,
     S::kClosing},
}};

// ndis-semantics 9.2, with the readings X2, X4 and X9.
constexpr std::array<BindingPermissions, kBindingStateCount> kPermissions = {{
    /* kUnbound */ {Permission::kNo, Permission::kNo, Permission::kNo},
    /* kOpening */ {Permission::kNo, Permission::kNo, Permission::kAfterOpen},
    /* kPaused */ {Permission::kNo, Permission::kNo, Permission::kYes},
    /* kRestarting */ {Permission::kNo, Permission::kNo, Permission::kYes},
    /* kRunning */ {Permission::kYes, Permission::kYes, Permission::kYes},
    /* kPausing */
    {Permission::kDiagnosed, Permission::kYes, Permission::kYes},
    /* kClosing */ {Permission::kNo, Permission::kNo, Permission::kUntilClose},
}};

absl::string_view PermissionText(Permission permission) {
  switch (permission) {
    case Permission::kNo:
      return "no";
    case Permission::kYes:
      return "yes";
    case Permission::kDiagnosed:
      return "yes, counted";
    case Permission::kAfterOpen:
      return "once the open has completed";
    case Permission::kUntilClose:
      return "until the close call";
  }
  return "";
}

}  // namespace

std::optional<BindingState> NextBindingState(BindingState state,
                                             BindingStateEvent event) {
  return kTransitions[static_cast<int>(event)][static_cast<int>(state)];
}

BindingPermissions GetBindingPermissions(BindingState state) {
  return kPermissions[static_cast<int>(state)];
}

std::vector<BindingState> StatesAllowing(BindingStateEvent event) {
  std::vector<BindingState> states;
  for (int i = 0; i < kBindingStateCount; ++i) {
    const auto state = static_cast<BindingState>(i);
    if (NextBindingState(state, event).has_value()) states.push_back(state);
  }
  return states;
}

absl::string_view BindingStateName(BindingState state) {
  switch (state) {
    case S::kUnbound:
      return "UNBOUND";
    case S::kOpening:
      return "OPENING";
    case S::kPaused:
      return "PAUSED";
    case S::kRestarting:
      return "RESTARTING";
    case S::kRunning:
      return "RUNNING";
    case S::kPausing:
      return "PAUSING";
    case S::kClosing:
      return "CLOSING";
  }
  return "INVALID";
}

absl::string_view BindingStateEventName(BindingStateEvent event) {
  switch (event) {
    case BindingStateEvent::kBind:
      return "ProtocolBindAdapterEx";
    case BindingStateEvent::kBindFailed:
      return "bind failed";
    case BindingStateEvent::kBindComplete:
      return "bind complete";
    case BindingStateEvent::kRestart:
      return "NetEventRestart";
    case BindingStateEvent::kRestartComplete:
      return "restart complete";
    case BindingStateEvent::kRestartFailed:
      return "restart failed";
    case BindingStateEvent::kPause:
      return "NetEventPause";
    case BindingStateEvent::kPauseComplete:
      return "pause complete";
    case BindingStateEvent::kUnbind:
      return "ProtocolUnbindAdapterEx";
    case BindingStateEvent::kUnbindComplete:
      return "unbind complete";
    case BindingStateEvent::kSend:
      return "send";
    case BindingStateEvent::kReceive:
      return "receive";
    case BindingStateEvent::kOidRequest:
      return "OID request";
  }
  return "INVALID";
}

std::string BindingStateTableMarkdown() {
  std::string text = "| event |";
  for (int s = 0; s < kBindingStateCount; ++s) {
    absl::StrAppend(&text, " ",
                    BindingStateName(static_cast<BindingState>(s)), " |");
  }
  absl::StrAppend(&text, "\n|---|---|---|---|---|---|---|---|\n");
  for (int e = 0; e < kBindingStateEventCount; ++e) {
    const auto event = static_cast<BindingStateEvent>(e);
    absl::StrAppend(&text, "| ", BindingStateEventName(event), " |");
    for (int s = 0; s < kBindingStateCount; ++s) {
      const auto state = static_cast<BindingState>(s);
      const std::optional<BindingState> next = NextBindingState(state, event);
      absl::StrAppend(&text, " ",
                      !next.has_value()  ? ""
                      : *next == state   ? "stays"
                                         : BindingStateName(*next),
                      next.has_value() ? " |" : "|");
    }
    absl::StrAppend(&text, "\n");
  }
  absl::StrAppend(&text,
                  "\n| state | sends | receives | OIDs |\n"
                  "|---|---|---|---|\n");
  for (int s = 0; s < kBindingStateCount; ++s) {
    const auto state = static_cast<BindingState>(s);
    const BindingPermissions p = GetBindingPermissions(state);
    absl::StrAppend(&text, "| ", BindingStateName(state), " | ",
                    PermissionText(p.sends), " | ", PermissionText(p.receives));
    absl::StrAppend(&text, " | ", PermissionText(p.oids), " |\n");
  }
  return text;
}

}  // namespace netbuf
