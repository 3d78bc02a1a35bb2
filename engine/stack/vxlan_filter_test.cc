#include "engine/stack/vxlan_filter.h"

#include <set>
#include <string>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/buffer/fake_mdl_allocator.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// An ARP request: 42 bytes.
const std::string kInner = FromHex(
    "ff ff ff ff ff ff  02 00 00 00 00 11  08 06"
    "00 01 08 00 06 04 00 01  02 00 00 00 00 11  0a 00 00 01"
    "00 00 00 00 00 00  0a 00 00 02");

// The header around it, but for the UDP source port (bytes 34 and 35). Total
// length 78 = 0x4E, UDP length 58 = 0x3A; the checksum was worked out by hand:
// 4500+004e+0000+4000+4011+0000+c000+0201+c000+0202 = 2:4962 -> 4964 -> ~ b69b.
const std::string kOuter = FromHex(
    "02 00 00 00 00 fe  02 00 00 00 00 01  08 00"
    "45 00 00 4e  00 00 40 00  40 11 b6 9b  c0 00 02 01  c0 00 02 02"
    "00 00 12 b5  00 3a 00 00"
    "08 00 00 00  12 34 56 00");

const VxlanFilterOptions kOptions = {
    .vni = 0x123456,
    .local_mac = {0x02, 0, 0, 0, 0, 0x01},
    .remote_mac = {0x02, 0, 0, 0, 0, 0xFE},
    .local_ip = {192, 0, 2, 1},
    .remote_ip = {192, 0, 2, 2},
};

class VxlanFilterTest : public testing::Test {
 protected:
  VxlanFilterTest() : filter_("vxlan", kOptions, allocator_) {
    filter_.Restart({});
  }

  std::string Sent(const std::string& frame,
                   const TestListOptions& options = {.data_offset = 50,
                                                     .context_back_fill = 16}) {
    TestList list({frame}, options);
    NetBufferListChain chain = list.chain(nullptr);
    NetBufferListChain refused;
    filter_.Send(chain, refused, back_fill_);
    EXPECT_TRUE(refused.empty());
    const std::string bytes = FrameBytes(*list.nbl.first_net_buffer());
    filter_.SendComplete(chain);
    EXPECT_EQ(list.Changes(), "");
    return bytes;
  }
  std::string Received(const std::string& frame,
                       const TestListOptions& options = {}) {
    TestList list({frame}, options);
    NetBufferListChain chain = list.chain(nullptr);
    NetBufferListChain dropped;
    filter_.Receive(chain, dropped);
    EXPECT_TRUE(dropped.empty());
    const std::string bytes = FrameBytes(*list.nbl.first_net_buffer());
    filter_.ReturnReceived(chain);
    EXPECT_EQ(list.Changes(), "");
    return bytes;
  }

  FakeMdlAllocator allocator_;
  VxlanFilter filter_;
  BackFillCounts back_fill_;
};

std::string WithoutSourcePort(std::string frame) {
  frame[34] = frame[35] = 0;
  return frame;
}

TEST_F(VxlanFilterTest, NeedsFiftyBytesOfDataAndAContext) {
  EXPECT_EQ(filter_.requirements(), (StackRequirements{50, 16}));
  EXPECT_EQ(filter_.header_size(), 50);
}

TEST_F(VxlanFilterTest, WrapsTheFrameByteForByte) {
  EXPECT_EQ(Hex(WithoutSourcePort(Sent(kInner))), Hex(kOuter + kInner));
  EXPECT_EQ(back_fill_.data_hits, 1);
  EXPECT_EQ(back_fill_.data_misses, 0);
}

