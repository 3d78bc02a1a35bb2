// A bounded queue from one thread to one other: how the benchmarks hand blocks
// over. The same ring for every pool, so that it costs all of them the same.

#ifndef NETBUFD_TESTS_BENCHMARK_SPSC_RING_H_
#define NETBUFD_TESTS_BENCHMARK_SPSC_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace netbuf::bench {

// Thread safety: Push() by one thread, Pop() by one other.
template <typename T>
class SpscRing {
 public:
  // How many of `count` went in.
  size_t Push(const T* items, size_t count) {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head + count - known_tail_ > kSize) {
      known_tail_ = tail_.load(std::memory_order_acquire);
    }
    const size_t room = kSize - static_cast<size_t>(head - known_tail_);
    if (count > room) count = room;
    if (count == 0) return 0;  // The other waits for this line: leave it alone.
    for (size_t i = 0; i < count; ++i) items_[(head + i) % kSize] = items[i];
    head_.store(head + count, std::memory_order_release);
    return count;
  }

  // How many, at most `count`, came out.
  size_t Pop(T* items, size_t count) {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (known_head_ - tail < count) {
      known_head_ = head_.load(std::memory_order_acquire);
    }
    const auto have = static_cast<size_t>(known_head_ - tail);
    if (count > have) count = have;
    if (count == 0) return 0;
    for (size_t i = 0; i < count; ++i) items[i] = items_[(tail + i) % kSize];
    tail_.store(tail + count, std::memory_order_release);
    return count;
  }

 private:
  static constexpr size_t kSize = 1024;

  // Each thread's counter, which the other reads, and its last look at the
  // other's, which is its own: a line each.
  alignas(64) std::atomic<uint64_t> head_{0};
  alignas(64) uint64_t known_tail_ = 0;
  alignas(64) std::atomic<uint64_t> tail_{0};
  alignas(64) uint64_t known_head_ = 0;
  alignas(64) std::array<T, kSize> items_;
};

}  // namespace netbuf::bench

#endif  // NETBUFD_TESTS_BENCHMARK_SPSC_RING_H_
