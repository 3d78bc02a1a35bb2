// What the stack must know of Ethernet: types, and numbers in network order.

#ifndef NETBUFD_ENGINE_STACK_ETHERNET_H_
#define NETBUFD_ENGINE_STACK_ETHERNET_H_

#include <cstddef>
#include <cstdint>

#include "engine/ndis/flags.h"

namespace netbuf {

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeArp = 0x0806;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86DD;

inline constexpr MacAddress kBroadcastAddress = {0xFF, 0xFF, 0xFF,
                                                 0xFF, 0xFF, 0xFF};

inline bool IsMulticastAddress(const MacAddress& address) {
  return (address[0] & 1) != 0;
}

inline uint16_t LoadBigEndian16(const std::byte* bytes) {
  return static_cast<uint16_t>(static_cast<uint16_t>(bytes[0]) << 8 |
                               static_cast<uint16_t>(bytes[1]));
}
inline void StoreBigEndian16(std::byte* bytes, uint16_t value) {
  bytes[0] = static_cast<std::byte>(value >> 8);
  bytes[1] = static_cast<std::byte>(value & 0xFF);
}

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_ETHERNET_H_
