// What a protocol learns about the stack below its binding:
// NDIS_BIND_PARAMETERS in Opening and NDIS_RESTART_GENERAL_ATTRIBUTES in
// Restarting (ndis-semantics 8.1).

#ifndef NETBUFD_ENGINE_STACK_RESTART_ATTRIBUTES_H_
#define NETBUFD_ENGINE_STACK_RESTART_ATTRIBUTES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"

namespace netbuf {

struct RestartAttributes {
  // Grows with every change of the stack: the one last seen means that nothing
  // changed.
  uint64_t stack_generation = 0;
  uint32_t mtu = 0;  // Bytes after the Ethernet header, at this binding.
  uint64_t max_xmit_link_speed = 0;  // bit/s
  uint64_t max_rcv_link_speed = 0;   // bit/s
  uint32_t lookahead_size = 0;       // Bytes.
  uint32_t mac_options = 0;
  uint32_t supported_packet_filters = 0;
  uint32_t max_multicast_list_size = 0;  // Addresses.
  StackRequirements requirements;        // The whole stack's (U12).
  std::vector<uint32_t> supported_oids;
  std::vector<std::string> filter_module_names;  // Top to bottom.

  // The largest frame, header included.
  uint32_t maximum_total_size() const {
    return mtu + static_cast<uint32_t>(kEthernetHeaderSize);
  }

  friend bool operator==(const RestartAttributes&,
                         const RestartAttributes&) = default;
};

struct BindParameters {
  RestartAttributes attributes;
  uint32_t medium = kMedium802_3;
  uint32_t physical_medium = kPhysicalMedium802_3;
  MacAddress permanent_address{};
  MacAddress current_address{};
  LinkState link_state;
  uint16_t driver_version = 0;         // High byte major.
  std::vector<uint32_t> active_ports;  // The default port.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_RESTART_ATTRIBUTES_H_
