// NDIS_OBJECT_HEADER: the four bytes in front of every versioned NDIS
// structure. The rules and sizes are those of ndis-semantics 1.2.

#ifndef NETBUFD_ENGINE_NDIS_OBJECT_HEADER_H_
#define NETBUFD_ENGINE_NDIS_OBJECT_HEADER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace netbuf {

enum class NdisObjectType : uint8_t {
  kDefault = 0x80,
  kBindParameters = 0x86,
  kOpenParameters = 0x87,
  kProtocolDriverCharacteristics = 0x95,
  kOidRequest = 0x96,
  kStatusIndication = 0x98,
  kMiniportAdapterGeneralAttributes = 0x9F,
  kRestartGeneralAttributes = 0xA2,
  kProtocolRestartParameters = 0xA3,
};

struct NdisObjectHeader {
  uint8_t type = 0;
  uint8_t revision = 0;
  uint16_t size = 0;  // Bytes of the whole structure.
};

// NDIS_SIZEOF_..._REVISION_n of the structures callers hand in (64-bit).
inline constexpr uint16_t kSizeofNetBufferListPoolParametersRevision1 = 16;
inline constexpr uint16_t kSizeofNetBufferListPoolParametersRevision2 = 20;
inline constexpr uint16_t kSizeofNetBufferPoolParametersRevision1 = 12;
inline constexpr uint16_t kSizeofNetBufferPoolParametersRevision2 = 16;

// Checks a header against what revision r (1-based) of a structure needs:
// `sizes[r - 1]` bytes. A revision newer than the newest known is read as the
// newest known and must be at least as large; a larger size is always legal.
// Revision 0, a foreign type and a size that is too small are INVALID_ARGUMENT
// (reasons INVALID_OBJECT_TYPE, INVALID_OBJECT_REVISION, INVALID_OBJECT_SIZE),
// naming the fields "<field>.type", "<field>.revision", "<field>.size".
// `known_revisions` is the length of `sizes`.
absl::Status ValidateObjectHeader(const NdisObjectHeader& header,
                                  NdisObjectType type, const uint16_t* sizes,
                                  int known_revisions, absl::string_view field);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_OBJECT_HEADER_H_
