#include "engine/stack/binding_receive_filter.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr MacAddress kOwn = {2, 0, 0, 0, 0, 1};
constexpr MacAddress kOther = {2, 0, 0, 0, 0, 2};
constexpr MacAddress kListed = {1, 0, 0x5E, 0, 0, 1};
constexpr MacAddress kUnlisted = {1, 0, 0x5E, 0, 0, 2};
constexpr MacAddress kBroadcast = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

TEST(BindingReceiveFilterTest, PassesWhatItsBitsSay) {
  struct {
    const char* name;
    uint32_t packet_types;
    // To itself, to another, to a listed group, to an unlisted one, to all.
    const char* passes;
  } const kCases[] = {
      {"nothing", 0, "-----"},
      {"directed", kPacketTypeDirected, "x----"},
      {"multicast", kPacketTypeMulticast, "--x--"},
      {"all multicast", kPacketTypeAllMulticast, "--xx-"},
      {"broadcast", kPacketTypeBroadcast, "----x"},
      {"promiscuous", kPacketTypePromiscuous, "xxxxx"},
      {"all local", kPacketTypeAllLocal, "xxxxx"},
      {"no local alone", kPacketTypeNoLocal, "-----"},
      {"usual",
       kPacketTypeDirected | kPacketTypeMulticast | kPacketTypeBroadcast,
       "x-x-x"},
  };
  const auto list = std::make_shared<const std::vector<MacAddress>>(
      std::vector<MacAddress>{kListed});
  for (const auto& c : kCases) {
    const BindingReceiveFilter filter = {c.packet_types, list};
    std::string passes;
    for (const MacAddress& to :
         {kOwn, kOther, kListed, kUnlisted, kBroadcast}) {
      passes += filter.Passes(to, kOwn) ? 'x' : '-';
    }
    EXPECT_EQ(passes, c.passes) << c.name;
  }
}

TEST(BindingReceiveFilterTest, NoListIsAnEmptyOne) {
  const BindingReceiveFilter filter = {kPacketTypeMulticast, nullptr};
  EXPECT_FALSE(filter.Passes(kListed, kOwn));
}

}  // namespace
}  // namespace netbuf
