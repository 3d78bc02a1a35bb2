// What a scrape costs: bazel run --config=opt
// //server/metrics:engine_collector_benchmark

#include "benchmark/benchmark.h"
#include "prometheus/text_serializer.h"
#include "server/metrics/engine_collector.h"
#include "server/metrics/fake_snapshot.h"

namespace netbuf {
namespace {

// Arguments: pools, bindings. The engine's part, Snapshot(), is a copy here.
void BM_Collect(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  const EngineCollector collector([&snapshot] { return snapshot; });
  for (auto _ : state) benchmark::DoNotOptimize(collector.Collect());
}

void BM_CollectAndSerialize(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  const EngineCollector collector([&snapshot] { return snapshot; });
  const prometheus::TextSerializer serializer;
  size_t bytes = 0;
  for (auto _ : state) bytes = serializer.Serialize(collector.Collect()).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK(BM_Collect)->Unit(benchmark::kMillisecond)->Args({1000, 1000});
BENCHMARK(BM_CollectAndSerialize)
    ->Unit(benchmark::kMillisecond)
    ->Args({10, 10})
    ->Args({1000, 0})
    ->Args({1000, 1000});

}  // namespace
}  // namespace netbuf

BENCHMARK_MAIN();
