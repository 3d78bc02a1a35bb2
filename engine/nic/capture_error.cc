#include "engine/nic/capture_error.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"

namespace netbuf {

absl::Status CaptureSystemError(int error, absl::string_view action,
                                absl::string_view name) {
  const std::string cause = std::generic_category().message(error);
  const std::string message =
      absl::StrCat("cannot ", action, " capture file \"", name, "\": ", cause);
  const auto build = [&](absl::StatusCode code, absl::string_view reason,
                         NdisStatus ndis_status) {
    ErrorBuilder builder(code, reason, ndis_status);
    builder.Metadata("captureFile", name).Metadata("cause", cause);
    return builder;
  };
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return build(absl::StatusCode::kResourceExhausted, "CAPTURE_DISK_FULL",
                   NdisStatus::kResources)
                 .Quota("captureDirectory", cause)
             << message << "; free space in the capture directory";
    case EACCES:
    case EPERM:
    case EROFS:
      return build(absl::StatusCode::kFailedPrecondition,
                   "CAPTURE_ACCESS_DENIED", NdisStatus::kOpenFailed)
                 .Precondition("CAPTURE_FILE", name, cause)
             << message
             << "; give the server's user access to it in the capture "
                "directory";
    case ENOENT:
    case ENOTDIR:
      return build(absl::StatusCode::kNotFound, "CAPTURE_NOT_FOUND",
                   NdisStatus::kOpenFailed)
                 .Resource("netbufd/CaptureFile", name)
             << message << "; the name is relative to the capture directory";
    default:
      return build(absl::StatusCode::kInternal, "CAPTURE_IO_ERROR",
                   NdisStatus::kFailure)
             << message;
  }
}

}  // namespace netbuf
