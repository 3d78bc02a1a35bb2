// The pools beside DPDK's and the general allocators: nanoseconds a pair of
// allocating and freeing, and the ratios to be reached (comparisons.h).
//
//   ./dev bench pool                          all
//   ./dev bench pool -- --benchmark_filter=hand_over
//   pool_benchmark --once pair_lifo/netbufd 1000000
//                                             one measurement, for callgrind:
//                                             nanoseconds a pair
//
// Every round measures everything once, what is compared one after the other,
// so that what else the machine does hits both sides.

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
#include "tests/benchmark/netbufd_pool.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

// Odd, for the median. Of hosts that now and then move a processor elsewhere,
// which makes a hand-over cost three times as much for some seconds, most
// rounds see both sides of a comparison under the same conditions.
constexpr int kRounds = 11;

// Keeps every round, prints nothing until the end: then Google Benchmark's
// table, of the median rounds.
class RoundsReporter : public ::benchmark::ConsoleReporter {
 public:
  RoundsReporter() : ConsoleReporter(OO_Tabular) {}

  bool ReportContext(const Context& context) override {
    return !rounds_.empty() || ConsoleReporter::ReportContext(context);
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (!run.error_occurred)
        rounds_[run.run_name.function_name].push_back(run);
    }
  }

  void PrintTable() {
    for (auto [name, runs] : rounds_) {
      const auto middle = runs.begin() + runs.size() / 2;
      std::nth_element(
          runs.begin(), middle, runs.end(), [](const Run& a, const Run& b) {
            return a.GetAdjustedRealTime() < b.GetAdjustedRealTime();
          });
      ConsoleReporter::ReportRuns({*middle});
    }
  }
  // Nanoseconds a pair, in the order of the rounds.
  std::map<std::string, std::vector<double>> Nanoseconds() const {
    std::map<std::string, std::vector<double>> all;
    for (const auto& [name, runs] : rounds_) {
      for (const Run& run : runs) {
        all[name].push_back(run.GetAdjustedRealTime());
      }
    }
    return all;
  }

 private:
  std::map<std::string, std::vector<Run>> rounds_;
};

// What is compared stands together.
void SortByComparison(Measurements* all) {
  const auto place = [](const Measurement& measurement) {
    size_t at = 0;
    for (const Comparison& comparison : kComparisons) {
      if (measurement.name == comparison.ours ||
          measurement.name == comparison.peer) {
        break;
      }
      ++at;
    }
    return at;
  };
  std::stable_sort(all->begin(), all->end(),
                   [&](const Measurement& a, const Measurement& b) {
                     return place(a) < place(b);
                   });
}

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

// What a block has beside its data: headers, and the rounding to an odd number
// of cache lines.
void PrintOverhead() {
  constexpr uint32_t kDataSize = 2048;
  NetbufdPool pool(kDataSize, 1);
  std::printf("OVERHEAD netbufd=%llu bytes a block of %u\n",
              static_cast<unsigned long long>(
                  pool.pool().Statistics().block_bytes - kDataSize),
              kDataSize);
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

int RunAll(Measurements all) {
  SortByComparison(&all);
  for (const Measurement& measurement : all) {
    ::benchmark::RegisterBenchmark(
        measurement.name.c_str(),
        [measurement](::benchmark::State& state) {
          PinThread(0);
          while (state.KeepRunningBatch(
              static_cast<::benchmark::IterationCount>(measurement.pairs))) {
            state.SetIterationTime(measurement.run(measurement.pairs));
          }
        })
        ->UseManualTime()
        ->MinTime(0.05);
  }
  RoundsReporter reporter;
  for (int round = 0; round < kRounds; ++round) {
    if (::benchmark::RunSpecifiedBenchmarks(&reporter) == 0) {
      std::fprintf(stderr, "no measurement has such a name\n");
      return 2;
    }
    std::fprintf(stderr, "round %d of %d\n", round + 1, kRounds);
  }
  reporter.PrintTable();
  PrintOverhead();
  return PrintRatios(reporter.Nanoseconds()) ? 0 : 1;
}

int Main(int argc, char** argv) {
  const Measurements all = All();
  if (argc == 4 && std::strcmp(argv[1], "--once") == 0) {
    PinThread(0);
    return RunOnce(all, argv[2], std::strtoull(argv[3], nullptr, 10));
  }
  ::benchmark::Initialize(&argc, argv);
  if (::benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return RunAll(all);
}

}  // namespace
}  // namespace netbuf::bench

int main(int argc, char** argv) { return netbuf::bench::Main(argc, argv); }
