#include "client/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace netbuf::client {

bool Interrupt::Trigger() {
  // Called with the lock held: a Scope that ends meanwhile waits for it.
  std::lock_guard lock(mutex_);
  if (handler_ == nullptr) return false;
  std::exchange(handler_, nullptr)();
  return true;
}

Interrupt::Scope::Scope(Interrupt& interrupt, std::function<void()> handler)
    : interrupt_(interrupt) {
  std::lock_guard lock(interrupt_.mutex_);
  interrupt_.handler_ = std::move(handler);
}

Interrupt::Scope::~Scope() {
  std::lock_guard lock(interrupt_.mutex_);
  interrupt_.handler_ = nullptr;
}

void HandleSignals(Interrupt& interrupt) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Ends with the process.
  std::thread([&interrupt, signals] {
    while (true) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (!interrupt.Trigger()) _exit(128 + signal);
    }
  }).detach();
}

}  // namespace netbuf::client
