// Miniport: what every NIC has, whatever is behind it: attributes, link state,
// receive filter, counters, the OIDs a miniport answers, and the decision
// whether a list may leave at all. A NIC has one as a member.

#ifndef NETBUFD_ENGINE_NIC_MINIPORT_H_
#define NETBUFD_ENGINE_NIC_MINIPORT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "engine/base/mutex.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/nic_statistics.h"
#include "engine/nic/receive_filter.h"

namespace netbuf {

// What becomes of a list that was handed to a NIC.
enum class Admission : uint8_t {
  kCarry,     // It is to be sent.
  kHold,      // It waits for the link (LinkDownPolicy::kQueue).
  kComplete,  // Its status is written; only the completion remains.
};

// Thread safety: every method may be called from any thread, except
// set_client(), which comes first.
class Miniport {
 public:
  // `options` were accepted by MakeNicAttributes, which made `attributes`.
  Miniport(NicAttributes attributes, const NicOptions& options);
  Miniport(const Miniport&) = delete;
  Miniport& operator=(const Miniport&) = delete;

  const NicAttributes& attributes() const { return attributes_; }
  NicStatistics& statistics() { return statistics_; }
  const NicStatistics& statistics() const { return statistics_; }
  const ReceiveFilter& receive_filter() const { return receive_filter_; }

  void set_client(NicClient* client) { client_ = client; }
  NicClient* client() const { return client_; }

  bool running() const { return running_.load(std::memory_order_acquire); }
  void set_running(bool running) {
    running_.store(running, std::memory_order_release);
  }

  // --- Link -----------------------------------------------------------------
  LinkState link_state() const ABSL_LOCKS_EXCLUDED(mu_);
  bool link_up() const { return link_up_.load(std::memory_order_acquire); }
  // Speeds of 0 keep the present ones. True when something changed; the NIC
  // then acts on it and calls IndicateLinkState().
  bool SetLinkState(LinkState state) ABSL_LOCKS_EXCLUDED(mu_);
  // Tells the client. Of several threads that do so at once, one goes on until
  // the client knows the newest state. The caller holds no lock.
  void IndicateLinkState() ABSL_LOCKS_EXCLUDED(mu_);

  // --- Sending --------------------------------------------------------------
  // Decides by the state, the frames' lengths and the link. Counts frames that
  // will not be sent: wrong lengths as errors, others as discards.
  Admission Admit(NetBufferList& nbl);
  // Fails a list that had been carried or held, and counts its frames as
  // discards (SEND_ABORTED, PAUSED, MEDIA_DISCONNECTED, a drop's SUCCESS).
  void Discard(NetBufferList& nbl, NdisStatus status);
  // Octets that a frame occupies on the medium: with padding, where it is on.
  uint32_t WireLength(const NetBuffer& nb) const;
  void Tally(const NetBuffer& nb, TrafficTally* tally) const;

  // --- OIDs -----------------------------------------------------------------
  // As Nic::OidRequest. A set of link parameters goes to `set_link_state`.
  NdisStatus OidRequest(
      netbuf::OidRequest& request,
      const std::function<void(const LinkState&)>& set_link_state);
  uint32_t current_lookahead() const {
    return current_lookahead_.load(std::memory_order_relaxed);
  }

 private:
  NdisStatus Query(netbuf::OidRequest& request) const;
  NdisStatus SetLookahead(netbuf::OidRequest& request);
  NdisStatus SetLinkParameters(
      netbuf::OidRequest& request,
      const std::function<void(const LinkState&)>& set_link_state);

  const NicAttributes attributes_;
  const LinkDownPolicy link_down_policy_;
  const bool pad_short_frames_;
  NicClient* client_ = nullptr;

  std::atomic<bool> running_{false};
  // Follows link_state_. The NIC changes the link and admits lists under one
  // lock of its own where the order of the two matters.
  std::atomic<bool> link_up_;
  std::atomic<uint32_t> current_lookahead_;
  NicStatistics statistics_;
  ReceiveFilter receive_filter_;

  mutable Mutex mu_;
  LinkState link_state_ ABSL_GUARDED_BY(mu_);
  bool indicating_ ABSL_GUARDED_BY(mu_) = false;
  bool indicate_again_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_MINIPORT_H_
