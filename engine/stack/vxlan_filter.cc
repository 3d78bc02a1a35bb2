#include "engine/stack/vxlan_filter.h"

#include <cstring>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/stack/ethernet.h"
#include "engine/stack/flow_hash.h"

namespace netbuf {
namespace {

constexpr uint32_t kContextTag = 0x4E4C5856;  // "VXLN"

// Offsets from the outer header's start.
constexpr size_t kIp = kEthernetHeaderSize;
constexpr size_t kIpHeaderSize = 20;
constexpr size_t kUdp = kIp + kIpHeaderSize;
constexpr size_t kUdpHeaderSize = 8;
constexpr size_t kVxlan = kUdp + kUdpHeaderSize;
constexpr size_t kVxlanHeaderSize = 8;
static_assert(kVxlan + kVxlanHeaderSize == VxlanFilter::kHeaderSize);

constexpr std::byte kProtocolUdp{17};
constexpr std::byte kFlagVni{0x08};  // "I": the VNI is valid.
constexpr uint16_t kDontFragment = 0x4000;
constexpr uint16_t kFragmentMask = 0x3FFF;  // More fragments, and the offset.
constexpr uint32_t kFirstEphemeralPort = 49152;
constexpr uint32_t kEphemeralPorts = 65536 - kFirstEphemeralPort;

template <size_t N>
void Store(std::byte* to, const std::array<uint8_t, N>& from) {
  std::memcpy(to, from.data(), N);
}

uint32_t Sum16(const std::byte* bytes, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i < size; i += 2) sum += LoadBigEndian16(bytes + i);
  return sum;
}

uint16_t FoldChecksum(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

VxlanFilter::VxlanFilter(std::string name, const VxlanFilterOptions& options,
                         MdlAllocator& allocator)
    : HeaderFilter(std::move(name), options, kHeaderSize, kContextTag,
                   allocator),
      vni_(options.vni),
      port_(options.destination_port) {
  std::byte* const h = template_.data();
  Store(h, options.remote_mac);
  Store(h + kMacAddressSize, options.local_mac);
  StoreBigEndian16(h + 12, kEtherTypeIpv4);

  h[kIp] = std::byte{0x45};  // Version 4, five words.
  StoreBigEndian16(h + kIp + 6, kDontFragment);
  h[kIp + 8] = std::byte{options.ttl};
  h[kIp + 9] = kProtocolUdp;
  Store(h + kIp + 12, options.local_ip);
  Store(h + kIp + 16, options.remote_ip);
  template_sum_ = Sum16(h + kIp, kIpHeaderSize);

  StoreBigEndian16(h + kUdp + 2, port_);

  h[kVxlan] = kFlagVni;
  h[kVxlan + 4] = static_cast<std::byte>(vni_ >> 16 & 0xFF);
  StoreBigEndian16(h + kVxlan + 5, static_cast<uint16_t>(vni_ & 0xFFFF));
}

void VxlanFilter::WriteHeader(NetBuffer& frame) {
  // A view of the frame as it was: the same chain, later start.
  NetBuffer inner = frame;
  AdvanceNetBufferDataStart(inner, kHeaderSize, /*free_mdl=*/false);
  const uint32_t source_port =
      kFirstEphemeralPort + EthernetFlowHash(inner) % kEphemeralPorts;
  // The stack's MTU keeps frames so short that neither length overflows.
  const auto ip_length = static_cast<uint16_t>(frame.data_length() - kIp);
  const auto udp_length = static_cast<uint16_t>(frame.data_length() - kUdp);

  std::array<std::byte, kHeaderSize> header = template_;
  std::byte* const h = header.data();
  StoreBigEndian16(h + kIp + 2, ip_length);
  StoreBigEndian16(h + kIp + 10, FoldChecksum(template_sum_ + ip_length));
  StoreBigEndian16(h + kUdp, static_cast<uint16_t>(source_port));
  StoreBigEndian16(h + kUdp + 4, udp_length);
  WriteNetBufferData(frame, 0, kHeaderSize, h);
}

uint32_t VxlanFilter::FindHeader(const NetBuffer& frame, uint32_t* /*note*/) {
  if (frame.data_length() < kHeaderSize + kEthernetHeaderSize) return 0;
  // The IPv4 header may have up to 40 bytes of options.
  constexpr size_t kMost = kHeaderSize + 40;
  std::byte h[kMost];
  const uint32_t size =
      frame.data_length() < kMost ? frame.data_length() : uint32_t{kMost};
  ReadNetBufferData(frame, 0, size, h);

  if (LoadBigEndian16(h + 12) != kEtherTypeIpv4) return 0;
  const std::byte* const ip = h + kIp;
  const size_t ip_header = (static_cast<size_t>(ip[0]) & 0xF) * 4;
  if (static_cast<size_t>(ip[0]) >> 4 != 4 || ip_header < kIpHeaderSize ||
      ip[9] != kProtocolUdp || (LoadBigEndian16(ip + 6) & kFragmentMask) != 0) {
    return 0;
  }
  const size_t outer = kIp + ip_header + kUdpHeaderSize + kVxlanHeaderSize;
  if (outer > size || frame.data_length() < outer + kEthernetHeaderSize ||
      LoadBigEndian16(ip + 2) > frame.data_length() - kIp ||
      FoldChecksum(Sum16(ip, ip_header)) != 0) {
    return 0;
  }
  const std::byte* const udp = ip + ip_header;
  const std::byte* const vxlan = udp + kUdpHeaderSize;
  const uint32_t vni = uint32_t{LoadBigEndian16(vxlan + 4)} << 8 |
                       static_cast<uint32_t>(vxlan[6]);
  if (LoadBigEndian16(udp + 2) != port_ ||
      (vxlan[0] & kFlagVni) == std::byte{0} || vni != vni_) {
    return 0;
  }
  return static_cast<uint32_t>(outer);
}

}  // namespace netbuf
