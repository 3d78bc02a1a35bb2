// Which filter module to attach and how it is configured: plain structs that
// the API's FilterModule message mirrors.

#ifndef NETBUFD_ENGINE_STACK_FILTER_SPEC_H_
#define NETBUFD_ENGINE_STACK_FILTER_SPEC_H_

#include <array>
#include <cstdint>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/ndis/flags.h"

namespace netbuf {

// Puts an 802.1Q tag into each frame sent and takes a tag of the same VLAN out
// of frames received.
struct VlanFilterOptions {
  uint16_t vlan_id = 0;  // 0 (a priority, no VLAN) to 4094.
  uint8_t priority = 0;  // 0 to 7.

  friend bool operator==(const VlanFilterOptions&,
                         const VlanFilterOptions&) = default;
};

using Ipv4Address = std::array<uint8_t, 4>;

// Wraps each frame sent in Ethernet, IPv4, UDP and VXLAN (RFC 7348), and
// unwraps frames received for the same network identifier and port.
struct VxlanFilterOptions {
  uint32_t vni = 0;  // 24 bits.
  // All zeros stand for: the adapter's address, 02:00:00:00:00:fe, 192.0.2.1
  // and 192.0.2.2 (TEST-NET-1 of RFC 5737).
  MacAddress local_mac{};
  MacAddress remote_mac{};
  Ipv4Address local_ip{};
  Ipv4Address remote_ip{};
  uint16_t destination_port = 4789;  // 0 stands for 4789.
  uint8_t ttl = 64;                  // 0 stands for 64.

  friend bool operator==(const VxlanFilterOptions&,
                         const VxlanFilterOptions&) = default;
};

// Counts frames and bytes by kind; changes nothing.
struct ObserverFilterOptions {
  friend bool operator==(const ObserverFilterOptions&,
                         const ObserverFilterOptions&) = default;
};

using FilterSpec =
    std::variant<ObserverFilterOptions, VlanFilterOptions, VxlanFilterOptions>;

// INVALID_ARGUMENT naming the field ("filter.vlan.vlan_id") unless every limit
// above holds.
absl::Status ValidateFilterSpec(const FilterSpec& spec);

// The spec with every value that stands for another replaced by it.
FilterSpec ResolveFilterSpec(const FilterSpec& spec,
                             const MacAddress& adapter_address);

absl::string_view FilterKindName(const FilterSpec& spec);  // "VLAN"

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FILTER_SPEC_H_
