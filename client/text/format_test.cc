#include "client/text/format.h"

#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

TEST(FormatTest, NumbersHaveCommas) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1000), "1,000");
  EXPECT_EQ(WithCommas(1234567), "1,234,567");
  EXPECT_EQ(WithCommas(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(FormatTest, BitRatesHaveAUnitThatFits) {
  EXPECT_EQ(BitRate(0), "0 bit/s");
  EXPECT_EQ(BitRate(999), "999 bit/s");
  EXPECT_EQ(BitRate(10e9), "10 Gbit/s");
  EXPECT_EQ(BitRate(1234567), "1.23 Mbit/s");
  EXPECT_EQ(BitRate(5e16), "5e+04 Tbit/s");
}

TEST(FormatTest, StatusesHaveTheirNameOrNumber) {
  EXPECT_EQ(StatusName(v1::NDIS_STATUS_SUCCESS), "SUCCESS");
  EXPECT_EQ(StatusName(v1::NDIS_STATUS_INVALID_LENGTH), "INVALID_LENGTH");
  EXPECT_EQ(StatusName(static_cast<v1::NdisStatus>(-1071448065)), "0xC022FFFF");
}

TEST(FormatTest, MostFrequentStatusComesFirst) {
  EXPECT_EQ(StatusCounts({{v1::NDIS_STATUS_INVALID_LENGTH, 3},
                          {v1::NDIS_STATUS_SUCCESS, 1309}}),
            "1,309 SUCCESS, 3 INVALID_LENGTH");
  EXPECT_EQ(StatusCounts({}), "none");
}

TEST(FormatTest, LinkSaysStateSpeedAndDuplex) {
  v1::LinkState link;
  link.set_connect_state(v1::LinkState::CONNECT_STATE_CONNECTED);
  EXPECT_EQ(LinkText(link), "connected");
  link.set_xmit_link_speed_bps(10'000'000'000);
  link.set_duplex_state(v1::LinkState::DUPLEX_STATE_FULL);
  EXPECT_EQ(LinkText(link), "connected, 10 Gbit/s, full duplex");
}

TEST(FormatTest, DurationsAreShortAndNoneIsEmpty) {
  google::protobuf::Duration duration;
  EXPECT_EQ(DurationText(duration), "");
  duration.set_seconds(90);
  duration.set_nanos(500'000'000);
  EXPECT_EQ(DurationText(duration), "1m30.5s");
}

TEST(FormatTest, OidAnswersShowTheirValue) {
  v1::QueryOidResponse response;
  EXPECT_EQ(OidAnswerText(response), "empty");
  response.set_information_buffer("\x01\x02");
  EXPECT_EQ(OidAnswerText(response), "0102");
  response.mutable_value()->set_number(1514);
  EXPECT_EQ(OidAnswerText(response), "1514 (0x5EA)");
  response.mutable_value()->set_text("a \"quoted\"\n");
  EXPECT_EQ(OidAnswerText(response), "\"a \\\"quoted\\\"\\n\"");
  response.mutable_value()->mutable_numbers()->add_values(0x10101);
  response.mutable_value()->mutable_numbers()->add_values(0x10102);
  EXPECT_EQ(OidAnswerText(response), "0x10101 0x10102");
  auto* requirements = response.mutable_value()->mutable_stack_requirements();
  requirements->set_data_back_fill_size(50);
  requirements->set_context_back_fill_size(16);
  EXPECT_EQ(OidAnswerText(response), "data 50, context 16 bytes");
}

TEST(FormatTest, DumpHasOffsetsBytesAndCharacters) {
  EXPECT_EQ(HexDump(""), "");
  EXPECT_EQ(
      HexDump("0123456789abcdef\n!"),
      "0x0000:  3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef\n"
      "0x0010:  0a21                                     .!\n");
}

}  // namespace
}  // namespace netbuf::client
