#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/nic_statistics.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

class MiniportOidsTest : public ::testing::Test {
 protected:
  MiniportOidsTest() : miniport_(Attributes(), {}) {}

  static NicAttributes Attributes() {
    NicAttributes attributes =
        *MakeNicAttributes({.mac_address = {2, 3, 4, 5, 6, 7}}, "a NIC");
    attributes.transmit_descriptors = 512;
    attributes.receive_descriptors = 1024;
    return attributes;
  }

  NdisStatus Request(Oid oid, OidRequestType type, size_t size) {
    buffer_.resize(size);
    request_ = OidRequest();
    request_.type = type;
    request_.oid = static_cast<uint32_t>(oid);
    request_.information_buffer = absl::MakeSpan(buffer_);
    return miniport_.OidRequest(
        request_, [this](const LinkState& state) { link_set_ = state; });
  }
  NdisStatus Query(Oid oid, size_t size = 256) {
    return Request(oid, OidRequestType::kQueryInformation, size);
  }
  NdisStatus Set(Oid oid, std::vector<uint8_t> bytes) {
    buffer_ = std::move(bytes);
    return Request(oid, OidRequestType::kSetInformation, buffer_.size());
  }
  uint64_t Number(size_t at, size_t bytes) const {
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; --i) value = value << 8 | buffer_[at + i - 1];
    return value;
  }
  uint64_t QueryNumber(Oid oid, size_t bytes) {
    EXPECT_EQ(Query(oid), NdisStatus::kSuccess) << OidName(request_.oid);
    EXPECT_EQ(request_.bytes_written, bytes) << OidName(request_.oid);
    return Number(0, bytes);
  }

  Miniport miniport_;
  std::vector<uint8_t> buffer_;
  OidRequest request_;
  std::optional<LinkState> link_set_;
};

TEST_F(MiniportOidsTest, SizesFollowTheLargestFrame) {
  EXPECT_EQ(QueryNumber(Oid::kGenMaximumTotalSize, 4), 1514);
  EXPECT_EQ(QueryNumber(Oid::kGenTransmitBlockSize, 4), 1514);
  EXPECT_EQ(QueryNumber(Oid::kGenReceiveBlockSize, 4), 1514);
  EXPECT_EQ(QueryNumber(Oid::kGenTransmitBufferSpace, 4), 512 * 1514);
  EXPECT_EQ(QueryNumber(Oid::kGenReceiveBufferSpace, 4), 1024 * 1514);
}

TEST_F(MiniportOidsTest, VendorAndAddresses) {
  EXPECT_EQ(QueryNumber(Oid::kGenVendorId, 4), 0xFFFFFF);
  EXPECT_EQ(QueryNumber(Oid::kGenVendorDriverVersion, 4), 0x00010000);
  ASSERT_EQ(Query(Oid::kGenVendorDescription), NdisStatus::kSuccess);
  EXPECT_STREQ(reinterpret_cast<const char*>(buffer_.data()), "a NIC");
  for (Oid oid : {Oid::k8023PermanentAddress, Oid::k8023CurrentAddress}) {
    EXPECT_EQ(QueryNumber(oid, 6), 0x070605040302);
  }
}

TEST_F(MiniportOidsTest, CountersComeFromTheStatistics) {
  TrafficTally sent;
  sent.Add(FrameClass::kUnicast, 100);
  sent.Add(FrameClass::kBroadcast, 60);
  miniport_.statistics().AddSent(sent);
  TrafficTally received;
  received.Add(FrameClass::kMulticast, 70);
  miniport_.statistics().AddReceived(received);
  miniport_.statistics().AddOutErrors(3);
  miniport_.statistics().AddInErrors(4);
  miniport_.statistics().AddReceiveNoBuffer(5);

  EXPECT_EQ(QueryNumber(Oid::kGenXmitOk, 8), 2);
  EXPECT_EQ(QueryNumber(Oid::kGenRcvOk, 8), 1);
  EXPECT_EQ(QueryNumber(Oid::kGenXmitError, 8), 3);
  EXPECT_EQ(QueryNumber(Oid::kGenRcvError, 8), 4);
  EXPECT_EQ(QueryNumber(Oid::kGenRcvNoBuffer, 8), 5);
  ASSERT_EQ(Query(Oid::kGenStatistics), NdisStatus::kSuccess);
  EXPECT_EQ(request_.bytes_written, kSizeofStatisticsInfo);
  EXPECT_EQ(Number(8, 8), 5);            // ifInDiscards
  EXPECT_EQ(Number(8 + 6 * 8, 8), 160);  // ifHCOutOctets
}

TEST_F(MiniportOidsTest, QueryStatisticsIsAQuery) {
  EXPECT_EQ(Request(Oid::kGenXmitOk, OidRequestType::kQueryStatistics, 8),
            NdisStatus::kSuccess);
}

TEST_F(MiniportOidsTest, ShortBufferTellsWhatIsNeeded) {
  EXPECT_EQ(Query(Oid::kGenMaximumTotalSize, 3), NdisStatus::kBufferTooShort);
  EXPECT_EQ(request_.bytes_needed, 4);
}

