#include "server/metrics/process_collector.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/metrics/exposition.h"
#include "server/version.h"

namespace netbuf {
namespace {

constexpr char kStat[] =
    "4711 (net (buf) d) S 1 4711 4711 0 -1 4194304 9 8 7 6 250 50 3 2 20 0 17 "
    "0 6000 123456789 321 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 3 "
    "0 0 0 0 0 0 0 0 0 0 0 0 0\n";
constexpr char kLimits[] =
    "Limit                     Soft Limit           Hard Limit           Units "
    "    \n"
    "Max cpu time              unlimited            unlimited            "
    "seconds   \n"
    "Max open files            1024                 1048576              files "
    "    \n";
constexpr char kBoot[] = "cpu  1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n";

std::map<std::string, double> SamplesOf(const ProcessCollector& collector) {
  return Samples(TextOf(collector));
}

// A procfs of files.
class FakeProc {
 public:
  explicit FakeProc(const std::string& name)
      : root_(absl::StrCat(testing::TempDir(), "/", name)) {
    mkdir(root_.c_str(), 0755);
    mkdir(absl::StrCat(root_, "/self").c_str(), 0755);
  }
  void Write(const std::string& path, const std::string& text) const {
    std::ofstream(absl::StrCat(root_, "/", path)) << text;
  }
  void AddDescriptors(int count) const {
    const std::string dir = absl::StrCat(root_, "/self/fd");
    mkdir(dir.c_str(), 0755);
    for (int i = 0; i < count; ++i) {
      std::ofstream(absl::StrCat(dir, "/", 1000 + i)) << "";
    }
  }
  const std::string& root() const { return root_; }

 private:
  const std::string root_;
};

TEST(ProcessStatTest, FieldsAreCountedFromBehindTheName) {
  const std::optional<ProcessStat> stat = ParseProcessStat(kStat);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->cpu_ticks, 300u);
  EXPECT_EQ(stat->threads, 17u);
  EXPECT_EQ(stat->start_ticks, 6000u);
  EXPECT_EQ(stat->virtual_bytes, 123456789u);
  EXPECT_EQ(stat->resident_pages, 321u);
}

TEST(ProcessStatTest, WhatIsNoStatIsNothing) {
  for (const char* text :
       {"", "4711", "4711 (x", "4711 (x) S 1 2 3",
        "4711 (x) S 1 4711 4711 0 -1 4194304 9 8 7 6 many 50 3 2 20 0 17 0 "
        "6000 123456789 321"}) {
    EXPECT_FALSE(ParseProcessStat(text).has_value()) << text;
  }
}

TEST(MaxOpenFilesTest, IsTheSoftLimit) {
  EXPECT_EQ(ParseMaxOpenFiles(kLimits), 1024u);
  EXPECT_EQ(ParseMaxOpenFiles("Max open files   unlimited  unlimited  files\n"),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(ParseMaxOpenFiles("Max cpu time 3 3 seconds\n"), std::nullopt);
  EXPECT_EQ(ParseMaxOpenFiles("Max open files\n"), std::nullopt);
  EXPECT_EQ(ParseMaxOpenFiles("Max open files some\n"), std::nullopt);
  EXPECT_EQ(ParseMaxOpenFiles(""), std::nullopt);
}

TEST(BootTimeTest, IsTheLineBtime) {
  EXPECT_EQ(ParseBootTime(kBoot), 1700000000u);
  EXPECT_EQ(ParseBootTime("cpu 1\n"), std::nullopt);
  EXPECT_EQ(ParseBootTime("btime soon\n"), std::nullopt);
}

TEST(ProcessCollectorTest, GivenFilesAreShownInBaseUnits) {
  const FakeProc proc("given");
  proc.Write("self/stat", kStat);
  proc.Write("self/limits", kLimits);
  proc.Write("stat", kBoot);
  proc.AddDescriptors(5);
  const auto samples = SamplesOf(ProcessCollector(proc.root()));
  const double ticks = sysconf(_SC_CLK_TCK);
  EXPECT_DOUBLE_EQ(samples.at("process_cpu_seconds_total"), 300 / ticks);
  EXPECT_EQ(samples.at("process_resident_memory_bytes"),
            321.0 * sysconf(_SC_PAGESIZE));
  EXPECT_EQ(samples.at("process_virtual_memory_bytes"), 123456789);
  EXPECT_DOUBLE_EQ(samples.at("process_start_time_seconds"),
                   1700000000 + 6000 / ticks);
  EXPECT_EQ(samples.at("process_open_fds"), 5);
  EXPECT_EQ(samples.at("process_max_fds"), 1024);
  EXPECT_EQ(samples.at("process_threads"), 17);
}

TEST(ProcessCollectorTest, NoLimitOfDescriptorsIsInfinite) {
  const FakeProc proc("unlimited");
  proc.Write("self/limits", "Max open files  unlimited  unlimited  files\n");
  EXPECT_TRUE(std::isinf(
      SamplesOf(ProcessCollector(proc.root())).at("process_max_fds")));
}

TEST(ProcessCollectorTest, WhatCannotBeReadHasNoSeries) {
  const auto samples = SamplesOf(ProcessCollector("/nonexistent"));
  EXPECT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples.begin()->first.rfind("netbufd_build_info{", 0), 0u);
}

TEST(ProcessCollectorTest, BuildInfoNamesTheVersion) {
  const auto samples = SamplesOf(ProcessCollector());
  EXPECT_EQ(samples.at(absl::StrCat("netbufd_build_info{version=\"", kVersion,
                                    "\",revision=\"", BuildRevision(),
                                    "\",compiler=\"", BuildCompiler(), "\"}")),
            1);
}

TEST(ProcessCollectorTest, ThisProcessIsSeenAsItIs) {
  const ProcessCollector collector;
  const auto before = SamplesOf(collector);
  const int fd = open("/dev/null", O_RDONLY);
  const auto after = SamplesOf(collector);
  close(fd);
  EXPECT_EQ(after.at("process_open_fds"), before.at("process_open_fds") + 1);
  EXPECT_GE(before.at("process_threads"), 1);
  EXPECT_GT(before.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(before.at("process_virtual_memory_bytes"),
            before.at("process_resident_memory_bytes"));
  const double now = std::chrono::duration<double>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
  // The kernel rounds the boot time to a second.
  EXPECT_LE(before.at("process_start_time_seconds"), now + 1.5);
  EXPECT_GT(before.at("process_start_time_seconds"), now - 24 * 3600);
}

TEST(ProcessCollectorTest, PromtoolFindsNothingToSay) {
  const auto complaints = PromtoolComplaints(TextOf(ProcessCollector()));
  if (!complaints.has_value()) GTEST_SKIP() << "no promtool";
  EXPECT_EQ(*complaints, "");
}

}  // namespace
}  // namespace netbuf
