#include "server/service/status.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"

namespace netbuf {
namespace {

// A text of one detail. Enough for a resource name with two ids of 63
// characters and a sentence.
constexpr size_t kMaxTextBytes = 300;
// The message travels twice, as grpc-message and in the details.
constexpr size_t kMaxMessageBytes = 900;
// Violations of one kind, and metadata entries: more do not help anybody.
constexpr int kMaxListElements = 16;
constexpr size_t kMaxMetadataEntries = 24;

// The length of the well-formed UTF-8 sequence that `text` begins with; 0 when
// it begins with none.
size_t Utf8SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) -> uint8_t {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
  };
  const auto continues = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
    }
    return true;
  };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1, 2) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return !overlong && !surrogate && continues(1, 3) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool too_large = lead == 0xF4 && byte(1) >= 0x90;
    return !overlong && !too_large && continues(1, 4) ? 4 : 0;
  }
  return 0;
}

// `text` as valid UTF-8 of at most `limit` bytes.
std::string Polite(absl::string_view text, size_t limit) {
  constexpr absl::string_view kMark = "...";
  std::string out;
  size_t last_cut = 0;  // Where the mark still fits behind whole characters.
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const size_t taken = std::max<size_t>(length, 1);
    if (out.size() + taken > limit) {
      out.resize(last_cut);
      absl::StrAppend(&out, kMark);
      return out;
    }
    if (length == 0) {
      out.push_back('?');
    } else {
      out.append(text.data(), length);
    }
    if (out.size() + kMark.size() <= limit) last_cut = out.size();
    text.remove_prefix(taken);
  }
  return out;
}

google::rpc::ErrorInfo MakeErrorInfo(const ErrorInfo& info) {
  google::rpc::ErrorInfo out;
  out.set_reason(Polite(info.reason, 63));
  out.set_domain(std::string(kErrorDomain));
  auto& metadata = *out.mutable_metadata();
  for (const auto& [key, value] : info.metadata) {
    if (metadata.size() >= kMaxMetadataEntries) break;
    metadata[Polite(key, 64)] = Polite(value, kMaxTextBytes);
  }
  metadata["ndisStatus"] = NdisStatusHex(info.ndis_status);
  metadata["ndisStatusName"] = NdisStatusName(info.ndis_status);
  return out;
}

google::rpc::BadRequest MakeBadRequest(const ErrorInfo& info) {
  google::rpc::BadRequest out;
  for (const ErrorInfo::Field& field : info.fields) {
    if (out.field_violations_size() >= kMaxListElements) break;
    auto* violation = out.add_field_violations();
    violation->set_field(Polite(field.field, kMaxTextBytes));
    violation->set_description(Polite(field.description, kMaxTextBytes));
  }
  return out;
}

google::rpc::PreconditionFailure MakePreconditionFailure(
    const ErrorInfo& info) {
  google::rpc::PreconditionFailure out;
  for (const ErrorInfo::Precondition& precondition : info.preconditions) {
    if (out.violations_size() >= kMaxListElements) break;
    auto* violation = out.add_violations();
    violation->set_type(Polite(precondition.type, kMaxTextBytes));
    violation->set_subject(Polite(precondition.subject, kMaxTextBytes));
    violation->set_description(Polite(precondition.description, kMaxTextBytes));
  }
  return out;
}

google::rpc::RetryInfo MakeRetryInfo(const ErrorInfo& info) {
  google::rpc::RetryInfo out;
  const int64_t nanos = absl::ToInt64Nanoseconds(info.retry_delay);
  out.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  out.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(nanos % 1'000'000'000));
  return out;
}

google::rpc::QuotaFailure MakeQuotaFailure(const ErrorInfo& info) {
  google::rpc::QuotaFailure out;
  auto* violation = out.add_violations();
  violation->set_subject(Polite(info.quota_subject, kMaxTextBytes));
  violation->set_description(Polite(info.quota_description, kMaxTextBytes));
  return out;
}

google::rpc::Status MakeRichStatus(const absl::Status& status,
                                   absl::string_view message,
                                   const ErrorInfo& info) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(message));
  out.add_details()->PackFrom(MakeErrorInfo(info));
  if (!info.fields.empty()) {
    out.add_details()->PackFrom(MakeBadRequest(info));
  }
  if (!info.resource_name.empty()) {
    google::rpc::ResourceInfo resource;
    resource.set_resource_type(Polite(info.resource_type, kMaxTextBytes));
    resource.set_resource_name(Polite(info.resource_name, kMaxTextBytes));
    resource.set_description(Polite(message, kMaxTextBytes));
    out.add_details()->PackFrom(resource);
  }
  if (!info.preconditions.empty()) {
    out.add_details()->PackFrom(MakePreconditionFailure(info));
  }
  if (!info.quota_subject.empty()) {
    out.add_details()->PackFrom(MakeQuotaFailure(info));
  }
  if (info.retry_delay > absl::ZeroDuration()) {
    out.add_details()->PackFrom(MakeRetryInfo(info));
  }
  return out;
}