TEST_F(MiniportOidsTest, InterruptModerationIsNotSupportedAndCannotBeSet) {
  ASSERT_EQ(Query(Oid::kGenInterruptModeration), NdisStatus::kSuccess);
  EXPECT_EQ(request_.bytes_written, 12);
  EXPECT_EQ(Number(0, 4), 0x000C0180);  // Type 0x80, revision 1, size 12.
  EXPECT_EQ(Number(8, 4), 1);           // NdisInterruptModerationNotSupported
  EXPECT_EQ(Set(Oid::kGenInterruptModeration, std::vector<uint8_t>(12)),
            NdisStatus::kInvalidData);
  EXPECT_EQ(Set(Oid::kGenInterruptModeration, std::vector<uint8_t>(11)),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(request_.bytes_needed, 12);
}

TEST_F(MiniportOidsTest, LookaheadUpToTheMtuIsKept) {
  EXPECT_EQ(miniport_.current_lookahead(), 1500);
  EXPECT_EQ(Set(Oid::kGenCurrentLookahead, {0x80, 0, 0, 0}),
            NdisStatus::kSuccess);
  EXPECT_EQ(request_.bytes_read, 4);
  EXPECT_EQ(miniport_.current_lookahead(), 128);
  EXPECT_EQ(Set(Oid::kGenCurrentLookahead, {0xDD, 0x05, 0, 0}),  // 1501
            NdisStatus::kInvalidData);
  EXPECT_EQ(miniport_.current_lookahead(), 128);
}

// NDIS_LINK_PARAMETERS of 1 Mbit/s there and 2 Mbit/s back, full duplex.
std::vector<uint8_t> LinkParameters() {
  std::vector<uint8_t> bytes(32);
  bytes[0] = 0x80;
  bytes[1] = 1;
  bytes[2] = 32;
  bytes[4] = 2;
  bytes[9] = 0x42;  // 1,000,000 = 0x0F4240
  bytes[8] = 0x40;
  bytes[10] = 0x0F;
  bytes[16] = 0x80;  // 2,000,000 = 0x1E8480
  bytes[17] = 0x84;
  bytes[18] = 0x1E;
  return bytes;
}

TEST_F(MiniportOidsTest, LinkParametersReachTheLink) {
  ASSERT_EQ(Set(Oid::kGenLinkParameters, LinkParameters()),
            NdisStatus::kSuccess);
  EXPECT_EQ(request_.bytes_read, 32);
  ASSERT_TRUE(link_set_.has_value());
  EXPECT_EQ(link_set_->connect_state, MediaConnectState::kConnected);
  EXPECT_EQ(link_set_->xmit_link_speed, 1'000'000);
  EXPECT_EQ(link_set_->rcv_link_speed, 2'000'000);
}

TEST_F(MiniportOidsTest, NegotiatedLinkParametersAreTheFastest) {
  std::vector<uint8_t> bytes(32);
  bytes[0] = 0x80;
  bytes[1] = 1;
  bytes[2] = 32;
  bytes[28] = 0xF;
  ASSERT_EQ(Set(Oid::kGenLinkParameters, bytes), NdisStatus::kSuccess);
  EXPECT_EQ(link_set_->xmit_link_speed, 10'000'000'000);
  EXPECT_EQ(link_set_->rcv_link_speed, 10'000'000'000);
}

TEST_F(MiniportOidsTest, BrokenLinkParametersAreInvalidData) {
  struct {
    size_t at;
    uint8_t value;
    const char* what;
  } const kCases[] = {
      {0, 0x96, "type"},
      {1, 0, "revision"},
      {2, 31, "size below that of the revision"},
      {2, 33, "size beyond the buffer"},
      {4, 1, "half duplex"},
      {4, 9, "no duplex at all"},
      {15, 0x80, "faster than the adapter"},
      {24, 3, "pause frames"},
  };
  for (const auto& c : kCases) {
    std::vector<uint8_t> bytes = LinkParameters();
    bytes[c.at] = c.value;
    EXPECT_EQ(Set(Oid::kGenLinkParameters, bytes), NdisStatus::kInvalidData)
        << c.what;
  }
  EXPECT_EQ(Set(Oid::kGenLinkParameters, std::vector<uint8_t>(31)),
            NdisStatus::kInvalidLength);
  EXPECT_EQ(request_.bytes_needed, 32);
  EXPECT_FALSE(link_set_.has_value());
}

TEST_F(MiniportOidsTest, FilterAndListAreSet) {
  EXPECT_EQ(Set(Oid::kGenCurrentPacketFilter, {0x01, 0, 0, 0}),
            NdisStatus::kSuccess);
  EXPECT_EQ(Set(Oid::k8023MulticastList, {1, 0, 0x5E, 0, 0, 1}),
            NdisStatus::kSuccess);
  EXPECT_EQ(miniport_.receive_filter().packet_filter(), kPacketTypeDirected);
  EXPECT_EQ(miniport_.receive_filter().multicast_list().size(), 1);
}

TEST_F(MiniportOidsTest, EveryMandatoryOidIsAnswered) {
  // The list of ndis-semantics 13.4. Two of the sets can be queried too, but
  // that NDIS answers, not the miniport.
  for (const OidInfo& info : AllOids()) {
    if (!info.mandatory) continue;
    const bool only_set = info.oid == Oid::kGenCurrentPacketFilter ||
                          info.oid == Oid::kGenCurrentLookahead;
    if (info.query && !only_set) {
      EXPECT_EQ(Query(info.oid), NdisStatus::kSuccess) << info.name;
    }
    if (info.set) {
      EXPECT_NE(Set(info.oid, {0}), NdisStatus::kInvalidOid) << info.name;
    }
  }
}

TEST_F(MiniportOidsTest, OthersAreInvalidOids) {
  for (uint32_t oid : {0u, 0x00010101u, 0x0001021Du, 0xFF4E4201u, ~0u}) {
    EXPECT_EQ(Query(static_cast<Oid>(oid)), NdisStatus::kInvalidOid);
    EXPECT_EQ(Set(static_cast<Oid>(oid), {0, 0, 0, 0}),
              NdisStatus::kInvalidOid);
  }
  // Known, but not in this direction.
  EXPECT_EQ(Set(Oid::kGenVendorId, {0, 0, 0, 0}), NdisStatus::kInvalidOid);
}

}  // namespace
}  // namespace netbuf
