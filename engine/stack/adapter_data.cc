// The data path of an adapter. Every thread here is inside the gate of the
// binding whose lists it carries, or in a call of the NIC.

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/stack/adapter_impl.h"

namespace netbuf {
namespace {

constexpr uint32_t kWantsAll = kPacketTypePromiscuous | kPacketTypeAllLocal;

// REQUIRES: at least an Ethernet header.
MacAddress Destination(const NetBuffer& frame) {
  MacAddress address;
  ReadNetBufferData(frame, 0, kMacAddressSize,
                    reinterpret_cast<std::byte*>(address.data()));
  return address;
}

BindingImpl* BindingOf(const NetBufferList& nbl) {
  return static_cast<BindingImpl*>(static_cast<Binding*>(nbl.source_handle()));
}

}  // namespace

// --- Sends -------------------------------------------------------------------

void AdapterImpl::SendDown(NetBufferListChain chain,
                           BackFillCounts& back_fill) {
  for (size_t i = 0; i < filters_.size(); ++i) {
    NetBufferListChain refused;
    filters_[i]->Send(chain, refused, back_fill);
    if (!refused.empty()) CompleteUp(std::move(refused), i);
    if (chain.empty()) return;
  }
  nic_->SendNetBufferLists(std::move(chain));
}

void AdapterImpl::SendNetBufferListsComplete(NetBufferListChain chain) {
  const size_t below = filters_.size();
  CompleteUp(std::move(chain), below);
}

void AdapterImpl::CompleteUp(NetBufferListChain chain, size_t below) {
  for (size_t i = below; i-- > 0;) filters_[i]->SendComplete(chain);
  // From here on lists are out of the stack one binding after the other;
  // filters_ must not be looked at again.
  NetBufferListChain run;
  while (NetBufferList* const nbl = chain.PopFront()) {
    if (!run.empty() && run.head()->source_handle() != nbl->source_handle()) {
      BindingOf(*run.head())->CompleteSends(std::exchange(run, {}));
    }
    run.Append(nbl);
  }
  if (run.empty()) return;
  BindingImpl* const last = BindingOf(*run.head());
  last->CompleteSends(std::move(run));
}

void AdapterImpl::CancelSends(const void* source_handle, uint64_t cancel_id) {
  nic_->CancelSends(source_handle, cancel_id);
}

void AdapterImpl::CancelStuckSends(const void* source_handle) {
  if (nic_->link_state().connect_state != MediaConnectState::kConnected) {
    nic_->CancelSends(source_handle, 0);
  }
}

// --- Receives ----------------------------------------------------------------

void AdapterImpl::IndicateReceiveNetBufferLists(NetBufferListChain chain) {
  for (size_t i = filters_.size(); i-- > 0 && !chain.empty();) {
    NetBufferListChain dropped;
    filters_[i]->Receive(chain, dropped);
    if (!dropped.empty()) ReturnFrom(i + 1, std::move(dropped));
  }
  if (!chain.empty()) DeliverReceives(std::move(chain));
}

void AdapterImpl::DeliverReceives(NetBufferListChain chain) {
  const std::shared_ptr<const Bindings> all = bindings();
  Receivers receivers;
  for (const auto& binding : *all) {
    BindingReceiveFilter filter = binding->receive_filter();
    if (filter.packet_types == 0 || !binding->BeginReceive()) continue;
    receivers.push_back({binding, std::move(filter), {}});
  }
  NetBufferListChain unclaimed;
  while (NetBufferList* const nbl = chain.PopFront()) {
    Assign(nbl, receivers, unclaimed);
  }
  Deliver(receivers);
  if (!unclaimed.empty()) {
    receives_unclaimed_.fetch_add(unclaimed.size(), std::memory_order_relaxed);
    ReturnFrom(0, std::move(unclaimed));
  }
}

// Gives the list to the first receiver that wants it, and a copy to each other.
void AdapterImpl::Assign(NetBufferList* nbl, Receivers& receivers,
                         NetBufferListChain& unclaimed) {
  const NetBuffer* const frame = nbl->first_net_buffer();
  Receiver* first = nullptr;
  if (frame != nullptr && frame->data_length() >= kEthernetHeaderSize) {
    const MacAddress destination = Destination(*frame);
    for (Receiver& receiver : receivers) {
      if (!receiver.filter.Passes(destination,
                                  nic_->attributes().current_address)) {
        continue;
      }
      if (first == nullptr) {
        first = &receiver;
      } else {
        AppendCopy(*frame, nbl->nbl_flags(), receiver);
      }
    }
  }
  (first != nullptr ? first->chain : unclaimed).Append(nbl);
}

void AdapterImpl::Deliver(Receivers& receivers) {
  for (Receiver& receiver : receivers) {
    if (!receiver.chain.empty()) receiver.binding->Receive(receiver.chain);
    if (!receiver.chain.empty()) {
      receiver.binding->CountDroppedReceives(receiver.chain.size());
      ReturnDown(std::move(receiver.chain));
    }
    receiver.binding->EndReceive();
  }
}

void AdapterImpl::ReturnDown(NetBufferListChain chain) {
  copier_->TakeBack(chain);
  if (!chain.empty()) ReturnFrom(0, std::move(chain));
}

void AdapterImpl::ReturnFrom(size_t from, NetBufferListChain chain) {
  for (size_t i = from; i < filters_.size(); ++i) {
    filters_[i]->ReturnReceived(chain);
  }
  nic_->ReturnNetBufferLists(std::move(chain));
}

// --- Loopback (ndis-semantics 17) --------------------------------------------

bool AdapterImpl::NeedsLoopback(uint32_t send_flags) const {
  return (send_flags & kSendFlagsCheckForLoopback) != 0 ||
         loopback_interest_.load(std::memory_order_relaxed);
}

void AdapterImpl::ReceiveFilterChanged() {
  bool interest = false;
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) {
    const uint32_t types = binding->receive_filter().packet_types;
    interest |= (types & kWantsAll) != 0 && (types & kPacketTypeNoLocal) == 0;
  }
  loopback_interest_.store(interest, std::memory_order_relaxed);
}

