#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/app.h"
#include "client/cli/command.h"
#include "client/cli/interrupt.h"
#include "client/lib/client.h"
#include "client/text/progress.h"

namespace {

// A person waits for the answer: two more attempts within half a second, then
// the truth.
constexpr int kAttempts = 3;

netbuf::Client Connect(const netbuf::client::GlobalOptions& options) {
  netbuf::ClientOptions client;
  client.address = options.address;
  client.timeout = options.timeout;
  client.retry.max_attempts = kAttempts;
  return netbuf::Client::Connect(client);
}

bool CanMoveCursor() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && absl::string_view(terminal) != "dumb";
}

// As large as the window is now.
netbuf::client::ScreenSize ScreenSize() {
  if (!isatty(STDOUT_FILENO) || !CanMoveCursor()) return {};
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
                     size.ws_row > 0 && size.ws_col > 0;
  if (!known) return {.rows = 24, .columns = 80};
  return {.rows = size.ws_row, .columns = size.ws_col};
}

bool MayColor() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) && (no_color == nullptr || *no_color == '\0') &&
         CanMoveCursor();
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil has it on, and gRPC pays for it at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Never destroyed: the signal thread may outlive main.
  auto& interrupt = *new netbuf::client::Interrupt;
  netbuf::client::HandleSignals(interrupt);
  const netbuf::client::CliEnvironment environment = {
      .out = std::cout,
      .err = std::cerr,
      .connect = Connect,
      .interrupt = interrupt,
      .progress = netbuf::client::ProgressStyleOfStderr(),
      .color = MayColor(),
      .screen_size = ScreenSize,
  };
  return netbuf::client::RunNetbufctl(
      std::vector<std::string>(argv + 1, argv + argc), environment);
}
