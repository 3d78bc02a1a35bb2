#include "tests/benchmark/comparisons.h"

#include <algorithm>
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
    const double our_median = Median(ours->second);
    const double peer_median = Median(peer->second);
    const double ratio = peer_median / our_median;
    const bool reached = ratio >= comparison.reach;
    std::printf("RATIO %s ours=%.2f peer=%.2f ratio=%.2f reach=%.2f %s\n",
                comparison.name, our_median, peer_median, ratio,
                comparison.reach, reached ? "ok" : "short");
    all_reached = all_reached && reached;
  }
  return all_reached;
}

}  // namespace netbuf::bench
