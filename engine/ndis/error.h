// How the engine says what went wrong: an absl::Status whose payload carries
// the fields a program needs. The service turns it into google.rpc details
// without parsing a message.
//
// Example:
//   return ErrorBuilder(absl::StatusCode::kInvalidArgument,
//                       "INVALID_CONTEXT_SIZE", NdisStatus::kInvalidParameter)
//              .Field("context_size", "must be a multiple of 16")
//              .Metadata("contextSize", 7)
//          << "context_size is 7; use a multiple of 16, such as 16";

#ifndef NETBUFD_ENGINE_NDIS_ERROR_H_
#define NETBUFD_ENGINE_NDIS_ERROR_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/ndis/status.h"

namespace netbuf {

// The machine-readable part of an error. Which of the optional parts are filled
// follows the code: INVALID_ARGUMENT has fields; NOT_FOUND and ALREADY_EXISTS a
// resource; FAILED_PRECONDITION violations; RESOURCE_EXHAUSTED a quota.
struct ErrorInfo {
  struct Field {  // google.rpc.BadRequest.FieldViolation
    std::string field;
    std::string description;
  };
  struct Precondition {   // google.rpc.PreconditionFailure.Violation
    std::string type;     // BINDING_STATE, POOL_IN_USE, ...
    std::string subject;  // The resource.
    std::string description;
  };

  std::string reason;  // UPPER_SNAKE_CASE; stable, part of the API.
  NdisStatus ndis_status = NdisStatus::kFailure;
  std::map<std::string, std::string> metadata;  // lowerCamelCase keys.
  std::vector<Field> fields;
  std::vector<Precondition> preconditions;
  std::string resource_type;  // "netbufd/Adapter"
  std::string resource_name;  // "adapters/a1"
  std::string quota_subject;
  std::string quota_description;
  absl::Duration retry_delay = absl::ZeroDuration();  // Zero: do not retry.
};

// Nothing for an OK status and for one not made by ErrorBuilder.
std::optional<ErrorInfo> GetErrorInfo(const absl::Status& status);

// Builds an error. Converts to absl::Status and to any absl::StatusOr<T>.
class ErrorBuilder {
 public:
  ErrorBuilder(absl::StatusCode code, absl::string_view reason,
               NdisStatus ndis_status);

  // `field` is the path of the field in the API's request, lower_snake_case.
  ErrorBuilder& Field(absl::string_view field, absl::string_view description);
  ErrorBuilder& Precondition(absl::string_view type, absl::string_view subject,
                             absl::string_view description);
  ErrorBuilder& Resource(absl::string_view type, absl::string_view name);
  ErrorBuilder& Quota(absl::string_view subject, absl::string_view description,
                      absl::Duration retry_delay = absl::ZeroDuration());
  ErrorBuilder& Metadata(absl::string_view key, const absl::AlphaNum& value);

  // Appends to the message a person reads: what, why, what to do.
  ErrorBuilder& operator<<(const absl::AlphaNum& text) {
    absl::StrAppend(&message_, text);
    return *this;
  }

  operator absl::Status() const { return Build(); }  // NOLINT: implicit
  template <typename T>
  operator absl::StatusOr<T>() const {  // NOLINT: implicit
    return Build();
  }

  absl::Status Build() const;

 private:
  absl::StatusCode code_;
  std::string message_;
  ErrorInfo info_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_ERROR_H_
