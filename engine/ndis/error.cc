#include "engine/ndis/error.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace netbuf {
namespace {

constexpr absl::string_view kTypeUrl = "netbufd/error-info";

// The payload is the members of ErrorInfo in order of declaration. A number is
// eight bytes, little-endian; a string is its length and its bytes, whatever
// they are; a list is its length and its elements.
class Encoder {
 public:
  void Put(uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      out_.push_back(static_cast<char>(value >> shift));
    }
  }
  void Put(absl::string_view text) {
    Put(uint64_t{text.size()});
    out_.append(text.data(), text.size());
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Encoder wrote. False as soon as the bytes cannot be that.
class Decoder {
 public:
  explicit Decoder(absl::string_view in) : in_(in) {}

  ABSL_MUST_USE_RESULT bool Get(uint64_t* value) {
    if (in_.size() < 8) return false;
    *value = 0;
    for (int i = 0; i < 8; ++i) {
      *value |= uint64_t{static_cast<unsigned char>(in_[i])} << (8 * i);
    }
    in_.remove_prefix(8);
    return true;
  }
  ABSL_MUST_USE_RESULT bool Get(std::string* text) {
    uint64_t size;
    if (!Get(&size) || size > in_.size()) return false;
    text->assign(in_.data(), size);
    in_.remove_prefix(size);
    return true;
  }
  // A list's length. No element is shorter than 8 bytes, so a length that
  // cannot be true does not make the caller reserve or loop.
  ABSL_MUST_USE_RESULT bool GetCount(uint64_t* count) {
    return Get(count) && *count <= in_.size() / 8;
  }
  bool AtEnd() const { return in_.empty(); }

 private:
  absl::string_view in_;
};

std::string Encode(const ErrorInfo& info) {
  Encoder out;
  out.Put(info.reason);
  out.Put(static_cast<uint64_t>(info.ndis_status));
  out.Put(uint64_t{info.metadata.size()});
  for (const auto& [key, value] : info.metadata) {
    out.Put(key);
    out.Put(value);
  }
  out.Put(uint64_t{info.fields.size()});
  for (const ErrorInfo::Field& field : info.fields) {
    out.Put(field.field);
    out.Put(field.description);
  }
  out.Put(uint64_t{info.preconditions.size()});
  for (const ErrorInfo::Precondition& precondition : info.preconditions) {
    out.Put(precondition.type);
    out.Put(precondition.subject);
    out.Put(precondition.description);
  }
  out.Put(info.resource_type);
  out.Put(info.resource_name);
  out.Put(info.quota_subject);
  out.Put(info.quota_description);
  out.Put(static_cast<uint64_t>(absl::ToInt64Nanoseconds(info.retry_delay)));
  return out.Take();
}

bool DecodeLists(Decoder& in, ErrorInfo& info) {
  uint64_t count;
  if (!in.GetCount(&count)) return false;
  for (; count > 0; --count) {
    std::string key;
    if (!in.Get(&key) || !in.Get(&info.metadata[key])) return false;
  }
  if (!in.GetCount(&count)) return false;
  for (; count > 0; --count) {
    ErrorInfo::Field& field = info.fields.emplace_back();
    if (!in.Get(&field.field) || !in.Get(&field.description)) return false;
  }
  if (!in.GetCount(&count)) return false;
  for (; count > 0; --count) {
    ErrorInfo::Precondition& precondition = info.preconditions.emplace_back();
    if (!in.Get(&precondition.type) || !in.Get(&precondition.subject) ||
        !in.Get(&precondition.description)) {
      return false;
    }
  }
  return true;
}

bool Decode(Decoder in, ErrorInfo& info) {
  uint64_t ndis_status;
  uint64_t retry_delay;
  if (!in.Get(&info.reason) || !in.Get(&ndis_status) ||
      ndis_status > std::numeric_limits<uint32_t>::max() ||
      !DecodeLists(in, info) || !in.Get(&info.resource_type) ||
      !in.Get(&info.resource_name) || !in.Get(&info.quota_subject) ||
      !in.Get(&info.quota_description) || !in.Get(&retry_delay)) {
    return false;
  }
  info.ndis_status = static_cast<NdisStatus>(ndis_status);
  info.retry_delay = absl::Nanoseconds(static_cast<int64_t>(retry_delay));
  return in.AtEnd();
}

}  // namespace

std::optional<ErrorInfo> GetErrorInfo(const absl::Status& status) {
  const auto payload = status.GetPayload(kTypeUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::string bytes(*payload);
  ErrorInfo info;
  if (!Decode(Decoder(bytes), info)) return std::nullopt;
  return info;
}

ErrorBuilder::ErrorBuilder(absl::StatusCode code, absl::string_view reason,
                           NdisStatus ndis_status)
    // An error is never OK: as an absl::StatusOr it would be a crash.
    : code_(code == absl::StatusCode::kOk ? absl::StatusCode::kInternal
                                          : code) {
  info_.reason = std::string(reason);
  info_.ndis_status = ndis_status;
}

ErrorBuilder& ErrorBuilder::Field(absl::string_view field,
                                  absl::string_view description) {
  info_.fields.push_back({std::string(field), std::string(description)});
  return *this;
}

ErrorBuilder& ErrorBuilder::Precondition(absl::string_view type,
                                         absl::string_view subject,
                                         absl::string_view description) {
  info_.preconditions.push_back(
      {std::string(type), std::string(subject), std::string(description)});
  return *this;
}

ErrorBuilder& ErrorBuilder::Resource(absl::string_view type,
                                     absl::string_view name) {
  info_.resource_type = std::string(type);
  info_.resource_name = std::string(name);
  return *this;
}

ErrorBuilder& ErrorBuilder::Quota(absl::string_view subject,
                                  absl::string_view description,
                                  absl::Duration retry_delay) {
  info_.quota_subject = std::string(subject);
  info_.quota_description = std::string(description);
  info_.retry_delay = retry_delay;
  return *this;
}

ErrorBuilder& ErrorBuilder::Metadata(absl::string_view key,
                                     const absl::AlphaNum& value) {
  info_.metadata[std::string(key)] = std::string(value.Piece());
  return *this;
}

absl::Status ErrorBuilder::Build() const {
  absl::Status status(code_, message_);
  status.SetPayload(kTypeUrl, absl::Cord(Encode(info_)));
  return status;
}

}  // namespace netbuf
