#include "engine/pool/pool_types.h"

#include <cctype>
#include <cstdint>
#include <string>

namespace netbuf {

std::string PoolTagToString(uint32_t tag) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto c = static_cast<unsigned char>(tag >> shift);
    text += c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '.';
  }
  return text;
}

uint32_t PoolTagFromString(absl::string_view text) {
  uint32_t tag = 0;
  for (size_t i = 0; i < text.size() && i < 4; ++i) {
    tag |= uint32_t{static_cast<unsigned char>(text[i])} << (8 * i);
  }
  return tag;
}

absl::string_view LifeEventName(LifeEvent event) {
  switch (event) {
    case LifeEvent::kNone:
      return "NONE";
    case LifeEvent::kAllocated:
      return "ALLOCATED";
    case LifeEvent::kFreed:
      return "FREED";
    case LifeEvent::kSent:
      return "SENT";
    case LifeEvent::kFiltered:
      return "FILTERED";
    case LifeEvent::kQueued:
      return "QUEUED";
    case LifeEvent::kCompleted:
      return "COMPLETED";
    case LifeEvent::kIndicated:
      return "INDICATED";
    case LifeEvent::kReturned:
      return "RETURNED";
    case LifeEvent::kClaimed:
      return "CLAIMED";
    case LifeEvent::kReclaimed:
      return "RECLAIMED";
  }
  return "UNKNOWN";
}

absl::string_view PoolStatusName(PoolStatus status) {
  switch (status) {
    case PoolStatus::kOk:
      return "OK";
    case PoolStatus::kExhausted:
      return "EXHAUSTED";
    case PoolStatus::kInvalidParameter:
      return "INVALID_PARAMETER";
    case PoolStatus::kWrongAllocator:
      return "WRONG_ALLOCATOR";
    case PoolStatus::kWrongPool:
      return "WRONG_POOL";
    case PoolStatus::kDoubleFree:
      return "DOUBLE_FREE";
    case PoolStatus::kStaleHandle:
      return "STALE_HANDLE";
    case PoolStatus::kInvalidHandle:
      return "INVALID_HANDLE";
    case PoolStatus::kNotHolder:
      return "NOT_HOLDER";
    case PoolStatus::kBusy:
      return "BUSY";
    case PoolStatus::kOverrun:
      return "OVERRUN";
    case PoolStatus::kNetBuffersAttached:
      return "NET_BUFFERS_ATTACHED";
    case PoolStatus::kContextOutstanding:
      return "CONTEXT_OUTSTANDING";
    case PoolStatus::kChildrenOutstanding:
      return "CHILDREN_OUTSTANDING";
    case PoolStatus::kPreallocated:
      return "PREALLOCATED";
    case PoolStatus::kCorrupted:
      return "CORRUPTED";
  }
  return "UNKNOWN";
}

}  // namespace netbuf