// What the status weighs on the wire: grpc-message is percent-encoded, the
// details are base64.
size_t WireBytes(absl::string_view message, const google::rpc::Status& rich) {
  size_t encoded = 0;
  for (const char c : message) {
    encoded += c >= 0x20 && c <= 0x7E && c != '%' ? 1 : 3;
  }
  return encoded + (rich.ByteSizeLong() + 2) / 3 * 4;
}

// Takes from `info` what a reader misses least. False when nothing is left to
// take.
bool DropSomething(ErrorInfo& info) {
  if (info.fields.size() > 1) {
    info.fields.resize((info.fields.size() + 1) / 2);
  } else if (info.preconditions.size() > 1) {
    info.preconditions.resize((info.preconditions.size() + 1) / 2);
  } else if (!info.metadata.empty()) {
    info.metadata.erase(std::prev(info.metadata.end()));
  } else {
    return false;
  }
  return true;
}

// Where `name` stands in the request; itself when `paths` does not have it.
absl::string_view RequestPath(absl::string_view name,
                              absl::Span<const FieldPath> paths) {
  for (const FieldPath& path : paths) {
    if (path.engine_name == name) return path.request_path;
  }
  return name;
}

bool IsPartOfPath(char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '.';
}

}  // namespace

absl::string_view StatusCodeName(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return "OK";
    case absl::StatusCode::kCancelled:
      return "CANCELLED";
    case absl::StatusCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case absl::StatusCode::kNotFound:
      return "NOT_FOUND";
    case absl::StatusCode::kAlreadyExists:
      return "ALREADY_EXISTS";
    case absl::StatusCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case absl::StatusCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case absl::StatusCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case absl::StatusCode::kAborted:
      return "ABORTED";
    case absl::StatusCode::kOutOfRange:
      return "OUT_OF_RANGE";
    case absl::StatusCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case absl::StatusCode::kInternal:
      return "INTERNAL";
    case absl::StatusCode::kUnavailable:
      return "UNAVAILABLE";
    case absl::StatusCode::kDataLoss:
      return "DATA_LOSS";
    case absl::StatusCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    default:
      return "UNKNOWN";
  }
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::optional<ErrorInfo> info = GetErrorInfo(status);
  if (!info.has_value()) {
    info.emplace();
    info->reason = std::string(StatusCodeName(status.code()));
  }
  const std::string message = Polite(status.message(), kMaxMessageBytes);
  google::rpc::Status rich = MakeRichStatus(status, message, *info);
  while (WireBytes(message, rich) > kMaxErrorMetadataBytes &&
         DropSomething(*info)) {
    rich = MakeRichStatus(status, message, *info);
  }
  grpc::Status out;
  grpc::SetErrorDetails(rich, &out);
  return out;
}

absl::Status ShuttingDownError() {
  return ErrorBuilder(absl::StatusCode::kUnavailable, "SERVER_SHUTTING_DOWN",
                      NdisStatus::kClosing)
             .Quota("", "", absl::Seconds(1))
         << "the server is shutting down; try again when it is back";
}

absl::Status InvalidField(absl::string_view field, absl::string_view problem) {
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_FIELD",
                      NdisStatus::kInvalidParameter)
             .Field(field, problem)
             .Metadata("field", field)
         << field << " " << problem;
}

absl::Status RenameFields(const absl::Status& status,
                          absl::Span<const FieldPath> paths) {
  const std::optional<ErrorInfo> info = GetErrorInfo(status);
  if (!info.has_value()) return status;
  ErrorBuilder renamed(status.code(), info->reason, info->ndis_status);
  for (const ErrorInfo::Field& field : info->fields) {
    renamed.Field(RequestPath(field.field, paths), field.description);
  }
  for (const auto& [key, value] : info->metadata) {
    renamed.Metadata(key, key == "field" ? RequestPath(value, paths) : value);
  }
  for (const ErrorInfo::Precondition& p : info->preconditions) {
    renamed.Precondition(p.type, RequestPath(p.subject, paths), p.description);
  }
  renamed.Resource(info->resource_type, info->resource_name);
  renamed.Quota(info->quota_subject, info->quota_description,
                info->retry_delay);
  // Messages begin with the field.
  const absl::string_view message = status.message();
  const auto* const end =
      std::find_if_not(message.begin(), message.end(), IsPartOfPath);
  const size_t length = static_cast<size_t>(end - message.begin());
  return renamed << RequestPath(message.substr(0, length), paths)
                 << message.substr(length);
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", Polite(text, 80), "\"");
}

}  // namespace netbuf
