// Rundown protection: keeps something alive for those inside, lets nobody new
// in once it is to go, and waits for the last one to leave.
//
// Example:
//   if (!rundown.TryAcquire()) return kGone;
//   ...                                   // The thing cannot go away here.
//   rundown.Release();
//   // Elsewhere:
//   rundown.CloseAndWait();               // Nobody is inside now, nor will be.
//
// Thread safety: everything may be called from any thread. Entering and leaving
// cost one atomic add each.

#ifndef NETBUFD_ENGINE_BASE_RUNDOWN_H_
#define NETBUFD_ENGINE_BASE_RUNDOWN_H_

#include <atomic>
#include <cstdint>

namespace netbuf {

class Rundown {
 public:
  enum class State { kOpen, kClosed };
  explicit Rundown(State state = State::kOpen)
      : state_(state == State::kOpen ? 0 : kClosedBit) {}
  Rundown(const Rundown&) = delete;
  Rundown& operator=(const Rundown&) = delete;

  // True: the caller is inside until it calls Release().
  [[nodiscard]] bool TryAcquire() {
    // Acquire: sees what was done before Reopen().
    const uint32_t before = state_.fetch_add(kOne, std::memory_order_acquire);
    if ((before & kClosedBit) == 0) [[likely]]
      return true;
    Release();
    return false;
  }

  void Release() {
    // Release: what was done inside is done before CloseAndWait() returns.
    const uint32_t before = state_.fetch_sub(kOne, std::memory_order_release);
    if (before == (kClosedBit | kOne)) state_.notify_all();
  }

  // Lets nobody in any more and returns when nobody is inside. The caller must
  // not be inside itself. May be called more than once, and by several threads.
  void CloseAndWait() {
    state_.fetch_or(kClosedBit, std::memory_order_relaxed);
    uint32_t state;
    while ((state = state_.load(std::memory_order_acquire)) != kClosedBit) {
      state_.wait(state, std::memory_order_acquire);
    }
  }

  // REQUIRES: CloseAndWait() has returned.
  void Reopen() { state_.fetch_and(~kClosedBit, std::memory_order_release); }

  // A snapshot: how many are inside.
  uint32_t holders() const {
    return state_.load(std::memory_order_relaxed) / kOne;
  }

 private:
  static constexpr uint32_t kClosedBit = 1;
  static constexpr uint32_t kOne = 2;

  // Twice the number inside, plus kClosedBit. 32 bits, which futex(2) can wait
  // on directly.
  std::atomic<uint32_t> state_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BASE_RUNDOWN_H_
