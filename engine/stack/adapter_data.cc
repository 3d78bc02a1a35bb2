// The data path of an adapter. Every thread here is inside the gate of the binding
// whose lists it carries, or in a call of the NIC.

#include <utility>

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
  return static_cast<BindingImpl*>(static_cast<Binding*>(nbl.source_handle));
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
  // From here on lists are out of the stack one binding after the other; filters_
  // must not be looked at again.
  NetBufferListChain run;
  while (NetBufferList* const nbl = chain.PopFront()) {
    if (!run.empty() && run.head()->source_handle != nbl->source_handle) {
      BindingOf(*run.head())->CompleteSends(std::move(run));
    }
    run.Append(nbl);
  }
  if (!run.empty()) BindingOf(*run.head())->CompleteSends(std::move(run));
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

// A binding that gets something of the chain at hand. Its gate is held open.
struct AdapterImpl::Receiver {
  std::shared_ptr<BindingImpl> binding;
  BindingReceiveFilter filter;
  NetBufferListChain chain;
};

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
  std::vector<Receiver> receivers;
  receivers.reserve(all->size());
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
void AdapterImpl::Assign(NetBufferList* nbl, std::vector<Receiver>& receivers,
                         NetBufferListChain& unclaimed) {
  const NetBuffer* const frame = nbl->first_net_buffer;
  Receiver* first = nullptr;
  if (frame != nullptr && frame->data_length >= kEthernetHeaderSize) {
    const MacAddress destination = Destination(*frame);
    for (Receiver& receiver : receivers) {
      if (!receiver.filter.Passes(destination,
                                  nic_->attributes().current_address)) {
        continue;
      }
      if (first == nullptr) {
        first = &receiver;
      } else if (NetBufferList* const copy = copier_->Copy(
                     *frame, nbl->nbl_flags, receiver.binding->holder())) {
        receiver.chain.Append(copy);
      } else {
        receiver.binding->CountDroppedReceives(1);
      }
    }
  }
  (first != nullptr ? first->chain : unclaimed).Append(nbl);
}

void AdapterImpl::Deliver(std::vector<Receiver>& receivers) {
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
  for (const auto& binding : *bindings()) {
    const uint32_t types = binding->receive_filter().packet_types;
    interest |= (types & kWantsAll) != 0 && (types & kPacketTypeNoLocal) == 0;
  }
  loopback_interest_.store(interest, std::memory_order_relaxed);
}

void AdapterImpl::LoopBack(BindingImpl& sender, const NetBufferListChain& chain,
                           uint32_t send_flags) {
  const bool to_sender = (send_flags & kSendFlagsCheckForLoopback) != 0;
  const std::shared_ptr<const Bindings> all = bindings();
  std::vector<BindingReceiveFilter> filters;  // Together the adapter's packet filter.
  std::vector<Receiver> receivers;
  for (const auto& binding : *all) {
    BindingReceiveFilter filter = binding->receive_filter();
    filters.push_back(filter);
    const bool wants = binding.get() == &sender
                           ? to_sender
                           : filter.packet_types != 0 &&
                                 (filter.packet_types & kPacketTypeNoLocal) == 0;
    if (wants && binding->BeginReceive()) {
      receivers.push_back({binding, std::move(filter), {}});
    }
  }
  const MacAddress own = nic_->attributes().current_address;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    for (const NetBuffer* frame = nbl->first_net_buffer; frame != nullptr;
         frame = frame->next) {
      const MacAddress destination = Destination(*frame);
      bool passes = false;
      for (const BindingReceiveFilter& filter : filters) {
        passes |= filter.Passes(destination, own);
      }
      for (Receiver& receiver : receivers) {
        if (!passes || (receiver.binding.get() != &sender &&
                        !receiver.filter.Passes(destination, own))) {
          continue;
        }
        NetBufferList* const copy = copier_->Copy(
            *frame, kNblFlagsIsLoopbackPacket, receiver.binding->holder());
        if (copy == nullptr) {
          receiver.binding->CountDroppedReceives(1);
        } else {
          receiver.chain.Append(copy);
        }
      }
    }
  }
  Deliver(receivers);
}

}  // namespace netbuf
