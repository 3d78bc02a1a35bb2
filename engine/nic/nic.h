// Nic: the miniport adapter as the stack above sees it, and NicClient: the
// stack as the miniport sees it. This is the engine's border with the world;
// behind it stand the pcap NIC, the simulated NIC and the fake that tests use.
//
//     stack   SendNetBufferLists   |    ^ SendNetBufferListsComplete
//             ReturnNetBufferLists |    | IndicateReceiveNetBufferLists
//             OidRequest           v    | IndicateLinkState
//     Nic     ---------------------------------------------------------
//
// Life (ndis-semantics 10): Initialize -> Paused -> Restart -> Running -> Pause
// -> Paused -> ... -> Halt. The stack above calls Initialize, Restart, Pause
// and Halt one at a time.

#ifndef NETBUFD_ENGINE_NIC_NIC_H_
#define NETBUFD_ENGINE_NIC_NIC_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "engine/buffer/chain.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"

namespace netbuf {

// NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES: what NDIS answers from without
// asking the miniport. Constant after Initialize().
struct NicAttributes {
  MacAddress permanent_address{};
  MacAddress current_address{};
  uint32_t mtu = 1500;  // Largest payload after the 14-byte Ethernet header.
  uint64_t max_xmit_link_speed = 0;  // bit/s
  uint64_t max_rcv_link_speed = 0;   // bit/s
  uint32_t lookahead_size = 0;       // Bytes; 0 stands for mtu.
  uint32_t mac_options = kMacOptionNoLoopback | kMacOptionFullDuplex;
  uint32_t supported_packet_filters =
      kPacketTypeDirected | kPacketTypeMulticast | kPacketTypeAllMulticast |
      kPacketTypeBroadcast | kPacketTypePromiscuous;
  uint32_t max_multicast_list_size = 32;  // Addresses.
  // What the miniport itself wants in front of each frame and in each context.
  uint16_t data_back_fill_size = 0;
  uint16_t context_back_fill_size = 0;
  uint32_t transmit_descriptors = 0;  // Frames its ring holds.
  uint32_t receive_descriptors = 0;
  uint32_t vendor_id = 0xFFFFFF;  // No OUI assigned.
  std::string vendor_description;
  uint32_t vendor_driver_version = 0x00010000;
  uint16_t driver_version = 0x0650;  // NDIS 6.80; high byte major.

  uint32_t maximum_total_size() const {
    return mtu + static_cast<uint32_t>(kEthernetHeaderSize);
  }
};

// Thread safety: a Nic may call from any thread, also from inside a call to it,
// but never while it holds a lock of its own.
class NicClient {
 public:
  virtual ~NicClient() = default;

  // NdisMSendNetBufferListsComplete: gives lists back, each exactly once, with
  // its final status, in any order and grouping.
  virtual void SendNetBufferListsComplete(NetBufferListChain chain) = 0;

  // NdisMIndicateReceiveNetBufferLists. Each list has exactly one NET_BUFFER.
  // The lists come back through Nic::ReturnNetBufferLists, maybe before this
  // call returns.
  virtual void IndicateReceiveNetBufferLists(NetBufferListChain chain) = 0;

  virtual void IndicateLinkState(const LinkState& state) = 0;
};

// How far a NIC that replays a capture has come. Every frame read is exactly
// one of indicated, filtered, dropped and invalid.
struct ReplayProgress {
  uint64_t frames_read = 0;
  uint64_t frames_indicated = 0;
  uint64_t frames_filtered = 0;  // Not wanted by the packet filter.
  uint64_t frames_dropped = 0;   // No receive descriptor was free.
  // Captured short, shorter than an Ethernet header, or longer than
  // maximum_total_size(): counted as receive errors.
  uint64_t frames_invalid = 0;
  bool finished = false;
  absl::Status error;  // Why it finished before the end of the file.
};

// Thread safety: SendNetBufferLists, ReturnNetBufferLists, OidRequest,
// SetLinkState and the getters may be called from any thread at any time
// between Initialize() and Halt().
class Nic {
 public:
  virtual ~Nic() = default;

  // MiniportInitializeEx. Opens files and memory; an error leaves nothing
  // behind. `client` is not owned and outlives Halt(). Ends Paused.
  virtual absl::Status Initialize(NicClient* client) = 0;
  virtual const NicAttributes& attributes() const = 0;

  // Paused -> Running: from now on sends are carried and receives indicated.
  virtual void Restart() = 0;
  // Running -> Paused. On return no receive is being or will be indicated, and
  // new sends complete with NDIS_STATUS_PAUSED. REQUIRES: every list sent has
  // been completed; the stack's bindings drain first.
  virtual void Pause() = 0;
  // Paused -> Halted: closes what Initialize() opened. An error (a file that
  // could not be written out) is reported after everything was released.
  // REQUIRES: every indicated list has been returned.
  virtual absl::Status Halt() = 0;

  // MiniportSendNetBufferLists: takes the lists over; each NET_BUFFER is one
  // frame, sent in chain order. A list with a frame that is longer than
  // maximum_total_size() or shorter than an Ethernet header completes with
  // INVALID_LENGTH and sends none of its frames. Never blocks on the medium.
  // Called from inside SendNetBufferListsComplete(), it takes the lists and
  // carries them when that has returned, so that completions do not nest.
  virtual void SendNetBufferLists(NetBufferListChain chain) = 0;
  // MiniportCancelSend (ndis-semantics 16): completes with SEND_ABORTED what
  // came with `source_handle` and waits for the link or behind a full ring, and
  // carries `cancel_id`, or all of it when that is 0. What has begun to leave
  // completes as usual. A miniport need not have it.
  virtual void CancelSends(const void* /*source_handle*/,
                           uint64_t /*cancel_id*/) {}
  virtual void ReturnNetBufferLists(NetBufferListChain chain) = 0;

  // MiniportOidRequest: the OIDs a miniport answers itself (ndis-semantics 13,
  // "by M"); INVALID_OID for others. Final status, never PENDING. The stack
  // sends one at a time.
  virtual NdisStatus OidRequest(netbuf::OidRequest& request) = 0;

  virtual LinkState link_state() const = 0;
  // Plugs or pulls the cable; speeds of 0 keep the present ones. Calls
  // IndicateLinkState when something changed.
  virtual void SetLinkState(const LinkState& state) = 0;

  // Lossless sums; cheap enough for every scrape.
  virtual AdapterStatistics statistics() const = 0;
  // Frames accepted and not completed yet (OID_GEN_TRANSMIT_QUEUE_LENGTH).
  virtual uint64_t transmit_queue_length() const = 0;
  // Nothing when this NIC replays no capture.
  virtual std::optional<ReplayProgress> replay_progress() const {
    return std::nullopt;
  }
};

// What a NIC does with a send while its link is down (ndis-semantics 15.4, E8).
enum class LinkDownPolicy : uint8_t {
  kFail,   // MEDIA_DISCONNECTED.
  kDrop,   // SUCCESS, and the frame is counted as an out-discard.
  kQueue,  // Held until the link is up again, or the binding closes.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_NIC_H_
