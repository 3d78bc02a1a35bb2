// The OIDs that a miniport answers itself (ndis-semantics 13, "by M").

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/object_header.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic.h"

namespace netbuf {
namespace {

// NDIS_INTERRUPT_MODERATION_PARAMETERS:
//   header 0 | flags 4 | interrupt moderation 8
constexpr uint16_t kSizeofInterruptModeration = 12;
constexpr uint8_t kInterruptModerationNotSupported = 1;

// NDIS_LINK_PARAMETERS:
//   header 0 | duplex 4 | xmit 8 | rcv 16 | pause 24 | auto-negotiation 28
constexpr uint16_t kSizeofLinkParameters = 32;
// What the miniport is to find out for itself: NDIS_LINK_STATE_..._NEGOTIATED.
constexpr uint32_t kNegotiateXmitSpeed = 0x1;
constexpr uint32_t kNegotiateRcvSpeed = 0x2;
constexpr uint32_t kNegotiateDuplex = 0x4;
constexpr uint32_t kNegotiatePause = 0x8;
// NDIS_PAUSE_FUNCTIONS: a wire without pause frames knows these two.
constexpr uint32_t kPauseFunctionsUnsupported = 0;
constexpr uint32_t kPauseFunctionsUnknown = 4;

uint64_t Little(absl::Span<const uint8_t> in, size_t offset, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i > 0; --i) value = value << 8 | in[offset + i - 1];
  return value;
}

// The number of frames a ring of `descriptors` holds, in bytes. Where there is
// no ring, the one frame in hand.
uint32_t BufferSpace(uint32_t descriptors, uint32_t frame_size) {
  const uint64_t bytes =
      uint64_t{std::max<uint32_t>(descriptors, 1)} * frame_size;
  return static_cast<uint32_t>(
      std::min<uint64_t>(bytes, std::numeric_limits<uint32_t>::max()));
}

NdisStatus AnswerInterruptModeration(OidRequest& request) {
  const std::array<uint8_t, kSizeofInterruptModeration> out = {
      static_cast<uint8_t>(NdisObjectType::kDefault),
      1,
      kSizeofInterruptModeration,
      0,
      0,
      0,
      0,
      0,
      kInterruptModerationNotSupported};
  return AnswerBytes(request, out);
}

// There is nothing to moderate, so no setting is right (ndis-semantics 13.1).
NdisStatus RefuseInterruptModeration(OidRequest& request) {
  if (request.information_buffer.size() < kSizeofInterruptModeration) {
    request.bytes_needed = kSizeofInterruptModeration;
    return NdisStatus::kInvalidLength;
  }
  return NdisStatus::kInvalidData;
}

// A speed to run at: a known one, at most the fastest.
bool UsableSpeed(uint64_t speed, uint64_t max) {
  return speed > 0 && speed <= max;
}

uint64_t FramesSent(const AdapterStatistics& s) {
  return s.if_hc_out_ucast_pkts + s.if_hc_out_multicast_pkts +
         s.if_hc_out_broadcast_pkts;
}

uint64_t FramesReceived(const AdapterStatistics& s) {
  return s.if_hc_in_ucast_pkts + s.if_hc_in_multicast_pkts +
         s.if_hc_in_broadcast_pkts;
}

}  // namespace

NdisStatus Miniport::OidRequest(
    netbuf::OidRequest& request,
    const std::function<void(const LinkState&)>& set_link_state) {
  request.bytes_written = request.bytes_read = request.bytes_needed = 0;
  if (!request.is_set()) return Query(request);
  switch (static_cast<Oid>(request.oid)) {
    case Oid::kGenCurrentPacketFilter:
      return receive_filter_.SetPacketFilter(request);
    case Oid::k8023MulticastList:
      return receive_filter_.SetMulticastList(request);
    case Oid::kGenCurrentLookahead:
      return SetLookahead(request);
    case Oid::kGenInterruptModeration:
      return RefuseInterruptModeration(request);
    case Oid::kGenLinkParameters:
      return SetLinkParameters(request, set_link_state);
    default:
      return NdisStatus::kInvalidOid;
  }
}

