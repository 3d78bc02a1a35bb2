// Time as the engine sees it: a clock to read and timers to set. The real one
// follows the machine; the virtual one moves only when a test says so, which is
// what makes pacing, leases and watchdogs testable without sleeping.
//
// Thread safety: every method of every class may be called from any thread.

#ifndef NETBUFD_ENGINE_BASE_CLOCK_H_
#define NETBUFD_ENGINE_BASE_CLOCK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/mutex.h"

namespace netbuf {

class Clock {
 public:
  // Names a timer; 0 is no timer.
  using TimerId = uint64_t;

  virtual ~Clock() = default;

  virtual absl::Time Now() = 0;

  // Runs `callback` once when the clock reaches `when` (at once, but never
  // inside this call, when that is past). Callbacks of one clock run one at a
  // time in order of `when`, then of scheduling, and hold no lock of the clock.
  // O(log timers).
  virtual TimerId ScheduleAt(absl::Time when,
                             std::function<void()> callback) = 0;

  // Returns true when the callback will now never run. Returns false when it
  // has run or runs right now; then, unless called from a callback of this
  // clock, waits until it has finished, so that what it uses may be destroyed.
  // The caller must not hold a lock that the callback takes.
  virtual bool Cancel(TimerId id) = 0;

  TimerId ScheduleAfter(absl::Duration delay, std::function<void()> callback) {
    return ScheduleAt(Now() + delay, std::move(callback));
  }
};

// Timers shared by both clocks; not for use outside this header.
class TimerQueue {
 public:
  Clock::TimerId Add(absl::Time when, std::function<void()> callback);
  bool Cancel(Clock::TimerId id);
  // Runs everything due at `now`; returns the time of the next timer, or
  // InfiniteFuture.
  absl::Time RunDue(absl::Time now);
  absl::Time NextDue();

 private:
  using Key = std::pair<absl::Time, Clock::TimerId>;

  Mutex mu_;
  CondVar idle_;
  std::map<Key, std::function<void()>> timers_ ABSL_GUARDED_BY(mu_);
  std::map<Clock::TimerId, absl::Time> when_ ABSL_GUARDED_BY(mu_);
  Clock::TimerId last_id_ ABSL_GUARDED_BY(mu_) = 0;
  Clock::TimerId running_ ABSL_GUARDED_BY(mu_) = 0;
  std::thread::id runner_ ABSL_GUARDED_BY(mu_);
};

// The machine's clock. Owns one thread, which runs the callbacks.
class RealClock : public Clock {
 public:
  RealClock();
  ~RealClock() override;  // Pending callbacks are dropped.

  absl::Time Now() override { return absl::Now(); }
  TimerId ScheduleAt(absl::Time when, std::function<void()> callback) override;
  bool Cancel(TimerId id) override { return timers_.Cancel(id); }

 private:
  void Run();

  TimerQueue timers_;
  Mutex mu_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool rescan_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// A clock that stands still until it is advanced. Starts at a fixed, round date
// so that traces made under it are the same every time.
class VirtualClock : public Clock {
 public:
  VirtualClock();

  absl::Time Now() override;
  TimerId ScheduleAt(absl::Time when, std::function<void()> callback) override;
  bool Cancel(TimerId id) override { return timers_.Cancel(id); }

  // Moves time forward, stopping at each timer on the way so that its callback
  // sees the time it asked for. Callbacks run on the calling thread.
  void Advance(absl::Duration step);
  // The time of the earliest timer, or InfiniteFuture.
  absl::Time NextTimer() { return timers_.NextDue(); }

 private:
  TimerQueue timers_;
  Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BASE_CLOCK_H_
