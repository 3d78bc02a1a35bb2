#include "server/metrics/process_collector.h"

#include <dirent.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/metrics/field_family.h"
#include "server/metrics/metric_family.h"
#include "server/version.h"

namespace netbuf {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Entries of a directory without "." and "..", and without the descriptor that
// reading it takes when it is this process's own fd directory.
std::optional<uint64_t> CountDescriptors(const std::string& path) {
  DIR* const dir = opendir(path.c_str());
  if (dir == nullptr) return std::nullopt;
  const std::string own = absl::StrCat(dirfd(dir));
  uint64_t count = 0;
  while (const dirent* entry = readdir(dir)) {
    const absl::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != own) ++count;
  }
  closedir(dir);
  return count;
}

void AppendStat(const ProcessStat& stat, MetricFamilies& out) {
  const double ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  AppendScalar("process_cpu_seconds_total", stat.cpu_ticks / ticks_per_second,
               out);
  AppendScalar("process_resident_memory_bytes",
               stat.resident_pages * page_bytes, out);
  AppendScalar("process_virtual_memory_bytes",
               static_cast<double>(stat.virtual_bytes), out);
  AppendScalar("process_threads", static_cast<double>(stat.threads), out);
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(absl::string_view text) {
  // "pid (name) state ...": the name may hold blanks and parentheses, so the
  // fields are counted from behind the last one. The state is field 3.
  const size_t name_end = text.rfind(')');
  if (name_end == absl::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> fields = absl::StrSplit(
      text.substr(name_end + 1), absl::ByAnyChar(" \n"), absl::SkipEmpty());
  const auto field = [&fields](size_t number, uint64_t* value) {
    return number - 3 < fields.size() &&
           absl::SimpleAtoi(fields[number - 3], value);
  };
  ProcessStat stat;
  uint64_t user = 0;
  uint64_t system = 0;
  if (!field(14, &user) || !field(15, &system) || !field(20, &stat.threads) ||
      !field(22, &stat.start_ticks) || !field(23, &stat.virtual_bytes) ||
      !field(24, &stat.resident_pages)) {
    return std::nullopt;
  }
  stat.cpu_ticks = user + system;
  return stat;
}

std::optional<uint64_t> ParseMaxOpenFiles(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "Max open files")) continue;
    const std::vector<absl::string_view> fields =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.empty()) return std::nullopt;
    if (fields[0] == "unlimited") return kUnlimited;
    uint64_t limit = 0;
    if (!absl::SimpleAtoi(fields[0], &limit)) return std::nullopt;
    return limit;
  }
  return std::nullopt;
}

std::optional<uint64_t> ParseBootTime(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "btime ")) continue;
    uint64_t seconds = 0;
    if (!absl::SimpleAtoi(line, &seconds)) return std::nullopt;
    return seconds;
  }
  return std::nullopt;
}

std::vector<prometheus::MetricFamily> ProcessCollector::Collect() const {
  MetricFamilies families;
  FamilyBuilder build("netbufd_build_info");
  build.Add({kVersion, BuildRevision(), BuildCompiler()}, 1);
  families.push_back(std::move(build).Build());

  const std::string self = absl::StrCat(proc_, "/self");
  const std::optional<ProcessStat> stat =
      ParseProcessStat(ReadText(absl::StrCat(self, "/stat")));
  if (stat.has_value()) AppendStat(*stat, families);
  const std::optional<uint64_t> boot =
      ParseBootTime(ReadText(absl::StrCat(proc_, "/stat")));
  if (stat.has_value() && boot.has_value()) {
    const double since_boot =
        stat->start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    AppendScalar("process_start_time_seconds",
                 static_cast<double>(*boot) + since_boot, families);
  }
  const std::optional<uint64_t> open =
      CountDescriptors(absl::StrCat(self, "/fd"));
  if (open.has_value()) {
    AppendScalar("process_open_fds", static_cast<double>(*open), families);
  }
  const std::optional<uint64_t> max =
      ParseMaxOpenFiles(ReadText(absl::StrCat(self, "/limits")));
  if (max.has_value()) {
    AppendScalar("process_max_fds", LimitValue(*max, kUnlimited), families);
  }
  return families;
}

}  // namespace netbuf
