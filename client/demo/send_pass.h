// One sending of a whole capture, and what became of each frame.

#ifndef NETBUFD_CLIENT_DEMO_SEND_PASS_H_
#define NETBUFD_CLIENT_DEMO_SEND_PASS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/lib/client.h"
#include "client/lib/frame_sender.h"
#include "client/text/progress.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf::client {

// Bytes that VXLAN puts in front of a frame: Ethernet 14, IPv4 20, UDP 8,
// VXLAN 8.
inline constexpr uint32_t kVxlanHeaderBytes = 50;

// What VerifyOutput needs to know of a pass.
struct SendPass {
  // Bytes in front of each frame in the output: 0 or kVxlanHeaderBytes.
  uint32_t header_bytes = 0;

  // One a whole frame of the capture, in order.
  std::vector<v1::NdisStatus> statuses;

  FrameSender::Counts counts = {};
};

// Sends every whole frame of the capture, in order. DATA_LOSS when one did not
// come back; then the statuses are not one a frame.
absl::StatusOr<SendPass> SendCapture(const Client& client,
                                     const std::string& capture,
                                     const FrameSender::Options& options,
                                     ProgressMeter& progress);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_DEMO_SEND_PASS_H_
