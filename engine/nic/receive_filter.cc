#include "engine/nic/receive_filter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/frame.h"

namespace netbuf {

NdisStatus ReceiveFilter::SetPacketFilter(OidRequest& request) {
  uint32_t filter = 0;
  const NdisStatus status = ReadU32(request, &filter);
  if (status != NdisStatus::kSuccess) return status;
  if ((filter & ~attributes_.supported_packet_filters) != 0) {
    request.bytes_read = 0;
    return NdisStatus::kNotSupported;
  }
  packet_filter_.store(filter, std::memory_order_relaxed);
  return NdisStatus::kSuccess;
}

NdisStatus ReceiveFilter::SetMulticastList(OidRequest& request) {
  const absl::Span<const uint8_t> in = request.information_buffer;
  if (in.size() % kMacAddressSize != 0) {
    request.bytes_needed = kMacAddressSize;
    return NdisStatus::kInvalidLength;
  }
  const size_t limit = attributes_.max_multicast_list_size;
  if (in.size() / kMacAddressSize > limit) {
    request.bytes_needed = static_cast<uint32_t>(
        std::min<uint64_t>(uint64_t{limit} * kMacAddressSize,
                           std::numeric_limits<uint32_t>::max()));
    return NdisStatus::kMulticastFull;
  }
  std::vector<MacAddress> list(in.size() / kMacAddressSize);
  for (size_t i = 0; i < list.size(); ++i) {
    std::copy_n(in.begin() + i * kMacAddressSize, kMacAddressSize,
                list[i].begin());
    if (ClassifyDestination(list[i]) == FrameClass::kUnicast) {
      return NdisStatus::kMulticastFull;
    }
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  {
    MutexLock lock(mu_);
    multicast_list_ = std::move(list);
  }
  request.bytes_read = static_cast<uint32_t>(in.size());
  return NdisStatus::kSuccess;
}

std::vector<MacAddress> ReceiveFilter::multicast_list() const {
  MutexLock lock(mu_);
  return multicast_list_;
}

bool ReceiveFilter::Accepts(const MacAddress& destination) const {
  const uint32_t filter = packet_filter();
  if ((filter & kPacketTypePromiscuous) != 0) return true;
  switch (ClassifyDestination(destination)) {
    case FrameClass::kUnicast:
      return (filter & kPacketTypeDirected) != 0 &&
             destination == attributes_.current_address;
    case FrameClass::kBroadcast:
      return (filter & kPacketTypeBroadcast) != 0;
    case FrameClass::kMulticast:
      break;
  }
  if ((filter & kPacketTypeAllMulticast) != 0) return true;
  if ((filter & kPacketTypeMulticast) == 0) return false;
  MutexLock lock(mu_);
  return std::binary_search(multicast_list_.begin(), multicast_list_.end(),
                            destination);
}

}  // namespace netbuf
