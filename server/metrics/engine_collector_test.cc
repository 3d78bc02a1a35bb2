#include "server/metrics/engine_collector.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/exposition.h"
#include "server/metrics/fake_snapshot.h"
#include "server/metrics/metric_catalog.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;

std::string TextOf(const EngineSnapshot& snapshot) {
  return TextOf(EngineCollector([&snapshot] { return snapshot; }));
}

std::map<std::string, double> SamplesOf(const EngineSnapshot& snapshot) {
  return Samples(TextOf(snapshot));
}

// How many series begin with `prefix`.
int CountSeries(const std::map<std::string, double>& samples,
                absl::string_view prefix) {
  int count = 0;
  for (const auto& [series, value] : samples) {
    count += absl::StartsWith(series, prefix);
  }
  return count;
}

TEST(EngineCollectorTest, ASmallSnapshotIsShownExactly) {
  const std::string text = TextOf(SmallSnapshot());
  std::ifstream file("server/metrics/testdata/small_snapshot.expected");
  std::ostringstream expected;
  expected << file.rdbuf();
  if (const char* dir = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR")) {
    std::ofstream(absl::StrCat(dir, "/small_snapshot.expected")) << text;
  }
  EXPECT_EQ(text, expected.str())
      << "if the change is meant, copy small_snapshot.expected from the "
         "test's outputs";
}

TEST(EngineCollectorTest, PromtoolFindsNothingToSay) {
  const auto complaints = PromtoolComplaints(TextOf(SmallSnapshot()));
  if (!complaints.has_value()) GTEST_SKIP() << "no promtool";
  EXPECT_EQ(*complaints, "");
}

// A family is there, and its fixed label values with it, before anything has
// happened: an alert on a rate sees the first event.
TEST(EngineCollectorTest, AnEmptyEngineShowsEveryFamily) {
  std::set<std::string> expected;
  for (const MetricDefinition& metric : MetricCatalog()) {
    if (metric.group < MetricGroup::kRpcs) {
      expected.insert(std::string(metric.name));
    }
  }
  const std::string text = TextOf(EngineSnapshot());
  const std::vector<std::string> names = FamilyNames(text);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);
  EXPECT_EQ(names.size(), expected.size()) << "a family comes twice";

  const std::map<std::string, double> samples = Samples(text);
  EXPECT_EQ(samples.at("netbufd_protocols"), 0);
  EXPECT_EQ(samples.at("netbufd_protocol_lease_expiries_total"), 0);
  EXPECT_EQ(samples.at("netbufd_oid_requests_total{kind=\"set\","
                       "status=\"NDIS_STATUS_MULTICAST_FULL\"}"),
            0);
  EXPECT_EQ(CountSeries(samples, "netbufd_oid_requests_total{"), 2 * 16);
  EXPECT_EQ(samples.at("netbufd_binding_transitions_total{from=\"running\","
                       "to=\"pausing\"}"),
            0);
  EXPECT_EQ(samples.count("netbufd_binding_transitions_total{from=\"running\","
                          "to=\"opening\"}"),
            0u)
      << "no event leads there";
}

TEST(EngineCollectorTest, ANewBindingShowsEveryStatusAndState) {
  EngineSnapshot snapshot;
  snapshot.bindings.emplace_back();
  snapshot.bindings[0].name = "b";
  const std::map<std::string, double> samples = SamplesOf(snapshot);
  EXPECT_EQ(CountSeries(samples, "netbufd_binding_completions_total{"),
            kSendCompletionStatusCount);
  for (NdisStatus status : SendCompletionStatuses()) {
    EXPECT_EQ(samples.at(absl::StrCat(
                  "netbufd_binding_completions_total{binding=\"b\",status=\"",
                  NdisStatusName(status), "\"}")),
              0);
  }
  EXPECT_EQ(CountSeries(samples, "netbufd_binding_state{"), kBindingStateCount);
}

TEST(EngineCollectorTest, ExactlyTheBindingsStateIsOne) {
  EngineSnapshot snapshot;
  for (int i = 0; i < kBindingStateCount; ++i) {
    snapshot.bindings.emplace_back();
    snapshot.bindings[i].name = absl::StrCat("b", i);
    snapshot.bindings[i].state = static_cast<BindingState>(i);
  }
  const std::map<std::string, double> samples = SamplesOf(snapshot);
  const char* const names[] = {"unbound", "opening", "paused", "restarting",
                               "running", "pausing", "closing"};
  for (int binding = 0; binding < kBindingStateCount; ++binding) {
    for (int state = 0; state < kBindingStateCount; ++state) {
      EXPECT_EQ(
          samples.at(absl::StrCat("netbufd_binding_state{binding=\"b", binding,
                                  "\",state=\"", names[state], "\"}")),
          binding == state ? 1 : 0)
          << binding << " " << state;
    }
  }
}