// Who may get frames that `sender` sends, and what together is the adapter's
// packet filter.
AdapterImpl::Receivers AdapterImpl::LoopbackReceivers(
    const BindingImpl& sender, uint32_t send_flags,
    std::vector<BindingReceiveFilter>& adapter_filter) {
  Receivers receivers;
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) {
    BindingReceiveFilter filter = binding->receive_filter();
    adapter_filter.push_back(filter);
    const uint32_t types = filter.packet_types;
    const bool wants = binding.get() == &sender
                           ? (send_flags & kSendFlagsCheckForLoopback) != 0
                           : types != 0 && (types & kPacketTypeNoLocal) == 0;
    if (wants && binding->BeginReceive()) {
      receivers.push_back({binding, std::move(filter), {}});
    }
  }
  return receivers;
}

void AdapterImpl::LoopBack(BindingImpl& sender, const NetBufferListChain& chain,
                           uint32_t send_flags) {
  std::vector<BindingReceiveFilter> adapter_filter;
  Receivers receivers = LoopbackReceivers(sender, send_flags, adapter_filter);
  const MacAddress& own = nic_->attributes().current_address;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    for (const NetBuffer* frame = nbl->first_net_buffer(); frame != nullptr;
         frame = frame->next()) {
      const MacAddress destination = Destination(*frame);
      const bool passes = std::any_of(
          adapter_filter.begin(), adapter_filter.end(),
          [&](const auto& f) { return f.Passes(destination, own); });
      for (Receiver& receiver : receivers) {
        // What the sender asked for it gets whatever its own filter says.
        if (passes && (receiver.binding.get() == &sender ||
                       receiver.filter.Passes(destination, own))) {
          AppendCopy(*frame, kNblFlagsIsLoopbackPacket, receiver);
        }
      }
    }
  }
  Deliver(receivers);
}

void AdapterImpl::AppendCopy(const NetBuffer& frame, uint32_t nbl_flags,
                             Receiver& receiver) {
  NetBufferList* const copy =
      copier_->Copy(frame, nbl_flags, receiver.binding->holder());
  if (copy == nullptr) {
    receiver.binding->CountDroppedReceives(1);
  } else {
    receiver.chain.Append(copy);
  }
}

}  // namespace netbuf
