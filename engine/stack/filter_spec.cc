#include "engine/stack/filter_spec.h"

#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"
#include "engine/stack/ethernet.h"

namespace netbuf {
namespace {

constexpr MacAddress kNoAddress{};
constexpr Ipv4Address kNoIp{};

ErrorBuilder Invalid(absl::string_view field, absl::string_view description) {
  return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                      "INVALID_FILTER_OPTION", NdisStatus::kInvalidParameter)
      .Field(field, description);
}

absl::Status Validate(const ObserverFilterOptions&) { return absl::OkStatus(); }

absl::Status Validate(const VlanFilterOptions& options) {
  if (options.vlan_id > 4094) {
    return Invalid("filter.vlan.vlan_id", "must be 0 to 4094")
               .Metadata("vlanId", options.vlan_id)
           << "filter.vlan.vlan_id is " << options.vlan_id
           << "; 802.1Q allows 0 to 4094 (4095 is reserved)";
  }
  if (options.priority > 7) {
    return Invalid("filter.vlan.priority", "must be 0 to 7")
               .Metadata("priority", uint32_t{options.priority})
           << "filter.vlan.priority is " << uint32_t{options.priority}
           << "; 802.1Q has three bits for it, 0 to 7";
  }
  return absl::OkStatus();
}

absl::Status Validate(const VxlanFilterOptions& options) {
  if (options.vni > 0xFFFFFF) {
    return Invalid("filter.vxlan.vni", "must be 0 to 16777215")
               .Metadata("vni", options.vni)
           << "filter.vxlan.vni is " << options.vni
           << "; VXLAN has 24 bits for it, 0 to 16777215";
  }
  if (IsMulticastAddress(options.local_mac)) {
    return Invalid("filter.vxlan.local_mac_address", "must be unicast")
           << "filter.vxlan.local_mac_address is a multicast address; frames "
              "are sent from a unicast one";
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateFilterSpec(const FilterSpec& spec) {
  return std::visit([](const auto& options) { return Validate(options); },
                    spec);
}

FilterSpec ResolveFilterSpec(const FilterSpec& spec,
                             const MacAddress& adapter_address) {
  const auto* vxlan = std::get_if<VxlanFilterOptions>(&spec);
  if (vxlan == nullptr) return spec;
  VxlanFilterOptions options = *vxlan;
  if (options.local_mac == kNoAddress) options.local_mac = adapter_address;
  if (options.remote_mac == kNoAddress) {
    options.remote_mac = {0x02, 0, 0, 0, 0, 0xFE};
  }
  if (options.local_ip == kNoIp) options.local_ip = {192, 0, 2, 1};
  if (options.remote_ip == kNoIp) options.remote_ip = {192, 0, 2, 2};
  if (options.destination_port == 0) options.destination_port = 4789;
  if (options.ttl == 0) options.ttl = 64;
  return options;
}

absl::string_view FilterKindName(const FilterSpec& spec) {
  struct Namer {
    absl::string_view operator()(const ObserverFilterOptions&) const {
      return "OBSERVER";
    }
    absl::string_view operator()(const VlanFilterOptions&) const {
      return "VLAN";
    }
    absl::string_view operator()(const VxlanFilterOptions&) const {
      return "VXLAN";
    }
  };
  return std::visit(Namer(), spec);
}

}  // namespace netbuf
