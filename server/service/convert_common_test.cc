#include "server/service/convert_common.h"

#include <limits>
#include <string>

#include "absl/time/time.h"
#include "engine/pool/pool_types.h"
#include "gtest/gtest.h"
#include "server/service/field_matcher.h"

namespace netbuf {
namespace {

TEST(ConvertCommonTest, NumbersThatFitPassAndOthersAreNamed) {
  EXPECT_EQ(*ToU16(65535, "f"), 65535);
  EXPECT_EQ(*ToU8(255, "f"), 255);
  EXPECT_EQ(FieldOf(ToU16(65536, "a.b")), "a.b");
  EXPECT_EQ(FieldOf(ToU8(256, "a.b")), "a.b");
  EXPECT_EQ(FieldOf(ToU16(0xFFFFFFFF, "a.b")), "a.b");
}

TEST(ConvertCommonTest, MacAddressesComeInTwoSpellings) {
  const MacAddress address = {0x02, 0, 0, 0xAB, 0xcd, 0xEF};
  EXPECT_EQ(*ParseMacAddress("02:00:00:ab:CD:ef", "f"), address);
  EXPECT_EQ(*ParseMacAddress("02-00-00-AB-cd-EF", "f"), address);
  EXPECT_EQ(FormatMacAddress(address), "02:00:00:ab:cd:ef");
}

TEST(ConvertCommonTest, WhatIsNoMacAddressIsRefused) {
  for (const char* text :
       {"", "02", "02:00:00:00:00", "02:00:00:00:00:0", "02:00:00:00:00:001",
        "02:00:00:00:00:0g", "02:00:00:00:00:01 ", " 02:00:00:00:00:01",
        "02:00-00:00:00:01", "020000000001", "02.00.00.00.00.01",
        "02:00:00:00:00:01:02", "0x:00:00:00:00:01"}) {
    EXPECT_EQ(FieldOf(ParseMacAddress(text, "a.mac")), "a.mac") << text;
  }
}

TEST(ConvertCommonTest, Ipv4AddressesRoundTrip) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255"}) {
    const auto address = ParseIpv4Address(text, "f");
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(FormatIpv4Address(*address), text);
  }
}

TEST(ConvertCommonTest, WhatIsNoIpv4AddressIsRefused) {
  for (const char* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.+4",
        "1.2.3.04", "1.2.3. 4", "1.2.3.4 ", "a.b.c.d", "1..3.4", "::1",
        "1.2.3.0x4", "1.2.3.4444"}) {
    EXPECT_EQ(FieldOf(ParseIpv4Address(text, "a.ip")), "a.ip") << text;
  }
}

google::protobuf::Duration Proto(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

TEST(ConvertCommonTest, DurationsUpToTheLimitPass) {
  const absl::Duration most = absl::Seconds(60);
  EXPECT_EQ(*ParseDuration(Proto(0, 0), most, "t"), absl::ZeroDuration());
  EXPECT_EQ(*ParseDuration(Proto(59, 999'999'999), most, "t"),
            most - absl::Nanoseconds(1));
  EXPECT_EQ(*ParseDuration(Proto(60, 0), most, "t"), most);
}

TEST(ConvertCommonTest, DurationsOutOfRangeAreRefused) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  for (const auto& duration :
       {Proto(60, 1), Proto(-1, 0), Proto(0, -1), Proto(1, 1'000'000'000),
        Proto(kMax, 999'999'999), Proto(kMin, 0)}) {
    EXPECT_EQ(FieldOf(ParseDuration(duration, absl::Seconds(60), "t")), "t")
        << duration.ShortDebugString();
  }
}

TEST(ConvertCommonTest, TimesKeepTheirNanoseconds) {
  const auto duration = ToProto(absl::Seconds(3) + absl::Nanoseconds(5));
  EXPECT_EQ(duration.seconds(), 3);
  EXPECT_EQ(duration.nanos(), 5);
  const auto time = ToProto(absl::FromUnixSeconds(1'700'000'000) +
                            absl::Nanoseconds(999'999'999));
  EXPECT_EQ(time.seconds(), 1'700'000'000);
  EXPECT_EQ(time.nanos(), 999'999'999);
}

TEST(ConvertCommonTest, PoolTagsAreUpToFourPrintableCharacters) {
  EXPECT_EQ(*ParsePoolTag("", "t"), 0);
  EXPECT_EQ(*ParsePoolTag("Tcp4", "t"), PoolTagFromString("Tcp4"));
  EXPECT_EQ(FieldOf(ParsePoolTag("Tcp45", "pool.pool_tag")), "pool.pool_tag");
  EXPECT_EQ(FieldOf(ParsePoolTag("a\n", "pool.pool_tag")), "pool.pool_tag");
  EXPECT_EQ(FieldOf(ParsePoolTag("\xC3\xA4", "pool.pool_tag")),
            "pool.pool_tag");
}

TEST(ConvertCommonTest, EveryNdisStatusRoundTrips) {
  for (const NdisStatus status : AllNdisStatuses()) {
    const v1::NdisStatus proto = ToProto(status);
    EXPECT_TRUE(v1::NdisStatus_IsValid(proto)) << NdisStatusName(status);
    EXPECT_EQ(v1::NdisStatus_Name(proto), NdisStatusName(status));
    EXPECT_EQ(*FromProto(proto, "s"), status);
  }
  EXPECT_EQ(AllNdisStatuses().size(),
            v1::NdisStatus_descriptor()->value_count());
}

TEST(ConvertCommonTest, AnUnknownNdisStatusIsRefused) {
  EXPECT_EQ(FieldOf(FromProto(static_cast<v1::NdisStatus>(12345), "s")), "s");
}

TEST(ConvertCommonTest, LinkStatesRoundTrip) {
  LinkState state;
  state.connect_state = MediaConnectState::kDisconnected;
  state.duplex_state = MediaDuplexState::kHalf;
  state.xmit_link_speed = 1'000'000'000;
  state.rcv_link_speed = ~uint64_t{0};
  const v1::LinkState proto = ToProto(state);
  EXPECT_EQ(proto.connect_state(), v1::LinkState::CONNECT_STATE_DISCONNECTED);
  EXPECT_EQ(*FromProto(proto, "l"), state);
}

TEST(ConvertCommonTest, UnknownLinkStatesAreNamedByTheirMember) {
  v1::LinkState state;
  state.set_connect_state(static_cast<v1::LinkState::ConnectState>(7));
  EXPECT_EQ(FieldOf(FromProto(state, "link_state")),
            "link_state.connect_state");
  state.set_connect_state(v1::LinkState::CONNECT_STATE_CONNECTED);
  state.set_duplex_state(static_cast<v1::LinkState::DuplexState>(-1));
  EXPECT_EQ(FieldOf(FromProto(state, "link_state")), "link_state.duplex_state");
}

TEST(ConvertCommonTest, ALongTextDoesNotMakeALongError) {
  const absl::Status status =
      ParseMacAddress(std::string(1'000'000, 'x'), "f").status();
  EXPECT_LT(status.message().size(), 300);
}

}  // namespace
}  // namespace netbuf
