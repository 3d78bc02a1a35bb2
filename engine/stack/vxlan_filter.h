// VxlanFilter: wraps each frame sent in VXLAN over UDP over IPv4 (RFC 7348).
//
//   | outer Ethernet 14 | IPv4 20 | UDP 8 | VXLAN 8 | the frame ... |
//   |<---------------- 50 bytes ----------------->|
//
// IPv4: DF, identification 0 (RFC 6864: a datagram that is never fragmented needs
// none), header checksum. UDP: checksum 0, as RFC 7348 prefers; the source port is
// a hash of the frame's flow in 49152..65535, so that routers can spread flows and
// keep each in order.
//
// Received frames of the same VNI and UDP port go up unwrapped; all others as they
// are: among them fragments, and frames whose outer header is damaged.

#ifndef NETBUFD_ENGINE_STACK_VXLAN_FILTER_H_
#define NETBUFD_ENGINE_STACK_VXLAN_FILTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/stack/header_filter.h"

namespace netbuf {

class VxlanFilter final : public HeaderFilter {
 public:
  static constexpr uint32_t kHeaderSize = 50;

  VxlanFilter(std::string name, const VxlanFilterOptions& options,
              MdlAllocator& allocator);

 private:
  void WriteHeader(NetBuffer& frame) override;
  uint32_t FindHeader(const NetBuffer& frame, uint32_t* note) override;

  const uint32_t vni_;
  const uint16_t port_;
  // The header with everything that is the same in every frame; the sum is that
  // of its IPv4 part.
  std::array<std::byte, kHeaderSize> template_{};
  uint32_t template_sum_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_VXLAN_FILTER_H_
