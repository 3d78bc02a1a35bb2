// What a page of metrics costs without the engine and without HTTP: bazel run
// --config=opt //server/metrics:engine_collector_benchmark

#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"
#include "server/metrics/engine_collector.h"
#include "server/metrics/fake_snapshot.h"
#include "server/metrics/gzip.h"
#include "server/metrics/text_format.h"

namespace netbuf {
namespace {

// Arguments of all: pools, bindings.

// The engine's part, Snapshot(), is a copy here.
void BM_Copy(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  for (auto _ : state) {
    EngineSnapshot copy = snapshot;
    benchmark::DoNotOptimize(copy);
  }
}

void BM_Collect(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  const EngineCollector collector([&snapshot] { return snapshot; });
  for (auto _ : state) benchmark::DoNotOptimize(collector.Collect());
}

void AppendText(const std::vector<prometheus::MetricFamily>& families,
                std::string& text) {
  for (const auto& family : families) AppendFamily(family, text);
}

void BM_Write(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  const std::vector<prometheus::MetricFamily> families =
      EngineCollector([&snapshot] { return snapshot; }).Collect();
  std::string text;
  for (auto _ : state) {
    text.clear();
    AppendText(families, text);
  }
  state.counters["bytes"] = static_cast<double>(text.size());
}

// What prometheus-cpp's own writer takes for the same.
void BM_WriteByLibrary(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  const std::vector<prometheus::MetricFamily> families =
      EngineCollector([&snapshot] { return snapshot; }).Collect();
  const prometheus::TextSerializer serializer;
  size_t bytes = 0;
  for (auto _ : state) bytes = serializer.Serialize(families).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_Gzip(benchmark::State& state) {
  const EngineSnapshot snapshot = LargeSnapshot(state.range(0), state.range(1));
  std::string text;
  AppendText(EngineCollector([&snapshot] { return snapshot; }).Collect(), text);
  GzipCompressor gzip;
  size_t bytes = 0;
  for (auto _ : state) bytes = gzip.Compress(text).size();
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK(BM_Copy)->Unit(benchmark::kMillisecond)->Args({1000, 1000});
BENCHMARK(BM_Collect)
    ->Unit(benchmark::kMillisecond)
    ->Args({10, 10})
    ->Args({1000, 0})
    ->Args({1000, 1000});
BENCHMARK(BM_Write)->Unit(benchmark::kMillisecond)->Args({1000, 1000});
BENCHMARK(BM_WriteByLibrary)->Unit(benchmark::kMillisecond)->Args({1000, 1000});
BENCHMARK(BM_Gzip)->Unit(benchmark::kMillisecond)->Args({1000, 1000});

}  // namespace
}  // namespace netbuf

BENCHMARK_MAIN();
