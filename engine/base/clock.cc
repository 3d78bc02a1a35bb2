#include "engine/base/clock.h"

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "engine/base/mutex.h"

namespace netbuf {
namespace {

// The longest one wait of the real clock: far timers would overflow the 292
// years of a std::chrono time point, and waking once an hour costs nothing.
constexpr absl::Duration kLongestWait = absl::Hours(1);

}  // namespace

Clock::TimerId TimerQueue::Add(absl::Time when,
                               std::function<void()> callback) {
  MutexLock lock(mu_);
  const Clock::TimerId id = ++last_id_;
  timers_.emplace(Key(when, id), std::move(callback));
  when_.emplace(id, when);
  return id;
}

bool TimerQueue::Cancel(Clock::TimerId id) {
  MutexLock lock(mu_);
  auto it = when_.find(id);
  if (it != when_.end()) {
    timers_.erase(Key(it->second, id));
    when_.erase(it);
    return true;
  }
  if (runner_ != std::this_thread::get_id()) {
    while (id != 0 && running_ == id) idle_.Wait(mu_);
  }
  return false;
}

absl::Time TimerQueue::RunDue(absl::Time now) {
  for (;;) {
    std::function<void()> callback;
    Clock::TimerId outer;  // What runs already, when a callback got us here.
    {
      MutexLock lock(mu_);
      while (running_ != 0 && runner_ != std::this_thread::get_id()) {
        idle_.Wait(mu_);  // One callback at a time.
      }
      if (timers_.empty()) return absl::InfiniteFuture();
      auto it = timers_.begin();
      if (it->first.first > now) return it->first.first;
      callback = std::move(it->second);
      outer = running_;
      running_ = it->first.second;
      runner_ = std::this_thread::get_id();
      when_.erase(running_);
      timers_.erase(it);
    }
    callback();
    callback = nullptr;  // What it captured dies before Cancel() returns.
    MutexLock lock(mu_);
    running_ = outer;
    if (outer == 0) runner_ = std::thread::id();
    idle_.SignalAll();
  }
}

absl::Time TimerQueue::NextDue() {
  MutexLock lock(mu_);
  return timers_.empty() ? absl::InfiniteFuture()
                         : timers_.begin()->first.first;
}

RealClock::RealClock() : thread_([this] { Run(); }) {}

RealClock::~RealClock() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    wake_.Signal();
  }
  thread_.join();
}

Clock::TimerId RealClock::ScheduleAt(absl::Time when,
                                     std::function<void()> callback) {
  const TimerId id = timers_.Add(when, std::move(callback));
  MutexLock lock(mu_);
  rescan_ = true;
  wake_.Signal();
  return id;
}

void RealClock::Run() {
  for (;;) {
    const absl::Time next = timers_.RunDue(Now());
    MutexLock lock(mu_);
    if (stopping_) return;
    if (!rescan_) {
      if (next == absl::InfiniteFuture()) {
        wake_.Wait(mu_);
      } else {
        const absl::Duration delay =
            std::clamp(next - Now(), absl::ZeroDuration(), kLongestWait);
        wake_.WaitFor(mu_, absl::ToChronoNanoseconds(delay));
      }
    }
    if (stopping_) return;
    rescan_ = false;
  }
}

VirtualClock::VirtualClock()
    : now_(absl::FromUnixSeconds(1'700'000'000)) {}  // 2023-11-14T22:13:20Z

absl::Time VirtualClock::Now() {
  MutexLock lock(mu_);
  return now_;
}

Clock::TimerId VirtualClock::ScheduleAt(absl::Time when,
                                        std::function<void()> callback) {
  return timers_.Add(when, std::move(callback));
}

void VirtualClock::Advance(absl::Duration step) {
  const absl::Time target = Now() + step;
  for (;;) {
    const absl::Time next = timers_.NextDue();
    {
      MutexLock lock(mu_);
      now_ = std::max(now_, std::min(next, target));
    }
    if (next > target || next == absl::InfiniteFuture()) return;
    timers_.RunDue(next);
  }
}

}  // namespace netbuf
