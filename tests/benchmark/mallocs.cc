// General allocators under the workloads. They are loaded beside the C
// library's own, so that one process can compare them all; the calls through a
// pointer which that takes cost them about half a nanosecond a pair.

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

struct Object {
  Object* self;  // The user finds the data through a pointer, as elsewhere.
  uint64_t word;
  uint64_t header[22];
  uint64_t data[256];
};

class MallocPool {
 public:
  using Item = Object*;
  struct Thread {};

  MallocPool(void* (*allocate)(size_t), void (*free)(void*))
      : allocate_(allocate), free_(free) {}

  Item Allocate() {
    const auto item = static_cast<Item>(allocate_(sizeof(Object)));
    item->self = item;
    return item;
  }
  void Free(Item item) { free_(item); }
  bool Allocate(Item* items, size_t count) {
    for (size_t i = 0; i < count; ++i) items[i] = Allocate();
    return true;
  }
  void Free(Item* items, size_t count) {
    for (size_t i = 0; i < count; ++i) Free(items[i]);
  }
  static void Touch(Item item, uint64_t value) {
    item->word = value;
    item->self->data[0] = value;
  }
  static uint64_t Read(Item item) { return item->self->data[0]; }

 private:
  void* (*const allocate_)(size_t);
  void (*const free_)(void*);
};

// jemalloc's functions that do not take malloc()'s place.
void* (*mallocx)(size_t, int) = nullptr;
void (*sdallocx)(void*, size_t, int) = nullptr;
void* JemallocAllocate(size_t bytes) { return mallocx(bytes, 0); }
void JemallocFree(void* pointer) { sdallocx(pointer, sizeof(Object), 0); }

template <typename F>
void Find(void* library, const char* name, F* function) {
  *function = reinterpret_cast<F>(dlsym(library, name));
  if (*function == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(1);
  }
}

void* Load(const char* library) {
  void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::fprintf(stderr, "skipped: %s\n", dlerror());
  }
  return handle;
}

void Add(const std::string& side, MallocPool pool, Measurements* measurements) {
  constexpr uint64_t kPairs = 1 << 16;
  auto* const kept = new MallocPool(pool);
  measurements->push_back({"pair_lifo/" + side, kPairs,
                           [kept](uint64_t n) { return PairLifo(*kept, n); }});
  measurements->push_back({"pair_bulk/" + side, kPairs,
                           [kept](uint64_t n) { return PairBulk(*kept, n); }});
  measurements->push_back({"pair_random/" + side, kPairs, [kept](uint64_t n) {
                             return PairRandom(*kept, n);
                           }});
  measurements->push_back({"hand_over/" + side, kPairs * 4, [kept](uint64_t n) {
                             return HandOverOne(*kept, n);
                           }});
}

}  // namespace

void AddMallocs(Measurements* measurements) {
  void* (*allocate)(size_t);
  void (*free)(void*);
  Add("glibc", MallocPool(std::malloc, std::free), measurements);
  if (void* const library = Load("libmimalloc.so.2")) {
    Find(library, "mi_malloc", &allocate);
    Find(library, "mi_free", &free);
    Add("mimalloc", MallocPool(allocate, free), measurements);
  }
  if (void* const library = Load("libtcmalloc_minimal.so.4")) {
    Find(library, "tc_malloc", &allocate);
    Find(library, "tc_free", &free);
    Add("tcmalloc", MallocPool(allocate, free), measurements);
  }
  if (void* const library = Load("libjemalloc.so.2")) {
    Find(library, "mallocx", &mallocx);
    Find(library, "sdallocx", &sdallocx);
    Add("jemalloc", MallocPool(JemallocAllocate, JemallocFree), measurements);
  }
}

}  // namespace netbuf::bench
