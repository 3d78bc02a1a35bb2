// Wakeup: one timer of a NIC, which can be set from anywhere and waited out, so
// that a NIC never meets its own timer after it has stopped.

#ifndef NETBUFD_ENGINE_NIC_WAKEUP_H_
#define NETBUFD_ENGINE_NIC_WAKEUP_H_

#include <cstdint>
#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace netbuf {

// Thread safety: every method may be called from any thread, also from `work`,
// and Arm() and Disarm() also under a lock that `work` takes.
class Wakeup {
 public:
  // Runs `work` on the clock's thread. `clock` is not owned and outlives this.
  Wakeup(Clock* clock, std::function<void()> work);
  ~Wakeup();  // As Stop().
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Runs `work` once at `when`, instead of any time armed before.
  void Arm(absl::Time when) ABSL_LOCKS_EXCLUDED(mu_);
  // What was armed will not begin; what runs now goes on.
  void Disarm() ABSL_LOCKS_EXCLUDED(mu_);
  // Disarms and, unless called from `work`, waits until `work` does not run.
  // Whoever arms it again meanwhile has it run again.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run(uint64_t generation) ABSL_LOCKS_EXCLUDED(mu_);

  Clock* const clock_;
  const std::function<void()> work_;

  Mutex mu_;
  CondVar idle_;
  Clock::TimerId timer_ ABSL_GUARDED_BY(mu_) = 0;  // 0: not armed.
  // Tells a timer that has been cancelled too late that it was.
  uint64_t generation_ ABSL_GUARDED_BY(mu_) = 0;
  bool running_ ABSL_GUARDED_BY(mu_) = false;
  std::thread::id runner_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_WAKEUP_H_
