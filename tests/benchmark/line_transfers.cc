// Counts the cache lines that go from one thread to another: what hand-overs
// wait for, and what no simulator of one processor's cache shows. They do not
// depend on what else the machine does.
//
// The compiler calls the functions below, of which ThreadSanitizer's runtime is
// the usual maker, for every load and store of what is built with
// --config=transfers. Each thread is taken for a processor with a cache that
// never forgets, so that a line moves only when it must:
//
//   load   of a line that another thread wrote since this one had it   1
//   store  to a line that another thread has                           1
//   all other                                                          0
//
// Threads take turns at it, so they are slower than they were, but none more
// than the other. Not seen is what was built without: the system's libraries,
// and of DPDK the ring behind a mempool's caches, some eighth of a line a
// block.

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <new>

namespace {

// As many lines as a benchmark touches, and more: 32 MiB of them.
constexpr uint64_t kLines = uint64_t{1} << 20;

struct Line {
  uintptr_t address = 0;  // Of the line, divided by its size.
  uint64_t sharers = 0;   // A bit a thread.
};

class Lines {
 public:
  ~Lines() {
    std::fprintf(stderr, "line transfers: %llu\n",
                 static_cast<unsigned long long>(transfers_));
  }

  void Access(const volatile void* first, uint64_t bytes, bool store) {
    if (bytes == 0) return;
    const auto at = reinterpret_cast<uintptr_t>(first);
    while (busy_.test_and_set(std::memory_order_acquire)) {
      __builtin_ia32_pause();
    }
    for (uintptr_t line = at / 64; line <= (at + bytes - 1) / 64; ++line) {
      AccessLine(Find(line), store);
    }
    busy_.clear(std::memory_order_release);
  }

 private:
  // This thread's bit. Of threads that came and went, the last bit is shared.
  uint64_t Me() {
    thread_local uint64_t bit = 0;
    if (bit == 0) bit = uint64_t{1} << (threads_ < 63 ? threads_++ : 63);
    return bit;
  }

  Line& Find(uintptr_t address) {
    uint64_t at = address * 0x9E3779B97F4A7C15 >> 44;
    while (lines_[at].address != address && lines_[at].address != 0) {
      at = (at + 1) % kLines;
    }
    lines_[at].address = address;
    return lines_[at];
  }

  void AccessLine(Line& line, bool store) {
    const uint64_t me = Me();
    const uint64_t others = line.sharers & ~me;
    if (others != 0 && (store || (line.sharers & me) == 0)) ++transfers_;
    line.sharers = store ? me : line.sharers | me;
  }

  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  int threads_ = 0;
  uint64_t transfers_ = 0;
  Line lines_[kLines];
};

Lines lines;

template <typename T>
T* Plain(const volatile T* at) {
  return const_cast<T*>(at);
}

}  // namespace

// The names and types are the compiler's.
// NOLINTBEGIN
#define LINES_ACCESS(bytes)                                             \
  void __tsan_read##bytes(void* at) { lines.Access(at, bytes, false); } \
  void __tsan_write##bytes(void* at) { lines.Access(at, bytes, true); } \
  void __tsan_unaligned_read##bytes(void* at) {                         \
    lines.Access(at, bytes, false);                                     \
  }                                                                     \
  void __tsan_unaligned_write##bytes(void* at) {                        \
    lines.Access(at, bytes, true);                                      \
  }

#define LINES_ADD(bits, name, builtin)                          \
  uint##bits##_t __tsan_atomic##bits##_fetch_##name(            \
      volatile uint##bits##_t* at, uint##bits##_t value, int) { \
    lines.Access(at, bits / 8, true);                           \
    return builtin(at, value, __ATOMIC_SEQ_CST);                \
  }

#define LINES_ATOMIC(bits)                                                     \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t* at, \
                                            int) {                             \
    lines.Access(at, bits / 8, false);                                         \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                              \
  }                                                                            \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t* at,                \
                                   uint##bits##_t value, int) {                \
    lines.Access(at, bits / 8, true);                                          \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                             \
  }                                                                            \
  LINES_ADD(bits, add, __atomic_fetch_add)                                     \
  LINES_ADD(bits, sub, __atomic_fetch_sub)                                     \
  LINES_ADD(bits, and, __atomic_fetch_and)                                     \
  LINES_ADD(bits, or, __atomic_fetch_or)                                       \
  LINES_ADD(bits, xor, __atomic_fetch_xor)                                     \
  uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t* at,   \
                                                uint##bits##_t value, int) {   \
    lines.Access(at, bits / 8, true);                                          \
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                   \
  }                                                                            \
  int __tsan_atomic##bits##_compare_exchange_strong(                           \
      volatile uint##bits##_t* at, uint##bits##_t* expected,                   \
      uint##bits##_t value, int, int) {                                        \
    lines.Access(at, bits / 8, true);                                          \
    return __atomic_compare_exchange_n(at, expected, value, false,             \
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
  }                                                                            \
  int __tsan_atomic##bits##_compare_exchange_weak(                             \
      volatile uint##bits##_t* at, uint##bits##_t* expected,                   \
      uint##bits##_t value, int order, int failure) {                          \
    return __tsan_atomic##bits##_compare_exchange_strong(at, expected, value,  \
                                                         order, failure);      \
  }

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit(void*) {}
void __tsan_vptr_update(void** at, void*) { lines.Access(at, 8, true); }
void __tsan_vptr_read(void** at) { lines.Access(at, 8, false); }
void __tsan_read_range(void* at, unsigned long bytes) {
  lines.Access(at, bytes, false);
}
void __tsan_write_range(void* at, unsigned long bytes) {
  lines.Access(at, bytes, true);
}
void __tsan_atomic_thread_fence(int) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}
void __tsan_atomic_signal_fence(int) {}
LINES_ACCESS(1)
LINES_ACCESS(2)
LINES_ACCESS(4)
LINES_ACCESS(8)
LINES_ACCESS(16)
LINES_ATOMIC(8)
LINES_ATOMIC(16)
LINES_ATOMIC(32)
LINES_ATOMIC(64)
}
// NOLINTEND
