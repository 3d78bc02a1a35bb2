// Waiting on a CondVar until an absl::Time, on the machine's clock.

#ifndef NETBUFD_ENGINE_STACK_WAIT_H_
#define NETBUFD_ENGINE_STACK_WAIT_H_

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/mutex.h"

namespace netbuf {

// False when `deadline` has passed. May wake early: use it in a loop.
inline bool WaitUntil(CondVar& cv, Mutex& mu, absl::Time deadline)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
  const absl::Duration left = deadline - absl::Now();
  if (left <= absl::ZeroDuration()) return false;
  // An hour at a time, so that far deadlines do not overflow.
  cv.WaitFor(mu, absl::ToChronoNanoseconds(std::min(left, absl::Hours(1))));
  return true;
}

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_WAIT_H_
