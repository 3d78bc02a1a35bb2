// ByteBudget: bytes that many calls may hold together. Thread-safe.

#ifndef NETBUFD_SERVER_SERVICE_BYTE_BUDGET_H_
#define NETBUFD_SERVER_SERVICE_BYTE_BUDGET_H_

#include <atomic>
#include <cstddef>

namespace netbuf {

class ByteBudget {
 public:
  explicit ByteBudget(size_t limit) : limit_(limit) {}

  // False, and nothing taken, when the limit would be passed.
  bool TryTake(size_t bytes) {
    size_t taken = taken_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - taken) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + bytes,
                                           std::memory_order_relaxed));
    return true;
  }
  void GiveBack(size_t bytes) {
    taken_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  size_t limit() const { return limit_; }

 private:
  const size_t limit_;
  std::atomic<size_t> taken_{0};  // At most limit_.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_BYTE_BUDGET_H_
