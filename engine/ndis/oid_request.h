// NDIS_OID_REQUEST and the structures its buffers carry (ndis-semantics
// 12, 14).

#ifndef NETBUFD_ENGINE_NDIS_OID_REQUEST_H_
#define NETBUFD_ENGINE_NDIS_OID_REQUEST_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/status.h"

namespace netbuf {

enum class OidRequestType : uint32_t {
  kQueryInformation = 0,
  kSetInformation = 1,
  kQueryStatistics = 2,  // Handled as kQueryInformation.
};

// One request on its way down the stack. The information buffer is the caller's
// and must outlive the request. Not thread-safe.
//
// After completion (ndis-semantics 12.3):
//   SUCCESS                            bytes_written (query) / bytes_read (set)
//   INVALID_LENGTH, BUFFER_TOO_SHORT   bytes_needed: the length to retry with
struct OidRequest {
  OidRequestType type = OidRequestType::kQueryInformation;
  uint32_t oid = 0;
  uint32_t port_number = 0;
  uint64_t request_id = 0;
  absl::Span<uint8_t> information_buffer;
  uint32_t bytes_written = 0;
  uint32_t bytes_read = 0;
  uint32_t bytes_needed = 0;

  bool is_set() const { return type == OidRequestType::kSetInformation; }
};

// Answers for a handler of queries. Each writes into the information buffer and
// fills the byte counts; a short buffer is BUFFER_TOO_SHORT with bytes_needed
// and nothing written (X20), except AnswerCounter, which follows section 14.
NdisStatus AnswerBytes(OidRequest& request, absl::Span<const uint8_t> bytes);
NdisStatus AnswerU16(OidRequest& request, uint16_t value);
NdisStatus AnswerU32(OidRequest& request, uint32_t value);
NdisStatus AnswerU32Array(OidRequest& request,
                          absl::Span<const uint32_t> values);
NdisStatus AnswerString(OidRequest& request, absl::string_view text);
NdisStatus AnswerCounter(OidRequest& request, uint64_t value);

// Reads a set's U32. A buffer of another length is INVALID_LENGTH with
// bytes_needed 4; on success bytes_read is 4.
NdisStatus ReadU32(OidRequest& request, uint32_t* value);

// NDIS_LINK_STATE without its header.
struct LinkState {
  MediaConnectState connect_state = MediaConnectState::kConnected;
  MediaDuplexState duplex_state = MediaDuplexState::kFull;
  uint64_t xmit_link_speed = 0;  // bit/s
  uint64_t rcv_link_speed = 0;   // bit/s

  friend bool operator==(const LinkState&, const LinkState&) = default;
};
NdisStatus AnswerLinkState(OidRequest& request, const LinkState& state);
inline constexpr uint32_t kSizeofLinkState = 40;

// The eighteen counters of NDIS_STATISTICS_INFO, in its order. Octets count
// whole frames without the frame check sequence.
struct AdapterStatistics {
  uint64_t if_in_discards = 0;
  uint64_t if_in_errors = 0;
  uint64_t if_hc_in_octets = 0;
  uint64_t if_hc_in_ucast_pkts = 0;
  uint64_t if_hc_in_multicast_pkts = 0;
  uint64_t if_hc_in_broadcast_pkts = 0;
  uint64_t if_hc_out_octets = 0;
  uint64_t if_hc_out_ucast_pkts = 0;
  uint64_t if_hc_out_multicast_pkts = 0;
  uint64_t if_hc_out_broadcast_pkts = 0;
  uint64_t if_out_errors = 0;
  uint64_t if_out_discards = 0;
  uint64_t if_hc_in_ucast_octets = 0;
  uint64_t if_hc_in_multicast_octets = 0;
  uint64_t if_hc_in_broadcast_octets = 0;
  uint64_t if_hc_out_ucast_octets = 0;
  uint64_t if_hc_out_multicast_octets = 0;
  uint64_t if_hc_out_broadcast_octets = 0;
};
NdisStatus AnswerStatistics(OidRequest& request, const AdapterStatistics& s);
inline constexpr uint32_t kSizeofStatisticsInfo = 152;

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_OID_REQUEST_H_
