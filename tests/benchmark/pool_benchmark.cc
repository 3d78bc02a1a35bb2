// The pools beside DPDK's and the general allocators: nanoseconds a pair of
// allocating and freeing, and the ratios to be reached (comparisons.h).
//
//   ./dev bench pool                          all
//   ./dev bench pool -- --benchmark_filter=hand_over
//   pool_benchmark --once pair_lifo/netbufd 1000000
//                                             one measurement, for callgrind:
//                                             nanoseconds a pair
//
// Rounds are interleaved, so that what else the machine does hits all alike.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "tests/benchmark/comparisons.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

constexpr int kRounds = 7;

// Google Benchmark's table, of medians; and every round for the ratios.
class RatioReporter : public ::benchmark::ConsoleReporter {
 public:
  RatioReporter() : ConsoleReporter(OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> medians;
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Aggregate) {
        if (run.aggregate_name == "median") medians.push_back(run);
      } else if (!run.error_occurred) {
        rounds_[run.run_name.function_name].push_back(
            run.GetAdjustedRealTime());
      }
    }
    if (!medians.empty()) ConsoleReporter::ReportRuns(medians);
  }

  const std::map<std::string, std::vector<double>>& rounds() const {
    return rounds_;
  }

 private:
  std::map<std::string, std::vector<double>> rounds_;
};

Measurements All() {
  Measurements all;
  AddPools(&all);
  AddDpdk(&all);
  AddMallocs(&all);
  AddNoAllocator(&all);
  AddLargePools(&all);
  AddBindings(&all);
  return all;
}

int RunOnce(const Measurements& all, const std::string& name, uint64_t pairs) {
  for (const Measurement& measurement : all) {
    if (measurement.name != name) continue;
    const double seconds = measurement.run(pairs);
    std::printf("%.2f ns\n", seconds / static_cast<double>(pairs) * 1e9);
    return 0;
  }
  std::fprintf(stderr, "no measurement is called '%s'\n", name.c_str());
  return 2;
}

int RunAll(const Measurements& all) {
  for (const Measurement& measurement : all) {
    ::benchmark::RegisterBenchmark(
        measurement.name.c_str(),
        [&measurement](::benchmark::State& state) {
          PinThread(0);
          while (state.KeepRunningBatch(
              static_cast<::benchmark::IterationCount>(measurement.pairs))) {
            state.SetIterationTime(measurement.run(measurement.pairs));
          }
        })
        ->UseManualTime()
        ->Repetitions(kRounds)
        ->MinTime(0.1);
  }
  RatioReporter reporter;
  ::benchmark::RunSpecifiedBenchmarks(&reporter);
  return PrintRatios(reporter.rounds()) ? 0 : 1;
}

int Main(int argc, char** argv) {
  const Measurements all = All();
  if (argc == 4 && std::strcmp(argv[1], "--once") == 0) {
    PinThread(0);
    return RunOnce(all, argv[2], std::strtoull(argv[3], nullptr, 10));
  }
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, interleaved.data());
  int count = static_cast<int>(arguments.size());
  ::benchmark::Initialize(&count, arguments.data());
  if (::benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
    return 2;
  }
  return RunAll(all);
}

}  // namespace
}  // namespace netbuf::bench

int main(int argc, char** argv) { return netbuf::bench::Main(argc, argv); }
