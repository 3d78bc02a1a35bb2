// Errors of calls: from the wire to absl::Status and from there to a person.
//
// The server explains every error in google.rpc details; ToAbslStatus keeps
// them as a payload of the absl::Status, so they travel with it through any
// code.
//
// Example:
//   absl::StatusOr<v1::Adapter> adapter = client.GetAdapter("adapters/a9");
//   if (!adapter.ok()) {
//     std::cerr << RenderError(adapter.status());
//     const ErrorDetails details = GetErrorDetails(adapter.status());
//     if (details.reason() == "ADAPTER_NOT_FOUND") ...
//   }

#ifndef NETBUFD_CLIENT_LIB_ERROR_H_
#define NETBUFD_CLIENT_LIB_ERROR_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/support/status.h"

namespace netbuf::client {

// What the server said about an error. A detail is there when the server sent
// it: which ones follow from the code (see docs/api.md).
struct ErrorDetails {
  std::optional<google::rpc::ErrorInfo> error_info;
  std::optional<google::rpc::BadRequest> bad_request;
  std::optional<google::rpc::PreconditionFailure> precondition_failure;
  std::optional<google::rpc::QuotaFailure> quota_failure;
  std::optional<google::rpc::ResourceInfo> resource_info;
  std::optional<google::rpc::RetryInfo> retry_info;

  // ErrorInfo's reason ("POOL_NOT_EMPTY"), which programs may compare; empty
  // when there is none.
  absl::string_view reason() const;

  // An entry of ErrorInfo's metadata ("ndisStatus"); empty when there is none.
  absl::string_view metadata(const std::string& key) const;
};

// The same code and message, with the details as a payload.
absl::Status ToAbslStatus(const grpc::Status& status);

// Whether an error is the outcome of a call, as opposed to one that this
// process found by itself (an unreadable file, say).
bool IsCallError(const absl::Status& status);

// Empty for a status without details.
ErrorDetails GetErrorDetails(const absl::Status& status);

// A few lines that end in a newline: what failed, why, and what to do.
//
//   error: count is 70000; must be at most 65536
//     why: INVALID_ARGUMENT, INVALID_COUNT, NDIS_STATUS_INVALID_PARAMETER
//          field count: must be at most 65536
//     do:  correct the field named above and try again
std::string RenderError(const absl::Status& status);

// The third part alone: advice by reason where there is some, else by code.
std::string Remedy(const absl::Status& status);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_ERROR_H_
