#include "client/lib/retry.h"

#include <vector>

#include "client/lib/error.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Time that passes only by sleeping.
class RetryTest : public ::testing::Test {
 protected:
  // Makes `outcomes` the outcomes of the attempts, the last for ever.
  absl::Status Call(Idempotency idempotency,
                    const std::vector<absl::Status>& outcomes,
                    absl::Duration timeout = absl::Seconds(100)) {
    const RetryEnvironment environment = {.now = [this] { return now_; },
                                          .sleep =
                                              [this](absl::Duration duration) {
                                                sleeps_.push_back(duration);
                                                now_ += duration;
                                              },
                                          .random = [this] { return random_; }};
    return CallWithRetry(
        policy_, idempotency, now_ + timeout, environment, [&] {
          const size_t index = attempts_++;
          return outcomes[std::min(index, outcomes.size() - 1)];
        });
  }

  RetryPolicy policy_ = {.max_attempts = 5,
                         .initial_backoff = absl::Milliseconds(100),
                         .max_backoff = absl::Milliseconds(300),
                         .multiplier = 2};
  double random_ = 0;
  absl::Time now_ = absl::UnixEpoch();
  std::vector<absl::Duration> sleeps_;
  size_t attempts_ = 0;
};

TEST_F(RetryTest, SuccessIsNotRepeated) {
  EXPECT_TRUE(Call(Idempotency::kIdempotent, {absl::OkStatus()}).ok());
  EXPECT_EQ(attempts_, 1);
  EXPECT_THAT(sleeps_, IsEmpty());
}

TEST_F(RetryTest, UnavailableIsTriedAgainUntilItWorks) {
  const absl::Status down = absl::UnavailableError("down");
  EXPECT_TRUE(
      Call(Idempotency::kIdempotent, {down, down, absl::OkStatus()}).ok());
  EXPECT_EQ(attempts_, 3);
}

TEST_F(RetryTest, WaitsGrowUpToTheLargest) {
  EXPECT_TRUE(absl::IsUnavailable(
      Call(Idempotency::kIdempotent, {absl::UnavailableError("down")})));
  EXPECT_EQ(attempts_, 5);
  EXPECT_THAT(sleeps_,
              ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200),
                          absl::Milliseconds(300), absl::Milliseconds(300)));
}

TEST_F(RetryTest, ChanceShortensAWaitByUpToHalf) {
  random_ = 1;
  Call(Idempotency::kIdempotent,
       {absl::UnavailableError("down"), absl::OkStatus()})
      .IgnoreError();
  EXPECT_THAT(sleeps_, ElementsAre(absl::Milliseconds(50)));
}

TEST_F(RetryTest, WhatMayNotBeRepeatedIsNot) {
  EXPECT_TRUE(absl::IsUnavailable(
      Call(Idempotency::kNotIdempotent, {absl::UnavailableError("down")})));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(RetryTest, OtherErrorsAreNotRetried) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kResourceExhausted,
        absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kInternal,
        absl::StatusCode::kNotFound, absl::StatusCode::kAborted}) {
    attempts_ = 0;
    EXPECT_EQ(Call(Idempotency::kIdempotent, {absl::Status(code, "")}).code(),
              code);
    EXPECT_EQ(attempts_, 1) << absl::StatusCodeToString(code);
  }
}

TEST_F(RetryTest, NoWaitReachesBeyondTheDeadline) {
  EXPECT_TRUE(absl::IsUnavailable(Call(Idempotency::kIdempotent,
                                       {absl::UnavailableError("down")},
                                       absl::Milliseconds(300))));
  // 100 ms fit, 200 ms more end at the deadline, where no attempt has time.
  EXPECT_THAT(sleeps_, ElementsAre(absl::Milliseconds(100)));
}

TEST_F(RetryTest, TheServersDelayIsKept) {
  google::rpc::Status wire;
  wire.set_code(grpc::UNAVAILABLE);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(7);
  wire.add_details()->PackFrom(retry);
  grpc::Status status;
  ASSERT_TRUE(grpc::SetErrorDetails(wire, &status).ok());
  EXPECT_TRUE(
      Call(Idempotency::kIdempotent, {ToAbslStatus(status), absl::OkStatus()})
          .ok());
  EXPECT_THAT(sleeps_, ElementsAre(absl::Seconds(7)));
}

}  // namespace
}  // namespace netbuf::client
