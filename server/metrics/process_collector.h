// ProcessCollector: the process_* metrics every Prometheus client library
// exports under these names, and netbufd_build_info; prometheus-cpp has none.
// Reads /proc at the scrape.
//
// A value that cannot be read or parsed has no series, rather than a wrong one.
//
// Thread safety: Collect() may run on several threads at once.

#ifndef NETBUFD_SERVER_METRICS_PROCESS_COLLECTOR_H_
#define NETBUFD_SERVER_METRICS_PROCESS_COLLECTOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace netbuf {

// What /proc/{pid}/stat says (proc(5)), in its own units.
struct ProcessStat {
  uint64_t cpu_ticks = 0;  // User and system.
  uint64_t threads = 0;
  uint64_t start_ticks = 0;  // After boot.
  uint64_t virtual_bytes = 0;
  uint64_t resident_pages = 0;
};
std::optional<ProcessStat> ParseProcessStat(absl::string_view text);

// The soft limit of open files in /proc/{pid}/limits; the greatest uint64_t for
// "unlimited".
std::optional<uint64_t> ParseMaxOpenFiles(absl::string_view text);

// Seconds since the epoch, from /proc/stat.
std::optional<uint64_t> ParseBootTime(absl::string_view text);

class ProcessCollector : public prometheus::Collectable {
 public:
  // `proc`: where procfs is mounted. It is read as {proc}/self/... and
  // {proc}/stat.
  explicit ProcessCollector(std::string proc = "/proc")
      : proc_(std::move(proc)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string proc_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_PROCESS_COLLECTOR_H_