TEST_F(VxlanFilterTest, HeaderMayStraddleMdls) {
  const std::string whole = Sent(kInner);
  for (uint32_t size = 1; size <= 60; ++size) {
    EXPECT_EQ(Hex(Sent(kInner, {.data_offset = 50,
                                .mdl_size = [=](uint32_t) { return size; }})),
              Hex(whole));
  }
  for (uint32_t room = 0; room < 50; ++room) {
    EXPECT_EQ(Hex(Sent(kInner, {.data_offset = room})), Hex(whole));
  }
  EXPECT_EQ(back_fill_.data_misses, 50);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(VxlanFilterTest, ChecksumIsRightForEveryLength) {
  for (size_t size = 14; size <= 1464; size += 29) {
    const std::string frame = Sent(Frame(size));
    uint32_t sum = 0;
    for (size_t i = 14; i < 34; i += 2) {
      sum += static_cast<uint8_t>(frame[i]) << 8 |
             static_cast<uint8_t>(frame[i + 1]);
    }
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    EXPECT_EQ(sum, 0xFFFF) << size;
    const size_t ip_length =
        static_cast<uint8_t>(frame[16]) << 8 | static_cast<uint8_t>(frame[17]);
    EXPECT_EQ(ip_length, frame.size() - 14);
  }
}

TEST_F(VxlanFilterTest, SourcePortFollowsTheFlow) {
  std::set<int> ports;
  for (uint8_t host = 1; host <= 64; ++host) {
    std::string frame = kInner;
    frame[11] = static_cast<char>(host);
    const std::string first = Sent(frame);
    frame += "another packet of the same flow";
    const std::string second = Sent(frame);
    const int port =
        static_cast<uint8_t>(first[34]) << 8 | static_cast<uint8_t>(first[35]);
    EXPECT_GE(port, 49152);
    EXPECT_EQ(first.substr(34, 2), second.substr(34, 2));
    ports.insert(port);
  }
  EXPECT_GT(ports.size(), 50) << "flows are not spread";
}

TEST_F(VxlanFilterTest, UnwrapsItsOwnAndPutsTheHeaderBack) {
  const std::string wrapped = Sent(kInner);
  EXPECT_EQ(Hex(Received(wrapped)), Hex(kInner));
  EXPECT_EQ(Hex(Received(wrapped, {.mdl_size = [](uint32_t) { return 7; }})),
            Hex(kInner));
  EXPECT_EQ(filter_.GetInfo().receives_unwrapped, 2);
}

TEST_F(VxlanFilterTest, UnwrapsPastIpOptions) {
  std::string outer = kOuter;
  outer[14] = 0x46;  // Six words.
  outer[17] += 4;    // Total length.
  outer.insert(34, FromHex("01 01 01 00"));
  // The checksum loses what the sum gains: 0100 + 0004 + 0101 + 0100.
  const int checksum = 0xB69B - 0x0100 - 0x0004 - 0x0101 - 0x0100;
  outer[24] = static_cast<char>(checksum >> 8);
  outer[25] = static_cast<char>(checksum & 0xFF);
  EXPECT_EQ(Hex(Received(outer + kInner)), Hex(kInner));
}

TEST_F(VxlanFilterTest, LeavesEverythingElseAlone) {
  const std::string good = kOuter + kInner;
  struct {
    const char* name;
    size_t at;
    int value;
  } damages[] = {
      {"another EtherType", 12, 0x86}, {"not version 4", 14, 0x65},
      {"header too short", 14, 0x44},  {"more fragments", 20, 0x60},
      {"a later fragment", 21, 0x01},  {"not UDP", 23, 6},
      {"a wrong checksum", 24, 0},     {"longer than the frame", 16, 0x7F},
      {"another port", 37, 0xB6},      {"no VNI", 42, 0},
      {"another VNI", 48, 0x57},
  };
  for (const auto& damage : damages) {
    std::string frame = good;
    frame[damage.at] = static_cast<char>(damage.value);
    EXPECT_EQ(Hex(Received(frame)), Hex(frame)) << damage.name;
  }
  for (size_t size = 14; size < 64; ++size) {
    const std::string frame = good.substr(0, size);
    EXPECT_EQ(Hex(Received(frame)), Hex(frame)) << size;
  }
  EXPECT_EQ(filter_.GetInfo().receives_unwrapped, 0);
}

}  // namespace
}  // namespace netbuf
