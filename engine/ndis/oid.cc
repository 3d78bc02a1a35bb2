#include "engine/ndis/oid.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"

namespace netbuf {
namespace {

// Short names for the columns of the table.
constexpr bool kQuery = true;
constexpr bool kSet = true;
constexpr bool kMandatory = true;
constexpr bool kListed = true;
constexpr bool kNo = false;
using Type = OidDataType;

// Ascending by value, for FindOid().
constexpr OidInfo kTable[] = {
    // clang-format off
    {Oid::kGenSupportedList, "OID_GEN_SUPPORTED_LIST",
     kQuery, kNo, kNo, kListed, Type::kU32Array},
    {Oid::kGenHardwareStatus, "OID_GEN_HARDWARE_STATUS",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenMediaSupported, "OID_GEN_MEDIA_SUPPORTED",
     kQuery, kNo, kNo, kListed, Type::kU32Array},
    {Oid::kGenMediaInUse, "OID_GEN_MEDIA_IN_USE",
     kQuery, kNo, kNo, kListed, Type::kU32Array},
    {Oid::kGenMaximumLookahead, "OID_GEN_MAXIMUM_LOOKAHEAD",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenMaximumFrameSize, "OID_GEN_MAXIMUM_FRAME_SIZE",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenTransmitBufferSpace, "OID_GEN_TRANSMIT_BUFFER_SPACE",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenReceiveBufferSpace, "OID_GEN_RECEIVE_BUFFER_SPACE",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenTransmitBlockSize, "OID_GEN_TRANSMIT_BLOCK_SIZE",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenReceiveBlockSize, "OID_GEN_RECEIVE_BLOCK_SIZE",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenVendorId, "OID_GEN_VENDOR_ID",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenVendorDescription, "OID_GEN_VENDOR_DESCRIPTION",
     kQuery, kNo, kMandatory, kListed, Type::kString},
    {Oid::kGenCurrentPacketFilter, "OID_GEN_CURRENT_PACKET_FILTER",
     kQuery, kSet, kMandatory, kListed, Type::kU32},
    {Oid::kGenCurrentLookahead, "OID_GEN_CURRENT_LOOKAHEAD",
     kQuery, kSet, kMandatory, kListed, Type::kU32},
    {Oid::kGenDriverVersion, "OID_GEN_DRIVER_VERSION",
     kQuery, kNo, kNo, kListed, Type::kU16},
    {Oid::kGenMaximumTotalSize, "OID_GEN_MAXIMUM_TOTAL_SIZE",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenMacOptions, "OID_GEN_MAC_OPTIONS",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenMediaConnectStatus, "OID_GEN_MEDIA_CONNECT_STATUS",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenVendorDriverVersion, "OID_GEN_VENDOR_DRIVER_VERSION",
     kQuery, kNo, kMandatory, kListed, Type::kU32},
    {Oid::kGenPhysicalMedium, "OID_GEN_PHYSICAL_MEDIUM",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenMaxLinkSpeed, "OID_GEN_MAX_LINK_SPEED",
     kQuery, kNo, kNo, kListed, Type::kLinkSpeed},
    {Oid::kGenLinkState, "OID_GEN_LINK_STATE",
     kQuery, kNo, kNo, kListed, Type::kLinkState},
    {Oid::kGenLinkParameters, "OID_GEN_LINK_PARAMETERS",
     kNo, kSet, kMandatory, kListed, Type::kStructure},
    {Oid::kGenInterruptModeration, "OID_GEN_INTERRUPT_MODERATION",
     kQuery, kSet, kMandatory, kListed, Type::kStructure},
    {Oid::kGenPhysicalMediumEx, "OID_GEN_PHYSICAL_MEDIUM_EX",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::kGenMiniportRestartAttributes, "OID_GEN_MINIPORT_RESTART_ATTRIBUTES",
     kNo, kNo, kNo, kNo, Type::kStructure},
    {Oid::kGenXmitOk, "OID_GEN_XMIT_OK",
     kQuery, kNo, kMandatory, kNo, Type::kU64Counter},
    {Oid::kGenRcvOk, "OID_GEN_RCV_OK",
     kQuery, kNo, kMandatory, kNo, Type::kU64Counter},
    {Oid::kGenXmitError, "OID_GEN_XMIT_ERROR",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenRcvError, "OID_GEN_RCV_ERROR",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenRcvNoBuffer, "OID_GEN_RCV_NO_BUFFER",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenStatistics, "OID_GEN_STATISTICS",
     kQuery, kNo, kMandatory, kNo, Type::kStatistics},
    {Oid::kGenBytesRcv, "OID_GEN_BYTES_RCV",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenBytesXmit, "OID_GEN_BYTES_XMIT",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenRcvDiscards, "OID_GEN_RCV_DISCARDS",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::kGenXmitDiscards, "OID_GEN_XMIT_DISCARDS",
     kQuery, kNo, kNo, kNo, Type::kU64Counter},
    {Oid::k8023PermanentAddress, "OID_802_3_PERMANENT_ADDRESS",
     kQuery, kNo, kNo, kListed, Type::kMacAddress},
    {Oid::k8023CurrentAddress, "OID_802_3_CURRENT_ADDRESS",
     kQuery, kNo, kNo, kListed, Type::kMacAddress},
    {Oid::k8023MulticastList, "OID_802_3_MULTICAST_LIST",
     kQuery, kSet, kNo, kListed, Type::kMacAddressArray},
    {Oid::k8023MaximumListSize, "OID_802_3_MAXIMUM_LIST_SIZE",
     kQuery, kNo, kNo, kListed, Type::kU32},
    {Oid::k8023AddMulticastAddress, "OID_802_3_ADD_MULTICAST_ADDRESS",
     kNo, kSet, kNo, kListed, Type::kMacAddress},
    {Oid::k8023DeleteMulticastAddress, "OID_802_3_DELETE_MULTICAST_ADDRESS",
     kNo, kSet, kNo, kListed, Type::kMacAddress},
    {Oid::kNetbufStackRequirements, "OID_NETBUF_STACK_REQUIREMENTS",
     kQuery, kNo, kNo, kListed, Type::kStructure},
    // clang-format on
};

}  // namespace

absl::Span<const OidInfo> AllOids() { return kTable; }

const OidInfo* FindOid(uint32_t oid) {
  const OidInfo* const it =
      std::lower_bound(std::begin(kTable), std::end(kTable), oid,
                       [](const OidInfo& info, uint32_t value) {
                         return static_cast<uint32_t>(info.oid) < value;
                       });
  if (it == std::end(kTable) || static_cast<uint32_t>(it->oid) != oid) {
    return nullptr;
  }
  return it;
}

const OidInfo* FindOidByName(absl::string_view name) {
  for (const OidInfo& info : kTable) {
    if (absl::EqualsIgnoreCase(name, info.name) ||
        absl::EqualsIgnoreCase(name, absl::StripPrefix(info.name, "OID_"))) {
      return &info;
    }
  }
  return nullptr;
}

std::string OidName(uint32_t oid) {
  const OidInfo* const info = FindOid(oid);
  if (info != nullptr) return std::string(info->name);
  std::string hex = absl::StrCat(absl::Hex(oid, absl::kZeroPad8));
  for (char& c : hex) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return absl::StrCat("0x", hex);
}

}  // namespace netbuf
