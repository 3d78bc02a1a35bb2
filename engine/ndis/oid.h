// The OIDs netbufd answers, with Windows' values (ndis-semantics 13), and a
// table of facts about each.

#ifndef NETBUFD_ENGINE_NDIS_OID_H_
#define NETBUFD_ENGINE_NDIS_OID_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf {

enum class Oid : uint32_t {
  kGenSupportedList = 0x00010101,
  kGenHardwareStatus = 0x00010102,
  kGenMediaSupported = 0x00010103,
  kGenMediaInUse = 0x00010104,
  kGenMaximumLookahead = 0x00010105,
  kGenMaximumFrameSize = 0x00010106,
  kGenTransmitBufferSpace = 0x00010108,
  kGenReceiveBufferSpace = 0x00010109,
  kGenTransmitBlockSize = 0x0001010A,
  kGenReceiveBlockSize = 0x0001010B,
  kGenVendorId = 0x0001010C,
  kGenVendorDescription = 0x0001010D,
  kGenCurrentPacketFilter = 0x0001010E,
  kGenCurrentLookahead = 0x0001010F,
  kGenDriverVersion = 0x00010110,
  kGenMaximumTotalSize = 0x00010111,
  kGenMacOptions = 0x00010113,
  kGenMediaConnectStatus = 0x00010114,
  kGenVendorDriverVersion = 0x00010116,
  kGenPhysicalMedium = 0x00010202,
  kGenMaxLinkSpeed = 0x00010206,
  kGenLinkState = 0x00010207,
  kGenLinkParameters = 0x00010208,
  kGenInterruptModeration = 0x00010209,
  kGenPhysicalMediumEx = 0x00010213,
  kGenMiniportRestartAttributes = 0x0001021D,  // Never queried or set (X1).
  kGenXmitOk = 0x00020101,
  kGenRcvOk = 0x00020102,
  kGenXmitError = 0x00020103,
  kGenRcvError = 0x00020104,
  kGenRcvNoBuffer = 0x00020105,
  kGenStatistics = 0x00020106,
  kGenBytesRcv = 0x00020219,
  kGenBytesXmit = 0x0002021A,
  kGenRcvDiscards = 0x0002021B,
  kGenXmitDiscards = 0x0002021C,
  k8023PermanentAddress = 0x01010101,
  k8023CurrentAddress = 0x01010102,
  k8023MulticastList = 0x01010103,
  k8023MaximumListSize = 0x01010104,
  k8023AddMulticastAddress = 0x01010208,
  k8023DeleteMulticastAddress = 0x01010209,
  // Private to netbufd: what the whole stack below the binding needs. Its data
  // is a StackRequirements, little-endian: u32 data back-fill, u32 context
  // back-fill, in bytes (X1).
  kNetbufStackRequirements = 0xFF4E4201,
};

// What an OID's information buffer holds. Integers are little-endian.
enum class OidDataType : uint8_t {
  kU16,
  kU32,
  kU32Array,
  kU64Counter,  // 8 bytes, or the low 4 for a short buffer (section 14).
  kMacAddress,
  kMacAddressArray,
  kString,      // NUL-terminated, single bytes (X21).
  kLinkState,   // NDIS_LINK_STATE, 40 bytes.
  kLinkSpeed,   // NDIS_LINK_SPEED, two u64: transmit, receive, in bit/s.
  kStatistics,  // NDIS_STATISTICS_INFO, 152 bytes.
  kStructure,   // Another structure of fixed size.
};

struct OidInfo {
  Oid oid;
  absl::string_view name;  // "OID_GEN_MAXIMUM_FRAME_SIZE"
  bool query;
  bool set;
  bool mandatory;  // One of the OIDs every NDIS 6 miniport must support.
  bool listed;     // In OID_GEN_SUPPORTED_LIST; statistics are not (X17).
  OidDataType type;
};

// Every OID above, in ascending order of value.
absl::Span<const OidInfo> AllOids();
// Null when `oid` is not one of them. O(log n).
const OidInfo* FindOid(uint32_t oid);
// By name, case-insensitively, with or without "OID_"; null when unknown.
const OidInfo* FindOidByName(absl::string_view name);
// "OID_GEN_LINK_STATE", or "0x00010207" for one not in the table.
std::string OidName(uint32_t oid);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_OID_H_
