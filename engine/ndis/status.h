// NDIS_STATUS codes: what every NDIS operation reports. Values are those of
// Windows (ndis.h, ntstatus.h).

#ifndef NETBUFD_ENGINE_NDIS_STATUS_H_
#define NETBUFD_ENGINE_NDIS_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf {

enum class NdisStatus : uint32_t {
  kSuccess = 0x00000000,
  kPending = 0x00000103,
  kNotRecognized = 0x00010001,
  kNotAccepted = 0x00010003,
  kIndicationRequired = 0x40230001,
  kResetStart = 0x40010004,
  kResetEnd = 0x40010005,
  kLinkState = 0x40010017,
  kBufferOverflow = 0x80000005,
  kFailure = 0xC0000001,
  kInvalidParameter = 0xC000000D,
  kResources = 0xC000009A,
  kNotSupported = 0xC00000BB,
  kInvalidState = 0xC0000184,
  kClosing = 0xC0010002,
  kBadVersion = 0xC0010004,
  kBadCharacteristics = 0xC0010005,
  kAdapterNotFound = 0xC0010006,
  kOpenFailed = 0xC0010007,
  kMulticastFull = 0xC0010009,
  kRequestAborted = 0xC001000C,  // An OID request was cancelled.
  kResetInProgress = 0xC001000D,
  kClosingIndicating = 0xC001000E,
  kInvalidPacket = 0xC001000F,
  kAdapterNotReady = 0xC0010011,
  kInvalidLength = 0xC0010014,
  kInvalidData = 0xC0010015,
  kBufferTooShort = 0xC0010016,
  kInvalidOid = 0xC0010017,
  kAdapterRemoved = 0xC0010018,
  kUnsupportedMedia = 0xC0010019,
  kSendAborted = 0xC023000C,  // A NET_BUFFER_LIST was cancelled.
  kMediaDisconnected = 0xC023001F,
  kPaused = 0xC023002A,
  kUnsupportedRevision = 0xC023002C,
  kInvalidPort = 0xC023002D,
  kInvalidPortState = 0xC023002E,
  kLowPowerState = 0xC023002F,
};

// "NDIS_STATUS_INVALID_LENGTH"; "NDIS_STATUS_0x........" for a value not above.
std::string NdisStatusName(NdisStatus status);

// "0xC0010014".
std::string NdisStatusHex(NdisStatus status);

// Every status above, in ascending order of value.
absl::Span<const NdisStatus> AllNdisStatuses();

// The statuses a completed NET_BUFFER_LIST may carry (ndis-semantics 15.4, and
// INVALID_PORT by E6), the order fixed: an index into it is how send counters
// are kept.
absl::Span<const NdisStatus> SendCompletionStatuses();
// The position of `status` in SendCompletionStatuses(); that of kFailure when
// it is not one of them. O(1).
int SendCompletionStatusIndex(NdisStatus status);
inline constexpr int kSendCompletionStatusCount = 14;

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_STATUS_H_
