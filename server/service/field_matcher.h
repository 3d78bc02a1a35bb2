// FieldOf: the field that an INVALID_ARGUMENT names, for tests.

#ifndef NETBUFD_SERVER_SERVICE_FIELD_MATCHER_H_
#define NETBUFD_SERVER_SERVICE_FIELD_MATCHER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ndis/error.h"

namespace netbuf {

// "adapter.mtu"; what is wrong instead when `status` is not an INVALID_ARGUMENT
// with exactly one field.
inline std::string FieldOf(const absl::Status& status) {
  if (status.ok()) return "(OK)";
  if (!absl::IsInvalidArgument(status)) return "(" + status.ToString() + ")";
  const std::optional<ErrorInfo> info = GetErrorInfo(status);
  if (!info.has_value()) return "(no ErrorInfo)";
  if (info->fields.size() != 1) return "(not one field)";
  return info->fields[0].field;
}

template <typename T>
std::string FieldOf(const absl::StatusOr<T>& result) {
  return FieldOf(result.status());
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_FIELD_MATCHER_H_
