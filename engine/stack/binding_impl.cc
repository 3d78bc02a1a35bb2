// The data path of a binding. What changes its state is in binding_control.cc.

#include "engine/stack/binding_impl.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/pool/net_buffer_list_pool.h"

namespace netbuf {
namespace {

void SetStatus(const NetBufferListChain& chain, NdisStatus status) {
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    nbl->set_status(status);
  }
}

// Lists that the caller made itself have no block header to stamp.
void Stamp(const NetBufferListChain& chain, HolderId holder, LifeEvent event) {
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    if (nbl->ndis_pool_handle() != nullptr) {
      NetBufferListPool::SetHolder(nbl, holder, event);
    }
  }
}

bool AllFrom(const NetBufferListChain& chain, const void* source_handle) {
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    if (nbl->source_handle() != source_handle) return false;
  }
  return true;
}

}  // namespace

BindingImpl::BindingImpl(const BindingOptions& options, BindingClient* client,
                         std::shared_ptr<BindingHost> host)
    : options_(options), client_(client), host_(std::move(host)) {}

BindingImpl::~BindingImpl() = default;

// --- Sends -------------------------------------------------------------------

NdisStatus BindingImpl::SendNetBufferLists(NetBufferListChain&& chain,
                                           uint32_t port_number,
                                           uint32_t send_flags) {
  if (chain.empty()) return NdisStatus::kSuccess;
  if (!AllFrom(chain, handle())) return NdisStatus::kInvalidParameter;

  counters_.CountSent(chain);
  const NdisStatus refusal =
      chain.size() > BindingGate::kMaxChain
          ? NdisStatus::kResources
          : EnterSend(static_cast<uint32_t>(chain.size()));
  if (refusal != NdisStatus::kSuccess) {
    SetStatus(chain, refusal);
    GiveBack(std::move(chain));
    return NdisStatus::kSuccess;
  }

  NetBufferListChain finished;
  SetAside(chain, finished, port_number);
  if (!chain.empty()) {
    Stamp(chain, options_.binding_holder, LifeEvent::kSent);
    if (host_->NeedsLoopback(send_flags)) {
      host_->LoopBack(*this, chain, send_flags);
    }
    BackFillCounts back_fill;
    host_->SendDown(std::move(chain), back_fill);
    counters_.CountBackFill(back_fill);
  }
  if (!finished.empty()) CompleteSends(std::move(finished));
  Leave(BindingGate::kOneCall);
  return NdisStatus::kSuccess;
}

NdisStatus BindingImpl::EnterSend(uint32_t lists) {
  const uint64_t amount = BindingGate::kOneCall + lists * BindingGate::kOneSend;
  const BindingGate::View before = gate_.Enter(amount);
  NdisStatus refusal = NdisStatus::kPaused;
  if (before.state() == BindingState::kRunning) {
    refusal = NdisStatus::kSuccess;
  } else if (before.state() == BindingState::kPausing &&
             absl::ToUnixNanos(host_->clock().Now()) <
                 grace_end_.load(std::memory_order_relaxed)) {
    counters_.CountSentWhilePausing(lists);
    refusal = NdisStatus::kSuccess;
  }
  if (refusal == NdisStatus::kSuccess &&
      (before.sends() >= BindingGate::kMaxSends ||
       before.calls() >= BindingGate::kMaxCalls)) {
    refusal = NdisStatus::kResources;
  }
  if (refusal != NdisStatus::kSuccess) Leave(amount);
  return refusal;
}

NdisStatus BindingImpl::Check(const NetBufferList& nbl,
                              uint32_t port_number) const {
  if (port_number != kDefaultPortNumber) return NdisStatus::kInvalidPort;
  const uint32_t most = host_->maximum_total_size();
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    if (nb->data_length() < kEthernetHeaderSize || nb->data_length() > most) {
      return NdisStatus::kInvalidLength;
    }
  }
  return NdisStatus::kSuccess;
}

void BindingImpl::SetAside(NetBufferListChain& chain,
                           NetBufferListChain& finished, uint32_t port_number) {
  // Nearly always every list goes on; then the chain stays as it is.
  bool all = true;
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    nbl->set_status(Check(*nbl, port_number));
    all &= nbl->status() == NdisStatus::kSuccess &&
           nbl->first_net_buffer() != nullptr;
  }
  if (all) return;
  NetBufferListChain going;
  while (NetBufferList* const nbl = chain.PopFront()) {
    const bool goes = nbl->status() == NdisStatus::kSuccess &&
                      nbl->first_net_buffer() != nullptr;
    (goes ? going : finished).Append(nbl);
  }
  chain = std::move(going);
}

