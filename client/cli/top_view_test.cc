#include "client/cli/top_view.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Binding Binding(const std::string& id, uint64_t frames, uint64_t bytes,
                    uint64_t failed) {
  v1::Binding binding;
  binding.set_name("protocols/p/bindings/" + id);
  binding.set_adapter("adapters/a1");
  binding.set_state(v1::Binding::STATE_RUNNING);
  binding.set_outstanding_sends(7);
  v1::BindingStatistics* counts = binding.mutable_statistics();
  counts->set_sent_frames(frames);
  counts->set_sent_bytes(bytes);
  auto* good = counts->add_completions();
  good->set_ndis_status(v1::NDIS_STATUS_SUCCESS);
  good->set_net_buffer_lists(frames);
  auto* bad = counts->add_completions();
  bad->set_ndis_status(v1::NDIS_STATUS_PAUSED);
  bad->set_net_buffer_lists(failed);
  return binding;
}

v1::NetBufferListPool Pool(const std::string& id, uint64_t allocations) {
  v1::NetBufferListPool pool;
  pool.set_name("protocols/p/netBufferListPools/" + id);
  pool.mutable_statistics()->set_allocations(allocations);
  pool.mutable_statistics()->set_outstanding(12);
  pool.mutable_statistics()->set_high_water(3456);
  return pool;
}

TopSnapshot At(absl::Duration time) {
  TopSnapshot snapshot;
  snapshot.time = absl::UnixEpoch() + time;
  return snapshot;
}

TEST(TopViewTest, RatesAreOfTheTimeBetweenTheLooks) {
  TopSnapshot before = At(absl::ZeroDuration());
  before.bindings = {Binding("b1", 1000, 64000, 1)};
  before.list_pools = {Pool("l1", 500)};
  TopSnapshot after = At(absl::Seconds(2));
  after.bindings = {Binding("b1", 5000, 320000, 21)};
  after.list_pools = {Pool("l1", 4500)};
  EXPECT_EQ(
      TopPage("h:1", before, after, 0),
      "netbufd at h:1: 1 binding, 1 pool\n"
      "sent 2,000 frames/s, 1.02 Mbit/s; received 0 frames/s, 0 bit/s\n"
      "\n"
      "BINDING  STATE    ADAPTER  SENT/S    BITS SENT  FAIL/S  FLIGHT  "
      "RECV/S  DROP/S\n"
      "p/b1     RUNNING  a1        2,000  1.02 Mbit/s      10       7  "
      "     0       0\n"
      "\n"
      "POOL  KIND  ALLOCATED/S  FAILED/S  OUTSTANDING  LIMIT  HIGH WATER  "
      "MEMORY\n"
      "p/l1  NBL         2,000         0           12   none       3,456  "
      "     0\n");
}

TEST(TopViewTest, WhatIsNewCountsFromZero) {
  const TopSnapshot before = At(absl::ZeroDuration());
  TopSnapshot after = At(absl::Seconds(1));
  after.bindings = {Binding("b1", 300, 0, 0)};
  EXPECT_THAT(TopPage("h:1", before, after, 0), HasSubstr("sent 300 frames/s"));
}

TEST(TopViewTest, ACountThatFellIsThatOfSomethingNew) {
  TopSnapshot before = At(absl::ZeroDuration());
  before.bindings = {Binding("b1", 1000000, 0, 0)};
  TopSnapshot after = At(absl::Seconds(1));
  after.bindings = {Binding("b1", 300, 0, 0)};
  EXPECT_THAT(TopPage("h:1", before, after, 0), HasSubstr("sent 300 frames/s"));
}

TEST(TopViewTest, TheBusiestComeFirstAndTheRestIsCounted) {
  const TopSnapshot before = At(absl::ZeroDuration());
  TopSnapshot after = At(absl::Seconds(1));
  for (int i = 0; i < 50; ++i) {
    after.bindings.push_back(
        Binding("b" + std::to_string(i), 100 + static_cast<uint64_t>(i), 0, 0));
    after.list_pools.push_back(Pool("l" + std::to_string(i), 1));
  }
  for (const size_t rows : {24, 25, 60, 200}) {
    const std::string page = TopPage("h:1", before, after, rows);
    EXPECT_LE(std::count(page.begin(), page.end(), '\n'), rows) << page;
    EXPECT_THAT(page, HasSubstr("p/b49 "));
  }
  const std::string page = TopPage("h:1", before, after, 24);
  EXPECT_THAT(page, HasSubstr("42 more bindings\n"));
  EXPECT_THAT(page, HasSubstr("42 more pools\n"));
  EXPECT_THAT(page, Not(HasSubstr("p/b0 ")));
}

TEST(TopViewTest, OneThatIsLeftOutIsNotSeveral) {
  const TopSnapshot before = At(absl::ZeroDuration());
  TopSnapshot after = At(absl::Seconds(1));
  after.bindings = {Binding("b1", 1, 0, 0)};
  after.list_pools = {Pool("l1", 1)};
  EXPECT_THAT(TopPage("h:1", before, after, 7), HasSubstr("1 more pool\n"));
}

TEST(TopViewTest, AScreenGetsNoMoreThanItHasRoomFor) {
  EXPECT_EQ(FitToScreen("one\ntwo\nthree\n", 24, 80), "one\ntwo\nthree\n");
  EXPECT_EQ(FitToScreen("one\ntwo\nthree\n", 2, 80), "one\ntwo");
  EXPECT_EQ(FitToScreen("one\nseven\n", 24, 3), "one\nsev\n");
  EXPECT_EQ(FitToScreen("gr\xc3\xb6\xc3\x9f"
                        "er\n",
                        24, 4),
            "gr\xc3\xb6\xc3\x9f\n");
}

}  // namespace
}  // namespace netbuf::client
