#include "engine/stack/binding_client.h"

namespace netbuf {

absl::string_view StateChangeReasonName(StateChangeReason reason) {
  switch (reason) {
    case StateChangeReason::kOpen:
      return "open";
    case StateChangeReason::kProtocolPause:
      return "protocol pause";
    case StateChangeReason::kProtocolRestart:
      return "protocol restart";
    case StateChangeReason::kFilterAttach:
      return "filter attach";
    case StateChangeReason::kFilterDetach:
      return "filter detach";
    case StateChangeReason::kDrained:
      return "drained";
    case StateChangeReason::kStackRestart:
      return "stack restart";
    case StateChangeReason::kRestartComplete:
      return "restart complete";
    case StateChangeReason::kRestartFailed:
      return "restart failed";
    case StateChangeReason::kRestartTimeout:
      return "restart timeout";
    case StateChangeReason::kClose:
      return "close";
  }
  return "invalid";
}

}  // namespace netbuf
