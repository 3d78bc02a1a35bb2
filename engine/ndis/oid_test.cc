#include "engine/ndis/oid.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::UnorderedElementsAre;

TEST(OidTest, AllAreAscendingAndFound) {
  ASSERT_EQ(AllOids().size(), 43u);
  uint32_t last = 0;
  for (const OidInfo& info : AllOids()) {
    EXPECT_LT(last, static_cast<uint32_t>(info.oid)) << std::string(info.name);
    last = static_cast<uint32_t>(info.oid);
    EXPECT_EQ(FindOid(last), &info);
    EXPECT_EQ(FindOidByName(info.name), &info);
    EXPECT_EQ(OidName(last), std::string(info.name));
  }
}

TEST(OidTest, UnknownOidIsNotFoundAndNamedByItsNumber) {
  for (uint32_t oid : {0x0u, 0x00010107u, 0x0002021Du, 0xFF4E4202u}) {
    EXPECT_EQ(FindOid(oid), nullptr);
  }
  EXPECT_EQ(OidName(0x0001021B), "0x0001021B");
  EXPECT_EQ(OidName(0xFFFFFFFF), "0xFFFFFFFF");
}

TEST(OidTest, NameMatchesInAnyCaseWithOrWithoutPrefix) {
  const OidInfo* const info = FindOid(0x00010106);
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(FindOidByName("OID_GEN_MAXIMUM_FRAME_SIZE"), info);
  EXPECT_EQ(FindOidByName("oid_gen_maximum_frame_size"), info);
  EXPECT_EQ(FindOidByName("GEN_MAXIMUM_FRAME_SIZE"), info);
  EXPECT_EQ(FindOidByName("Gen_Maximum_Frame_Size"), info);
}

TEST(OidTest, OtherNamesAreUnknown) {
  for (const char* name : {"", "OID_", "OID_GEN_MAXIMUM_FRAME", "GEN_",
                           "OID_OID_GEN_LINK_STATE", "OID_GEN_LINK_STATE "}) {
    EXPECT_EQ(FindOidByName(name), nullptr) << name;
  }
}

TEST(OidTest, MandatoryAreTheFifteenOfEveryMiniport) {
  std::vector<Oid> mandatory;
  for (const OidInfo& info : AllOids()) {
    if (info.mandatory) mandatory.push_back(info.oid);
  }
  EXPECT_THAT(
      mandatory,
      UnorderedElementsAre(
          Oid::kGenCurrentLookahead, Oid::kGenCurrentPacketFilter,
          Oid::kGenInterruptModeration, Oid::kGenLinkParameters,
          Oid::kGenMaximumTotalSize, Oid::kGenRcvOk, Oid::kGenReceiveBlockSize,
          Oid::kGenReceiveBufferSpace, Oid::kGenStatistics,
          Oid::kGenTransmitBlockSize, Oid::kGenTransmitBufferSpace,
          Oid::kGenVendorDescription, Oid::kGenVendorDriverVersion,
          Oid::kGenVendorId, Oid::kGenXmitOk));
}

TEST(OidTest, SettableAreThoseOfTheCatalogue) {
  std::vector<Oid> settable;
  for (const OidInfo& info : AllOids()) {
    if (info.set) settable.push_back(info.oid);
  }
  EXPECT_THAT(settable,
              UnorderedElementsAre(
                  Oid::kGenCurrentPacketFilter, Oid::kGenCurrentLookahead,
                  Oid::kGenLinkParameters, Oid::kGenInterruptModeration,
                  Oid::k8023MulticastList, Oid::k8023AddMulticastAddress,
                  Oid::k8023DeleteMulticastAddress));
}

TEST(OidTest, SetOnlyOidsCannotBeQueried) {
  std::vector<Oid> unqueryable;
  for (const OidInfo& info : AllOids()) {
    if (!info.query) unqueryable.push_back(info.oid);
  }
  EXPECT_THAT(unqueryable,
              UnorderedElementsAre(Oid::kGenLinkParameters,
                                   Oid::kGenMiniportRestartAttributes,
                                   Oid::k8023AddMulticastAddress,
                                   Oid::k8023DeleteMulticastAddress));
}

TEST(OidTest, StatisticsAndTheRestartTagAreHiddenFromTheSupportedList) {
  for (const OidInfo& info : AllOids()) {
    const uint32_t value = static_cast<uint32_t>(info.oid);
    const bool statistics = value >= 0x00020000 && value < 0x00030000;
    const bool tag = info.oid == Oid::kGenMiniportRestartAttributes;
    EXPECT_EQ(info.listed, !statistics && !tag) << std::string(info.name);
  }
}

TEST(OidTest, StackRequirementsIsPrivateAndQueryOnly) {
  const OidInfo* const info = FindOid(0xFF4E4201);
  ASSERT_NE(info, nullptr);
  EXPECT_TRUE(info->query);
  EXPECT_FALSE(info->set);
  EXPECT_EQ(info->type, OidDataType::kStructure);
}

}  // namespace
}  // namespace netbuf
