// OIDs, between the API and the engine. Errors as in convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_OID_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_OID_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/ndis/oid.h"
#include "netbuf/v1/oid_service.pb.h"

namespace netbuf {

// Reads the oid of a query or set, by number or name: the two requests have the
// same one. A number may be any; NOT_FOUND (INVALID_OID) for an unknown name.
template <typename Request>
absl::StatusOr<uint32_t> ReadOid(const Request& request);

// An OID's information buffer, read by the OID's data type. Nothing when the
// layout is not known or the buffer is not as long as it says.
std::optional<v1::OidValue> DecodeOidValue(uint32_t oid,
                                           absl::Span<const uint8_t> buffer);

v1::OidInfo ToProto(const OidInfo& info);

// --- Implementation ---

absl::StatusOr<uint32_t> OidByName(absl::string_view name);
absl::Status MissingOid();

template <typename Request>
absl::StatusOr<uint32_t> ReadOid(const Request& request) {
  switch (request.oid_case()) {
    case Request::kOidValue:
      return request.oid_value();
    case Request::kOidName:
      return OidByName(request.oid_name());
    case Request::OID_NOT_SET:
      break;
  }
  return MissingOid();
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_OID_H_
