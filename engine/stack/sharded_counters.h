// Counters that many threads add to and few read: each thread adds to one of a
// few copies, on cache lines of their own, and a read sums the copies.
//
// Adds are relaxed read-modify-writes: none is lost, and they order nothing.
// Two threads that share a copy contend; with eight copies that is rare on the
// machines this runs on, and it costs time, never a count.

#ifndef NETBUFD_ENGINE_STACK_SHARDED_COUNTERS_H_
#define NETBUFD_ENGINE_STACK_SHARDED_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstdint>

namespace netbuf {

// Eight: more copies cost memory (one is N * 8 bytes) for every binding; the
// send path already meets other threads at the gate of the same binding.
inline constexpr uint32_t kCounterShards = 8;

// The calling thread's copy: threads take turns, so that two that start
// together do not share one.
inline uint32_t CounterShard() {
  static std::atomic<uint32_t> next{0};
  thread_local const uint32_t shard =
      next.fetch_add(1, std::memory_order_relaxed) % kCounterShards;
  return shard;
}

template <int N>
class ShardedCounters {
 public:
  void Add(int index, uint64_t amount) {
    shards_[CounterShard()].values[index].fetch_add(amount,
                                                    std::memory_order_relaxed);
  }
  uint64_t Sum(int index) const {
    uint64_t sum = 0;
    for (const Shard& shard : shards_) {
      sum += shard.values[index].load(std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<uint64_t>, N> values{};
  };
  std::array<Shard, kCounterShards> shards_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_SHARDED_COUNTERS_H_
