#include "engine/nic/wire.h"

#include <cstdint>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(WireTest, FrameOccupiesItsOctetsAnd24More) {
  Wire wire(1'000'000'000);
  // (60 + 24) octets of 8 ns.
  EXPECT_EQ(wire.Transmit(kStart, 60), kStart + absl::Nanoseconds(672));
}

TEST(WireTest, FramesBackToBackAddUpWithoutRounding) {
  Wire wire(10'000'000'000);
  absl::Time end;
  for (int i = 0; i < 1000; ++i) end = wire.Transmit(kStart, 60);
  // 67.2 ns each: 67,200 ns together, not 1,000 times 68.
  EXPECT_EQ(end, kStart + absl::Nanoseconds(67'200));
}

TEST(WireTest, EndIsTheFirstWholeNanosecondAfterTheLastBit) {
  Wire wire(10'000'000'000);
  EXPECT_EQ(wire.Transmit(kStart, 60), kStart + absl::Nanoseconds(68));
  EXPECT_EQ(wire.Transmit(kStart, 60), kStart + absl::Nanoseconds(135));
}

TEST(WireTest, IdleWireStartsWhenTheFrameIsReady) {
  Wire wire(1'000'000'000);
  wire.Transmit(kStart, 60);
  const absl::Time later = kStart + absl::Seconds(1);
  EXPECT_EQ(wire.Transmit(later, 60), later + absl::Nanoseconds(672));
}

TEST(WireTest, NewSpeedHoldsFromTheNextFrameOn) {
  Wire wire(1'000'000'000);
  wire.Transmit(kStart, 60);
  wire.set_speed(100'000'000);
  EXPECT_EQ(wire.Transmit(kStart, 60), kStart + absl::Nanoseconds(672 + 6720));
}

TEST(WireTest, ResetFreesTheWire) {
  Wire wire(1'000'000'000);
  wire.Transmit(kStart, 1'000'000);
  wire.Reset();
  EXPECT_EQ(wire.Transmit(kStart, 60), kStart + absl::Nanoseconds(672));
}

TEST(WireTest, OneBitPerSecondDoesNotOverflow) {
  Wire wire(1);
  EXPECT_EQ(wire.Transmit(kStart, 65535),
            kStart + absl::Seconds((65535 + 24) * 8));
}

}  // namespace
}  // namespace netbuf
