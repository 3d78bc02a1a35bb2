// The workloads without an allocator: blocks handed out in turn, and freeing
// does nothing. For comparison; no bound: a pool that hands out again what was
// just freed goes through fewer lines, and can be faster.

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

struct alignas(64) Object {
  Object* self;  // The user finds the data through a pointer, as elsewhere.
  uint64_t word;
  uint64_t header[62];
  uint64_t data[264];  // An odd number of lines in all, as in our pools.
};

class InTurnPool {
 public:
  using Item = Object*;
  struct Thread {};

  InTurnPool() {
    for (Object& object : objects_) object.self = &object;
  }

  Item Allocate() { return &objects_[next_++ % objects_.size()]; }
  void Free(Item) {}
  bool Allocate(Item* items, size_t count) {
    for (size_t i = 0; i < count; ++i) items[i] = Allocate();
    return true;
  }
  void Free(Item*, size_t) {}
  static void Touch(Item item, uint64_t value) {
    item->word = value;
    item->self->data[0] = value;
  }
  static uint64_t Read(Item item) { return item->self->data[0]; }

 private:
  // More than are out at a time: the ring's 1,024 and what both threads have.
  std::array<Object, 2048> objects_{};
  size_t next_ = 0;
};

// For one thread at a time, or for several with an object each.
class OwnObjectPool {
 public:
  using Item = Object*;
  struct Thread {};

  Item Allocate() {
    static thread_local Object object;
    object.self = &object;
    return &object;
  }
  void Free(Item) {}
  static void Touch(Item item, uint64_t value) {
    InTurnPool::Touch(item, value);
  }
};

}  // namespace

void AddNoAllocator(Measurements* measurements) {
  static Lazy<InTurnPool> pool([] { return new InTurnPool; });
  static Lazy<OwnObjectPool> own([] { return new OwnObjectPool; });
  constexpr uint64_t kPairs = 1 << 16;
  const auto add = [&](const char* name, uint64_t pairs, auto run) {
    measurements->push_back({name, pairs, run});
  };
  add("pair_lifo/no_allocator", kPairs * 16,
      [](uint64_t n) { return PairLifo(*own, n); });
  add("two_threads/no_allocator", kPairs * 512,
      [](uint64_t n) { return TwoThreads(*own, n); });
  add("hand_over/no_allocator", kPairs * 8,
      [](uint64_t n) { return HandOverOne(*pool, n); });
  add("hand_over_bulk/no_allocator", kPairs * 32,
      [](uint64_t n) { return HandOverBulk(*pool, n); });
}

}  // namespace netbuf::bench
