#include "engine/nic/miniport.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/base/mutex.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/frame.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"

namespace netbuf {
namespace {

LinkState InitialLinkState(const NicAttributes& attributes,
                           const NicOptions& options) {
  LinkState state;
  state.connect_state = options.initially_disconnected
                            ? MediaConnectState::kDisconnected
                            : MediaConnectState::kConnected;
  state.xmit_link_speed = attributes.max_xmit_link_speed;
  state.rcv_link_speed = attributes.max_rcv_link_speed;
  return state;
}

}  // namespace

Miniport::Miniport(NicAttributes attributes, const NicOptions& options)
    : attributes_(std::move(attributes)),
      link_down_policy_(options.link_down_policy),
      pad_short_frames_(options.pad_short_frames),
      link_up_(!options.initially_disconnected),
      current_lookahead_(attributes_.lookahead_size),
      receive_filter_(attributes_),
      link_state_(InitialLinkState(attributes_, options)) {}

LinkState Miniport::link_state() const {
  MutexLock lock(mu_);
  return link_state_;
}

bool Miniport::SetLinkState(LinkState state) {
  MutexLock lock(mu_);
  if (state.xmit_link_speed == 0) {
    state.xmit_link_speed = link_state_.xmit_link_speed;
  }
  if (state.rcv_link_speed == 0) {
    state.rcv_link_speed = link_state_.rcv_link_speed;
  }
  if (state == link_state_) return false;
  link_state_ = state;
  link_up_.store(state.connect_state == MediaConnectState::kConnected,
                 std::memory_order_release);
  return true;
}

void Miniport::IndicateLinkState() {
  LinkState state;
  {
    MutexLock lock(mu_);
    if (indicating_) {
      indicate_again_ = true;
      return;
    }
    indicating_ = true;
    state = link_state_;
  }
  for (;;) {
    client_->IndicateLinkState(state);
    MutexLock lock(mu_);
    if (!std::exchange(indicate_again_, false)) {
      indicating_ = false;
      return;
    }
    state = link_state_;
  }
}

Admission Miniport::Admit(NetBufferList& nbl) {
  if (!running()) {
    Discard(nbl, NdisStatus::kPaused);
    return Admission::kComplete;
  }
  if (nbl.first_net_buffer() == nullptr) {  // U20: nothing to send, all sent.
    nbl.set_status(NdisStatus::kSuccess);
    return Admission::kComplete;
  }
  const uint32_t max = attributes_.maximum_total_size();
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    if (nb->data_length() < kEthernetHeaderSize || nb->data_length() > max) {
      statistics_.AddOutErrors(CountFrames(nbl));
      nbl.set_status(NdisStatus::kInvalidLength);
      return Admission::kComplete;
    }
  }
  if (link_up()) return Admission::kCarry;
  switch (link_down_policy_) {
    case LinkDownPolicy::kQueue:
      return Admission::kHold;
    case LinkDownPolicy::kDrop:
      Discard(nbl, NdisStatus::kSuccess);
      break;
    case LinkDownPolicy::kFail:
      Discard(nbl, NdisStatus::kMediaDisconnected);
      break;
  }
  return Admission::kComplete;
}

void Miniport::Discard(NetBufferList& nbl, NdisStatus status) {
  statistics_.AddOutDiscards(CountFrames(nbl));
  nbl.set_status(status);
}

uint32_t Miniport::WireLength(const NetBuffer& nb) const {
  if (!pad_short_frames_) return nb.data_length();
  return std::max<uint32_t>(nb.data_length(), kEthernetMinimumFrameSize);
}

void Miniport::Tally(const NetBuffer& nb, TrafficTally* tally) const {
  tally->Add(ClassifyDestination(DestinationOf(nb)), WireLength(nb));
}

}  // namespace netbuf
