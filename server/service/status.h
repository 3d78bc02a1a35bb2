// Errors on the wire: an absl::Status of the engine becomes a grpc::Status with
// google.rpc details (AIP-193), so that a program reads what went wrong without
// parsing text.
//
// ErrorInfo is always there: its domain is "netbufd", its metadata has
// "ndisStatus" ("0xC000000D") and "ndisStatusName". The other details are those
// that the error has: BadRequest (INVALID_ARGUMENT), ResourceInfo (NOT_FOUND,
// ALREADY_EXISTS), PreconditionFailure (FAILED_PRECONDITION), QuotaFailure and
// RetryInfo (RESOURCE_EXHAUSTED, UNAVAILABLE).

#ifndef NETBUFD_SERVER_SERVICE_STATUS_H_
#define NETBUFD_SERVER_SERVICE_STATUS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpcpp/support/status.h"

namespace netbuf {

inline constexpr absl::string_view kErrorDomain = "netbufd";

// What an error may weigh in the trailers, everything encoded. gRPC peers
// accept 8 KiB of metadata unless told otherwise; the rest is for theirs and
// the transport's own.
inline constexpr size_t kMaxErrorMetadataBytes = 6 * 1024;

// Never fails. A status without an ErrorInfo gets its code's name as the reason
// ("INTERNAL"). What would be longer than kMaxErrorMetadataBytes loses the end
// of its texts (marked "...") and its last list elements; bytes that are not
// UTF-8 become '?'.
grpc::Status ToGrpcStatus(const absl::Status& status);

// "INVALID_ARGUMENT".
absl::string_view StatusCodeName(absl::StatusCode code);

// The status of every call and stream that the server's end cuts off:
// UNAVAILABLE, reason SERVER_SHUTTING_DOWN, worth a retry.
absl::Status ShuttingDownError();

// INVALID_ARGUMENT with reason INVALID_FIELD: `field` is the field's path in
// the request, `problem` what is wrong with it and what to do ("is 70000; the
// most is 65535").
absl::Status InvalidField(absl::string_view field, absl::string_view problem);

// `status` with its fields called as the request calls them: the engine's
// layers name a field as their own structs do ("mtu"), and only the service
// knows where in the request it stood ("adapter.mtu"). That goes for its
// fields, the subjects of its preconditions, its metadata's "field", and the
// word that its message begins with. Fields not in `paths` keep their name.
struct FieldPath {
  absl::string_view engine_name;
  absl::string_view request_path;
};
absl::Status RenameFields(const absl::Status& status,
                          absl::Span<const FieldPath> paths);

// What a client wrote, for an error to show: quoted, and no longer than 80
// bytes.
std::string Quoted(absl::string_view text);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_STATUS_H_
