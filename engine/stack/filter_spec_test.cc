#include "engine/stack/filter_spec.h"

#include <string>

#include "engine/ndis/error.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// The field an invalid spec is blamed on; empty for a valid one.
std::string BadField(const FilterSpec& spec) {
  const absl::Status status = ValidateFilterSpec(spec);
  if (status.ok()) return "";
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  const auto info = GetErrorInfo(status);
  EXPECT_EQ(info->reason, "INVALID_FILTER_OPTION");
  return info->fields.at(0).field;
}

TEST(FilterSpecTest, LimitsAreInclusive) {
  EXPECT_EQ(BadField(ObserverFilterOptions{}), "");
  EXPECT_EQ(BadField(VlanFilterOptions{.vlan_id = 0}), "");
  EXPECT_EQ(BadField(VlanFilterOptions{.vlan_id = 4094, .priority = 7}), "");
  EXPECT_EQ(BadField(VxlanFilterOptions{}), "");
  EXPECT_EQ(BadField(VxlanFilterOptions{.vni = 0xFFFFFF}), "");
}

TEST(FilterSpecTest, ErrorsNameTheField) {
  EXPECT_EQ(BadField(VlanFilterOptions{.vlan_id = 4095}),
            "filter.vlan.vlan_id");
  EXPECT_EQ(BadField(VlanFilterOptions{.priority = 8}), "filter.vlan.priority");
  EXPECT_EQ(BadField(VxlanFilterOptions{.vni = 0x1000000}), "filter.vxlan.vni");
  EXPECT_EQ(BadField(VxlanFilterOptions{.local_mac = {1, 0, 0, 0, 0, 0}}),
            "filter.vxlan.local_mac_address");
}

TEST(FilterSpecTest, ResolveKeepsWhatIsSet) {
  const VxlanFilterOptions all = {.vni = 7,
                                  .local_mac = {2, 0, 0, 0, 0, 1},
                                  .remote_mac = {2, 0, 0, 0, 0, 2},
                                  .local_ip = {10, 0, 0, 1},
                                  .remote_ip = {10, 0, 0, 2},
                                  .destination_port = 8472,
                                  .ttl = 1};
  EXPECT_EQ(ResolveFilterSpec(all, {}), FilterSpec(all));
  const VlanFilterOptions vlan = {.vlan_id = 9};
  EXPECT_EQ(ResolveFilterSpec(vlan, {}), FilterSpec(vlan));
}

TEST(FilterSpecTest, KindsHaveNames) {
  EXPECT_EQ(FilterKindName(ObserverFilterOptions{}), "OBSERVER");
  EXPECT_EQ(FilterKindName(VlanFilterOptions{}), "VLAN");
  EXPECT_EQ(FilterKindName(VxlanFilterOptions{}), "VXLAN");
}

}  // namespace
}  // namespace netbuf
