// How long a pair of allocating and freeing takes: NET_BUFFER_LIST, NET_BUFFER,
// MDL and 2 KiB of data, all checks on. The user writes a word of the list and
// a word of the data each time.
//
//   bazel run -c opt //engine/pool:net_buffer_list_pool_benchmark

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"

namespace netbuf {
namespace {

constexpr HolderId kHolder = 7;
constexpr uint32_t kDataSize = 2048;

std::unique_ptr<NetBufferListPool> ListPool(bool net_buffer,
                                            uint32_t data_size) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = net_buffer;
  parameters.data_size = data_size;
  return *NetBufferListPool::Create(parameters);
}

// What a user does at least: a word here, a word there.
void Touch(NetBufferList* nbl, uint64_t value) {
  nbl->scratch = reinterpret_cast<void*>(value | 1);
  NetBuffer* const nb = nbl->first_net_buffer;
  *reinterpret_cast<uint64_t*>(nb->mdl_chain->mapped_system_va) = value;
  benchmark::DoNotOptimize(nbl);
  benchmark::ClobberMemory();
}

void BM_PairLifo(benchmark::State& state) {
  static std::unique_ptr<NetBufferListPool> pool;
  if (state.thread_index() == 0) pool = ListPool(true, kDataSize);
  uint64_t i = 0;
  for (auto _ : state) {
    NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kHolder);
    Touch(nbl, ++i);
    pool->FreeNetBufferList(nbl);
  }
  if (state.thread_index() == 0) pool.reset();
}
BENCHMARK(BM_PairLifo)->Threads(1)->Threads(2);

void BM_PairBulk32(benchmark::State& state) {
  const auto pool = ListPool(true, kDataSize);
  std::array<NetBufferList*, 32> lists;
  while (state.KeepRunningBatch(lists.size())) {
    pool->AllocateNetBufferLists(0, 0, kHolder, absl::MakeSpan(lists));
    for (NetBufferList* nbl : lists) Touch(nbl, 1);
    pool->FreeNetBufferLists(lists);
  }
}
BENCHMARK(BM_PairBulk32);

void BM_PairRandom4096(benchmark::State& state) {
  const auto pool = ListPool(true, kDataSize);
  constexpr size_t kOut = 4096;
  std::mt19937 random(7);
  std::vector<std::vector<uint32_t>> orders(16, std::vector<uint32_t>(kOut));
  for (std::vector<uint32_t>& order : orders) {
    for (uint32_t i = 0; i < kOut; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
  }
  std::vector<NetBufferList*> lists(kOut);
  size_t round = 0;
  while (state.KeepRunningBatch(kOut)) {
    for (NetBufferList*& nbl : lists) {
      nbl = pool->AllocateNetBufferList(0, 0, kHolder);
      Touch(nbl, round);
    }
    for (uint32_t i : orders[round++ % orders.size()]) {
      pool->FreeNetBufferList(lists[i]);
    }
  }
}
BENCHMARK(BM_PairRandom4096);

// NBL and NB from one block.
void BM_Combined(benchmark::State& state) {
  const auto pool = ListPool(true, 0);
  Mdl mdl;
  mdl.byte_count = 64;
  for (auto _ : state) {
    NetBufferList* const nbl =
        pool->AllocateNetBufferAndNetBufferList(0, 0, &mdl, 0, 64, kHolder);
    benchmark::DoNotOptimize(nbl);
    benchmark::ClobberMemory();
    pool->FreeNetBufferList(nbl);
  }
}
BENCHMARK(BM_Combined);

// The same from two pools.
void BM_ListThenBuffer(benchmark::State& state) {
  const auto lists = ListPool(false, 0);
  const auto buffers = *NetBufferPool::Create(NetBufferPoolParameters());
  Mdl mdl;
  mdl.byte_count = 64;
  for (auto _ : state) {
    NetBufferList* const nbl = lists->AllocateNetBufferList(0, 0, kHolder);
    NetBuffer* nb = nullptr;
    buffers->AllocateNetBuffers(&mdl, 0, 64, kHolder, {&nb, 1});
    nbl->first_net_buffer = nb;
    benchmark::DoNotOptimize(nbl);
    benchmark::ClobberMemory();
    nbl->first_net_buffer = nullptr;
    buffers->FreeNetBuffers({&nb, 1});
    lists->FreeNetBufferList(nbl);
  }
}
BENCHMARK(BM_ListThenBuffer);

}  // namespace
}  // namespace netbuf

BENCHMARK_MAIN();
