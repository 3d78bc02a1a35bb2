#include "engine/stack/attribute_oids.h"

#include <cstdint>
#include <optional>

#include "engine/ndis/flags.h"
#include "engine/ndis/oid.h"

namespace netbuf {
namespace {

constexpr uint32_t kHardwareStatusReady = 0;
// NDIS_MEDIA_STATE of the legacy OID: the other way round than
// MediaConnectState (ndis-semantics 1.3).
constexpr uint32_t kMediaStateConnected = 0;
constexpr uint32_t kMediaStateDisconnected = 1;

NdisStatus AnswerLinkSpeed(OidRequest& request, uint64_t xmit, uint64_t rcv) {
  uint8_t bytes[16];
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(xmit >> (8 * i));
    bytes[8 + i] = static_cast<uint8_t>(rcv >> (8 * i));
  }
  return AnswerBytes(request, bytes);
}

NdisStatus AnswerConnectStatus(OidRequest& request, const LinkState& link) {
  return AnswerU32(request, link.connect_state == MediaConnectState::kConnected
                                ? kMediaStateConnected
                                : kMediaStateDisconnected);
}

// The counter an older statistics OID asks for.
std::optional<uint64_t> Counter(const Nic& nic, Oid oid) {
  switch (oid) {
    case Oid::kGenXmitError:
      return nic.statistics().if_out_errors;
    case Oid::kGenRcvError:
      return nic.statistics().if_in_errors;
    // The block counts frames without a buffer as discarded.
    case Oid::kGenRcvNoBuffer:
    case Oid::kGenRcvDiscards:
      return nic.statistics().if_in_discards;
    case Oid::kGenXmitDiscards:
      return nic.statistics().if_out_discards;
    case Oid::kGenBytesRcv:
      return nic.statistics().if_hc_in_octets;
    case Oid::kGenBytesXmit:
      return nic.statistics().if_hc_out_octets;
    default:
      return std::nullopt;
  }
}

std::optional<uint32_t> Number(const Nic& nic,
                               const RestartAttributes& attributes, Oid oid) {
  switch (oid) {
    case Oid::kGenHardwareStatus:
      return kHardwareStatusReady;
    case Oid::kGenMediaSupported:
    case Oid::kGenMediaInUse:
      return kMedium802_3;
    case Oid::kGenPhysicalMedium:
    case Oid::kGenPhysicalMediumEx:
      return kPhysicalMedium802_3;
    case Oid::kGenMaximumLookahead:
      return attributes.lookahead_size;
    case Oid::kGenMaximumFrameSize:
      return nic.attributes().mtu;
    case Oid::kGenMacOptions:
      return attributes.mac_options;
    case Oid::k8023MaximumListSize:
      return attributes.max_multicast_list_size;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool AnswerFromAttributes(const Nic& nic, const RestartAttributes& attributes,
                          OidRequest& request, NdisStatus* status) {
  if (request.is_set()) return false;
  const auto oid = static_cast<Oid>(request.oid);
  if (const std::optional<uint32_t> number = Number(nic, attributes, oid)) {
    *status = AnswerU32(request, *number);
    return true;
  }
  if (const std::optional<uint64_t> counter = Counter(nic, oid)) {
    *status = AnswerCounter(request, *counter);
    return true;
  }
  switch (oid) {
    case Oid::kGenSupportedList:
      *status = AnswerU32Array(request, attributes.supported_oids);
      return true;
    case Oid::kGenDriverVersion:
      *status = AnswerU16(request, nic.attributes().driver_version);
      return true;
    case Oid::kGenMediaConnectStatus:
      *status = AnswerConnectStatus(request, nic.link_state());
      return true;
    case Oid::kGenMaxLinkSpeed:
      *status = AnswerLinkSpeed(request, attributes.max_xmit_link_speed,
                                attributes.max_rcv_link_speed);
      return true;
    case Oid::kGenLinkState:
      *status = AnswerLinkState(request, nic.link_state());
      return true;
    case Oid::k8023PermanentAddress:
      *status = AnswerBytes(request, nic.attributes().permanent_address);
      return true;
    case Oid::k8023CurrentAddress:
      *status = AnswerBytes(request, nic.attributes().current_address);
      return true;
    default:
      return false;
  }
}

}  // namespace netbuf
