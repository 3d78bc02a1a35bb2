// Frames as a NIC sees them: the used data of a NET_BUFFER, run by run.

#ifndef NETBUFD_ENGINE_NIC_FRAME_H_
#define NETBUFD_ENGINE_NIC_FRAME_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"

namespace netbuf {

// What a frame's destination address is; an index into counters.
enum class FrameClass : uint8_t { kUnicast, kMulticast, kBroadcast };
inline constexpr int kFrameClassCount = 3;

inline FrameClass ClassifyDestination(const MacAddress& destination) {
  constexpr uint8_t kGroupBit = 0x01;
  if ((destination[0] & kGroupBit) == 0) return FrameClass::kUnicast;
  for (uint8_t byte : destination) {
    if (byte != 0xFF) return FrameClass::kMulticast;
  }
  return FrameClass::kBroadcast;
}

// Calls visit(absl::Span<const std::byte>) for each run of the used data, in
// order, until `limit` bytes. False when the MDL chain ends before the data
// does: an NB that breaks the invariants of net_buffer.h. O(MDLs).
template <typename Visitor>
bool ForEachRun(const NetBuffer& nb, uint32_t limit, Visitor&& visit) {
  uint32_t left = std::min(nb.data_length(), limit);
  uint32_t offset = nb.current_mdl_offset();
  for (const Mdl* mdl = nb.current_mdl(); left > 0; mdl = mdl->next()) {
    if (mdl == nullptr) return false;
    if (offset < mdl->byte_count()) {
      const uint32_t size = std::min(left, mdl->byte_count() - offset);
      visit(
          absl::Span<const std::byte>(mdl->mapped_system_va() + offset, size));
      left -= size;
    }
    offset = 0;
  }
  return true;
}

// The first six bytes. REQUIRES: data_length >= kEthernetHeaderSize.
MacAddress DestinationOfSlow(const NetBuffer& nb);  // Across MDLs.
inline MacAddress DestinationOf(const NetBuffer& nb) {
  const Mdl* const mdl = nb.current_mdl();
  if (mdl == nullptr ||
      mdl->byte_count() < uint64_t{nb.current_mdl_offset()} + kMacAddressSize) {
    return DestinationOfSlow(nb);
  }
  MacAddress address;
  std::memcpy(address.data(), mdl->mapped_system_va() + nb.current_mdl_offset(),
              address.size());
  return address;
}

// NET_BUFFERs from `nb` on; those of the list. O(them).
uint64_t CountFramesFrom(const NetBuffer* nb);
inline uint64_t CountFrames(const NetBufferList& nbl) {
  return CountFramesFrom(nbl.first_net_buffer());
}

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_FRAME_H_
