#include "engine/stack/filter_module.h"

#include <utility>

#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid.h"

namespace netbuf {
namespace {

TrafficCounts Traffic(const NetBufferListChain& chain) {
  TrafficCounts traffic;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    for (const NetBuffer* nb = nbl->first_net_buffer(); nb != nullptr;
         nb = nb->next()) {
      ++traffic.frames;
      traffic.bytes += nb->data_length();
    }
  }
  return traffic;
}

uint32_t LoadU32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 |
         uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

void StoreU32(uint8_t* bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) {
    bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

}  // namespace

FilterModule::FilterModule(std::string name, const FilterSpec& spec)
    : name_(std::move(name)), spec_(spec) {}

void FilterModule::Restart(const StackRequirements& below) {
  state_.store(ModuleState::kRestarting, std::memory_order_relaxed);
  below_ = below;
  state_.store(ModuleState::kRunning, std::memory_order_relaxed);
}

void FilterModule::Pause() {
  state_.store(ModuleState::kPausing, std::memory_order_relaxed);
  state_.store(ModuleState::kPaused, std::memory_order_relaxed);
}

void FilterModule::Refuse(NetBufferListChain& chain,
                          NetBufferListChain& refused) {
  counters_.Add(kRefusedPaused, chain.size());
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    nbl->set_status(NdisStatus::kPaused);
  }
  refused.Append(std::move(chain));
}

void FilterModule::Send(NetBufferListChain& chain, NetBufferListChain& refused,
                        BackFillCounts& back_fill) {
  if (state() != ModuleState::kRunning) {
    Refuse(chain, refused);
    return;
  }
  const TrafficCounts traffic = Traffic(chain);
  counters_.Add(kSentFrames, traffic.frames);
  counters_.Add(kSentBytes, traffic.bytes);

  BackFillCounts mine;
  NetBufferListChain passed;
  while (NetBufferList* const nbl = chain.PopFront()) {
    const NdisStatus status = WrapSend(*nbl, mine);
    if (status == NdisStatus::kSuccess) {
      passed.Append(nbl);
    } else {
      nbl->set_status(status);
      counters_.Add(kRefusedResources, 1);
      refused.Append(nbl);
    }
  }
  chain = std::move(passed);

  // A pass-through filter asks for nothing and finds nothing.
  if (mine.data_hits != 0) counters_.Add(kDataHits, mine.data_hits);
  if (mine.data_misses != 0) counters_.Add(kDataMisses, mine.data_misses);
  if (mine.context_hits != 0) counters_.Add(kContextHits, mine.context_hits);
  if (mine.context_misses != 0) {
    counters_.Add(kContextMisses, mine.context_misses);
  }
  back_fill.data_hits += mine.data_hits;
  back_fill.data_misses += mine.data_misses;
  back_fill.context_hits += mine.context_hits;
  back_fill.context_misses += mine.context_misses;
}

void FilterModule::SendComplete(const NetBufferListChain& chain) {
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    UnwrapSend(*nbl);
  }
}

void FilterModule::Receive(NetBufferListChain& chain,
                           NetBufferListChain& dropped) {
  const TrafficCounts traffic = Traffic(chain);
  counters_.Add(kReceivedFrames, traffic.frames);
  counters_.Add(kReceivedBytes, traffic.bytes);

  NetBufferListChain passed;
  while (NetBufferList* const nbl = chain.PopFront()) {
    if (UnwrapReceive(*nbl)) {
      passed.Append(nbl);
    } else {
      counters_.Add(kReceivesDropped, 1);
      dropped.Append(nbl);
    }
  }
  chain = std::move(passed);
}

void FilterModule::ReturnReceived(const NetBufferListChain& chain) {
  for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
    RewrapReceive(*nbl);
  }
}

NdisStatus FilterModule::HandleOid(OidRequest& request, OidHandler& below) {
  const NdisStatus status = below.Handle(request);
  const auto oid = static_cast<Oid>(request.oid);
  if (status != NdisStatus::kSuccess || request.is_set() ||
      (oid != Oid::kGenMaximumFrameSize && oid != Oid::kGenMaximumTotalSize)) {
    return status;
  }
  // SUCCESS: the buffer holds the four bytes.
  uint8_t* const value = request.information_buffer.data();
  StoreU32(value, LoadU32(value) - header_size());
  return status;
}

FilterInfo FilterModule::GetInfo() const {
  FilterInfo info;
  info.name = name_;
  info.spec = spec_;
  info.state = state();
  info.requirements = requirements();
  info.sent = {counters_.Sum(kSentFrames), counters_.Sum(kSentBytes)};
  info.received = {counters_.Sum(kReceivedFrames),
                   counters_.Sum(kReceivedBytes)};
  info.lists_refused_paused = counters_.Sum(kRefusedPaused);
  info.lists_refused_resources = counters_.Sum(kRefusedResources);
  info.receives_unwrapped = counters_.Sum(kReceivesUnwrapped);
  info.receives_dropped = counters_.Sum(kReceivesDropped);
  info.back_fill = {counters_.Sum(kDataHits), counters_.Sum(kDataMisses),
                    counters_.Sum(kContextHits), counters_.Sum(kContextMisses)};
  return info;
}

}  // namespace netbuf