TEST(EngineCollectorTest, CountersAreExactToTwoToThe53) {
  EngineSnapshot snapshot;
  snapshot.leaked_net_buffers = (uint64_t{1} << 53) - 1;
  snapshot.leaked_net_buffer_lists = uint64_t{1} << 53;
  snapshot.lease_expiries = std::numeric_limits<uint64_t>::max();
  snapshot.memory_used_bytes = (uint64_t{1} << 32) + 1;
  const std::string text = TextOf(snapshot);
  EXPECT_THAT(text,
              HasSubstr("netbufd_leaked_net_buffers_total 9007199254740991\n"));
  EXPECT_THAT(text, HasSubstr("netbufd_leaked_net_buffer_lists_total "
                              "9007199254740992\n"));
  EXPECT_THAT(text, HasSubstr("netbufd_memory_used_bytes 4294967297\n"));
  EXPECT_DOUBLE_EQ(Samples(text).at("netbufd_protocol_lease_expiries_total"),
                   18446744073709551615.0);
}

TEST(EngineCollectorTest, LabelValuesAreEscaped) {
  EngineSnapshot snapshot;
  snapshot.net_buffer_pools.emplace_back();
  snapshot.net_buffer_pools[0].name = "a\"b\\c\nd";
  const std::string text = TextOf(snapshot);
  EXPECT_THAT(text,
              HasSubstr("{pool=\"a\\\"b\\\\c\\nd\",kind=\"net_buffer\"}"));
  const auto complaints = PromtoolComplaints(text);
  EXPECT_EQ(complaints.value_or(""), "");
}

TEST(EngineCollectorTest, NoLimitIsInfinite) {
  EngineSnapshot snapshot = SmallSnapshot();
  snapshot.memory_limit_bytes = MemoryQuota::kUnlimited;
  const std::string text = TextOf(snapshot);
  EXPECT_THAT(text, HasSubstr("netbufd_memory_limit_bytes +Inf\n"));
  EXPECT_THAT(text, HasSubstr("netbufd_pool_max_outstanding_blocks{pool="
                              "\"protocols/p1/netBufferPools/n2\","
                              "kind=\"net_buffer\"} +Inf\n"));
}

TEST(EngineCollectorTest, AStatusNdisDoesNotNameIsOther) {
  EngineSnapshot snapshot;
  snapshot.oid_requests = {
      {.status = static_cast<NdisStatus>(0xC0FFEE01), .requests = 2},
      {.status = static_cast<NdisStatus>(0xC0FFEE02), .requests = 3}};
  EXPECT_EQ(SamplesOf(snapshot).at(
                "netbufd_oid_requests_total{kind=\"query\",status=\"other\"}"),
            5);
}

TEST(EngineCollectorTest, CountsOfTheSameKindAreAddedUp) {
  EngineSnapshot snapshot;
  snapshot.oid_requests = {{.status = NdisStatus::kSuccess, .requests = 2},
                           {.status = NdisStatus::kSuccess, .requests = 3}};
  snapshot.binding_transitions = {
      {BindingState::kPaused, BindingState::kRestarting, 4},
      {BindingState::kPaused, BindingState::kRestarting, 5}};
  const std::map<std::string, double> samples = SamplesOf(snapshot);
  EXPECT_EQ(samples.at("netbufd_oid_requests_total{kind=\"query\","
                       "status=\"NDIS_STATUS_SUCCESS\"}"),
            5);
  EXPECT_EQ(samples.at("netbufd_binding_transitions_total{from=\"paused\","
                       "to=\"restarting\"}"),
            9);
}

TEST(EngineCollectorTest, OnlyAReplayHasReplaySeries) {
  const std::map<std::string, double> samples = SamplesOf(SmallSnapshot());
  EXPECT_EQ(CountSeries(samples, "netbufd_adapter_replay"), 3);
  EXPECT_EQ(
      samples.at("netbufd_adapter_replay_failed{adapter=\"adapters/a2\"}"), 1);
}

TEST(EngineCollectorTest, EachScrapeTakesOneSnapshot) {
  int taken = 0;
  const EngineCollector collector([&taken] {
    ++taken;
    return EngineSnapshot();
  });
  TextOf(collector);
  EXPECT_EQ(taken, 1);
  TextOf(collector);
  EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace netbuf
