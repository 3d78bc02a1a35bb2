#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace netbuf {

absl::Status NotifyServiceManager(absl::string_view state) {
  const char* variable = std::getenv("NOTIFY_SOCKET");
  if (variable == nullptr || *variable == '\0') return absl::OkStatus();
  const absl::string_view path = variable;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((path[0] != '/' && path[0] != '@') ||
      path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("NOTIFY_SOCKET is ", path,
                     "; it must be an absolute path or @name, shorter than ",
                     sizeof(address.sun_path), " bytes"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // A manager whose queue is full reads on soon, and one that missed READY=1
  // would end a healthy server.
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  const bool sent = fd >= 0 &&
                    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                               sizeof(patience)) == 0 &&
                    sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address),
                           length) == static_cast<ssize_t>(state.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  return sent
             ? absl::OkStatus()
             : absl::ErrnoToStatus(error, absl::StrCat("cannot notify ", path));
}

}  // namespace netbuf
