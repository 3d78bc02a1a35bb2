// Wire: when the last bit of each frame has left.
//
// A frame occupies an Ethernet wire for its octets and 24 more: 8 of preamble,
// 4 of frame check sequence and 12 of gap to the next frame. Times are exact:
// of frames sent back to back the n-th ends at the first whole nanosecond at
// which all of their bits have left, so no rounding adds up.
//
//   start       end 1       end 2         (idle)         start       end 3
//     |--frame 1--|--frame 2--|..........................|--frame 3--|

#ifndef NETBUFD_ENGINE_NIC_WIRE_H_
#define NETBUFD_ENGINE_NIC_WIRE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace netbuf {

// Not thread-safe.
class Wire {
 public:
  static constexpr uint64_t kOverheadOctets = 24;

  // REQUIRES: bits_per_second > 0.
  explicit Wire(uint64_t bits_per_second) : speed_(bits_per_second) {}

  // From the next frame on.
  void set_speed(uint64_t bits_per_second);

  // Puts a frame on the wire at `ready`, or when the wire is free if that is
  // later; returns when its last bit has left.
  absl::Time Transmit(absl::Time ready, uint64_t octets);

  // Forgets the frame on the wire: it is free from now on.
  void Reset();

 private:
  uint64_t speed_;  // bit/s
  // The end of the last frame is free_ + remainder_ / speed_ nanoseconds.
  absl::Time free_ = absl::InfinitePast();
  uint64_t remainder_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_WIRE_H_
