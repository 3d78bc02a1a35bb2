// When a call that failed is made again.
//
// Only UNAVAILABLE is retried, and only for calls that may be repeated without
// harm: the request may have reached the server before the connection broke.
// RESOURCE_EXHAUSTED is not retried; the caller must free something first.

#ifndef NETBUFD_CLIENT_LIB_RETRY_H_
#define NETBUFD_CLIENT_LIB_RETRY_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace netbuf::client {

enum class Idempotency {
  kIdempotent,     // Get, List, Query, Read, KeepAlive: repeating is harmless.
  kNotIdempotent,  // Everything that changes or moves something.
};

// The n-th wait is initial_backoff * multiplier^(n-1), at most max_backoff,
// shortened by a random share of up to a half so that clients which failed
// together do not come back together. The defaults ride out a server that
// restarts in a second or two: 0.1 + 0.2 + 0.4 + 0.8 s.
struct RetryPolicy {
  int max_attempts = 5;
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(2);
  double multiplier = 2;
};

// The world as a retry sees it; tests bring their own.
struct RetryEnvironment {
  std::function<absl::Time()> now;
  std::function<void(absl::Duration)> sleep;
  std::function<double()> random;  // In [0, 1).

  static RetryEnvironment Real();
};

// Calls `attempt` until it succeeds, fails in a way not to be retried, or there
// is no time for another wait before `deadline`, which holds for all attempts
// together. Returns the last outcome. A RetryInfo in the error lengthens the
// wait to what the server asked for.
absl::Status CallWithRetry(const RetryPolicy& policy, Idempotency idempotency,
                           absl::Time deadline,
                           const RetryEnvironment& environment,
                           const std::function<absl::Status()>& attempt);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_RETRY_H_
