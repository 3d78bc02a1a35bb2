// What the benchmarks do with a pool, the same for ours and for the peers'.
//
// A Pool is a handle, which can be copied unless it is for hand-overs only, and
// has
//   Item                     what it hands out: a pointer
//   Thread                   constructed by every thread before its first call
//   Item Allocate();         null when there is none
//   void Free(Item);
//   bool Allocate(Item*, n); all or nothing
//   void Free(Item*, n);
//   static void Touch(Item, v);   writes a word of the header and one of the
//                                 data: what a user does at least
//   static uint64_t Read(Item);   that word of the data
//   static void SetLength(Item, n)   says how long the data are: what who sends
//                                    does as well (PairLength only)
//
// A workload takes a pool and how many pairs of allocating and freeing to do,
// and returns the seconds that took. It is a template, so that each pool's code
// is inlined as its users would have it. A loop has a copy of the handle, which
// a compiler keeps in a register as in a driver's: otherwise it is loaded for
// every call, after whatever the user wrote.

#ifndef NETBUFD_TESTS_BENCHMARK_WORKLOAD_H_
#define NETBUFD_TESTS_BENCHMARK_WORKLOAD_H_

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

#include "tests/benchmark/spsc_ring.h"

namespace netbuf::bench {

constexpr size_t kBulk = 32;
constexpr size_t kManyOut = 4096;

// Keeps a thread on a processor, so that its caches stay its own. The threads
// of a workload are on the two highest ones: 0 serves most interrupts.
inline void PinThread(int from_the_top) {
  const int count = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(std::max(0, count - 1 - from_the_top), &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

inline void Pause() { __builtin_ia32_pause(); }

// For who finds a queue full or nearly empty, or a pool empty. To look again at
// once is to fetch, again and again, the line that the other is about to write,
// which makes both slower.
inline void LookAway() {
  for (int i = 0; i < 64; ++i) Pause();
}

// The compiler must take it that somebody looks at what `pointer` points to.
inline void Escape(const void* pointer) {
  asm volatile("" : : "g"(pointer) : "memory");
}

// What a loop uses a pool by.
template <typename Pool>
using HandleOf =
    std::conditional_t<std::is_copy_constructible_v<Pool>, Pool, Pool&>;

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
};

// `pool`, once all its blocks were taken and given back in a random order: as
// it is when it has been in use. The blocks of a new one are mostly in the
// order of their addresses, which a processor foresees. REQUIRES: the pool has
// an end.
template <typename Pool>
Pool* Mixed(Pool* pool) {
  std::vector<typename Pool::Item> all;
  while (const auto item = pool->Allocate()) all.push_back(item);
  std::shuffle(all.begin(), all.end(), std::mt19937(7));
  for (const auto item : all) pool->Free(item);
  return pool;
}

// One out, use(item, i), back at once: always the same block, hot.
template <typename Pool, typename F>
double Pairs(Pool pool, uint64_t pairs, F use) {
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    const auto item = pool.Allocate();
    use(item, i);
    Escape(item);
    pool.Free(item);
  }
  return watch.Seconds();
}
template <typename Pool>
double PairLifo(Pool& pool, uint64_t pairs) {
  return Pairs(pool, pairs, [](typename Pool::Item item, uint64_t i) {
    Pool::Touch(item, i);
  });
}
// Nobody uses them: what the pool itself takes.
template <typename Pool>
double PairLifoUntouched(Pool& pool, uint64_t pairs) {
  return Pairs(pool, pairs, [](typename Pool::Item, uint64_t) {});
}
// Two out, both back, the first first: as the last in is the first out, they
// change places every time.
template <typename Pool>
double PairTwo(Pool pool, uint64_t pairs) {
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; i += 2) {
    const auto first = pool.Allocate();
    Pool::Touch(first, i);
    const auto second = pool.Allocate();
    Pool::Touch(second, i);
    Escape(second);
    pool.Free(first);
    pool.Free(second);
  }
  return watch.Seconds();
}
// One with the length of the data written, which the pool must undo.
template <typename Pool>
double PairLength(Pool& pool, uint64_t pairs) {
  return Pairs(pool, pairs, [](typename Pool::Item item, uint64_t i) {
    Pool::Touch(item, i);
    Pool::SetLength(item, 64);
  });
}

// 32 out in one call, use(item, i) of each, back in one call.
template <typename Pool, typename F>
double Bulks(Pool pool, uint64_t pairs, F use) {
  std::array<typename Pool::Item, kBulk> items;
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; i += kBulk) {
    pool.Allocate(items.data(), kBulk);
    for (const auto item : items) use(item, i);
    Escape(items.data());
    pool.Free(items.data(), kBulk);
  }
  return watch.Seconds();
}
template <typename Pool>
double PairBulk(Pool& pool, uint64_t pairs) {
  return Bulks(pool, pairs, [](typename Pool::Item item, uint64_t i) {
    Pool::Touch(item, i);
  });
}
template <typename Pool>
double PairBulkUntouched(Pool& pool, uint64_t pairs) {
  return Bulks(pool, pairs, [](typename Pool::Item, uint64_t) {});
}

