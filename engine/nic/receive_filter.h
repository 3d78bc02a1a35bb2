// ReceiveFilter: which frames a NIC lets in: its packet filter and multicast
// list (ndis-semantics 13.2). Receives start when a filter is set; 0 stops
// them.

#ifndef NETBUFD_ENGINE_NIC_RECEIVE_FILTER_H_
#define NETBUFD_ENGINE_NIC_RECEIVE_FILTER_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"

namespace netbuf {

// Thread safety: every method may be called from any thread.
class ReceiveFilter {
 public:
  // `attributes` outlives this.
  explicit ReceiveFilter(const NicAttributes& attributes)
      : attributes_(attributes) {}

  // Handles the set of OID_GEN_CURRENT_PACKET_FILTER; bits that are not
  // supported are NOT_SUPPORTED and change nothing (U15).
  NdisStatus SetPacketFilter(OidRequest& request);
  // Handles the set of OID_802_3_MULTICAST_LIST: replaces the list, dropping
  // duplicates. A length that is no multiple of 6 is INVALID_LENGTH; too many
  // addresses, or one that is not a group's, MULTICAST_FULL.
  NdisStatus SetMulticastList(OidRequest& request);

  uint32_t packet_filter() const {
    return packet_filter_.load(std::memory_order_relaxed);
  }
  std::vector<MacAddress> multicast_list() const;

  // Whether a frame to `destination` is let in. O(log addresses).
  bool Accepts(const MacAddress& destination) const;

 private:
  const NicAttributes& attributes_;
  std::atomic<uint32_t> packet_filter_{0};  // Alone; orders nothing.
  mutable Mutex mu_;
  std::vector<MacAddress> multicast_list_ ABSL_GUARDED_BY(mu_);  // Sorted.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_RECEIVE_FILTER_H_
