#include "engine/stack/vlan_filter.h"

#include <cstddef>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/stack/ethernet.h"

namespace netbuf {
namespace {

constexpr uint32_t kContextTag = 0x4E414C56;  // "VLAN"
constexpr uint32_t kAddresses = 2 * kMacAddressSize;
constexpr uint16_t kVlanIdMask = 0x0FFF;

}  // namespace

VlanFilter::VlanFilter(std::string name, const VlanFilterOptions& options,
                       MdlAllocator& allocator)
    : HeaderFilter(std::move(name), options, kTagSize, kContextTag, allocator),
      vlan_id_(options.vlan_id),
      tci_(static_cast<uint16_t>(options.priority << 13 | options.vlan_id)) {}

// The data starts kTagSize bytes before the addresses: moves them there and
// puts the tag behind them.
void VlanFilter::WriteTag(NetBuffer& frame, uint16_t tci) {
  std::byte bytes[kAddresses + kTagSize];
  ReadNetBufferData(frame, kTagSize, kAddresses, bytes);
  StoreBigEndian16(bytes + kAddresses, kEtherTypeVlan);
  StoreBigEndian16(bytes + kAddresses + 2, tci);
  WriteNetBufferData(frame, 0, sizeof(bytes), bytes);
}

void VlanFilter::WriteHeader(NetBuffer& frame) { WriteTag(frame, tci_); }

void VlanFilter::RemoveHeader(NetBuffer& frame) {
  std::byte addresses[kAddresses];
  ReadNetBufferData(frame, 0, kAddresses, addresses);
  WriteNetBufferData(frame, kTagSize, kAddresses, addresses);
}

uint32_t VlanFilter::FindHeader(const NetBuffer& frame, uint32_t* note) {
  if (frame.data_length() < kEthernetHeaderSize + kTagSize) return 0;
  std::byte tag[kTagSize];
  ReadNetBufferData(frame, kAddresses, kTagSize, tag);
  const uint16_t tci = LoadBigEndian16(tag + 2);
  if (LoadBigEndian16(tag) != kEtherTypeVlan ||
      (tci & kVlanIdMask) != vlan_id_) {
    return 0;
  }
  *note = tci;
  return kTagSize;
}

void VlanFilter::RestoreHeader(NetBuffer& frame, uint32_t note) {
  WriteTag(frame, static_cast<uint16_t>(note));
}

}  // namespace netbuf
