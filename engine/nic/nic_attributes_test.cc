#include "engine/nic/nic_attributes.h"

#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/nic/nic_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;

void ExpectInvalid(const absl::Status& status, const std::string& reason,
                   const std::string& field) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, reason);
  ASSERT_EQ(info->fields.size(), 1);
  EXPECT_EQ(info->fields[0].field, field);
}

TEST(NicAttributesTest, LimitsOfTheMtuAreAccepted) {
  NicOptions options;
  for (uint32_t mtu : {kMinMtu, 1500u, kMaxMtu}) {
    options.mtu = mtu;
    const auto attributes = MakeNicAttributes(options, "a NIC");
    ASSERT_TRUE(attributes.ok()) << attributes.status();
    EXPECT_EQ(attributes->mtu, mtu);
    EXPECT_EQ(attributes->maximum_total_size(), mtu + 14);
  }
  EXPECT_EQ(MakeNicAttributes(options, "a NIC")->maximum_total_size(), 65535);
}

TEST(NicAttributesTest, MtuOutsideItsLimitsNamesTheField) {
  NicOptions options;
  for (uint32_t mtu :
       {0u, kMinMtu - 1, kMaxMtu + 1, std::numeric_limits<uint32_t>::max()}) {
    options.mtu = mtu;
    const auto attributes = MakeNicAttributes(options, "a NIC");
    ExpectInvalid(attributes.status(), "INVALID_MTU", "mtu");
    EXPECT_THAT(std::string(attributes.status().message()),
                HasSubstr(absl::StrCat("mtu is ", mtu)));
  }
}

TEST(NicAttributesTest, GroupAddressIsRefused) {
  NicOptions options;
  options.mac_address = {0x01, 0, 0x5E, 0, 0, 1};
  const auto attributes = MakeNicAttributes(options, "a NIC");
  ExpectInvalid(attributes.status(), "INVALID_MAC_ADDRESS", "mac_address");
  EXPECT_THAT(std::string(attributes.status().message()),
              HasSubstr("01:00:5e:00:00:01"));
}

TEST(NicAttributesTest, NoLinkSpeedAnnouncesTenGigabit) {
  EXPECT_EQ(MakeNicAttributes({}, "a NIC")->max_xmit_link_speed,
            10'000'000'000);
  EXPECT_EQ(
      MakeNicAttributes({.link_speed_bps = 7}, "a NIC")->max_rcv_link_speed, 7);
}

TEST(NicAttributesTest, OptionsReachTheAttributes) {
  NicOptions options;
  options.mac_address = {2, 3, 4, 5, 6, 7};
  options.data_back_fill_size = 40;
  options.context_back_fill_size = 64;
  options.max_multicast_list_size = 3;
  const auto attributes = MakeNicAttributes(options, "a NIC");
  ASSERT_TRUE(attributes.ok());
  EXPECT_EQ(attributes->permanent_address, options.mac_address);
  EXPECT_EQ(attributes->current_address, options.mac_address);
  EXPECT_EQ(attributes->data_back_fill_size, 40);
  EXPECT_EQ(attributes->context_back_fill_size, 64);
  EXPECT_EQ(attributes->max_multicast_list_size, 3);
  EXPECT_EQ(attributes->vendor_description, "a NIC");
}

TEST(NicAttributesTest, DerivedAddressesAreUnicastLocalStableAndDistinct) {
  std::set<MacAddress> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = absl::StrCat("a", i);
    const MacAddress address = DeriveMacAddress(id);
    EXPECT_EQ(address[0], 0x02) << id;
    EXPECT_TRUE(seen.insert(address).second) << id;
    EXPECT_EQ(DeriveMacAddress(id), address);
  }
}

TEST(NicAttributesTest, DerivedAddressIsTheSameOnEveryMachine) {
  EXPECT_EQ(DeriveMacAddress("a1"),
            (MacAddress{0x02, 0x45, 0x45, 0xB5, 0x07, 0x13}))
      << "adapters would change their address with an upgrade";
}

TEST(NicAttributesTest, DescriptorCountsAreOneTo65536) {
  EXPECT_TRUE(CheckDescriptors(1, "f").ok());
  EXPECT_TRUE(CheckDescriptors(65536, "f").ok());
  ExpectInvalid(CheckDescriptors(0, "f"), "INVALID_DESCRIPTORS", "f");
  ExpectInvalid(CheckDescriptors(65537, "f"), "INVALID_DESCRIPTORS", "f");
}

}  // namespace
}  // namespace netbuf
