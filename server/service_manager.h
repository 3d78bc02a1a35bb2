// Tells the service manager how the process fares: the protocol of
// sd_notify(3), for units of Type=notify.

#ifndef NETBUFD_SERVER_SERVICE_MANAGER_H_
#define NETBUFD_SERVER_SERVICE_MANAGER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace netbuf {

// Sends `state`, assignments on a line each ("READY=1\nSTATUS=serving"), to the
// socket that NOTIFY_SOCKET names: a path, or "@" and an abstract name. OK also
// when there is no such variable: nobody asked. Waits at most
// five seconds, for a manager that does not read.
//
// Thread safety: any thread.
absl::Status NotifyServiceManager(absl::string_view state);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_MANAGER_H_
