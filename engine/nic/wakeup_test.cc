#include "engine/nic/wakeup.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

TEST(WakeupTest, RunsOnceAtTheTimeArmed) {
  VirtualClock clock;
  std::vector<absl::Time> runs;
  Wakeup wakeup(&clock, [&] { runs.push_back(clock.Now()); });
  const absl::Time due = clock.Now() + 3 * kTick;
  wakeup.Arm(due);
  clock.Advance(10 * kTick);
  ASSERT_EQ(runs.size(), 1);
  EXPECT_EQ(runs[0], due);
}

TEST(WakeupTest, ArmingAgainReplacesTheTime) {
  VirtualClock clock;
  std::vector<absl::Time> runs;
  Wakeup wakeup(&clock, [&] { runs.push_back(clock.Now()); });
  wakeup.Arm(clock.Now() + 3 * kTick);
  const absl::Time due = clock.Now() + 2 * kTick;
  wakeup.Arm(due);
  clock.Advance(10 * kTick);
  ASSERT_EQ(runs.size(), 1);
  EXPECT_EQ(runs[0], due);
}

TEST(WakeupTest, WorkMayArmItAgain) {
  VirtualClock clock;
  int runs = 0;
  std::unique_ptr<Wakeup> wakeup;
  wakeup = std::make_unique<Wakeup>(&clock, [&] {
    if (++runs < 5) wakeup->Arm(clock.Now() + kTick);
  });
  wakeup->Arm(clock.Now() + kTick);
  clock.Advance(10 * kTick);
  EXPECT_EQ(runs, 5);
}

TEST(WakeupTest, DisarmedLeavesNoTimerBehind) {
  VirtualClock clock;
  Wakeup wakeup(&clock, [] { FAIL(); });
  wakeup.Arm(clock.Now() + kTick);
  wakeup.Disarm();
  EXPECT_EQ(clock.NextTimer(), absl::InfiniteFuture());
  clock.Advance(10 * kTick);
}

TEST(WakeupTest, StopFromWorkDoesNotWaitForItself) {
  VirtualClock clock;
  int runs = 0;
  std::unique_ptr<Wakeup> wakeup;
  wakeup = std::make_unique<Wakeup>(&clock, [&] {
    ++runs;
    wakeup->Stop();
  });
  wakeup->Arm(clock.Now());
  clock.Advance(kTick);
  EXPECT_EQ(runs, 1);
}

TEST(WakeupTest, StopWaitsForTheWorkThatRuns) {
  RealClock clock;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<bool> finished{false};
  Wakeup wakeup(&clock, [&] {
    begun.set_value();
    go_on.get_future().wait();
    finished = true;
  });
  wakeup.Arm(clock.Now());
  begun.get_future().wait();
  std::thread stopper([&] {
    wakeup.Stop();
    EXPECT_TRUE(finished);
  });
  go_on.set_value();
  stopper.join();
}

TEST(WakeupTest, DisarmUnderALockThatTheWorkTakesDoesNotDeadlock) {
  RealClock clock;
  Mutex mu;
  int runs = 0;
  Wakeup wakeup(&clock, [&] {
    MutexLock lock(mu);
    ++runs;
  });
  for (int i = 0; i < 2000; ++i) {
    wakeup.Arm(clock.Now());
    MutexLock lock(mu);
    wakeup.Disarm();
  }
  wakeup.Stop();
  SUCCEED();
}

}  // namespace
}  // namespace netbuf
