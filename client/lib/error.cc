#include "client/lib/error.h"

#include <cstdint>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf::client {
namespace {

// The payload is a serialized google.rpc.Status, under the name it has in an
// Any. Present, even if empty, on every status that came from a call.
constexpr absl::string_view kPayloadUrl =
    "type.googleapis.com/google.rpc.Status";

struct Advice {
  absl::string_view reason;
  absl::string_view text;
};

// Reasons whose remedy the code alone does not tell.
constexpr Advice kAdviceByReason[] = {
    {"ADAPTER_IN_USE", "close the bindings on it first"},
    {"BUFFER_BUSY", "wait for the other call on this buffer to end"},
    {"CAPTURE_DIR_NOT_SET", "start netbufd with --capture_dir"},
    {"CAPTURE_NOT_FOUND", "put the file into the server's capture directory"},
    {"CONTEXT_OUTSTANDING", "free the allocated context first"},
    {"NET_BUFFERS_ATTACHED", "free the attached NET_BUFFERs first"},
    {"NOT_HOLDER", "use buffers that this protocol allocated and has back"},
    {"POOL_NOT_EMPTY", "free what was allocated from the pool first"},
    {"STACK_CHANGING", "try again when the other change has ended"},
    {"STALE_HANDLE", "allocate again and use the new handle"},
};

absl::string_view AdviceByCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return "correct the request and try again";
    case absl::StatusCode::kNotFound:
      return "check the name; list what there is";
    case absl::StatusCode::kAlreadyExists:
      return "choose another id, or use the one that exists";
    case absl::StatusCode::kFailedPrecondition:
      return "bring it into the state named above, then try again";
    case absl::StatusCode::kAborted:
      return "try again from the start of the operation";
    case absl::StatusCode::kResourceExhausted:
      return "free something, or ask for less, then try again";
    case absl::StatusCode::kUnavailable:
      return "check that netbufd runs and that its address is right";
    case absl::StatusCode::kDeadlineExceeded:
      return "allow more time, or look at what the server waits for";
    case absl::StatusCode::kUnauthenticated:
      return "give credentials that the server knows";
    case absl::StatusCode::kPermissionDenied:
      return "ask for the right to do this, or use what is yours";
    case absl::StatusCode::kUnimplemented:
      return "use something this server supports";
    case absl::StatusCode::kCancelled:
      return "nothing, if you cancelled it; else try again";
    default:
      return "look at the server's log, and report this if it is a defect";
  }
}

// 0xC0010014 -> "NDIS_STATUS_INVALID_LENGTH (0xC0010014)". Metadata tell the
// status as a number or by name already.
std::string NdisStatusText(absl::string_view text) {
  uint32_t code = 0;
  if (!absl::SimpleHexAtoi(text, &code)) return std::string(text);
  const int32_t number = static_cast<int32_t>(code);
  if (!v1::NdisStatus_IsValid(number)) {
    return absl::StrFormat("NDIS status 0x%08X", code);
  }
  return absl::StrFormat("%s (0x%08X)",
                         v1::NdisStatus_Name(v1::NdisStatus(number)), code);
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

// "subject: description", or whichever of the two there is. Without a
// description that only repeats the message.
std::string Describe(absl::string_view subject, absl::string_view description,
                     absl::string_view message) {
  if (description == message) return std::string(subject);
  if (subject.empty()) return std::string(description);
  if (description.empty()) return std::string(subject);
  return absl::StrCat(subject, ": ", description);
}

// The lines of "why", most general first.
std::vector<std::string> Reasons(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  const absl::string_view message = status.message();
  std::vector<std::string> head = {absl::StatusCodeToString(status.code())};
  if (!details.reason().empty()) head.emplace_back(details.reason());
  if (const absl::string_view ndis_status = details.metadata("ndisStatus");
      !ndis_status.empty()) {
    head.push_back(NdisStatusText(ndis_status));
  }
  std::vector<std::string> lines = {absl::StrJoin(head, ", ")};
  if (details.bad_request) {
    for (const auto& violation : details.bad_request->field_violations()) {
      lines.push_back(absl::StrCat(
          "field ",
          Describe(violation.field(), violation.description(), message)));
    }
  }
  if (details.precondition_failure) {
    for (const auto& violation : details.precondition_failure->violations()) {
      lines.push_back(absl::StrCat(
          violation.type(), " ",
          Describe(violation.subject(), violation.description(), message)));
    }
  }
  if (details.quota_failure) {
    for (const auto& violation : details.quota_failure->violations()) {
      lines.push_back(absl::StrCat(
          "quota of ",
          Describe(violation.subject(), violation.description(), message)));
    }
  }
  if (details.resource_info &&
      !absl::StrContains(message, details.resource_info->resource_name())) {
    lines.push_back(absl::StrCat(
        "resource ", Describe(details.resource_info->resource_name(),
                              details.resource_info->description(), message)));
  }
  return lines;
}

}  // namespace

absl::string_view ErrorDetails::reason() const {
  return error_info ? absl::string_view(error_info->reason()) : "";
}

absl::string_view ErrorDetails::metadata(const std::string& key) const {
  if (!error_info) return "";
  const auto it = error_info->metadata().find(key);
  return it == error_info->metadata().end() ? absl::string_view("")
                                            : absl::string_view(it->second);
}

absl::Status ToAbslStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  // gRPC's codes are absl's by number.
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
  result.SetPayload(kPayloadUrl, absl::Cord(status.error_details()));
  return result;
}

bool IsCallError(const absl::Status& status) {
  return status.GetPayload(kPayloadUrl).has_value();
}

ErrorDetails GetErrorDetails(const absl::Status& status) {
  ErrorDetails details;
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  google::rpc::Status wire;
  if (!payload || !wire.ParseFromString(std::string(*payload))) return details;
  const auto unpack = [](const google::protobuf::Any& any, auto* target) {
    typename std::remove_reference_t<decltype(*target)>::value_type message;
    if (any.UnpackTo(&message)) *target = std::move(message);
  };
  for (const google::protobuf::Any& any : wire.details()) {
    unpack(any, &details.error_info);
    unpack(any, &details.bad_request);
    unpack(any, &details.precondition_failure);
    unpack(any, &details.quota_failure);
    unpack(any, &details.resource_info);
    unpack(any, &details.retry_info);
  }
  return details;
}

std::string Remedy(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  for (const Advice& advice : kAdviceByReason) {
    if (details.reason() == advice.reason) return std::string(advice.text);
  }
  if (details.retry_info) {
    const absl::Duration delay = ToDuration(details.retry_info->retry_delay());
    return absl::StrCat("try again in ", absl::FormatDuration(delay));
  }
  if (details.bad_request && !details.bad_request->field_violations().empty()) {
    return "correct the field named above and try again";
  }
  return std::string(AdviceByCode(status.code()));
}

std::string RenderError(const absl::Status& status) {
  if (status.ok()) return "";
  // An error found in this process says it all in its message.
  if (!IsCallError(status))
    return absl::StrCat("error: ", status.message(), "\n");
  std::string text = absl::StrCat(
      "error: ",
      status.message().empty() ? "the call failed" : status.message(), "\n");
  absl::string_view label = "  why: ";
  for (const std::string& line : Reasons(status)) {
    absl::StrAppend(&text, label, line, "\n");
    label = "       ";
  }
  absl::StrAppend(&text, "  do:  ", Remedy(status), "\n");
  return text;
}

}  // namespace netbuf::client
