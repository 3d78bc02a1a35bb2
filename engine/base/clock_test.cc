#include "engine/base/clock.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

// Set once, waited for from another thread.
class Event {
 public:
  void Set() {
    MutexLock lock(mu_);
    set_ = true;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(mu_);
    while (!set_) changed_.Wait(mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool set_ ABSL_GUARDED_BY(mu_) = false;
};

TEST(VirtualClockTest, StartsAtTheSameRoundDateEveryTime) {
  VirtualClock clock;
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1'700'000'000));
}

TEST(VirtualClockTest, StandsStillUntilItIsAdvanced) {
  VirtualClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(3));
}

TEST(VirtualClockTest, CallbackSeesTheTimeItAskedFor) {
  VirtualClock clock;
  const absl::Time start = clock.Now();
  std::vector<absl::Duration> seen;
  for (int ms : {7, 3}) {
    clock.ScheduleAfter(absl::Milliseconds(ms),
                        [&] { seen.push_back(clock.Now() - start); });
  }
  clock.Advance(absl::Milliseconds(10));
  EXPECT_THAT(seen, ElementsAre(absl::Milliseconds(3), absl::Milliseconds(7)));
  EXPECT_EQ(clock.Now(), start + absl::Milliseconds(10));
}

TEST(VirtualClockTest, TimersOfOneMomentRunInTheOrderTheyWereSet) {
  VirtualClock clock;
  std::vector<int> order;
  const absl::Time when = clock.Now() + absl::Seconds(1);
  for (int i = 0; i < 5; ++i) {
    clock.ScheduleAt(when, [&order, i] { order.push_back(i); });
  }
  clock.Advance(absl::Seconds(1));
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(VirtualClockTest, TimerBeyondTheStepDoesNotRun) {
  VirtualClock clock;
  int runs = 0;
  clock.ScheduleAfter(absl::Seconds(2), [&] { ++runs; });
  clock.Advance(absl::Seconds(2) - absl::Nanoseconds(1));
  EXPECT_EQ(runs, 0);
  clock.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(runs, 1);
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(runs, 1);
}

TEST(VirtualClockTest, PastTimerRunsAtTheNextAdvanceNotInsideSchedule) {
  VirtualClock clock;
  const absl::Time start = clock.Now();
  int runs = 0;
  clock.ScheduleAt(start - absl::Seconds(1), [&] { ++runs; });
  EXPECT_EQ(runs, 0);
  clock.Advance(absl::ZeroDuration());
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(clock.Now(), start) << "time never goes back";
}

TEST(VirtualClockTest, CallbackMayScheduleWithinTheSameStep) {
  VirtualClock clock;
  const absl::Time start = clock.Now();
  std::vector<absl::Duration> ticks;
  std::function<void()> tick = [&] {
    ticks.push_back(clock.Now() - start);
    clock.ScheduleAfter(absl::Seconds(1), tick);
  };
  clock.ScheduleAfter(absl::Seconds(1), tick);
  clock.Advance(absl::Milliseconds(3500));
  EXPECT_THAT(
      ticks, ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(3)));
}

TEST(VirtualClockTest, CancelledTimerNeverRuns) {
  VirtualClock clock;
  int runs = 0;
  const Clock::TimerId id =
      clock.ScheduleAfter(absl::Seconds(1), [&] { ++runs; });
  EXPECT_NE(id, 0u);
  EXPECT_TRUE(clock.Cancel(id));
  EXPECT_FALSE(clock.Cancel(id));
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(runs, 0);
}

TEST(VirtualClockTest, CancelOfNoTimerOrOneThatHasRunIsFalse) {
  VirtualClock clock;
  EXPECT_FALSE(clock.Cancel(0));
  const Clock::TimerId id = clock.ScheduleAfter(absl::Seconds(1), [] {});
  clock.Advance(absl::Seconds(1));
  EXPECT_FALSE(clock.Cancel(id));
}

TEST(VirtualClockTest, CallbackMayCancelItselfAndOthers) {
  VirtualClock clock;
  std::vector<std::string> events;
  Clock::TimerId self = 0;
  const Clock::TimerId other =
      clock.ScheduleAfter(absl::Seconds(2), [&] { events.push_back("other"); });
  self = clock.ScheduleAfter(absl::Seconds(1), [&] {
    events.push_back(clock.Cancel(self) ? "cancelled itself" : "is running");
    events.push_back(clock.Cancel(other) ? "cancelled other" : "too late");
  });
  clock.Advance(absl::Seconds(3));
  EXPECT_THAT(events, ElementsAre("is running", "cancelled other"));
}

TEST(VirtualClockTest, NextTimerTellsTheEarliest) {
  VirtualClock clock;
  EXPECT_EQ(clock.NextTimer(), absl::InfiniteFuture());
  clock.ScheduleAfter(absl::Seconds(5), [] {});
  const Clock::TimerId id = clock.ScheduleAfter(absl::Seconds(2), [] {});
  EXPECT_EQ(clock.NextTimer(), clock.Now() + absl::Seconds(2));
  clock.Cancel(id);
  EXPECT_EQ(clock.NextTimer(), clock.Now() + absl::Seconds(5));
}

TEST(VirtualClockTest, CallbackIsDestroyedAfterItRan) {
  VirtualClock clock;
  auto captured = std::make_shared<int>(0);
  clock.ScheduleAfter(absl::Seconds(1), [captured] {});
  EXPECT_EQ(captured.use_count(), 2);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(VirtualClockTest, CancelFromAnotherThreadWaitsForTheRunningCallback) {
  VirtualClock clock;
  Event started;
  Event let_go;
  std::atomic<bool> finished = false;
  const Clock::TimerId id = clock.ScheduleAfter(absl::Seconds(1), [&] {
    started.Set();
    let_go.Wait();
    finished = true;
  });
  std::thread runner([&] { clock.Advance(absl::Seconds(1)); });
  started.Wait();
  std::thread canceller([&] {
    EXPECT_FALSE(clock.Cancel(id));
    EXPECT_TRUE(finished.load());
  });
  let_go.Set();
  canceller.join();
  runner.join();
}

TEST(VirtualClockTest, ThreadsThatAdvanceAtOnceRunOneCallbackAtATime) {
  VirtualClock clock;
  int runs = 0;  // Not atomic: ThreadSanitizer would see two callbacks at once.
  for (int i = 0; i < 200; ++i) {
    clock.ScheduleAfter(absl::Milliseconds(i), [&] { ++runs; });
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) clock.Advance(absl::Milliseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(runs, 200);
}

TEST(VirtualClockTest, CallbackMayAdvanceTheClock) {
  VirtualClock clock;
  const absl::Time start = clock.Now();
  std::vector<int> order;
  clock.ScheduleAfter(absl::Seconds(1), [&] {
    order.push_back(1);
    clock.Advance(absl::Seconds(5));
    order.push_back(3);
  });
  clock.ScheduleAfter(absl::Seconds(2), [&] { order.push_back(2); });
  clock.Advance(absl::Seconds(1));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(6));
}

TEST(VirtualClockTest, TimerAtInfinityNeverRunsAndDoesNotHang) {
  VirtualClock clock;
  int runs = 0;
  clock.ScheduleAt(absl::InfiniteFuture(), [&] { ++runs; });
  clock.Advance(absl::InfiniteDuration());
  EXPECT_EQ(runs, 0);
}

TEST(RealClockTest, TimerCenturiesAwayDoesNotDisturbOthers) {
  RealClock clock;
  Event done;
  clock.ScheduleAfter(absl::Hours(24 * 365 * 1000), [] {});
  clock.ScheduleAt(absl::InfiniteFuture(), [] {});
  clock.ScheduleAfter(absl::Milliseconds(5), [&] { done.Set(); });
  done.Wait();
}

TEST(RealClockTest, NowFollowsTheMachine) {
  RealClock clock;
  const absl::Time before = absl::Now();
  const absl::Time now = clock.Now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
}

TEST(RealClockTest, RunsTimersInOrderAndNotEarly) {
  RealClock clock;
  std::vector<int> order;  // Callbacks run one at a time.
  Event done;
  const absl::Time start = clock.Now();
  absl::Time ran;
  clock.ScheduleAfter(absl::Milliseconds(20), [&] {
    order.push_back(2);
    ran = clock.Now();
    done.Set();
  });
  clock.ScheduleAfter(absl::Milliseconds(10), [&] { order.push_back(1); });
  clock.ScheduleAt(start - absl::Hours(1), [&] { order.push_back(0); });
  done.Wait();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
  EXPECT_GE(ran - start, absl::Milliseconds(20));
}

TEST(RealClockTest, EarlierTimerSetLaterWakesTheThread) {
  RealClock clock;
  Event done;
  clock.ScheduleAfter(absl::Hours(1), [] {});
  clock.ScheduleAfter(absl::Milliseconds(1), [&] { done.Set(); });
  done.Wait();  // Would hang for an hour.
}

TEST(RealClockTest, CallbackMayScheduleAndCancel) {
  RealClock clock;
  Event done;
  std::atomic<bool> wrong = false;
  clock.ScheduleAfter(absl::ZeroDuration(), [&] {
    const Clock::TimerId other =
        clock.ScheduleAfter(absl::ZeroDuration(), [&] { wrong = true; });
    EXPECT_TRUE(clock.Cancel(other));
    clock.ScheduleAfter(absl::ZeroDuration(), [&] { done.Set(); });
  });
  done.Wait();
  EXPECT_FALSE(wrong.load());
}

TEST(RealClockTest, CancelReturnsOnlyWhenTheCallbackIsOver) {
  RealClock clock;
  for (int i = 0; i < 200; ++i) {
    auto used = std::make_unique<int>(0);  // Freed right after Cancel().
    int* const raw = used.get();
    const Clock::TimerId id =
        clock.ScheduleAfter(absl::ZeroDuration(), [raw] { ++*raw; });
    const bool cancelled = clock.Cancel(id);
    EXPECT_EQ(*used, cancelled ? 0 : 1);
  }
}

TEST(RealClockTest, DestructionDropsPendingTimers) {
  std::atomic<int> runs = 0;
  {
    RealClock clock;
    clock.ScheduleAfter(absl::Hours(1), [&] { ++runs; });
  }
  EXPECT_EQ(runs.load(), 0);
}

TEST(RealClockTest, ManyThreadsMayScheduleAndCancelAtOnce) {
  RealClock clock;
  std::atomic<int> ran = 0;
  std::atomic<int> cancelled = 0;
  constexpr int kThreads = 4;
  constexpr int kTimers = 250;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Clock::TimerId> ids;
      for (int i = 0; i < kTimers; ++i) {
        ids.push_back(clock.ScheduleAfter(absl::Microseconds((i + t) % 7),
                                          [&] { ++ran; }));
      }
      for (Clock::TimerId id : ids) cancelled += clock.Cancel(id) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran + cancelled, kThreads * kTimers);
}

TEST(CondVarTest, WaitForGivesUpAfterTheTimeout) {
  Mutex mu;
  CondVar cv;
  MutexLock lock(mu);
  const auto start = std::chrono::steady_clock::now();
  while (cv.WaitFor(mu, std::chrono::milliseconds(5))) {
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start,
            std::chrono::milliseconds(4));
}

}  // namespace
}  // namespace netbuf
