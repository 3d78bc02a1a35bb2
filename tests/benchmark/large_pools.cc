// Pools of many blocks: their life from creation to deletion, pairs in one of
// ten million, and what it costs to hand out the last block of one whose free
// blocks lie about in other threads' caches.

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "tests/benchmark/netbufd_pool.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

constexpr uint32_t kSmallData = 64;
constexpr uint64_t kMillion = 1'000'000;

struct Extent {
  uint64_t bytes;   // All the blocks take.
  uint64_t stride;  // From block to block.
  uint64_t lines;   // At the start of each, which building it writes.
};

Extent PoolExtent() {
  static const Extent extent = [] {
    NetbufdPool pool(2048, kMillion);
    const PoolStatistics statistics = pool.pool().Statistics();
    NetBufferList* const nbl = pool.Allocate();
    const auto* const data =
        pool.pool().PreallocatedMdl(nbl)->mapped_system_va();
    const auto header =
        static_cast<uint64_t>(reinterpret_cast<const std::byte*>(data) -
                              reinterpret_cast<const std::byte*>(nbl));
    pool.Free(nbl);
    std::fprintf(
        stderr,
        "pool of %llu blocks of 2,048 bytes: %llu bytes a block, %llu "
        "of them overhead\n",
        static_cast<unsigned long long>(statistics.blocks),
        static_cast<unsigned long long>(statistics.block_bytes),
        static_cast<unsigned long long>(statistics.block_bytes - 2048));
    return Extent{statistics.memory_bytes, statistics.block_bytes,
                  (header + 63) / 64};
  }();
  return extent;
}

// The host of a virtual machine may take memory back that its guest has freed,
// and takes as long as all the rest to give it again. Asking for it before the
// measurement keeps that out of it.
void WarmUpMemory(uint64_t bytes) {
  void* const start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  madvise(start, bytes, MADV_HUGEPAGE);
  constexpr uint64_t kPage = 4096;
  for (uint64_t at = 0; at < bytes; at += kPage) {
    *(static_cast<volatile std::byte*>(start) + at) = std::byte{1};
  }
  munmap(start, bytes);
}

// Creates a pool, has every block out once, takes them back, deletes it.
double PoolLife(uint64_t blocks) {
  WarmUpMemory(PoolExtent().stride * blocks);
  const Stopwatch watch;
  NetbufdPool(2048, blocks);
  return watch.Seconds();
}

// What the system alone takes for that: as much memory, the same lines written.
// A pool writes all of them when it builds a block, and the first one again
// when the block comes back: by then it is no longer in any cache.
double MmapLife(uint64_t blocks, bool huge) {
  const Extent extent = PoolExtent();
  const uint64_t bytes = extent.stride * blocks;
  WarmUpMemory(bytes);
  const Stopwatch watch;
  auto* const start = static_cast<std::byte*>(
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (start == MAP_FAILED) {
    std::perror("mmap");
    std::exit(1);
  }
  if (huge) madvise(start, bytes, MADV_HUGEPAGE);
  for (const uint64_t lines : {extent.lines, uint64_t{1}}) {
    for (uint64_t i = 0; i < blocks; ++i) {
      for (uint64_t line = 0; line < lines; ++line) {
        *reinterpret_cast<uint64_t*>(start + i * extent.stride + line * 64) = i;
      }
    }
    Escape(start);
  }
  munmap(start, bytes);
  return watch.Seconds();
}

// Four threads, which stay, leave the free blocks in their caches as far as
// those go; then one thread allocates all there are.
double TakeAll(uint64_t blocks) {
  static Lazy<NetbufdPool> pool([] { return new NetbufdPool(2048, 4096); });
  constexpr int kThreads = 4;
  std::vector<NetBufferList*> all(blocks);
  NetbufdPool& p = *pool;
  for (NetBufferList*& nbl : all) nbl = p.Allocate();
  std::atomic<int> freed{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = t; i < blocks; i += kThreads) p.Free(all[i]);
      ++freed;
      while (!over) std::this_thread::yield();
    });
  }
  while (freed != kThreads) std::this_thread::yield();
  const Stopwatch watch;
  uint64_t got = 0;
  while (got < blocks && (all[got] = p.Allocate()) != nullptr) ++got;
  const double seconds = watch.Seconds();
  over = true;
  for (std::thread& thread : threads) thread.join();
  if (got != blocks) {
    std::fprintf(stderr, "a pool of %llu blocks handed out %llu only\n",
                 static_cast<unsigned long long>(blocks),
                 static_cast<unsigned long long>(got));
    std::exit(1);
  }
  for (NetBufferList* nbl : all) p.Free(nbl);
  return seconds;
}

// The same blocks from a pool nobody else used.
double TakeAllOwn(uint64_t blocks) {
  static Lazy<NetbufdPool> pool([] { return new NetbufdPool(2048, 4096); });
  std::vector<NetBufferList*> all(blocks);
  NetbufdPool& p = *pool;
  const Stopwatch watch;
  for (NetBufferList*& nbl : all) nbl = p.Allocate();
  const double seconds = watch.Seconds();
  for (NetBufferList* nbl : all) p.Free(nbl);
  return seconds;
}

}  // namespace

void AddLargePools(Measurements* measurements) {
  constexpr uint64_t kPairs = 1 << 16;
  static Lazy<NetbufdPool> ten_thousand(
      [] { return new NetbufdPool(kSmallData, 10'000); });
  static Lazy<NetbufdPool> ten_million(
      [] { return new NetbufdPool(kSmallData, 10'000'000); });
  const auto add = [&](const char* name, uint64_t pairs, auto run) {
    measurements->push_back({name, pairs, run});
  };
  add("pair_lifo_10m/netbufd", kPairs,
      [](uint64_t n) { return PairLifo(*ten_million, n); });
  add("pair_lifo_10m/netbufd_10k", kPairs,
      [](uint64_t n) { return PairLifo(*ten_thousand, n); });
  add("pair_random_10m/netbufd", kPairs,
      [](uint64_t n) { return PairRandom(*ten_million, n); });
  add("pair_random_10m/netbufd_10k", kPairs,
      [](uint64_t n) { return PairRandom(*ten_thousand, n); });
  add("take_all/netbufd", 4096, TakeAll);
  add("take_all/netbufd_own", 4096, TakeAllOwn);
  add("pool_life/netbufd", kMillion, PoolLife);
  add("pool_life/mmap", kMillion,
      [](uint64_t n) { return MmapLife(n, /*huge=*/false); });
  add("pool_life/mmap_huge", kMillion,
      [](uint64_t n) { return MmapLife(n, /*huge=*/true); });
}

}  // namespace netbuf::bench
