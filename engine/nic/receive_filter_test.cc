#include "engine/nic/receive_filter.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

constexpr MacAddress kOwn = kTestUnicast;
constexpr MacAddress kOther = {0x02, 9, 9, 9, 9, 9};
constexpr MacAddress kListed = {0x01, 0, 0x5E, 0, 0, 0x01};
constexpr MacAddress kUnlisted = {0x33, 0x33, 0, 0, 0, 0x02};

class ReceiveFilterTest : public ::testing::Test {
 protected:
  ReceiveFilterTest() : filter_(attributes_) {}

  static NicAttributes Attributes() {
    NicAttributes attributes;
    attributes.current_address = kOwn;
    attributes.max_multicast_list_size = 2;
    return attributes;
  }

  NdisStatus SetFilter(uint32_t filter) {
    std::vector<uint8_t> bytes(4);
    for (int i = 0; i < 4; ++i)
      bytes[i] = static_cast<uint8_t>(filter >> 8 * i);
    request_ = OidRequest();
    request_.information_buffer = absl::MakeSpan(bytes);
    return filter_.SetPacketFilter(request_);
  }

  NdisStatus SetList(const std::vector<MacAddress>& addresses,
                     size_t extra_bytes = 0) {
    std::vector<uint8_t> bytes;
    for (const MacAddress& a : addresses) {
      bytes.insert(bytes.end(), a.begin(), a.end());
    }
    bytes.resize(bytes.size() + extra_bytes);
    request_ = OidRequest();
    request_.information_buffer = absl::MakeSpan(bytes);
    return filter_.SetMulticastList(request_);
  }

  // Which of the kinds of address it lets in: own, other, listed multicast,
  // unlisted multicast, broadcast.
  std::string Accepted() const {
    std::string kinds;
    if (filter_.Accepts(kOwn)) kinds += 'D';
    if (filter_.Accepts(kOther)) kinds += 'd';
    if (filter_.Accepts(kListed)) kinds += 'M';
    if (filter_.Accepts(kUnlisted)) kinds += 'm';
    if (filter_.Accepts(kTestBroadcast)) kinds += 'B';
    return kinds;
  }

  const NicAttributes attributes_ = Attributes();
  ReceiveFilter filter_;
  OidRequest request_;
};

TEST_F(ReceiveFilterTest, NoFilterLetsNothingIn) { EXPECT_EQ(Accepted(), ""); }

TEST_F(ReceiveFilterTest, EachBitLetsItsFramesIn) {
  ASSERT_EQ(SetList({kListed}), NdisStatus::kSuccess);
  struct {
    uint32_t filter;
    const char* accepted;
  } const kCases[] = {
      {0, ""},
      {kPacketTypeDirected, "D"},
      {kPacketTypeMulticast, "M"},
      {kPacketTypeAllMulticast, "Mm"},
      {kPacketTypeBroadcast, "B"},
      {kPacketTypePromiscuous, "DdMmB"},
      {kPacketTypeDirected | kPacketTypeBroadcast, "DB"},
      {kPacketTypeMulticast | kPacketTypeBroadcast, "MB"},
  };
  for (const auto& c : kCases) {
    ASSERT_EQ(SetFilter(c.filter), NdisStatus::kSuccess);
    EXPECT_EQ(request_.bytes_read, 4);
    EXPECT_EQ(filter_.packet_filter(), c.filter);
    EXPECT_EQ(Accepted(), c.accepted) << "filter " << c.filter;
  }
}

TEST_F(ReceiveFilterTest, UnsupportedBitsChangeNothing) {
  ASSERT_EQ(SetFilter(kPacketTypeDirected), NdisStatus::kSuccess);
  EXPECT_EQ(SetFilter(kPacketTypeDirected | 0x10), NdisStatus::kNotSupported);
  EXPECT_EQ(request_.bytes_read, 0);
  EXPECT_EQ(filter_.packet_filter(), kPacketTypeDirected);
}

TEST_F(ReceiveFilterTest, FilterOfAnotherLengthTellsTheRightOne) {
  std::vector<uint8_t> bytes(3);
  request_.information_buffer = absl::MakeSpan(bytes);
  EXPECT_EQ(filter_.SetPacketFilter(request_), NdisStatus::kInvalidLength);
  EXPECT_EQ(request_.bytes_needed, 4);
}

TEST_F(ReceiveFilterTest, ListIsReplacedAndDuplicatesAreDropped) {
  ASSERT_EQ(SetList({kUnlisted}), NdisStatus::kSuccess);
  ASSERT_EQ(SetList({kListed, kListed}), NdisStatus::kSuccess);
  EXPECT_EQ(request_.bytes_read, 12);
  EXPECT_THAT(filter_.multicast_list(), ElementsAre(kListed));
}

TEST_F(ReceiveFilterTest, EmptyListClears) {
  ASSERT_EQ(SetList({kListed}), NdisStatus::kSuccess);
  ASSERT_EQ(SetList({}), NdisStatus::kSuccess);
  EXPECT_TRUE(filter_.multicast_list().empty());
}

TEST_F(ReceiveFilterTest, BrokenListsChangeNothing) {
  ASSERT_EQ(SetList({kListed}), NdisStatus::kSuccess);

  EXPECT_EQ(SetList({kUnlisted}, 1), NdisStatus::kInvalidLength);
  EXPECT_EQ(request_.bytes_needed, 6);
  EXPECT_EQ(SetList({kListed, kUnlisted, kTestBroadcast}),
            NdisStatus::kMulticastFull);
  EXPECT_EQ(request_.bytes_needed, 12);
  EXPECT_EQ(SetList({kOwn}), NdisStatus::kMulticastFull);

  EXPECT_THAT(filter_.multicast_list(), ElementsAre(kListed));
}

}  // namespace
}  // namespace netbuf
