#include "engine/nic/nic_attributes.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/status.h"
#include "engine/nic/frame.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"

namespace netbuf {
namespace {

std::string FormatMacAddress(const MacAddress& address) {
  std::string text;
  for (uint8_t byte : address) {
    absl::StrAppend(&text, text.empty() ? "" : ":",
                    absl::Hex(byte, absl::kZeroPad2));
  }
  return text;
}

ErrorBuilder BadOption(absl::string_view reason, absl::string_view field,
                       absl::string_view description) {
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, reason,
                      NdisStatus::kInvalidParameter)
      .Field(field, description);
}

}  // namespace

absl::StatusOr<NicAttributes> MakeNicAttributes(const NicOptions& options,
                                                absl::string_view description) {
  if (options.mtu < kMinMtu || options.mtu > kMaxMtu) {
    return BadOption("INVALID_MTU", "mtu", "must be 68 to 65521")
               .Metadata("mtu", options.mtu)
           << "mtu is " << options.mtu << "; use " << kMinMtu << " to "
           << kMaxMtu << ", such as 1500";
  }
  if (ClassifyDestination(options.mac_address) != FrameClass::kUnicast) {
    const std::string address = FormatMacAddress(options.mac_address);
    return BadOption("INVALID_MAC_ADDRESS", "mac_address",
                     "must be a unicast address")
               .Metadata("macAddress", address)
           << "mac_address " << address
           << " is a group address; an adapter needs a unicast one, whose "
              "first byte is even, such as 02:00:00:00:00:01";
  }
  NicAttributes attributes;
  attributes.permanent_address = options.mac_address == MacAddress{}
                                     ? DeriveMacAddress("")
                                     : options.mac_address;
  attributes.current_address = attributes.permanent_address;
  attributes.mtu = options.mtu;
  attributes.max_xmit_link_speed =
      options.link_speed_bps != 0 ? options.link_speed_bps : kUnpacedLinkSpeed;
  attributes.max_rcv_link_speed = attributes.max_xmit_link_speed;
  attributes.lookahead_size = options.mtu;
  attributes.max_multicast_list_size = options.max_multicast_list_size;
  attributes.data_back_fill_size = options.data_back_fill_size;
  attributes.context_back_fill_size = options.context_back_fill_size;
  attributes.vendor_description = std::string(description);
  return attributes;
}

absl::Status CheckDescriptors(uint32_t count, absl::string_view field) {
  if (count >= 1 && count <= kMaxDescriptors) return absl::OkStatus();
  return BadOption("INVALID_DESCRIPTORS", field, "must be 1 to 65536")
             .Metadata("descriptors", count)
         << field << " is " << count << "; use 1 to " << kMaxDescriptors;
}

MacAddress DeriveMacAddress(absl::string_view adapter_id) {
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a: the same on every machine.
  for (char c : adapter_id) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  }
  MacAddress address = {0x02};  // Locally administered.
  for (size_t i = 1; i < address.size(); ++i) {
    address[i] = static_cast<uint8_t>(hash >> (8 * i));
  }
  return address;
}

}  // namespace netbuf
