// VlanFilter: puts an IEEE 802.1Q tag into each frame sent.
//
//   before                 | destination 6 | source 6 | type 2 | ...
//   after   | destination 6 | source 6 | 0x8100 | TCI | type 2 | ...
//           ^ 4 bytes earlier            TCI = priority:3 dei:1 vlan_id:12
//
// Received frames whose tag names the same VLAN go up without it (any
// priority); every other frame goes up as it is. The tag is back in place on
// return.

#ifndef NETBUFD_ENGINE_STACK_VLAN_FILTER_H_
#define NETBUFD_ENGINE_STACK_VLAN_FILTER_H_

#include <cstdint>
#include <string>

#include "engine/stack/header_filter.h"

namespace netbuf {

class VlanFilter final : public HeaderFilter {
 public:
  static constexpr uint32_t kTagSize = 4;

  VlanFilter(std::string name, const VlanFilterOptions& options,
             MdlAllocator& allocator);

 private:
  void WriteHeader(NetBuffer& frame) override;
  void RemoveHeader(NetBuffer& frame) override;
  uint32_t FindHeader(const NetBuffer& frame, uint32_t* note) override;
  void PrepareStrip(NetBuffer& frame) override { RemoveHeader(frame); }
  void RestoreHeader(NetBuffer& frame, uint32_t note) override;

  static void WriteTag(NetBuffer& frame, uint16_t tci);

  const uint16_t vlan_id_;
  const uint16_t tci_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_VLAN_FILTER_H_
