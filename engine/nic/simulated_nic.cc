#include "engine/nic/simulated_nic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/cancel_sends.h"
#include "engine/nic/frame.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"

namespace netbuf {

absl::StatusOr<std::unique_ptr<SimulatedNic>> SimulatedNic::Create(
    const SimulatedNicOptions& options, Clock* clock, FrameSink sink) {
  RETURN_IF_ERROR(
      CheckDescriptors(options.transmit_descriptors, "transmit_descriptors"));
  ASSIGN_OR_RETURN(NicAttributes attributes,
                   MakeNicAttributes(options.common, "netbufd simulated NIC"));
  attributes.transmit_descriptors = options.transmit_descriptors;
  return absl::WrapUnique(
      new SimulatedNic(options, std::move(attributes), clock, std::move(sink)));
}

SimulatedNic::SimulatedNic(const SimulatedNicOptions& options,
                           NicAttributes attributes, Clock* clock,
                           FrameSink sink)
    : options_(options),
      clock_(clock),
      sink_(std::move(sink)),
      miniport_(std::move(attributes), options.common),
      send_loop_(
          [this](NetBufferListChain chain) { return Carry(std::move(chain)); }),
      wire_(miniport_.attributes().max_xmit_link_speed),
      wakeup_(clock, [this] { OnWakeup(); }) {}

absl::Status SimulatedNic::Initialize(NicClient* client) {
  miniport_.set_client(client);
  send_loop_.set_client(client);
  return absl::OkStatus();
}

void SimulatedNic::Restart() {
  MutexLock lock(mu_);
  miniport_.set_running(true);
}

void SimulatedNic::Pause() {
  NetBufferListChain done;
  {
    MutexLock lock(mu_);
    miniport_.set_running(false);
    ClearWire();
    GiveUp(NdisStatus::kPaused, &done);
  }
  send_loop_.Complete(std::move(done));
}

absl::Status SimulatedNic::Halt() {
  wakeup_.Stop();
  return absl::OkStatus();
}

void SimulatedNic::SendNetBufferLists(NetBufferListChain chain) {
  send_loop_.Send(std::move(chain));
}

void SimulatedNic::CancelSends(const void* source_handle, uint64_t cancel_id) {
  NetBufferListChain cancelled;
  {
    MutexLock lock(mu_);
    if (queue_.empty()) return;
    const uint64_t left_of_first =
        CountFrames(*queue_.head()) - CountFramesFrom(next_frame_);
    // On a dead link nothing is under way but a list of which some has left.
    const uint64_t busy =
        miniport_.link_up() && paced()
            ? left_of_first +
                  std::min<uint64_t>(frames_, options_.transmit_descriptors)
            : left_of_first;
    cancelled = TakeCancelled(&queue_, source_handle, cancel_id, busy);
    for (NetBufferList* nbl = cancelled.head(); nbl != nullptr;
         nbl = nbl->next) {
      frames_ -= CountFrames(*nbl);
      miniport_.Discard(*nbl, NdisStatus::kSendAborted);
    }
    if (busy == 0) {
      next_frame_ =
          queue_.empty() ? nullptr : queue_.head()->first_net_buffer();
    }
  }
  send_loop_.Complete(std::move(cancelled));
}

void SimulatedNic::ReturnNetBufferLists(NetBufferListChain /*chain*/) {
  // It has indicated none.
}

NdisStatus SimulatedNic::OidRequest(netbuf::OidRequest& request) {
  return miniport_.OidRequest(
      request, [this](const LinkState& state) { SetLinkState(state); });
}

void SimulatedNic::SetLinkState(const LinkState& state) {
  NetBufferListChain done;
  {
    MutexLock lock(mu_);
    if (!miniport_.SetLinkState(state)) return;
    if (paced()) wire_.set_speed(miniport_.link_state().xmit_link_speed);
    if (miniport_.link_up()) {
      Advance(clock_->Now(), &done);
    } else {
      ClearWire();
      switch (options_.common.link_down_policy) {
        case LinkDownPolicy::kFail:
          GiveUp(NdisStatus::kMediaDisconnected, &done);
          break;
        case LinkDownPolicy::kDrop:
          GiveUp(NdisStatus::kSuccess, &done);
          break;
        case LinkDownPolicy::kQueue:
          break;
      }
    }
  }
  miniport_.IndicateLinkState();
  send_loop_.Complete(std::move(done));
}

uint64_t SimulatedNic::transmit_queue_length() const {
  MutexLock lock(mu_);
  return frames_;
}

TransmitRingState SimulatedNic::transmit_ring() const {
  MutexLock lock(mu_);
  TransmitRingState state;
  state.descriptors = options_.transmit_descriptors;
  state.used = static_cast<uint32_t>(
      std::min<uint64_t>(frames_, options_.transmit_descriptors));
  state.queued = frames_ - state.used;
  return state;
}

NetBufferListChain SimulatedNic::Carry(NetBufferListChain chain) {
  NetBufferListChain done;
  if (!paced() && sink_ == nullptr) {
    chain = CarryAtOnce(std::move(chain), &done);
    if (chain.empty()) return done;
  }
  MutexLock lock(mu_);
  while (NetBufferList* const nbl = chain.PopFront()) {
    if (miniport_.Admit(*nbl) == Admission::kComplete) {
      done.Append(nbl);
    } else {
      Enqueue(nbl);
    }
  }
  if (miniport_.link_up()) Advance(clock_->Now(), &done);
  return done;
}

NetBufferListChain SimulatedNic::CarryAtOnce(NetBufferListChain chain,
                                             NetBufferListChain* done) {
  NetBufferListChain held;
  TrafficTally tally;
  while (NetBufferList* const nbl = chain.PopFront()) {
    switch (miniport_.Admit(*nbl)) {
      case Admission::kHold:
        held.Append(nbl);
        continue;
      case Admission::kComplete:
        break;
      case Admission::kCarry:
        nbl->set_status(NdisStatus::kSuccess);
        for (const NetBuffer* nb = nbl->first_net_buffer(); nb != nullptr;
             nb = nb->next()) {
          miniport_.Tally(*nb, &tally);
        }
        break;
    }
    done->Append(nbl);
  }
  miniport_.statistics().AddSent(tally);
  return held;
}

void SimulatedNic::Enqueue(NetBufferList* nbl) {
  if (queue_.empty()) next_frame_ = nbl->first_net_buffer();
  queue_.Append(nbl);
  frames_ += CountFrames(*nbl);
}

void SimulatedNic::Advance(absl::Time ready, NetBufferListChain* done) {
  if (!paced()) {
    while (next_frame_ != nullptr) FinishFrame(done);
    return;
  }
  if (next_frame_ == nullptr || wire_end_ != absl::InfiniteFuture()) return;
  wire_end_ = wire_.Transmit(ready, miniport_.WireLength(*next_frame_));
  wakeup_.Arm(wire_end_);
}

void SimulatedNic::OnWakeup() {
  NetBufferListChain done;
  {
    MutexLock lock(mu_);
    const absl::Time now = clock_->Now();
    // A frame that waits goes on the wire when the one before has left, however
    // late this timer is: lateness does not add up.
    while (wire_end_ <= now) {
      const absl::Time end = wire_end_;
      FinishFrame(&done);
      wire_end_ = next_frame_ == nullptr
                      ? absl::InfiniteFuture()
                      : wire_.Transmit(end, miniport_.WireLength(*next_frame_));
    }
    if (wire_end_ != absl::InfiniteFuture()) wakeup_.Arm(wire_end_);
  }
  send_loop_.Complete(std::move(done));
}

void SimulatedNic::FinishFrame(NetBufferListChain* done) {
  TrafficTally tally;
  miniport_.Tally(*next_frame_, &tally);
  miniport_.statistics().AddSent(tally);
  if (sink_ != nullptr) ShowToSink(*next_frame_);
  --frames_;
  next_frame_ = next_frame_->next();
  if (next_frame_ != nullptr) return;
  NetBufferList* const nbl = queue_.PopFront();
  nbl->set_status(NdisStatus::kSuccess);
  done->Append(nbl);
  if (!queue_.empty()) next_frame_ = queue_.head()->first_net_buffer();
}

void SimulatedNic::ClearWire() {
  wire_.Reset();
  wire_end_ = absl::InfiniteFuture();
  wakeup_.Disarm();
}

void SimulatedNic::GiveUp(NdisStatus status, NetBufferListChain* done) {
  miniport_.statistics().AddOutDiscards(frames_);
  frames_ = 0;
  next_frame_ = nullptr;
  for (NetBufferList* nbl = queue_.head(); nbl != nullptr; nbl = nbl->next) {
    nbl->set_status(status);
  }
  done->Append(std::move(queue_));
}

void SimulatedNic::ShowToSink(const NetBuffer& nb) {
  sink_frame_.clear();
  ForEachRun(nb, nb.data_length(), [this](absl::Span<const std::byte> run) {
    mu_.AssertHeld();
    sink_frame_.insert(sink_frame_.end(), run.begin(), run.end());
  });
  sink_frame_.resize(miniport_.WireLength(nb));
  sink_(sink_frame_);
}

}  // namespace netbuf
