// CaptureDirectory: the one place where capture files may be. Names come from
// clients: they are relative to the directory and cannot leave it.
//
// A name is one or more components between '/', none of them empty, "." or
// "..". No component may be a symbolic link, not even one that stays inside.
// Only regular files are opened. While a file is written nobody else may open
// it here (flock(2), so that holds between processes too); several may read it.

#ifndef NETBUFD_ENGINE_NIC_CAPTURE_DIRECTORY_H_
#define NETBUFD_ENGINE_NIC_CAPTURE_DIRECTORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/nic/unique_fd.h"

namespace netbuf {

// Thread safety: every method may be called from any thread.
class CaptureDirectory {
 public:
  // How names are resolved. kOpenat2 has the kernel (5.6 or later) do it and
  // falls back by itself; kWalk opens one component after the other.
  enum class Resolver : uint8_t { kOpenat2, kWalk };

  // An empty path: captures are disabled, and every use is FAILED_PRECONDITION
  // (CAPTURE_DIR_NOT_SET). INVALID_ARGUMENT (CAPTURE_DIR_UNUSABLE) when it is
  // not a directory that can be opened.
  static absl::StatusOr<std::unique_ptr<CaptureDirectory>> Open(
      const std::string& path, Resolver resolver = Resolver::kOpenat2);
  CaptureDirectory(const CaptureDirectory&) = delete;
  CaptureDirectory& operator=(const CaptureDirectory&) = delete;

  // Errors of both, besides those of CaptureSystemError:
  //   INVALID_ARGUMENT     CAPTURE_NAME_INVALID      leaves the directory
  //   INVALID_ARGUMENT     CAPTURE_NOT_REGULAR_FILE  a directory, device, ...
  //   FAILED_PRECONDITION  CAPTURE_FILE_IN_USE       somebody writes it, or
  //                                                  reads what would be
  //                                                  written
  // `field` is the request's field that holds the name.
  absl::StatusOr<UniqueFd> OpenForReading(absl::string_view name,
                                          absl::string_view field);

  struct NewFile {
    UniqueFd fd;           // Empty file, open for writing.
    bool created = false;  // It did not exist before.
  };
  // Creates the file or empties the one that is there. Directories are not
  // made.
  absl::StatusOr<NewFile> OpenForWriting(absl::string_view name,
                                         absl::string_view field);
  // Takes back a file that OpenForWriting() created.
  void Remove(absl::string_view name);

 private:
  CaptureDirectory(UniqueFd directory, Resolver resolver)
      : directory_(std::move(directory)), resolver_(resolver) {}

  absl::Status CheckName(absl::string_view name, absl::string_view field) const;
  // As open(2) below the directory; errno is set when the result is not valid.
  UniqueFd Resolve(const std::string& name, int flags) const;
  UniqueFd Walk(const std::string& name, int flags) const;

  const UniqueFd directory_;  // Not valid: captures are disabled.
  const Resolver resolver_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CAPTURE_DIRECTORY_H_
