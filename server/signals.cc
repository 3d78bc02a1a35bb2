#include "server/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <thread>

#include "server/log.h"

namespace netbuf {
namespace {

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int Wait() {
  const sigset_t set = EndSignals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal;
}

}  // namespace

void BlockEndSignals() {
  const sigset_t set = EndSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int WaitForEndSignal() {
  const int first = Wait();
  try {
    std::thread([] { _exit(128 + Wait()); }).detach();
  } catch (const std::system_error& error) {
    LogEvent(LogLevel::kWarning, "server.no_second_signal",
             {{"error", error.what()}});
  }
  return first;
}

}  // namespace netbuf
