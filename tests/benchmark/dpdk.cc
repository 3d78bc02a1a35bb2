// DPDK's pools under the workloads: pktmbuf (what a driver uses) and the raw
// mempool, both with a cache of 256 blocks a logical core.

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

constexpr unsigned kCache = 256;
constexpr uint16_t kDataSize = 2048;
// A block as long as ours needs to be at least: header, list, buffer.
constexpr uint16_t kPrivateSize = 64;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "dpdk: %s: %s\n", what, rte_strerror(rte_errno));
  std::exit(1);
}

// DPDK's caches belong to threads it knows.
struct DpdkThread {
  DpdkThread() {
    if (rte_lcore_id() != LCORE_ID_ANY) return;
    if (rte_thread_register() != 0) Fail("rte_thread_register");
    registered = true;
  }
  ~DpdkThread() {
    if (registered) rte_thread_unregister();
  }
  bool registered = false;
};

class PktmbufPool {
 public:
  using Item = rte_mbuf*;
  using Thread = DpdkThread;

  PktmbufPool(const char* name, unsigned blocks)
      : pool_(rte_pktmbuf_pool_create(name, blocks, kCache, kPrivateSize,
                                      kDataSize + RTE_PKTMBUF_HEADROOM,
                                      SOCKET_ID_ANY)) {
    if (pool_ == nullptr) Fail("rte_pktmbuf_pool_create");
  }

  Item Allocate() { return rte_pktmbuf_alloc(pool_); }
  void Free(Item item) { rte_pktmbuf_free(item); }
  bool Allocate(Item* items, size_t count) {
    return rte_pktmbuf_alloc_bulk(pool_, items, static_cast<unsigned>(count)) ==
           0;
  }
  void Free(Item* items, size_t count) {
    rte_pktmbuf_free_bulk(items, static_cast<unsigned>(count));
  }
  static void Touch(Item item, uint64_t value) {
    item->buf_iova = value;  // Nobody reads it: there is no device.
    *static_cast<uint64_t*>(item->buf_addr) = value;
  }
  static void SetLength(Item item, uint16_t length) {
    item->data_len = length;
    item->pkt_len = length;
  }
  static uint64_t Read(Item item) {
    return *static_cast<const uint64_t*>(item->buf_addr);
  }

 private:
  rte_mempool* const pool_;
};

struct RawBlock {
  uint64_t word;
  uint64_t header[23];
  uint64_t data[kDataSize / 8];
};

class Mempool {
 public:
  using Item = RawBlock*;
  using Thread = DpdkThread;

  Mempool(const char* name, unsigned blocks)
      : pool_(rte_mempool_create(name, blocks, sizeof(RawBlock), kCache, 0,
                                 nullptr, nullptr, nullptr, nullptr,
                                 SOCKET_ID_ANY, 0)) {
    if (pool_ == nullptr) Fail("rte_mempool_create");
  }

  Item Allocate() {
    void* item;
    return rte_mempool_get(pool_, &item) == 0 ? static_cast<Item>(item)
                                              : nullptr;
  }
  void Free(Item item) { rte_mempool_put(pool_, item); }
  bool Allocate(Item* items, size_t count) {
    return rte_mempool_get_bulk(pool_, reinterpret_cast<void**>(items),
                                static_cast<unsigned>(count)) == 0;
  }
  void Free(Item* items, size_t count) {
    rte_mempool_put_bulk(pool_, reinterpret_cast<void* const*>(items),
                         static_cast<unsigned>(count));
  }
  static void Touch(Item item, uint64_t value) {
    item->word = value;
    item->data[0] = value;
  }
  static uint64_t Read(Item item) { return item->data[0]; }

 private:
  rte_mempool* const pool_;
};

void Initialise() {
  static const bool once = [] {
    const std::string core =
        std::to_string(std::max(1u, std::thread::hardware_concurrency()) - 1);
    std::vector<std::string> arguments = {
        "benchmark",   "--no-huge",   "--no-pci", "--no-telemetry",
        "--no-shconf", "-m",          "1024",     "-l",
        core,          "--log-level", "4"};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
      Fail("rte_eal_init");
    }
    return true;
  }();
  (void)once;
}

template <typename Pool>
Lazy<Pool>* MakeLazy(const char* name, unsigned blocks) {
  return new Lazy<Pool>([=] {
    Initialise();
    return new Pool(name, blocks);
  });
}
template <typename Pool>
Lazy<Pool>* MakeMixed(const char* name, unsigned blocks) {
  return new Lazy<Pool>([=] {
    Initialise();
    return Mixed(new Pool(name, blocks));
  });
}

}  // namespace

void AddDpdk(Measurements* measurements) {
  // A ring, which both stand on, has room for a power of two less one.
  static auto* const pktmbuf = MakeLazy<PktmbufPool>("pktmbuf", 8191);
  static auto* const large = MakeLazy<PktmbufPool>("pktmbuf_large", 65471);
  static auto* const mempool = MakeLazy<Mempool>("mempool", 8191);
  static auto* const fresh = MakeLazy<PktmbufPool>("pktmbuf_new", 8191);
  static auto* const mixed = MakeMixed<PktmbufPool>("pktmbuf_mixed", 8191);
  static auto* const mixed_mempool = MakeMixed<Mempool>("mempool_mixed", 8191);
  constexpr uint64_t kPairs = 1 << 16;
  const auto add = [&](const char* name, uint64_t pairs, auto run) {
    measurements->push_back({name, pairs, run});
  };
  add("pair_lifo/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairLifo(**pktmbuf, n); });
  add("pair_lifo_untouched/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairLifoUntouched(**pktmbuf, n); });
  add("pair_two/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairTwo(**pktmbuf, n); });
  add("pair_length/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairLength(**pktmbuf, n); });
  add("pair_bulk/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairBulk(**pktmbuf, n); });
  add("pair_bulk_untouched/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairBulkUntouched(**pktmbuf, n); });
  add("pair_random/dpdk_pktmbuf", kPairs,
      [](uint64_t n) { return PairRandom(**pktmbuf, n); });
  add("pair_random_large/dpdk_pktmbuf", kPairs * 4,
      [](uint64_t n) { return PairRandom(**large, n); });
  add("hand_over/dpdk_pktmbuf", kPairs * 32,
      [](uint64_t n) { return HandOverOne(**mixed, n); });
  add("hand_over_new/dpdk_pktmbuf", kPairs * 32,
      [](uint64_t n) { return HandOverOne(**fresh, n); });
  add("hand_over_bulk/dpdk_pktmbuf", kPairs * 32,
      [](uint64_t n) { return HandOverBulk(**mixed, n); });
  add("pair_lifo/dpdk_mempool", kPairs,
      [](uint64_t n) { return PairLifo(**mempool, n); });
  add("pair_bulk/dpdk_mempool", kPairs,
      [](uint64_t n) { return PairBulk(**mempool, n); });
  add("pair_random/dpdk_mempool", kPairs,
      [](uint64_t n) { return PairRandom(**mempool, n); });
  add("hand_over/dpdk_mempool", kPairs * 32,
      [](uint64_t n) { return HandOverOne(**mixed_mempool, n); });
  add("hand_over_bulk/dpdk_mempool", kPairs * 32,
      [](uint64_t n) { return HandOverBulk(**mixed_mempool, n); });
}

}  // namespace netbuf::bench
