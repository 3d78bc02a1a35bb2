#include "engine/ndis/oid_request.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/object_header.h"
#include "engine/ndis/status.h"

namespace netbuf {
namespace {

// NDIS_STATISTICS_FLAGS_VALID_...: all eighteen counters mean something
// (ndis-semantics 14).
constexpr uint32_t kAllStatisticsValid = 0x003F87FF;

// Writes integers little-endian, as Windows lays structures out.
class Writer {
 public:
  explicit Writer(uint8_t* out) : out_(out) {}
  template <typename T>
  Writer& Put(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      *out_++ = static_cast<uint8_t>(value >> (8 * i));
    }
    return *this;
  }
  Writer& PutHeader(NdisObjectType type, uint8_t revision, uint16_t size) {
    return Put(static_cast<uint8_t>(type)).Put(revision).Put(size);
  }

 private:
  uint8_t* out_;
};

// Whether the buffer holds `size` bytes; fills the counts either way.
bool Claim(OidRequest& request, size_t size) {
  if (request.information_buffer.size() < size) {
    request.bytes_written = 0;
    request.bytes_needed = static_cast<uint32_t>(size);
    return false;
  }
  request.bytes_written = static_cast<uint32_t>(size);
  request.bytes_needed = 0;
  return true;
}

}  // namespace

NdisStatus AnswerBytes(OidRequest& request, absl::Span<const uint8_t> bytes) {
  if (!Claim(request, bytes.size())) return NdisStatus::kBufferTooShort;
  if (!bytes.empty()) {
    std::memcpy(request.information_buffer.data(), bytes.data(), bytes.size());
  }
  return NdisStatus::kSuccess;
}

NdisStatus AnswerU16(OidRequest& request, uint16_t value) {
  if (!Claim(request, sizeof(value))) return NdisStatus::kBufferTooShort;
  Writer(request.information_buffer.data()).Put(value);
  return NdisStatus::kSuccess;
}

NdisStatus AnswerU32(OidRequest& request, uint32_t value) {
  if (!Claim(request, sizeof(value))) return NdisStatus::kBufferTooShort;
  Writer(request.information_buffer.data()).Put(value);
  return NdisStatus::kSuccess;
}

NdisStatus AnswerU32Array(OidRequest& request,
                          absl::Span<const uint32_t> values) {
  if (!Claim(request, values.size() * sizeof(uint32_t))) {
    return NdisStatus::kBufferTooShort;
  }
  Writer writer(request.information_buffer.data());
  for (uint32_t value : values) writer.Put(value);
  return NdisStatus::kSuccess;
}

NdisStatus AnswerString(OidRequest& request, absl::string_view text) {
  if (!Claim(request, text.size() + 1)) return NdisStatus::kBufferTooShort;
  uint8_t* const out = request.information_buffer.data();
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  out[text.size()] = 0;
  return NdisStatus::kSuccess;
}

NdisStatus AnswerCounter(OidRequest& request, uint64_t value) {
  const size_t size = request.information_buffer.size();
  if (size >= sizeof(uint64_t)) {
    Claim(request, sizeof(uint64_t));
    Writer(request.information_buffer.data()).Put(value);
    return NdisStatus::kSuccess;
  }
  request.bytes_needed = sizeof(uint64_t);
  if (size < sizeof(uint32_t)) {
    request.bytes_written = 0;
    return NdisStatus::kInvalidLength;
  }
  request.bytes_written = sizeof(uint32_t);
  Writer(request.information_buffer.data()).Put(static_cast<uint32_t>(value));
  return NdisStatus::kSuccess;
}

NdisStatus ReadU32(OidRequest& request, uint32_t* value) {
  const absl::Span<const uint8_t> in = request.information_buffer;
  if (in.size() != sizeof(uint32_t)) {
    request.bytes_read = 0;
    request.bytes_needed = sizeof(uint32_t);
    return NdisStatus::kInvalidLength;
  }
  *value = 0;
  for (size_t i = 0; i < sizeof(uint32_t); ++i) {
    *value |= uint32_t{in[i]} << (8 * i);
  }
  request.bytes_read = sizeof(uint32_t);
  request.bytes_needed = 0;
  return NdisStatus::kSuccess;
}

// header 0 | connect 4 | duplex 8 | - 12 | xmit 16 | rcv 24 | pause 32 | auto
// 36
NdisStatus AnswerLinkState(OidRequest& request, const LinkState& state) {
  std::array<uint8_t, kSizeofLinkState> out = {};
  Writer(out.data())
      .PutHeader(NdisObjectType::kDefault, 1, kSizeofLinkState)
      .Put(static_cast<uint32_t>(state.connect_state))
      .Put(static_cast<uint32_t>(state.duplex_state))
      .Put(uint32_t{0})  // Alignment.
      .Put(state.xmit_link_speed)
      .Put(state.rcv_link_speed)
      .Put(uint32_t{0})   // PauseFunctions: none.
      .Put(uint32_t{0});  // AutoNegotiationFlags: nothing was negotiated.
  return AnswerBytes(request, out);
}

NdisStatus AnswerStatistics(OidRequest& request, const AdapterStatistics& s) {
  std::array<uint8_t, kSizeofStatisticsInfo> out = {};
  Writer writer(out.data());
  writer.PutHeader(NdisObjectType::kDefault, 1, kSizeofStatisticsInfo)
      .Put(kAllStatisticsValid);
  for (uint64_t counter :
       {s.if_in_discards, s.if_in_errors, s.if_hc_in_octets,
        s.if_hc_in_ucast_pkts, s.if_hc_in_multicast_pkts,
        s.if_hc_in_broadcast_pkts, s.if_hc_out_octets, s.if_hc_out_ucast_pkts,
        s.if_hc_out_multicast_pkts, s.if_hc_out_broadcast_pkts, s.if_out_errors,
        s.if_out_discards, s.if_hc_in_ucast_octets, s.if_hc_in_multicast_octets,
        s.if_hc_in_broadcast_octets, s.if_hc_out_ucast_octets,
        s.if_hc_out_multicast_octets, s.if_hc_out_broadcast_octets}) {
    writer.Put(counter);
  }
  return AnswerBytes(request, out);
}

}  // namespace netbuf
