// Whatever the stack of filters, the MDLs, the back-fill and the memory: the
// NIC sees the right bytes, and every list comes back exactly as it went.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/buffer/data_space.h"
#include "engine/buffer/fake_mdl_allocator.h"
#include "engine/stack/test_stack.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

uint32_t TestSeed() {
  if (const char* seed = std::getenv("NETBUFD_TEST_SEED")) {
    return static_cast<uint32_t>(std::strtoul(seed, nullptr, 0));
  }
  return std::random_device()();
}

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  // From 0 to `most`.
  uint32_t Up(uint32_t most) {
    return std::uniform_int_distribution<uint32_t>(0, most)(random_);
  }
  bool OneIn(uint32_t n) { return Up(n - 1) == 0; }

 private:
  std::mt19937 random_;
};

FilterSpec RandomFilter(Dice& dice) {
  switch (dice.Up(2)) {
    case 0:
      return ObserverFilterOptions{};
    case 1:
      return VlanFilterOptions{.vlan_id = static_cast<uint16_t>(dice.Up(4094)),
                               .priority = static_cast<uint8_t>(dice.Up(7))};
    default:
      return VxlanFilterOptions{.vni = dice.Up(0xFFFFFF)};
  }
}

TestListOptions RandomShape(Dice& dice, uint32_t needed) {
  TestListOptions options;
  options.data_offset = dice.OneIn(3) ? needed : dice.Up(needed + 20);
  options.tail = dice.Up(10);
  options.context_back_fill = static_cast<uint16_t>(16 * dice.Up(6));
  const uint32_t size = 1 + dice.Up(80);
  if (!dice.OneIn(3)) {
    options.mdl_size = [&dice, size](uint32_t) { return dice.Up(size); };
  }
  return options;
}

// What a frame looks like under the filters, worked out on strings; VXLAN
// source ports are taken from `wire`, which must otherwise agree.
std::string Expected(std::string frame, const std::vector<FilterSpec>& filters,
                     const std::string& wire) {
  size_t outer = wire.size() - frame.size();
  for (const FilterSpec& spec : filters) {
    if (const auto* vlan = std::get_if<VlanFilterOptions>(&spec)) {
      const auto tci =
          static_cast<uint16_t>(vlan->priority << 13 | vlan->vlan_id);
      std::string tag = FromHex("81 00");
      tag += static_cast<char>(tci >> 8);
      tag += static_cast<char>(tci & 0xFF);
      frame.insert(12, tag);
      outer -= 4;
    } else if (const auto* vxlan = std::get_if<VxlanFilterOptions>(&spec)) {
      outer -= 50;
      std::string header = FromHex(
          "02 00 00 00 00 fe 02 00 00 00 00 01 08 00"
          "45 00 00 00 00 00 40 00 40 11 00 00 c0 00 02 01 c0 00 02 02");
      const size_t length = frame.size() + 36;
      header[16] = static_cast<char>(length >> 8);
      header[17] = static_cast<char>(length & 0xFF);
      uint32_t sum = 0;
      for (size_t i = 14; i < 34; i += 2) {
        sum += static_cast<uint8_t>(header[i]) << 8 |
               static_cast<uint8_t>(header[i + 1]);
      }
      while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
      header[24] = static_cast<char>(~sum >> 8);
      header[25] = static_cast<char>(~sum & 0xFF);
      // `outer` bytes of the filters below come before the port, tags too.
      header += wire.substr(outer + 34, 2);
      header += FromHex("12 b5");
      header += static_cast<char>((length - 20) >> 8);
      header += static_cast<char>((length - 20) & 0xFF);
      header += FromHex("00 00 08 00 00 00");
      header += static_cast<char>(vxlan->vni >> 16);
      header += static_cast<char>(vxlan->vni >> 8 & 0xFF);
      header += static_cast<char>(vxlan->vni & 0xFF);
      header += '\0';
      frame = header + frame;
    }
  }
  return frame;
}

