#include "engine/nic/wakeup.h"

#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace netbuf {

Wakeup::Wakeup(Clock* clock, std::function<void()> work)
    : clock_(clock), work_(std::move(work)) {}

Wakeup::~Wakeup() { Stop(); }

void Wakeup::Arm(absl::Time when) {
  Clock::TimerId old;
  {
    MutexLock lock(mu_);
    old = timer_;
    const uint64_t generation = ++generation_;
    timer_ = clock_->ScheduleAt(when, [this, generation] { Run(generation); });
  }
  if (old != 0) clock_->Cancel(old);
}

void Wakeup::Disarm() {
  Clock::TimerId old;
  {
    MutexLock lock(mu_);
    ++generation_;
    old = std::exchange(timer_, 0);
  }
  // Waits, at most, for a Run() that finds its generation gone and returns: one
  // that calls work_ has cleared timer_ first. So no lock of work_'s matters.
  if (old != 0) clock_->Cancel(old);
}

void Wakeup::Stop() {
  Disarm();
  MutexLock lock(mu_);
  if (runner_ == std::this_thread::get_id()) return;
  while (running_) idle_.Wait(mu_);
}

void Wakeup::Run(uint64_t generation) {
  {
    MutexLock lock(mu_);
    if (generation != generation_) return;
    timer_ = 0;
    running_ = true;
    runner_ = std::this_thread::get_id();
  }
  work_();
  MutexLock lock(mu_);
  running_ = false;
  runner_ = std::thread::id();
  idle_.SignalAll();
}

}  // namespace netbuf
