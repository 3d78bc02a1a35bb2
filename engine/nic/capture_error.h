// What the system's refusals become when a capture file is concerned.

#ifndef NETBUFD_ENGINE_NIC_CAPTURE_ERROR_H_
#define NETBUFD_ENGINE_NIC_CAPTURE_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace netbuf {

// `error` is an errno, `action` what was tried ("write"), `name` the file's
// name inside the capture directory. Never tells where that directory is.
//   ENOSPC, EDQUOT, EFBIG   RESOURCE_EXHAUSTED   CAPTURE_DISK_FULL
//   EACCES, EPERM, EROFS    FAILED_PRECONDITION  CAPTURE_ACCESS_DENIED
//   ENOENT, ENOTDIR         NOT_FOUND            CAPTURE_NOT_FOUND
//   others                  INTERNAL             CAPTURE_IO_ERROR
absl::Status CaptureSystemError(int error, absl::string_view action,
                                absl::string_view name);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CAPTURE_ERROR_H_
