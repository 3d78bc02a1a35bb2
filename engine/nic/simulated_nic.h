// SimulatedNic: a transmit ring on a wire with a speed. It receives nothing.
//
//   SendNetBufferLists -> [ software queue ] -> [ ring ] -> wire
//                            any number     descriptors    one frame at a time
//
// All wait in the order they were sent. A list completes when the last bit of
// its last frame has left; with no link speed set, wire and ring are never busy
// and it completes inside the send. While the link is down, what is queued or
// on the ring meets the link-down policy; with kQueue, a frame that was on the
// wire is sent again from its beginning.

#ifndef NETBUFD_ENGINE_NIC_SIMULATED_NIC_H_
#define NETBUFD_ENGINE_NIC_SIMULATED_NIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/send_loop.h"
#include "engine/nic/wakeup.h"
#include "engine/nic/wire.h"

namespace netbuf {

struct TransmitRingState {
  uint32_t descriptors = 0;
  uint32_t used = 0;    // Frames on the ring, that on the wire among them.
  uint64_t queued = 0;  // Frames behind it.
};

// Thread safety: as Nic. mu_ orders everything but sends without a link speed,
// which take no lock: nobody can see in which order such frames leave.
class SimulatedNic : public Nic {
 public:
  // Sees every frame, padding included, at the moment it has left, in order.
  // Must not call the NIC.
  using FrameSink = std::function<void(absl::Span<const std::byte>)>;

  // INVALID_ARGUMENT names the option's field. `clock` is not owned.
  static absl::StatusOr<std::unique_ptr<SimulatedNic>> Create(
      const SimulatedNicOptions& options, Clock* clock,
      FrameSink sink = nullptr);

  absl::Status Initialize(NicClient* client) override;
  const NicAttributes& attributes() const override {
    return miniport_.attributes();
  }
  void Restart() override;
  // What is queued or on the ring completes with PAUSED.
  void Pause() override;
  absl::Status Halt() override;
  void SendNetBufferLists(NetBufferListChain chain) override;
  void CancelSends(const void* source_handle, uint64_t cancel_id) override;
  void ReturnNetBufferLists(NetBufferListChain chain) override;
  NdisStatus OidRequest(netbuf::OidRequest& request) override;
  LinkState link_state() const override { return miniport_.link_state(); }
  // A new speed holds from the next frame on, if a link speed was set.
  void SetLinkState(const LinkState& state) override;
  AdapterStatistics statistics() const override {
    return miniport_.statistics().Snapshot();
  }
  uint64_t transmit_queue_length() const override;

  TransmitRingState transmit_ring() const;

 private:
  SimulatedNic(const SimulatedNicOptions& options, NicAttributes attributes,
               Clock* clock, FrameSink sink);

  bool paced() const { return options_.common.link_speed_bps != 0; }

  // SendLoop's work: what of `chain` is done afterwards.
  NetBufferListChain Carry(NetBufferListChain chain) ABSL_LOCKS_EXCLUDED(mu_);
  // Without pacing and sink: completes lists without a lock, but for those that
  // must wait for the link, which it returns.
  NetBufferListChain CarryAtOnce(NetBufferListChain chain,
                                 NetBufferListChain* done);
  void Enqueue(NetBufferList* nbl) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Lets frames leave: at once without pacing, else the next one at `ready`.
  void Advance(absl::Time ready, NetBufferListChain* done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The timer: takes off the wire what has left.
  void OnWakeup() ABSL_LOCKS_EXCLUDED(mu_);
  // The next frame has left.
  void FinishFrame(NetBufferListChain* done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The frame on the wire, if any, does not get through.
  void ClearWire() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Gives up what waits, with `status`.
  void GiveUp(NdisStatus status, NetBufferListChain* done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ShowToSink(const NetBuffer& nb) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const SimulatedNicOptions options_;
  Clock* const clock_;
  const FrameSink sink_;
  Miniport miniport_;
  SendLoop send_loop_;

  mutable Mutex mu_;
  Wire wire_ ABSL_GUARDED_BY(mu_);
  // Ring and software queue in one; the ring is its first frames.
  NetBufferListChain queue_ ABSL_GUARDED_BY(mu_);
  uint64_t frames_ ABSL_GUARDED_BY(mu_) = 0;  // Of queue_, not yet sent.
  // The next frame to leave, of the first list; null when queue_ is empty.
  NetBuffer* next_frame_ ABSL_GUARDED_BY(mu_) = nullptr;
  // When the frame on the wire ends; InfiniteFuture when there is none.
  absl::Time wire_end_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  std::vector<std::byte> sink_frame_ ABSL_GUARDED_BY(mu_);

  Wakeup wakeup_;  // Last: its work uses all of the above.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_SIMULATED_NIC_H_
