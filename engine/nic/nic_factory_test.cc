#include "engine/nic/nic_factory.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

class NicFactoryTest : public ::testing::Test {
 protected:
  NicFactoryTest() : captures_(*CaptureDirectory::Open(directory_.path())) {}

  VirtualClock clock_;
  TestDirectory directory_;
  std::unique_ptr<CaptureDirectory> captures_;
  const NicEnvironment environment_ = {.clock = &clock_,
                                       .captures = captures_.get()};
};

TEST_F(NicFactoryTest, EveryKindIsMadeAndCarriesFrames) {
  PcapNicOptions pcap;
  pcap.transmit_file = "out";
  for (NicSpec spec : {NicSpec(SimulatedNicOptions{}), NicSpec(pcap)}) {
    auto nic = CreateNic("a1", environment_, &spec);
    ASSERT_TRUE(nic.ok()) << nic.status();
    FakeNicClient client;
    TestLists lists;
    ASSERT_TRUE((*nic)->Initialize(&client).ok());
    (*nic)->Restart();
    (*nic)->SendNetBufferLists(lists.MakeChain({TestFrame(60, 1)}));
    EXPECT_EQ(client.statuses(), std::vector<NdisStatus>{NdisStatus::kSuccess});
    (*nic)->Pause();
    EXPECT_TRUE((*nic)->Halt().ok());
  }
  EXPECT_EQ(directory_.ReadCapture("out").frames.size(), 1);
}

TEST_F(NicFactoryTest, AddressIsDerivedFromTheAdaptersId) {
  NicSpec spec = SimulatedNicOptions{};
  auto nic = CreateNic("a1", environment_, &spec);
  ASSERT_TRUE(nic.ok());
  EXPECT_EQ((*nic)->attributes().permanent_address, DeriveMacAddress("a1"));
  EXPECT_EQ(CommonOptions(spec).mac_address, DeriveMacAddress("a1"));
}

TEST_F(NicFactoryTest, GivenAddressIsKept) {
  PcapNicOptions options;
  options.common.mac_address = kTestUnicast;
  NicSpec spec = options;
  auto nic = CreateNic("a1", environment_, &spec);
  ASSERT_TRUE(nic.ok());
  EXPECT_EQ((*nic)->attributes().current_address, kTestUnicast);
}

TEST_F(NicFactoryTest, BadOptionsAreToldBeforeAnythingIsOpened) {
  PcapNicOptions options;
  options.common.mtu = 1;
  options.transmit_file = "out";
  NicSpec spec = options;
  EXPECT_EQ(GetErrorInfo(CreateNic("a1", environment_, &spec).status())->reason,
            "INVALID_MTU");
  EXPECT_FALSE(directory_.Exists("out"));
}

TEST_F(NicFactoryTest, SimulatedNicsPadAndCaptureNicsDoNot) {
  EXPECT_TRUE(CommonOptions(NicSpec(SimulatedNicOptions{})).pad_short_frames);
  EXPECT_FALSE(CommonOptions(NicSpec(PcapNicOptions{})).pad_short_frames);
}

}  // namespace
}  // namespace netbuf
