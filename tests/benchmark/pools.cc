// Our pools under the workloads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "engine/buffer/mdl.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "tests/benchmark/netbufd_pool.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

constexpr uint32_t kDataSize = 2048;

NetBufferListPoolParameters Parameters(bool allocate_net_buffer) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = allocate_net_buffer;
  return parameters;
}

Mdl UserMdl() {
  static std::array<std::byte, 64> data;
  return Mdl(data.data(), data.size());
}

// One by one on a thread that has used no pool before it entered the loop.
double PairLifoNewThread(NetbufdPool& pool, uint64_t pairs) {
  double seconds = 0;
  std::thread([&] {
    PinThread(0);
    seconds = PairLifo(pool, pairs);
  }).join();
  return seconds;
}

// NBL and NB from one block, over the user's data.
double Combined(NetBufferListPool& pool, uint64_t pairs) {
  Mdl mdl = UserMdl();
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    NetBufferList* const nbl =
        pool.AllocateNetBufferAndNetBufferList(0, 0, &mdl, 0, 64, kHolder);
    Escape(nbl);
    pool.FreeNetBufferList(nbl);
  }
  return watch.Seconds();
}

// The same from two pools.
struct TwoPools {
  std::unique_ptr<NetBufferListPool> lists =
      *NetBufferListPool::Create(Parameters(false));
  std::unique_ptr<NetBufferPool> buffers =
      *NetBufferPool::Create(NetBufferPoolParameters());
};
double ListThenBuffer(TwoPools& pools, uint64_t pairs) {
  Mdl mdl = UserMdl();
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    NetBufferList* const nbl =
        pools.lists->AllocateNetBufferList(0, 0, kHolder);
    NetBuffer* nb = nullptr;
    pools.buffers->AllocateNetBuffers(&mdl, 0, 64, kHolder, {&nb, 1});
    nbl->set_first_net_buffer(nb);
    Escape(nbl);
    nbl->set_first_net_buffer(nullptr);
    pools.buffers->FreeNetBuffers({&nb, 1});
    pools.lists->FreeNetBufferList(nbl);
  }
  return watch.Seconds();
}

}  // namespace

void AddPools(Measurements* measurements) {
  static Lazy<NetbufdPool> pool(
      [] { return new NetbufdPool(kDataSize, 8192); });
  static Lazy<NetbufdPool> mixed(
      [] { return Mixed(new NetbufdPool(kDataSize, 8192)); });
  // For a hand-over alone, so that nothing mixes it.
  static Lazy<NetbufdPool> fresh(
      [] { return new NetbufdPool(kDataSize, 8192); });
  static Lazy<NetbufdPool> large(
      [] { return new NetbufdPool(kDataSize, 65472); });
  static Lazy<std::unique_ptr<NetBufferListPool>> combined([] {
    return new std::unique_ptr<NetBufferListPool>(
        *NetBufferListPool::Create(Parameters(true)));
  });
  static Lazy<TwoPools> two([] { return new TwoPools; });
  constexpr uint64_t kPairs = 1 << 16;
  const auto add = [&](const char* name, uint64_t pairs, auto run) {
    measurements->push_back({name, pairs, run});
  };
  add("pair_lifo/netbufd", kPairs,
      [](uint64_t n) { return PairLifo(*pool, n); });
  add("pair_lifo_new_thread/netbufd", kPairs * 4,
      [](uint64_t n) { return PairLifoNewThread(*pool, n); });
  add("pair_lifo_untouched/netbufd", kPairs,
      [](uint64_t n) { return PairLifoUntouched(*pool, n); });
  add("pair_two/netbufd", kPairs, [](uint64_t n) { return PairTwo(*pool, n); });
  add("pair_length/netbufd", kPairs,
      [](uint64_t n) { return PairLength(*pool, n); });
  add("pair_bulk/netbufd", kPairs,
      [](uint64_t n) { return PairBulk(*pool, n); });
  add("pair_bulk_untouched/netbufd", kPairs,
      [](uint64_t n) { return PairBulkUntouched(*pool, n); });
  add("pair_random/netbufd", kPairs,
      [](uint64_t n) { return PairRandom(*pool, n); });
  add("pair_random_large/netbufd", kPairs * 4,
      [](uint64_t n) { return PairRandom(*large, n); });
  add("hand_over/netbufd", kPairs * 32,
      [](uint64_t n) { return HandOverOne(*mixed, n); });
  add("hand_over_new/netbufd", kPairs * 32,
      [](uint64_t n) { return HandOverOne(*fresh, n); });
  add("hand_over_bulk/netbufd", kPairs * 32,
      [](uint64_t n) { return HandOverBulk(*mixed, n); });
  add("two_threads/netbufd", kPairs * 32,
      [](uint64_t n) { return TwoThreads(When::kAtOnce, *pool, n); });
  add("one_thread/netbufd", kPairs * 32,
      [](uint64_t n) { return TwoThreads(When::kInTurn, *pool, n); });
  add("combined/netbufd", kPairs,
      [](uint64_t n) { return Combined(**combined, n); });
  add("list_then_buffer/netbufd", kPairs,
      [](uint64_t n) { return ListThenBuffer(*two, n); });
}

}  // namespace netbuf::bench