// 4,096 out, back in a random order; another one every round.
template <typename Pool>
double PairRandom(Pool pool, uint64_t pairs) {
  static const auto* const orders = [] {
    auto* const made = new std::array<std::array<uint32_t, kManyOut>, 16>;
    std::mt19937 random(7);
    for (auto& order : *made) {
      std::iota(order.begin(), order.end(), 0);
      std::shuffle(order.begin(), order.end(), random);
    }
    return made;
  }();
  std::vector<typename Pool::Item> items(kManyOut);
  size_t round = 0;
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; i += kManyOut) {
    for (auto& item : items) {
      item = pool.Allocate();
      Pool::Touch(item, i);
    }
    for (const uint32_t at : (*orders)[round++ % orders->size()]) {
      pool.Free(items[at]);
    }
  }
  return watch.Seconds();
}

// Allocated here, `burst` in a call, handed over, read there and freed: one by
// one when `burst` is 1, else as many in a call as came. Who frees takes what
// there is, up to kBulk, as a driver does that polls: otherwise a pair's time
// is that of the queue's own lines, which go there and back for each.
template <typename Pool>
double HandOverOnce(Pool& shared, uint64_t pairs, size_t burst) {
  using Item = typename Pool::Item;
  HandleOf<Pool> pool = shared;
  const auto ring = std::make_unique<SpscRing<Item>>();
  std::atomic<bool> ready{false};
  // Copies: what it captured by reference would be in a line with what the
  // other thread writes for every pair.
  std::thread consumer([&shared, &ready, ring = ring.get(), pairs, burst] {
    PinThread(1);
    HandleOf<Pool> pool = shared;
    [[maybe_unused]] const typename Pool::Thread thread;
    std::array<Item, kBulk> items;
    ready = true;
    uint64_t sum = 0;
    for (uint64_t got = 0; got < pairs;) {
      const size_t count = ring->Pop(items.data(), kBulk);
      if (burst == 1) {
        for (size_t i = 0; i < count; ++i) {
          sum += Pool::Read(items[i]);
          pool.Free(items[i]);
        }
      } else if (count != 0) {
        for (size_t i = 0; i < count; ++i) sum += Pool::Read(items[i]);
        pool.Free(items.data(), count);
      }
      if (count < kBulk) LookAway();
      got += count;
    }
    Escape(&sum);
  });
  while (!ready) Pause();
  std::array<Item, kBulk> items;
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; i += burst) {
    if (burst == 1) {
      while ((items[0] = pool.Allocate()) == nullptr) LookAway();
    } else {
      while (!pool.Allocate(items.data(), burst)) LookAway();
    }
    for (size_t k = 0; k < burst; ++k) Pool::Touch(items[k], i);
    for (size_t done = 0; done < burst;) {
      const size_t sent = ring->Push(&items[done], burst - done);
      done += sent;
      if (sent == 0) LookAway();
    }
  }
  consumer.join();
  return watch.Seconds();
}
// The median of many short runs: what moves the threads about between two
// processors, near each other or not, then meets some of them only.
template <typename Pool>
double HandOver(Pool& pool, uint64_t pairs, size_t burst) {
  constexpr size_t kRuns = 16;
  std::array<double, kRuns> seconds;
  for (double& run : seconds) run = HandOverOnce(pool, pairs / kRuns, burst);
  std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
  return seconds[kRuns / 2] * kRuns;
}
template <typename Pool>
double HandOverOne(Pool& pool, uint64_t pairs) {
  return HandOver(pool, pairs, 1);
}
template <typename Pool>
double HandOverBulk(Pool& pool, uint64_t pairs) {
  return HandOver(pool, pairs, kBulk);
}

// Two threads, each on a processor of its own, that do the same: one alone and
// then the other, or both at once. work(pairs) returns its own time; this the
// mean of theirs. (Both of them alone too, because one processor may have a
// neighbour that the other has not.)
enum class When { kInTurn, kAtOnce };
template <typename Thread, typename F>
double TwoThreadsDo(When when, uint64_t pairs, F work) {
  const int together = when == When::kAtOnce ? 2 : 1;
  std::atomic<int> ready{0};
  std::atomic<int> done{0};
  std::array<double, 2> seconds;
  const auto run = [&](int id) {
    PinThread(id);
    [[maybe_unused]] const Thread thread;
    work(1000);
    ++ready;
    while (ready < together) Pause();
    seconds[id] = work(pairs);
    ++done;
    // The other is not alone for the rest of its work either.
    while (done < together) work(1000);
  };
  std::thread one(run, 0);
  if (when == When::kInTurn) one.join();
  std::thread other(run, 1);
  other.join();
  if (one.joinable()) one.join();
  return (seconds[0] + seconds[1]) / 2;
}
template <typename Pool>
double TwoThreads(When when, Pool& pool, uint64_t pairs) {
  return TwoThreadsDo<typename Pool::Thread>(
      when, pairs, [&pool](uint64_t n) { return PairLifo(pool, n); });
}

}  // namespace netbuf::bench

#endif  // NETBUFD_TESTS_BENCHMARK_WORKLOAD_H_
