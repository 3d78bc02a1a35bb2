// A number that is the same for every frame of a flow, for whoever spreads
// flows: VXLAN puts it into the outer UDP source port (RFC 7348 section 5).

#ifndef NETBUFD_ENGINE_STACK_FLOW_HASH_H_
#define NETBUFD_ENGINE_STACK_FLOW_HASH_H_

#include <cstdint>

#include "engine/buffer/net_buffer.h"

namespace netbuf {

// Hashes the Ethernet addresses and type and, of IPv4 and IPv6, the addresses,
// the protocol and (of TCP and UDP that is not fragmented) the ports. Looks
// through one 802.1Q tag. The frame may be of any length and spread over MDLs.
uint32_t EthernetFlowHash(const NetBuffer& frame);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FLOW_HASH_H_
