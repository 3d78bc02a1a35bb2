// Ctrl-C once: a command that runs long ends in good order. Twice, or where
// nothing runs long: at once.

#ifndef NETBUFD_CLIENT_CLI_INTERRUPT_H_
#define NETBUFD_CLIENT_CLI_INTERRUPT_H_

#include <functional>
#include <mutex>

namespace netbuf::client {

// Thread safety: all methods, from any thread.
class Interrupt {
 public:
  // Calls the handler in force, once for it; false when there is none or it has
  // been called before.
  bool Trigger();

  // Has a handler in force while it lives, one at a time. The handler runs on
  // another thread and must not wait.
  class Scope {
   public:
    Scope(Interrupt& interrupt, std::function<void()> handler);
    ~Scope();

    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interrupt& interrupt_;
  };

 private:
  std::mutex mutex_;
  std::function<void()> handler_;  // Guarded by mutex_.
};

// Makes SIGINT and SIGTERM call Trigger; where that returns false the process
// exits with 128 + the signal. Call it before any thread is started: they
// inherit the blocked signals.
void HandleSignals(Interrupt& interrupt);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_INTERRUPT_H_
