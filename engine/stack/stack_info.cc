#include "engine/stack/stack_info.h"

namespace netbuf {

absl::string_view ModuleStateName(ModuleState state) {
  switch (state) {
    case ModuleState::kPaused:
      return "PAUSED";
    case ModuleState::kRestarting:
      return "RESTARTING";
    case ModuleState::kRunning:
      return "RUNNING";
    case ModuleState::kPausing:
      return "PAUSING";
  }
  return "INVALID";
}

absl::string_view FrameKindName(FrameKind kind) {
  switch (kind) {
    case FrameKind::kIpv4:
      return "IPV4";
    case FrameKind::kIpv6:
      return "IPV6";
    case FrameKind::kArp:
      return "ARP";
    case FrameKind::kVlan:
      return "VLAN";
    case FrameKind::kOther:
      return "OTHER";
  }
  return "INVALID";
}

}  // namespace netbuf