void BindingImpl::GiveBack(NetBufferListChain chain) {
  counters_.CountCompleted(chain);
  Stamp(chain, options_.protocol_holder, LifeEvent::kCompleted);
  client_->SendNetBufferListsComplete(*this, std::move(chain));
}

void BindingImpl::CompleteSends(NetBufferListChain chain) {
  const uint64_t lists = chain.size();
  GiveBack(std::move(chain));
  // Only now, so that a pause that has ended means that no completion callback
  // is running.
  Leave(lists * BindingGate::kOneSend);
}

void BindingImpl::CancelSendNetBufferLists(uint64_t cancel_id) {
  if (cancel_id != 0) host_->CancelSends(handle(), cancel_id);
}

// The binding outlives this call only for those who hold a shared_ptr; a NIC's
// thread has none. The host it may use: its Delete() waits for the NIC.
void BindingImpl::Leave(uint64_t amount) {
  BindingHost* const host = host_.get();
  const BindingGate::View left = gate_.Leave(amount);
  if (left.idle() && (left.state() == BindingState::kPausing ||
                      left.state() == BindingState::kClosing)) {
    host->BindingIdle();
  }
}

// --- Receives ----------------------------------------------------------------

bool BindingImpl::BeginReceive() {
  const BindingGate::View before = gate_.Enter(BindingGate::kOneCall);
  if (before.state() == BindingState::kRunning &&
      before.calls() < BindingGate::kMaxCalls) {
    return true;
  }
  Leave(BindingGate::kOneCall);
  return false;
}

void BindingImpl::Receive(NetBufferListChain& chain) {
  const uint64_t amount = chain.size() * BindingGate::kOneReceive;
  if (chain.size() > BindingGate::kMaxChain) return;
  const BindingGate::View before = gate_.Enter(amount);
  if (before.receives() >= BindingGate::kMaxReceives) {
    Leave(amount);
    return;
  }
  counters_.CountReceived(chain);
  client_->ReceiveNetBufferLists(*this, std::move(chain));
}

NdisStatus BindingImpl::ReturnNetBufferLists(NetBufferListChain&& chain) {
  if (chain.empty()) return NdisStatus::kSuccess;
  const uint64_t lists = chain.size();
  if (lists > gate_.Look().receives()) return NdisStatus::kInvalidParameter;
  host_->ReturnDown(std::move(chain));
  Leave(lists * BindingGate::kOneReceive);
  return NdisStatus::kSuccess;
}

BindingReceiveFilter BindingImpl::receive_filter() const {
  MutexLock lock(receive_mu_);
  return receive_filter_;
}

void BindingImpl::SetReceiveFilter(const BindingReceiveFilter& filter,
                                   uint32_t lookahead) {
  {
    MutexLock lock(receive_mu_);
    receive_filter_ = filter;
    lookahead_ = lookahead;
  }
  host_->ReceiveFilterChanged();
}

void BindingImpl::IndicateLinkState(const LinkState& state) {
  const BindingGate::View before = gate_.Enter(BindingGate::kOneCall);
  switch (before.state()) {
    case BindingState::kPaused:
    case BindingState::kRestarting:
    case BindingState::kRunning:
    case BindingState::kPausing:
      client_->LinkStateChanged(*this, state);
      break;
    case BindingState::kUnbound:
    case BindingState::kOpening:
    case BindingState::kClosing:
      break;
  }
  Leave(BindingGate::kOneCall);
}

// --- OIDs --------------------------------------------------------------------

NdisStatus BindingImpl::OidRequest(netbuf::OidRequest& request) {
  const std::optional<NdisStatus> status = host_->HandleOid(*this, request);
  if (status.has_value()) return *status;
  // The dispatcher does not know the binding: the open has not completed, or
  // the binding is being closed for good.
  return state() == BindingState::kClosing ? NdisStatus::kClosing
                                           : NdisStatus::kInvalidState;
}

}  // namespace netbuf
