#include "tests/benchmark/comparisons.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace netbuf::bench {
namespace {

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle]
                                : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

bool PrintRatios(
    const std::map<std::string, std::vector<double>>& nanoseconds) {
  bool all_reached = true;
  for (const Comparison& comparison : kComparisons) {
    const auto ours = nanoseconds.find(comparison.ours);
    const auto peer = nanoseconds.find(comparison.peer);
    if (ours == nanoseconds.end() || peer == nanoseconds.end()) continue;
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(ours->second.size(), peer->second.size());
         ++i) {
      ratios.push_back(peer->second[i] / ours->second[i]);
    }
    const double ratio = Median(ratios);
    const bool reached = ratio >= comparison.reach;
    std::printf("RATIO %s ours=%.2f peer=%.2f ratio=%.2f reach=%.2f %s\n",
                comparison.name, Median(ours->second), Median(peer->second),
                ratio, comparison.reach, reached ? "ok" : "short");
    all_reached = all_reached && reached;
  }
  return all_reached;
}

}  // namespace netbuf::bench
