#include "engine/nic/capture_directory.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_error.h"
#include "engine/nic/unique_fd.h"

namespace netbuf {
namespace {

// As tcpdump; the umask decides who reads captures.
constexpr mode_t kFileMode = 0644;
// O_NONBLOCK: opening a FIFO must not wait for its other end.
constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

absl::Status BadName(absl::string_view name, absl::string_view field,
                     absl::string_view reason, absl::string_view why) {
  // A name may hold anything: what does not print is escaped.
  const std::string shown = absl::CHexEscape(name);
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, reason,
                      NdisStatus::kInvalidParameter)
             .Field(field, why)
             .Metadata("captureFile", shown)
         << field << " \"" << shown << "\": " << why;
}

absl::Status InUse(absl::string_view name, absl::string_view field) {
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                      "CAPTURE_FILE_IN_USE", NdisStatus::kOpenFailed)
             .Precondition("CAPTURE_FILE", name, "in use by another adapter")
             .Metadata("captureFile", name)
             .Metadata("field", field)
         << field << " \"" << name
         << "\" is in use by another adapter; delete that adapter first, or "
            "name another file";
}

// A refused open, told as what it means for a name.
absl::Status OpenError(int error, absl::string_view action,
                       absl::string_view name, absl::string_view field) {
  switch (error) {
    case ELOOP:  // A symbolic link.
    case EXDEV:  // Out of the directory.
      return BadName(name, field, "CAPTURE_NAME_INVALID",
                     "must not lead through a symbolic link");
    case EISDIR:
    case ENXIO:  // A FIFO without a reader, a socket.
      return BadName(name, field, "CAPTURE_NOT_REGULAR_FILE",
                     "must name a regular file");
    case ENAMETOOLONG:
      return BadName(name, field, "CAPTURE_NAME_INVALID", "is too long");
    default:
      return CaptureSystemError(error, action, name);
  }
}

absl::Status CheckRegular(int fd, absl::string_view name,
                          absl::string_view field) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return CaptureSystemError(errno, "open", name);
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  return BadName(name, field, "CAPTURE_NOT_REGULAR_FILE",
                 "must name a regular file");
}

absl::Status Lock(int fd, int operation, absl::string_view name,
                  absl::string_view field) {
  while (::flock(fd, operation | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return InUse(name, field);
    return CaptureSystemError(errno, "lock", name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CaptureDirectory>> CaptureDirectory::Open(
    const std::string& path, Resolver resolver) {
  UniqueFd directory;
  if (!path.empty()) {
    directory =
        UniqueFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) {
      const std::string cause = std::generic_category().message(errno);
      return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                          "CAPTURE_DIR_UNUSABLE", NdisStatus::kOpenFailed)
                 .Field("capture_dir", cause)
             << "cannot use \"" << path
             << "\" as the capture directory: " << cause
             << "; name a directory that exists";
    }
  }
  return absl::WrapUnique(new CaptureDirectory(std::move(directory), resolver));
}

absl::StatusOr<UniqueFd> CaptureDirectory::OpenForReading(
    absl::string_view name, absl::string_view field) {
  RETURN_IF_ERROR(CheckName(name, field));
  UniqueFd fd = Resolve(std::string(name), O_RDONLY);
  if (!fd.valid()) return OpenError(errno, "read", name, field);
  RETURN_IF_ERROR(CheckRegular(fd.get(), name, field));
  RETURN_IF_ERROR(Lock(fd.get(), LOCK_SH, name, field));
  return fd;
}

absl::StatusOr<CaptureDirectory::NewFile> CaptureDirectory::OpenForWriting(
    absl::string_view name, absl::string_view field) {
  RETURN_IF_ERROR(CheckName(name, field));
  const std::string path(name);
  NewFile file;
  file.fd = Resolve(path, O_WRONLY | O_CREAT | O_EXCL);
  file.created = file.fd.valid();
  if (!file.created && errno == EEXIST) file.fd = Resolve(path, O_WRONLY);
  if (!file.fd.valid()) return OpenError(errno, "write", name, field);
  RETURN_IF_ERROR(CheckRegular(file.fd.get(), name, field));
  // Only who holds the lock may empty it.
  RETURN_IF_ERROR(Lock(file.fd.get(), LOCK_EX, name, field));
  if (::ftruncate(file.fd.get(), 0) != 0) {
    return CaptureSystemError(errno, "empty", name);
  }
  return file;
}

void CaptureDirectory::Remove(absl::string_view name) {
  std::string parent;
  std::string last(name);
  const size_t slash = last.rfind('/');
  if (slash == std::string::npos) {
    ::unlinkat(directory_.get(), last.c_str(), 0);
    return;
  }
  parent = last.substr(0, slash);
  last = last.substr(slash + 1);
  const UniqueFd fd = Resolve(parent, O_RDONLY | O_DIRECTORY);
  if (fd.valid()) ::unlinkat(fd.get(), last.c_str(), 0);
}

absl::Status CaptureDirectory::CheckName(absl::string_view name,
                                         absl::string_view field) const {
  if (!directory_.valid()) {
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                        "CAPTURE_DIR_NOT_SET", NdisStatus::kNotSupported)
               .Precondition("CAPTURE_DIRECTORY", field,
                             "the server has no capture directory")
               .Metadata("field", field)
           << field
           << " is set, but this server has no capture directory; start it "
              "with --capture_dir=<directory>";
  }
  if (name.find('\0') != absl::string_view::npos) {
    return BadName(name, field, "CAPTURE_NAME_INVALID",
                   "must not hold a NUL byte");
  }
  for (absl::string_view component : absl::StrSplit(name, '/')) {
    if (component.empty() || component == "." || component == "..") {
      return BadName(name, field, "CAPTURE_NAME_INVALID",
                     "must be a path relative to the capture directory, "
                     "without empty, \".\" or \"..\" components");
    }
  }
  return absl::OkStatus();
}

UniqueFd CaptureDirectory::Resolve(const std::string& name, int flags) const {
  if (resolver_ == Resolver::kOpenat2) {
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | kAlways);
    how.mode = (flags & O_CREAT) != 0 ? kFileMode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const long fd = ::syscall(SYS_openat2, directory_.get(), name.c_str(), &how,
                              sizeof(how));
    if (fd >= 0) return UniqueFd(static_cast<int>(fd));
    // EPERM is what a container's system call filter says for a call it does
    // not know; the walk finds out whether it was that.
    if (errno != ENOSYS && errno != EPERM) return UniqueFd();
  }
  return Walk(name, flags);
}

UniqueFd CaptureDirectory::Walk(const std::string& name, int flags) const {
  UniqueFd at(::openat(directory_.get(), ".", O_PATH | O_CLOEXEC));
  size_t begin = 0;
  for (size_t slash = name.find('/'); at.valid() && slash != std::string::npos;
       slash = name.find('/', begin)) {
    const std::string component = name.substr(begin, slash - begin);
    // With O_PATH a link is opened itself, and is then not a directory: told as
    // a link, as openat2 does.
    at = UniqueFd(
        ::openat(at.get(), component.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info;
    if (at.valid() && ::fstat(at.get(), &info) == 0 && S_ISLNK(info.st_mode)) {
      errno = ELOOP;
      return UniqueFd();
    }
    begin = slash + 1;
  }
  if (!at.valid()) return UniqueFd();
  return UniqueFd(
      ::openat(at.get(), name.c_str() + begin, flags | kAlways, kFileMode));
}

}  // namespace netbuf
