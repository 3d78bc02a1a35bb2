// Flags and small enumerations of NDIS, with Windows' values
// (ndis-semantics 1.3).

#ifndef NETBUFD_ENGINE_NDIS_FLAGS_H_
#define NETBUFD_ENGINE_NDIS_FLAGS_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace netbuf {

// MEMORY_ALLOCATION_ALIGNMENT of 64-bit Windows. Context sizes given at
// allocation are multiples of it.
inline constexpr size_t kMemoryAllocationAlignment = 16;

inline constexpr uint32_t kSendFlagsDispatchLevel = 0x1;
inline constexpr uint32_t kSendFlagsCheckForLoopback = 0x2;
inline constexpr uint32_t kReceiveFlagsResources = 0x2;

// NET_BUFFER_LIST_POOL_FLAG_VERIFY and NET_BUFFER_POOL_FLAG_VERIFY.
inline constexpr uint32_t kPoolFlagVerify = 0x1;

// NdisProtocolId: the low four bits are the id.
inline constexpr uint8_t kProtocolIdDefault = 0x0;
inline constexpr uint8_t kProtocolIdTcpIp = 0x2;
inline constexpr uint8_t kProtocolIdIp6 = 0x3;
inline constexpr uint8_t kProtocolIdIpx = 0x6;
inline constexpr uint8_t kProtocolIdNbf = 0x7;
inline constexpr uint8_t kProtocolIdMax = 0xF;

inline constexpr uint32_t kDefaultPortNumber = 0;

inline constexpr uint32_t kPacketTypeDirected = 0x1;
inline constexpr uint32_t kPacketTypeMulticast = 0x2;
inline constexpr uint32_t kPacketTypeAllMulticast = 0x4;
inline constexpr uint32_t kPacketTypeBroadcast = 0x8;
inline constexpr uint32_t kPacketTypePromiscuous = 0x20;
inline constexpr uint32_t kPacketTypeAllLocal = 0x80;
inline constexpr uint32_t kPacketTypeNoLocal = 0x10000;

inline constexpr uint32_t kMacOptionNoLoopback = 0x8;
inline constexpr uint32_t kMacOptionFullDuplex = 0x10;

inline constexpr uint32_t kMedium802_3 = 0;
inline constexpr uint32_t kPhysicalMedium802_3 = 14;

// Bits of NET_BUFFER_LIST.NblFlags.
inline constexpr uint32_t kNblFlagsIsLoopbackPacket = 0x8000;

// MediaConnectState of NDIS 6 structures. (The legacy OID
// OID_GEN_MEDIA_CONNECT_STATUS says 0 for connected, 1 for disconnected.)
enum class MediaConnectState : uint32_t {
  kUnknown = 0,
  kConnected = 1,
  kDisconnected = 2,
};

enum class MediaDuplexState : uint32_t { kUnknown = 0, kHalf = 1, kFull = 2 };

// Ethernet.
inline constexpr size_t kMacAddressSize = 6;
inline constexpr size_t kEthernetHeaderSize = 14;
// Shortest frame on the medium, without its frame check sequence.
inline constexpr size_t kEthernetMinimumFrameSize = 60;

using MacAddress = std::array<uint8_t, kMacAddressSize>;

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_FLAGS_H_