class FilterRestoreTest : public testing::Test {
 protected:
  void RunRound(uint32_t seed) {
    Dice dice(seed);
    FakeMdlAllocator allocator;
    TestStack stack({.mtu = 2000}, &allocator);
    std::vector<FilterSpec> filters;
    const uint32_t depth = dice.Up(5);
    for (uint32_t i = 0; i < depth; ++i) {
      filters.push_back(RandomFilter(dice));
      ASSERT_TRUE(
          stack.adapter
              ->AttachFilter("f" + std::to_string(i), filters.back(), i, Soon())
              .ok());
    }
    TestBinding binding(stack);
    for (int i = 0; i < 8; ++i)
      SendOne(dice, stack, binding, filters, allocator);
    EXPECT_EQ(allocator.live(), 0);
  }

  void SendOne(Dice& dice, TestStack& stack, TestBinding& binding,
               const std::vector<FilterSpec>& filters,
               FakeMdlAllocator& allocator) {
    std::vector<std::string> frames;
    const uint32_t count = 1 + dice.Up(2);
    for (uint32_t i = 0; i < count; ++i) {
      frames.push_back(Frame(14 + dice.Up(200), dice.Up(1000)));
    }
    const uint32_t needed = stack.adapter->requirements().data_back_fill_size;
    TestList list(frames, RandomShape(dice, needed));
    const size_t before = stack.nic.sent_frames().size();
    if (dice.OneIn(4)) {
      allocator.FailAtCall(static_cast<int>(1 + dice.Up(4)));
    }
    ASSERT_EQ(binding.Send({&list}), NdisStatus::kSuccess);
    allocator.FailAtCall(0);
    const std::vector<std::string> sent = stack.nic.sent_frames();
    if (sent.size() == before) {
      EXPECT_EQ(binding.client.statuses().back(), NdisStatus::kResources);
    } else {
      ASSERT_EQ(sent.size(), before + count);
      for (uint32_t i = 0; i < count; ++i) {
        EXPECT_EQ(Hex(sent[before + i]),
                  Hex(Expected(frames[i], filters, sent[before + i])));
      }
      for (NetBuffer* nb = list.nbl.first_net_buffer(); nb != nullptr;
           nb = nb->next()) {
        EXPECT_EQ(CheckNetBuffer(*nb).message(), "");
      }
      EXPECT_EQ(stack.nic.CompleteAll(), 1);
    }
    EXPECT_EQ(list.Changes(), "");
  }
};

TEST_F(FilterRestoreTest, EveryListComesBackAsItWent) {
  const uint32_t seed = TestSeed();
  for (uint32_t round = 0; round < 150; ++round) {
    SCOPED_TRACE(testing::Message()
                 << "NETBUFD_TEST_SEED=" << seed << ", round " << round);
    RunRound(seed + round);
    if (HasFailure()) return;
  }
}

// Fails the n-th allocation of one send, n = 1, 2, 3, ... until it succeeds.
TEST_F(FilterRestoreTest, NoFailedAllocationLosesOrChangesAnything) {
  FakeMdlAllocator allocator;
  TestStack stack(NicOptions(), &allocator);
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(
        stack.adapter->AttachFilter(name, VxlanFilterOptions{}, 0, Soon())
            .ok());
  }
  TestBinding binding(stack);
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 20);
    TestList list({Frame(60, 1), Frame(70, 2)});
    allocator.FailAtCall(n);
    binding.Send({&list});
    allocator.FailAtCall(0);
    const bool sent = stack.nic.held() == 1;
    stack.nic.CompleteAll();
    EXPECT_EQ(list.Changes(), "");
    EXPECT_EQ(allocator.live(), 0);
    EXPECT_EQ(binding.client.statuses().back(),
              sent ? NdisStatus::kSuccess : NdisStatus::kResources);
    if (sent) {
      // A miss brings room for the filters below: one allocation a frame.
      EXPECT_EQ(n, 3);
      break;
    }
  }
}

}  // namespace
}  // namespace netbuf
