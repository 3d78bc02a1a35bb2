#include "engine/nic/wire.h"

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace netbuf {
namespace {

constexpr uint64_t kBitsPerOctet = 8;
constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace

void Wire::set_speed(uint64_t bits_per_second) {
  if (bits_per_second == speed_) return;
  speed_ = bits_per_second;
  // The fraction was counted in the old speed's units.
  if (remainder_ > 0) free_ += absl::Nanoseconds(1);
  remainder_ = 0;
}

absl::Time Wire::Transmit(absl::Time ready, uint64_t octets) {
  const absl::Time end = remainder_ > 0 ? free_ + absl::Nanoseconds(1) : free_;
  if (ready > end) {
    free_ = ready;
    remainder_ = 0;
  }
  // In units of 1/speed nanoseconds; 128 bits, because a large frame on a slow
  // wire passes 64.
  const unsigned __int128 work =
      static_cast<unsigned __int128>(octets + kOverheadOctets) * kBitsPerOctet *
          kNanosecondsPerSecond +
      remainder_;
  const unsigned __int128 nanoseconds = work / speed_;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  free_ += absl::Nanoseconds(
      nanoseconds > kMax ? kMax : static_cast<int64_t>(nanoseconds));
  remainder_ = static_cast<uint64_t>(work % speed_);
  return remainder_ > 0 ? free_ + absl::Nanoseconds(1) : free_;
}

void Wire::Reset() {
  free_ = absl::InfinitePast();
  remainder_ = 0;
}

}  // namespace netbuf
