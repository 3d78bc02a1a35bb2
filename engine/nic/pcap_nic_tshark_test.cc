// What others make of the captures: tshark, where it is installed.

#include <stdio.h>
#include <stdlib.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/ndis/flags.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/pcap_nic.h"
#include "engine/nic/test_captures.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

// Its output's lines.
std::vector<std::string> OutputOf(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string output;
  char buffer[4096];
  while (const size_t n = ::fread(buffer, 1, sizeof(buffer), pipe)) {
    output.append(buffer, n);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  std::vector<std::string> lines = absl::StrSplit(output, '\n');
  lines.pop_back();
  return lines;
}

TEST(PcapNicTsharkTest, TsharkReadsWhatWasSent) {
  if (::system("command -v tshark > /dev/null") != 0) {
    GTEST_SKIP() << "tshark is not installed";
  }
  TestDirectory directory;
  const auto captures = *CaptureDirectory::Open(directory.path());
  for (auto precision :
       {TimestampPrecision::kNanoseconds, TimestampPrecision::kMicroseconds}) {
    VirtualClock clock;
    FakeNicClient client;
    PcapNicOptions options;
    options.transmit_file = "out";
    options.transmit_precision = precision;
    auto nic = *PcapNic::Create(options,
                                {.clock = &clock, .captures = captures.get()});
    ASSERT_TRUE(nic->Initialize(&client).ok());
    nic->Restart();
    TestLists lists;
    clock.Advance(absl::Nanoseconds(1'234'567));
    nic->SendNetBufferLists(lists.MakeChain({TestFrame(60, 1)}));
    clock.Advance(absl::Seconds(1));
    nic->SendNetBufferLists(
        lists.MakeChain({TestFrame(1514, 2, kTestBroadcast)}));
    // Still open: it is all there before the NIC halts.
    const bool nano = precision == TimestampPrecision::kNanoseconds;
    const std::string fraction = nano ? "001234567" : "001234000";
    EXPECT_THAT(
        OutputOf(absl::StrCat("tshark -r ", directory.PathOf("out"),
                              " -T fields -e frame.time_epoch -e frame.len"
                              " -e eth.dst -e eth.type 2>/dev/null")),
        ElementsAre(absl::StrCat("1700000000.", fraction,
                                 "\t60\t02:00:00:00:00:01\t0x88b5"),
                    absl::StrCat("1700000001.", fraction,
                                 "\t1514\tff:ff:ff:ff:ff:ff\t0x88b5")));
    nic->Pause();
    EXPECT_TRUE(nic->Halt().ok());
  }
}

}  // namespace
}  // namespace netbuf
