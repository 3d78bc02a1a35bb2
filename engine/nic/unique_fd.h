// UniqueFd: owns a file descriptor and closes it.

#ifndef NETBUFD_ENGINE_NIC_UNIQUE_FD_H_
#define NETBUFD_ENGINE_NIC_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace netbuf {

// Not thread-safe.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // Gives the descriptor away; the caller closes it.
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_UNIQUE_FD_H_
