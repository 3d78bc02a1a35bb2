#include "engine/stack/flow_hash.h"

#include <algorithm>
#include <cstddef>

#include "engine/buffer/data_space.h"
#include "engine/ndis/flags.h"
#include "engine/stack/ethernet.h"

namespace netbuf {
namespace {

// FNV-1a: a multiplication a byte over at most 60 bytes; its low bits mix well
// enough to choose among 16,384 ports.
class Hasher {
 public:
  void Add(const std::byte* bytes, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      hash_ = (hash_ ^ static_cast<uint32_t>(bytes[i])) * 0x01000193u;
    }
  }
  // The high bits are the better mixed ones.
  uint32_t Finish() const { return hash_ ^ hash_ >> 15; }

 private:
  uint32_t hash_ = 0x811C9DC5u;
};

constexpr size_t kIpv4HeaderSize = 20;
constexpr size_t kIpv6HeaderSize = 40;

bool HasPorts(std::byte protocol) {
  return protocol == std::byte{6} || protocol == std::byte{17};
}

void AddIpv4(const std::byte* ip, size_t size, Hasher& hasher) {
  if (size < kIpv4HeaderSize) return;
  hasher.Add(ip + 12, 8);  // Addresses.
  hasher.Add(ip + 9, 1);   // Protocol.
  const size_t header = (static_cast<size_t>(ip[0]) & 0xF) * 4;
  // A fragment's ports are in the first one only: leave them out of all.
  const bool fragment = (LoadBigEndian16(ip + 6) & 0x3FFF) != 0;
  if (!fragment && HasPorts(ip[9]) && header >= kIpv4HeaderSize &&
      size >= header + 4) {
    hasher.Add(ip + header, 4);
  }
}

void AddIpv6(const std::byte* ip, size_t size, Hasher& hasher) {
  if (size < kIpv6HeaderSize) return;
  hasher.Add(ip + 8, 32);  // Addresses.
  hasher.Add(ip + 6, 1);   // Next header.
  if (HasPorts(ip[6]) && size >= kIpv6HeaderSize + 4) {
    hasher.Add(ip + kIpv6HeaderSize, 4);
  }
}

}  // namespace

uint32_t EthernetFlowHash(const NetBuffer& frame) {
  // Ethernet, a tag, the longest IPv4 header and the ports.
  std::byte bytes[kEthernetHeaderSize + 4 + 60 + 4];
  const size_t size = std::min<size_t>(frame.data_length(), sizeof(bytes));
  ReadNetBufferData(frame, 0, static_cast<uint32_t>(size), bytes);

  Hasher hasher;
  hasher.Add(bytes, std::min(size, kEthernetHeaderSize));
  if (size < kEthernetHeaderSize) return hasher.Finish();
  size_t offset = kEthernetHeaderSize;
  uint16_t type = LoadBigEndian16(bytes + 12);
  if (type == kEtherTypeVlan && size >= offset + 4) {
    hasher.Add(bytes + offset, 4);
    type = LoadBigEndian16(bytes + offset + 2);
    offset += 4;
  }
  if (type == kEtherTypeIpv4) {
    AddIpv4(bytes + offset, size - offset, hasher);
  } else if (type == kEtherTypeIpv6) {
    AddIpv6(bytes + offset, size - offset, hasher);
  }
  return hasher.Finish();
}

}  // namespace netbuf