NdisStatus Miniport::Query(netbuf::OidRequest& request) const {
  const NicAttributes& a = attributes_;
  const uint32_t frame = a.maximum_total_size();
  const AdapterStatistics s = statistics_.Snapshot();
  switch (static_cast<Oid>(request.oid)) {
    case Oid::kGenMaximumTotalSize:
    case Oid::kGenTransmitBlockSize:
    case Oid::kGenReceiveBlockSize:
      return AnswerU32(request, frame);
    case Oid::kGenTransmitBufferSpace:
      return AnswerU32(request, BufferSpace(a.transmit_descriptors, frame));
    case Oid::kGenReceiveBufferSpace:
      return AnswerU32(request, BufferSpace(a.receive_descriptors, frame));
    case Oid::kGenVendorId:
      return AnswerU32(request, a.vendor_id);
    case Oid::kGenVendorDescription:
      return AnswerString(request, a.vendor_description);
    case Oid::kGenVendorDriverVersion:
      return AnswerU32(request, a.vendor_driver_version);
    case Oid::kGenInterruptModeration:
      return AnswerInterruptModeration(request);
    case Oid::kGenStatistics:
      return AnswerStatistics(request, s);
    case Oid::kGenXmitOk:
      return AnswerCounter(request, FramesSent(s));
    case Oid::kGenRcvOk:
      return AnswerCounter(request, FramesReceived(s));
    case Oid::kGenXmitError:
      return AnswerCounter(request, s.if_out_errors);
    case Oid::kGenRcvError:
      return AnswerCounter(request, s.if_in_errors);
    case Oid::kGenRcvNoBuffer:
      return AnswerCounter(request, statistics_.receive_no_buffer());
    case Oid::k8023PermanentAddress:
      return AnswerBytes(request, a.permanent_address);
    case Oid::k8023CurrentAddress:
      return AnswerBytes(request, a.current_address);
    default:
      return NdisStatus::kInvalidOid;
  }
}

NdisStatus Miniport::SetLookahead(netbuf::OidRequest& request) {
  uint32_t lookahead = 0;
  const NdisStatus status = ReadU32(request, &lookahead);
  if (status != NdisStatus::kSuccess) return status;
  if (lookahead > attributes_.lookahead_size) {
    request.bytes_read = 0;
    return NdisStatus::kInvalidData;
  }
  current_lookahead_.store(lookahead, std::memory_order_relaxed);
  return NdisStatus::kSuccess;
}

NdisStatus Miniport::SetLinkParameters(
    netbuf::OidRequest& request,
    const std::function<void(const LinkState&)>& set_link_state) {
  const absl::Span<const uint8_t> in = request.information_buffer;
  if (in.size() < kSizeofLinkParameters) {
    request.bytes_needed = kSizeofLinkParameters;
    return NdisStatus::kInvalidLength;
  }
  const NdisObjectHeader header{
      in[0], in[1], static_cast<uint16_t>(Little(in, 2, sizeof(uint16_t)))};
  const uint16_t sizes[] = {kSizeofLinkParameters};
  const uint64_t duplex = Little(in, 4, sizeof(uint32_t));
  const uint64_t xmit = Little(in, 8, sizeof(uint64_t));
  const uint64_t rcv = Little(in, 16, sizeof(uint64_t));
  const uint64_t pause = Little(in, 24, sizeof(uint32_t));
  const uint64_t negotiate = Little(in, 28, sizeof(uint32_t));
  const bool valid =
      header.size <= in.size() &&
      ValidateObjectHeader(header, NdisObjectType::kDefault, sizes, 1,
                           "link_parameters")
          .ok() &&
      // Full duplex is what this wire has (kMacOptionFullDuplex).
      ((negotiate & kNegotiateDuplex) != 0 ||
       duplex == static_cast<uint64_t>(MediaDuplexState::kFull)) &&
      ((negotiate & kNegotiateXmitSpeed) != 0 ||
       UsableSpeed(xmit, attributes_.max_xmit_link_speed)) &&
      ((negotiate & kNegotiateRcvSpeed) != 0 ||
       UsableSpeed(rcv, attributes_.max_rcv_link_speed)) &&
      ((negotiate & kNegotiatePause) != 0 ||
       pause == kPauseFunctionsUnsupported || pause == kPauseFunctionsUnknown);
  if (!valid) return NdisStatus::kInvalidData;

  LinkState state = link_state();
  state.duplex_state = MediaDuplexState::kFull;
  state.xmit_link_speed = (negotiate & kNegotiateXmitSpeed) != 0
                              ? attributes_.max_xmit_link_speed
                              : xmit;
  state.rcv_link_speed = (negotiate & kNegotiateRcvSpeed) != 0
                             ? attributes_.max_rcv_link_speed
                             : rcv;
  set_link_state(state);
  request.bytes_read = kSizeofLinkParameters;
  return NdisStatus::kSuccess;
}

}  // namespace netbuf
