#include "client/lib/retry.h"

#include <algorithm>
#include <random>

#include "absl/time/clock.h"
#include "client/lib/error.h"

namespace netbuf::client {
namespace {

// What the server asked for, or zero.
absl::Duration ServerDelay(const absl::Status& status) {
  const ErrorDetails details = GetErrorDetails(status);
  if (!details.retry_info) return absl::ZeroDuration();
  const google::protobuf::Duration& delay = details.retry_info->retry_delay();
  return absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
}

}  // namespace

RetryEnvironment RetryEnvironment::Real() {
  return {
      .now = [] { return absl::Now(); },
      .sleep = [](absl::Duration duration) { absl::SleepFor(duration); },
      .random =
          [] {
            thread_local std::minstd_rand engine(std::random_device{}());
            return std::uniform_real_distribution<double>(0, 1)(engine);
          },
  };
}

absl::Status CallWithRetry(const RetryPolicy& policy, Idempotency idempotency,
                           absl::Time deadline,
                           const RetryEnvironment& environment,
                           const std::function<absl::Status()>& attempt) {
  absl::Duration backoff = policy.initial_backoff;
  for (int attempts = 1;; ++attempts) {
    absl::Status status = attempt();
    if (status.code() != absl::StatusCode::kUnavailable ||
        idempotency == Idempotency::kNotIdempotent ||
        attempts >= policy.max_attempts) {
      return status;
    }
    const absl::Duration wait =
        std::max(backoff * (1 - environment.random() / 2), ServerDelay(status));
    if (environment.now() + wait >= deadline) return status;
    environment.sleep(wait);
    backoff = std::min(backoff * policy.multiplier, policy.max_backoff);
  }
}

}  // namespace netbuf::client
