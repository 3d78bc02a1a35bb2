#include "engine/ndis/status.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf {
namespace {

struct Named {
  NdisStatus status;
  absl::string_view name;  // Without "NDIS_STATUS_".
};

// In ascending order of value, as is kStatuses.
constexpr Named kNames[] = {
    {NdisStatus::kSuccess, "SUCCESS"},
    {NdisStatus::kPending, "PENDING"},
    {NdisStatus::kNotRecognized, "NOT_RECOGNIZED"},
    {NdisStatus::kNotAccepted, "NOT_ACCEPTED"},
    {NdisStatus::kResetStart, "RESET_START"},
    {NdisStatus::kResetEnd, "RESET_END"},
    {NdisStatus::kLinkState, "LINK_STATE"},
    {NdisStatus::kIndicationRequired, "INDICATION_REQUIRED"},
    {NdisStatus::kBufferOverflow, "BUFFER_OVERFLOW"},
    {NdisStatus::kFailure, "FAILURE"},
    {NdisStatus::kInvalidParameter, "INVALID_PARAMETER"},
    {NdisStatus::kResources, "RESOURCES"},
    {NdisStatus::kNotSupported, "NOT_SUPPORTED"},
    {NdisStatus::kInvalidState, "INVALID_STATE"},
    {NdisStatus::kClosing, "CLOSING"},
    {NdisStatus::kBadVersion, "BAD_VERSION"},
    {NdisStatus::kBadCharacteristics, "BAD_CHARACTERISTICS"},
    {NdisStatus::kAdapterNotFound, "ADAPTER_NOT_FOUND"},
    {NdisStatus::kOpenFailed, "OPEN_FAILED"},
    {NdisStatus::kMulticastFull, "MULTICAST_FULL"},
    {NdisStatus::kRequestAborted, "REQUEST_ABORTED"},
    {NdisStatus::kResetInProgress, "RESET_IN_PROGRESS"},
    {NdisStatus::kClosingIndicating, "CLOSING_INDICATING"},
    {NdisStatus::kInvalidPacket, "INVALID_PACKET"},
    {NdisStatus::kAdapterNotReady, "ADAPTER_NOT_READY"},
    {NdisStatus::kInvalidLength, "INVALID_LENGTH"},
    {NdisStatus::kInvalidData, "INVALID_DATA"},
    {NdisStatus::kBufferTooShort, "BUFFER_TOO_SHORT"},
    {NdisStatus::kInvalidOid, "INVALID_OID"},
    {NdisStatus::kAdapterRemoved, "ADAPTER_REMOVED"},
    {NdisStatus::kUnsupportedMedia, "UNSUPPORTED_MEDIA"},
    {NdisStatus::kSendAborted, "SEND_ABORTED"},
    {NdisStatus::kMediaDisconnected, "MEDIA_DISCONNECTED"},
    {NdisStatus::kPaused, "PAUSED"},
    {NdisStatus::kUnsupportedRevision, "UNSUPPORTED_REVISION"},
    {NdisStatus::kInvalidPort, "INVALID_PORT"},
    {NdisStatus::kInvalidPortState, "INVALID_PORT_STATE"},
    {NdisStatus::kLowPowerState, "LOW_POWER_STATE"},
};

struct Statuses {
  NdisStatus value[std::size(kNames)];
};

constexpr Statuses kStatuses = [] {
  Statuses statuses = {};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    statuses.value[i] = kNames[i].status;
  }
  return statuses;
}();

constexpr NdisStatus kSendCompletionStatuses[] = {
    NdisStatus::kSuccess,        NdisStatus::kInvalidLength,
    NdisStatus::kResources,      NdisStatus::kPaused,
    NdisStatus::kSendAborted,    NdisStatus::kResetInProgress,
    NdisStatus::kFailure,        NdisStatus::kInvalidData,
    NdisStatus::kLowPowerState,  NdisStatus::kMediaDisconnected,
    NdisStatus::kNotAccepted,    NdisStatus::kAdapterNotReady,
    NdisStatus::kBufferOverflow, NdisStatus::kInvalidPort,
};
static_assert(std::size(kSendCompletionStatuses) == kSendCompletionStatusCount);

}  // namespace

std::string NdisStatusName(NdisStatus status) {
  const auto* it =
      std::lower_bound(std::begin(kNames), std::end(kNames), status,
                       [](const Named& named, NdisStatus value) {
                         return named.status < value;
                       });
  if (it != std::end(kNames) && it->status == status) {
    return absl::StrCat("NDIS_STATUS_", it->name);
  }
  return absl::StrCat("NDIS_STATUS_", NdisStatusHex(status));
}

std::string NdisStatusHex(NdisStatus status) {
  std::string hex =
      absl::StrCat(absl::Hex(static_cast<uint32_t>(status), absl::kZeroPad8));
  for (char& c : hex) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return absl::StrCat("0x", hex);
}

absl::Span<const NdisStatus> AllNdisStatuses() { return kStatuses.value; }

absl::Span<const NdisStatus> SendCompletionStatuses() {
  return kSendCompletionStatuses;
}

int SendCompletionStatusIndex(NdisStatus status) {
  switch (status) {
    case NdisStatus::kSuccess:
      return 0;
    case NdisStatus::kInvalidLength:
      return 1;
    case NdisStatus::kResources:
      return 2;
    case NdisStatus::kPaused:
      return 3;
    case NdisStatus::kSendAborted:
      return 4;
    case NdisStatus::kResetInProgress:
      return 5;
    case NdisStatus::kInvalidData:
      return 7;
    case NdisStatus::kLowPowerState:
      return 8;
    case NdisStatus::kMediaDisconnected:
      return 9;
    case NdisStatus::kNotAccepted:
      return 10;
    case NdisStatus::kAdapterNotReady:
      return 11;
    case NdisStatus::kBufferOverflow:
      return 12;
    case NdisStatus::kInvalidPort:
      return 13;
    default:
      return 6;  // kFailure
  }
}

}  // namespace netbuf
