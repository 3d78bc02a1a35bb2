// The workloads with the least that could stand in an allocator's place: what
// of their time is not the pool's.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/pool/block.h"
#include "tests/benchmark/netbufd_pool.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/spsc_ring.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

// For one thread at a time, or for several with an object each.
class OwnObjectPool {
 public:
  using Item = uint64_t*;
  struct Thread {};

  Item Allocate() {
    static thread_local std::array<uint64_t, 264> object;
    return object.data();
  }
  void Free(Item) {}
  static void Touch(Item item, uint64_t value) {
    item[0] = value;
    item[256] = value;
  }
};

// Lists that one thread takes and one other gives back to it, through a queue
// as the one they came by. All that is done to them is to mark in the line of
// their header that they are out, or not, and to look at the mark before:
// without that no pool knows a list that is freed twice. No thread but these
// two may come, no other way of misuse is seen, nothing is counted.
class LeastPool {
 public:
  using Item = NetBufferList*;
  struct Thread {};

  LeastPool() : pool_(2048, kLists), free_(kLists) {
    for (Item& item : free_) {
      item = pool_.Allocate();
      Mark(item, kHolder, kNoHolder);
    }
  }

  Item Allocate() {
    Item item = nullptr;
    Allocate(&item, 1);
    return item;
  }
  void Free(Item item) { Free(&item, 1); }
  bool Allocate(Item* items, size_t count) {
    if (free_.size() < count && !TakeBack(count)) return false;
    for (size_t i = 0; i < count; ++i) {
      items[i] = free_.back();
      free_.pop_back();
      Mark(items[i], kNoHolder, kHolder);
    }
    return true;
  }
  void Free(Item* items, size_t count) {
    for (size_t i = 0; i < count; ++i) Mark(items[i], kHolder, kNoHolder);
    back_.Push(items, count);
  }
  static void Touch(Item item, uint64_t value) {
    NetbufdPool::Touch(item, value);
  }
  static uint64_t Read(Item item) { return NetbufdPool::Read(item); }

 private:
  // Both queues have room for all of them.
  static constexpr size_t kLists = 1000;

  static void Mark(Item item, HolderId from, HolderId to) {
    std::atomic<uint32_t>& mark = Block::FromObject(item)->holder;
    if (mark.load(std::memory_order_relaxed) != from) std::abort();
    mark.store(to, std::memory_order_relaxed);
  }
  bool TakeBack(size_t count) {
    std::array<Item, 64> got;
    while (const size_t n = back_.Pop(got.data(), got.size())) {
      free_.insert(free_.end(), got.begin(), got.begin() + n);
    }
    if (free_.size() < kBulk) LookAway();
    return free_.size() >= count;
  }

  NetbufdPool pool_;
  std::vector<Item> free_;
  SpscRing<Item> back_;
};

// As many loads and stores as a pair of ours has, and nothing else: all of
// lines in the first-level cache, none waiting for another. No pool that looks
// at as much, and writes as much, can be faster.
template <int kLoads, int kStores>
double MemoryOperations(uint64_t pairs) {
  alignas(64) static thread_local std::array<uint64_t, 48> words;
  uint64_t* first = words.data();
  asm("" : "+r"(first));  // In a register, whatever it is.
  const auto one = [first](auto at) {
    constexpr int kAt = decltype(at)::value;
    constexpr int kAll = kLoads + kStores;
    uint64_t& word = first[kAt];
    uint64_t value = 0;
    // Evenly mixed.
    if constexpr (kAt * kStores / kAll != (kAt + 1) * kStores / kAll) {
      asm volatile("mov %1, %0" : "=m"(word) : "r"(value));
    } else {
      asm volatile("mov %1, %0" : "=r"(value) : "m"(word));
    }
  };
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    [&]<int... kAt>(std::integer_sequence<int, kAt...>) {
      (one(std::integral_constant<int, kAt>()), ...);
    }
    (std::make_integer_sequence<int, kLoads + kStores>());
  }
  return watch.Seconds();
}

// A line that two threads write in turn: how far their processors are from each
// other, which decides what a hand-over takes.
double LineRoundTrip(uint64_t pairs) {
  alignas(64) std::atomic<uint64_t> turn{0};
  std::atomic<bool> ready{false};
  std::thread other([&turn, &ready, pairs] {
    PinThread(1);
    ready = true;
    for (uint64_t i = 0; i < pairs; ++i) {
      while (turn.load(std::memory_order_acquire) != 2 * i + 1) {
      }
      turn.store(2 * i + 2, std::memory_order_release);
    }
  });
  while (!ready) Pause();
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    turn.store(2 * i + 1, std::memory_order_release);
    while (turn.load(std::memory_order_acquire) != 2 * i + 2) {
    }
  }
  const double seconds = watch.Seconds();
  other.join();
  return seconds;
}

}  // namespace

void AddNoAllocator(Measurements* measurements) {
  static Lazy<LeastPool> least([] { return Mixed(new LeastPool); });
  static Lazy<OwnObjectPool> own([] { return new OwnObjectPool; });
  constexpr uint64_t kPairs = 1 << 16;
  const auto add = [&](const std::string& name, uint64_t pairs, auto run) {
    measurements->push_back({name, pairs, run});
  };
  // Loads and stores, as objdump and callgrind show them.
  constexpr auto kLifo = MemoryOperations<11, 9>;
  add("pair_lifo/memory_operations", kPairs * 16, kLifo);
  add("pair_bulk/memory_operations", kPairs * 16, MemoryOperations<10, 8>);
  for (const When when : {When::kInTurn, When::kAtOnce}) {
    const std::string threads =
        when == When::kInTurn ? "one_thread/" : "two_threads/";
    add(threads + "memory_operations", kPairs * 32, [=](uint64_t n) {
      return TwoThreadsDo<LeastPool::Thread>(when, n, kLifo);
    });
    add(threads + "no_allocator", kPairs * 256,
        [=](uint64_t n) { return TwoThreads(when, *own, n); });
  }
  add("line_round_trip/no_allocator", kPairs, LineRoundTrip);
  add("hand_over/least", kPairs * 32,
      [](uint64_t n) { return HandOverOne(*least, n); });
  add("hand_over_bulk/least", kPairs * 32,
      [](uint64_t n) { return HandOverBulk(*least, n); });
}

}  // namespace netbuf::bench
