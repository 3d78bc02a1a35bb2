// What a service manager's socket receives.

#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// The service manager's side: a socket with a path, or an abstract name for
// "@...".
class FakeManager {
 public:
  explicit FakeManager(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bound_ = bind(fd_, reinterpret_cast<const sockaddr*>(&address),
                  static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                         name.size())) == 0;
  }
  ~FakeManager() { close(fd_); }
  bool bound() const { return bound_; }
  // The next message; empty when there is none.
  std::string Receive() {
    char buffer[256];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    return size < 0 ? "" : std::string(buffer, static_cast<size_t>(size));
  }

 private:
  int fd_ = -1;
  bool bound_ = false;
};

class ServiceManagerTest : public ::testing::Test {
 protected:
  ~ServiceManagerTest() override { unsetenv("NOTIFY_SOCKET"); }
  void Announce(const std::string& name) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
};

TEST_F(ServiceManagerTest, TheStateArrivesAtAPath) {
  // Short, for a socket's path may have 107 bytes only.
  const std::string path = absl::StrCat("/tmp/netbufd-notify-", getpid());
  FakeManager manager(path);
  ASSERT_TRUE(manager.bound());
  Announce(path);
  EXPECT_TRUE(NotifyServiceManager("READY=1\nSTATUS=serving").ok());
  EXPECT_EQ(manager.Receive(), "READY=1\nSTATUS=serving");
  EXPECT_TRUE(NotifyServiceManager("STOPPING=1").ok());
  EXPECT_EQ(manager.Receive(), "STOPPING=1");
  unlink(path.c_str());
}

TEST_F(ServiceManagerTest, TheStateArrivesAtAnAbstractName) {
  const std::string name = absl::StrCat("@netbufd-notify-", getpid());
  FakeManager manager(name);
  ASSERT_TRUE(manager.bound());
  Announce(name);
  EXPECT_TRUE(NotifyServiceManager("READY=1").ok());
  EXPECT_EQ(manager.Receive(), "READY=1");
}

TEST_F(ServiceManagerTest, WithoutAServiceManagerNothingIsSent) {
  unsetenv("NOTIFY_SOCKET");
  EXPECT_TRUE(NotifyServiceManager("READY=1").ok());
  Announce("");
  EXPECT_TRUE(NotifyServiceManager("READY=1").ok());
}

TEST_F(ServiceManagerTest, WhatIsNoSocketIsAnErrorThatNamesIt) {
  for (const std::string& name :
       {std::string("relative"), std::string("/no/such/socket"),
        "/" + std::string(sizeof(sockaddr_un::sun_path), 'x')}) {
    Announce(name);
    const absl::Status status = NotifyServiceManager("READY=1");
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_NE(status.message().find(name), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace netbuf
