// How a NIC is configured: plain structs that the API's Adapter message
// mirrors.

#ifndef NETBUFD_ENGINE_NIC_NIC_OPTIONS_H_
#define NETBUFD_ENGINE_NIC_NIC_OPTIONS_H_

#include <cstdint>
#include <string>

#include "engine/ndis/flags.h"
#include "engine/nic/nic.h"

namespace netbuf {

// Common to both. Limits: mtu 68 (IPv4's least) to 65,521 (a 65,535-byte
// frame); the address is unicast and not zero (zero: one is derived from the
// adapter's id, locally administered).
struct NicOptions {
  MacAddress mac_address{};
  uint32_t mtu = 1500;
  uint64_t link_speed_bps = 0;  // 0: 10 Gbit/s, and no pacing.
  bool initially_disconnected = false;
  LinkDownPolicy link_down_policy = LinkDownPolicy::kFail;
  uint16_t data_back_fill_size = 0;
  uint16_t context_back_fill_size = 0;
  uint32_t max_multicast_list_size = 32;
  // Pad frames under 60 bytes with zeros, as hardware does on the wire.
  // Captures taken on a sender show frames before padding, so the pcap NIC
  // leaves them as they are unless asked.
  bool pad_short_frames = false;
};

// Transmit ring and wire. With a link speed each frame occupies the wire for
// its length plus 24 bytes (preamble, check sequence, gap) and completes when
// its last bit has left; without one it completes at once.
struct SimulatedNicOptions {
  NicOptions common{.pad_short_frames = true};
  // Frames on the ring, 1 to 65,536; more wait in order.
  uint32_t transmit_descriptors = 512;
};

// Timestamps in the transmit file.
enum class TimestampPrecision : uint8_t { kMicroseconds, kNanoseconds };

enum class ReplayPace : uint8_t {
  kTopSpeed,  // As fast as the binding takes frames: nothing is dropped.
  kCaptured,  // By the capture's timestamps; what finds no room is counted.
};

// Capture files are named relative to the server's capture directory and cannot
// leave it.
struct PcapNicOptions {
  NicOptions common;
  std::string transmit_file;  // Written anew; empty: frames are discarded.
  TimestampPrecision transmit_precision = TimestampPrecision::kNanoseconds;
  // pcap or pcapng, Ethernet; empty: nothing is received.
  std::string receive_file;
  ReplayPace receive_pace = ReplayPace::kTopSpeed;
  // Frames indicated and not yet returned, 1 to 65,536.
  uint32_t receive_descriptors = 1024;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_NIC_OPTIONS_H_
