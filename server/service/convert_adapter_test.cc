#include "server/service/convert_adapter.h"

#include <functional>
#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "server/service/field_matcher.h"

namespace netbuf {
namespace {

TEST(ConvertAdapterTest, AnEmptySimulatedNicHasTheDefaults) {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  const auto spec = NicSpecFromProto(adapter);
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto& options = std::get<SimulatedNicOptions>(*spec);
  EXPECT_EQ(options.transmit_descriptors, 512);
  EXPECT_EQ(options.common.mtu, 1500);
  EXPECT_EQ(options.common.mac_address, MacAddress{});
  EXPECT_EQ(options.common.max_multicast_list_size, 32);
  EXPECT_EQ(options.common.link_down_policy, LinkDownPolicy::kFail);
  EXPECT_TRUE(options.common.pad_short_frames);
  EXPECT_FALSE(options.common.initially_disconnected);
}

TEST(ConvertAdapterTest, AnEmptyPcapNicHasTheDefaults) {
  v1::Adapter adapter;
  adapter.mutable_pcap();
  const auto spec = NicSpecFromProto(adapter);
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto& options = std::get<PcapNicOptions>(*spec);
  EXPECT_EQ(options.transmit_precision, TimestampPrecision::kNanoseconds);
  EXPECT_EQ(options.receive_pace, ReplayPace::kTopSpeed);
  EXPECT_EQ(options.receive_descriptors, 1024);
  EXPECT_FALSE(options.common.pad_short_frames);
}

TEST(ConvertAdapterTest, EveryOptionArrives) {
  v1::Adapter adapter;
  adapter.set_mac_address("02:00:00:00:00:07");
  adapter.set_mtu(9000);
  adapter.set_link_speed_bps(1'000'000);
  adapter.set_initially_disconnected(true);
  adapter.set_link_down_policy(v1::LINK_DOWN_POLICY_QUEUE);
  adapter.set_data_back_fill_size(65535);
  adapter.set_context_back_fill_size(48);
  adapter.set_max_multicast_list_size(5);
  adapter.set_pad_short_frames(true);
  v1::PcapNic& pcap = *adapter.mutable_pcap();
  pcap.set_transmit_file("out.pcap");
  pcap.set_transmit_precision(v1::PcapNic::TIMESTAMP_PRECISION_MICROSECONDS);
  pcap.set_receive_file("in.pcap");
  pcap.set_receive_pace(v1::PcapNic::REPLAY_PACE_CAPTURED);
  pcap.set_receive_descriptors(16);

  const auto spec = NicSpecFromProto(adapter);
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto& options = std::get<PcapNicOptions>(*spec);
  EXPECT_EQ(options.common.mac_address, (MacAddress{2, 0, 0, 0, 0, 7}));
  EXPECT_EQ(options.common.mtu, 9000);
  EXPECT_EQ(options.common.link_speed_bps, 1'000'000);
  EXPECT_TRUE(options.common.initially_disconnected);
  EXPECT_EQ(options.common.link_down_policy, LinkDownPolicy::kQueue);
  EXPECT_EQ(options.common.data_back_fill_size, 65535);
  EXPECT_EQ(options.common.context_back_fill_size, 48);
  EXPECT_EQ(options.common.max_multicast_list_size, 5);
  EXPECT_TRUE(options.common.pad_short_frames);
  EXPECT_EQ(options.transmit_file, "out.pcap");
  EXPECT_EQ(options.transmit_precision, TimestampPrecision::kMicroseconds);
  EXPECT_EQ(options.receive_file, "in.pcap");
  EXPECT_EQ(options.receive_pace, ReplayPace::kCaptured);
  EXPECT_EQ(options.receive_descriptors, 16);
}

TEST(ConvertAdapterTest, WhatWasAskedForIsTold) {
  v1::Adapter asked;
  asked.set_link_speed_bps(5);
  asked.set_initially_disconnected(true);
  asked.set_link_down_policy(v1::LINK_DOWN_POLICY_DROP);
  asked.set_data_back_fill_size(64);
  asked.set_context_back_fill_size(32);
  asked.set_max_multicast_list_size(9);
  asked.set_pad_short_frames(false);
  asked.mutable_simulated()->set_transmit_descriptors(3);
  AdapterSnapshot snapshot;
  snapshot.name = "adapters/a";
  snapshot.nic = *NicSpecFromProto(asked);
  snapshot.mac_address = {2, 0, 0, 0, 0, 1};
  snapshot.mtu = 1500;
  snapshot.running = true;
  snapshot.bindings = {"protocols/p/bindings/b"};
  snapshot.transmit_queue_length = 4;
  snapshot.capture_replay = CaptureReplaySnapshot{7, true, "cut short"};

  const v1::Adapter told = ToProto(snapshot);
  EXPECT_EQ(told.name(), "adapters/a");
  EXPECT_EQ(told.mac_address(), "02:00:00:00:00:01");
  EXPECT_EQ(told.link_speed_bps(), 5);
  EXPECT_TRUE(told.initially_disconnected());
  EXPECT_EQ(told.link_down_policy(), v1::LINK_DOWN_POLICY_DROP);
  EXPECT_EQ(told.data_back_fill_size(), 64);
  EXPECT_EQ(told.context_back_fill_size(), 32);
  EXPECT_EQ(told.max_multicast_list_size(), 9);
  EXPECT_TRUE(told.has_pad_short_frames());
  EXPECT_FALSE(told.pad_short_frames());
  EXPECT_EQ(told.simulated().transmit_descriptors(), 3);
  EXPECT_EQ(told.state(), v1::Adapter::STATE_RUNNING);
  EXPECT_EQ(told.bindings(0), "protocols/p/bindings/b");
  EXPECT_EQ(told.transmit_queue_length(), 4);
  EXPECT_EQ(told.capture_replay().frames_replayed(), 7);
  EXPECT_TRUE(told.capture_replay().finished());
  EXPECT_EQ(told.capture_replay().error(), "cut short");
}

struct BadAdapter {
  const char* field;
  std::function<void(v1::Adapter&)> spoil;
};

TEST(ConvertAdapterTest, EveryMistakeIsNamedByItsPath) {
  const BadAdapter cases[] = {
      {"adapter.nic", [](v1::Adapter& a) { a.clear_nic(); }},
      {"adapter.mac_address",
       [](v1::Adapter& a) { a.set_mac_address("02:00"); }},
      {"adapter.data_back_fill_size",
       [](v1::Adapter& a) { a.set_data_back_fill_size(65536); }},
      {"adapter.context_back_fill_size",
       [](v1::Adapter& a) { a.set_context_back_fill_size(65536); }},
      {"adapter.link_down_policy",
       [](v1::Adapter& a) {
         a.set_link_down_policy(static_cast<v1::LinkDownPolicy>(4));
       }},
      {"adapter.pcap.transmit_precision",
       [](v1::Adapter& a) {
         a.mutable_pcap()->set_transmit_precision(
             static_cast<v1::PcapNic::TimestampPrecision>(3));
       }},
      {"adapter.pcap.receive_pace",
       [](v1::Adapter& a) {
         a.mutable_pcap()->set_receive_pace(
             static_cast<v1::PcapNic::ReplayPace>(-1));
       }},
  };
  for (const BadAdapter& c : cases) {
    v1::Adapter adapter;
    adapter.mutable_simulated();
    c.spoil(adapter);
    EXPECT_EQ(FieldOf(NicSpecFromProto(adapter)), c.field);
  }
}

TEST(ConvertAdapterTest, FiltersArriveAndAreTold) {
  v1::FilterModule vlan;
  vlan.mutable_vlan()->set_vlan_id(4094);
  vlan.mutable_vlan()->set_priority(7);
  const auto vlan_spec = FilterSpecFromProto(vlan);
  ASSERT_TRUE(vlan_spec.ok()) << vlan_spec.status();
  EXPECT_EQ(std::get<VlanFilterOptions>(*vlan_spec).vlan_id, 4094);
  EXPECT_EQ(std::get<VlanFilterOptions>(*vlan_spec).priority, 7);

  v1::FilterModule vxlan;
  vxlan.mutable_vxlan()->set_vni(5000);
  vxlan.mutable_vxlan()->set_local_mac_address("02:00:00:00:00:01");
  vxlan.mutable_vxlan()->set_remote_mac_address("02:00:00:00:00:02");
  vxlan.mutable_vxlan()->set_local_ip_address("10.0.0.1");
  vxlan.mutable_vxlan()->set_remote_ip_address("10.0.0.2");
  vxlan.mutable_vxlan()->set_destination_port(65535);
  vxlan.mutable_vxlan()->set_ttl(255);
  const auto spec = FilterSpecFromProto(vxlan);
  ASSERT_TRUE(spec.ok()) << spec.status();
  FilterSnapshot snapshot;
  snapshot.name = "adapters/a/filters/f";
  snapshot.spec = *spec;
  snapshot.requirements = {50, 0};
  snapshot.data_back_fill_misses = 3;
  const v1::FilterModule told = ToProto(snapshot);
  EXPECT_EQ(told.vxlan().SerializeAsString(),
            vxlan.vxlan().SerializeAsString());
  EXPECT_EQ(told.requirements().data_back_fill_size(), 50);
  EXPECT_EQ(told.data_back_fill_misses(), 3);

  v1::FilterModule observer;
  observer.mutable_observer();
  ASSERT_TRUE(FilterSpecFromProto(observer).ok());
  snapshot.spec = *FilterSpecFromProto(observer);
  EXPECT_TRUE(ToProto(snapshot).has_observer());
}

TEST(ConvertAdapterTest, EveryMistakeInAFilterIsNamedByItsPath) {
  struct Case {
    const char* field;
    std::function<void(v1::FilterModule&)> spoil;
  };
  const Case cases[] = {
      {"filter.kind", [](v1::FilterModule& f) { f.clear_kind(); }},
      {"filter.vlan.vlan_id",
       [](v1::FilterModule& f) { f.mutable_vlan()->set_vlan_id(65536); }},
      {"filter.vlan.priority",
       [](v1::FilterModule& f) { f.mutable_vlan()->set_priority(256); }},
      {"filter.vxlan.local_mac_address",
       [](v1::FilterModule& f) {
         f.mutable_vxlan()->set_local_mac_address("x");
       }},
      {"filter.vxlan.remote_mac_address",
       [](v1::FilterModule& f) {
         f.mutable_vxlan()->set_remote_mac_address("x");
       }},
      {"filter.vxlan.local_ip_address",
       [](v1::FilterModule& f) {
         f.mutable_vxlan()->set_local_ip_address("1.2.3");
       }},
      {"filter.vxlan.remote_ip_address",
       [](v1::FilterModule& f) {
         f.mutable_vxlan()->set_remote_ip_address("1.2.3.256");
       }},
      {"filter.vxlan.destination_port",
       [](v1::FilterModule& f) {
         f.mutable_vxlan()->set_destination_port(65536);
       }},
      {"filter.vxlan.ttl",
       [](v1::FilterModule& f) { f.mutable_vxlan()->set_ttl(256); }},
  };
  for (const Case& c : cases) {
    v1::FilterModule filter;
    c.spoil(filter);
    EXPECT_EQ(FieldOf(FilterSpecFromProto(filter)), c.field);
  }
}

}  // namespace
}  // namespace netbuf
