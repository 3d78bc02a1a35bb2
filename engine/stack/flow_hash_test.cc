#include "engine/stack/flow_hash.h"

#include <string>

#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

uint32_t Hash(const std::string& frame, uint32_t mdl_size = 0) {
  TestListOptions options;
  if (mdl_size != 0) options.mdl_size = [=](uint32_t) { return mdl_size; };
  TestList list({frame}, options);
  return EthernetFlowHash(*list.nbl.first_net_buffer());
}

const std::string kMacs = FromHex("020000000077 020000000011");
const std::string kUdp4 = kMacs + FromHex(
                                      "0800 4500 0030 1234 0000 4011 abcd "
                                      "0a000001 0a000002 1111 2222 001c 0000");
const std::string kUdp6 =
    kMacs +
    FromHex(
        "86dd 60000000 0008 11 40"
        "20010db8000000000000000000000001 20010db8000000000000000000000002"
        "1111 2222 0008 0000");

std::string With(std::string frame, size_t at, char value) {
  frame[at] = value;
  return frame;
}

TEST(FlowHashTest, FollowsAddressesProtocolAndPorts) {
  for (const size_t at : {0, 11, 26, 33, 34, 37}) {
    EXPECT_NE(Hash(kUdp4), Hash(With(kUdp4, at, 0x55))) << at;
  }
  for (const size_t at : {0, 11, 22, 53, 54, 57}) {
    EXPECT_NE(Hash(kUdp6), Hash(With(kUdp6, at, 0x55))) << at;
  }
}

TEST(FlowHashTest, IgnoresWhatDiffersBetweenPacketsOfAFlow) {
  // Length, identification, TTL, checksums, payload.
  for (const size_t at : {16, 17, 18, 19, 22, 24, 38, 40}) {
    EXPECT_EQ(Hash(kUdp4), Hash(With(kUdp4, at, 0x55))) << at;
  }
  EXPECT_EQ(Hash(kUdp4), Hash(kUdp4 + "more payload"));
}

TEST(FlowHashTest, FragmentsOfADatagramShareAHash) {
  const std::string first = With(kUdp4, 20, 0x20);   // More fragments.
  const std::string second = With(kUdp4, 21, 0x10);  // Somewhere inside.
  EXPECT_EQ(Hash(first), Hash(With(second, 35, 0x77)));
}

TEST(FlowHashTest, ProtocolsWithoutPortsHashNoPayload) {
  const std::string icmp = With(kUdp4, 23, 1);
  EXPECT_EQ(Hash(icmp), Hash(With(icmp, 35, 0x55)));
}

TEST(FlowHashTest, LooksThroughATag) {
  std::string tagged = kUdp4;
  tagged.insert(12, FromHex("81000064"));
  EXPECT_NE(Hash(tagged), Hash(With(tagged, 38, 0x55))) << "a port";
  EXPECT_EQ(Hash(tagged), Hash(With(tagged, 22, 0x55))) << "identification";
}

TEST(FlowHashTest, DoesNotDependOnMdls) {
  for (uint32_t size = 1; size < 20; ++size) {
    EXPECT_EQ(Hash(kUdp4, size), Hash(kUdp4));
  }
}

TEST(FlowHashTest, ShortFramesHashWhatThereIs) {
  for (const std::string& frame : {kUdp4, kUdp6}) {
    for (size_t size = 0; size < frame.size(); ++size) {
      Hash(frame.substr(0, size));  // AddressSanitizer judges.
    }
  }
  EXPECT_NE(Hash(kMacs), Hash(With(kMacs, 3, 1)));
}

}  // namespace
}  // namespace netbuf
