// What can be measured, and what is compared with what.
//
// Every part of the benchmark (ours, each peer) adds its measurements under
// "workload/side"; main() turns them into Google Benchmark's benchmarks, or
// runs one of them alone under callgrind.

#ifndef NETBUFD_TESTS_BENCHMARK_REGISTRY_H_
#define NETBUFD_TESTS_BENCHMARK_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace netbuf::bench {

struct Measurement {
  std::string name;  // "pair_lifo/netbufd".
  // How many pairs Run() is asked for at a time: enough that what surrounds
  // them does not count.
  uint64_t pairs;
  // Does that many pairs (or whatever the workload repeats) and returns the
  // seconds it took.
  std::function<double(uint64_t pairs)> run;
};

using Measurements = std::vector<Measurement>;

// Constructed when first asked for, so that a run with a filter pays for what
// it measures only. Never destroyed: the process ends.
template <typename T>
class Lazy {
 public:
  explicit Lazy(std::function<T*()> make) : make_(std::move(make)) {}
  T& operator*() {
    if (value_ == nullptr) value_ = make_();
    return *value_;
  }

 private:
  std::function<T*()> make_;
  T* value_ = nullptr;
};

// Ours and the peers'.
void AddPools(Measurements* measurements);
void AddLargePools(Measurements* measurements);
void AddBindings(Measurements* measurements);
void AddDpdk(Measurements* measurements);
void AddMallocs(Measurements* measurements);
void AddNoAllocator(Measurements* measurements);

}  // namespace netbuf::bench

#endif  // NETBUFD_TESTS_BENCHMARK_REGISTRY_H_
