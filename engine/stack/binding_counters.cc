#include "engine/stack/binding_counters.h"

#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"

namespace netbuf {
namespace {

void AddFrames(const NetBufferList& nbl, uint64_t& frames, uint64_t& bytes) {
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    ++frames;
    bytes += nb->data_length();
  }
}

}  // namespace

void BindingCounters::CountSent(const NetBufferListChain& chain) {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    AddFrames(*nbl, frames, bytes);
  }
  counters_.Add(kSentLists, chain.size());
  counters_.Add(kSentFrames, frames);
  counters_.Add(kSentBytes, bytes);
}

void BindingCounters::CountCompleted(const NetBufferListChain& chain) {
  // Neighbours mostly share a status: one set of additions a run.
  BindingCounts::Completion run;
  NdisStatus status = NdisStatus::kSuccess;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    if (nbl->status() != status) {
      AddCompletion(status, run);
      run = {};
      status = nbl->status();
    }
    ++run.lists;
    AddFrames(*nbl, run.frames, run.bytes);
  }
  AddCompletion(status, run);
}

void BindingCounters::AddCompletion(NdisStatus status,
                                    const BindingCounts::Completion& amount) {
  if (amount.lists == 0) return;
  const int first = kFirstCompletion + 3 * SendCompletionStatusIndex(status);
  counters_.Add(first, amount.lists);
  counters_.Add(first + 1, amount.frames);
  counters_.Add(first + 2, amount.bytes);
}

void BindingCounters::CountReceived(const NetBufferListChain& chain) {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    AddFrames(*nbl, frames, bytes);
  }
  counters_.Add(kReceivedFrames, frames);
  counters_.Add(kReceivedBytes, bytes);
}

void BindingCounters::CountBackFill(const BackFillCounts& back_fill) {
  if (back_fill.data_hits != 0) counters_.Add(kDataHits, back_fill.data_hits);
  if (back_fill.data_misses != 0) {
    counters_.Add(kDataMisses, back_fill.data_misses);
  }
  if (back_fill.context_hits != 0) {
    counters_.Add(kContextHits, back_fill.context_hits);
  }
  if (back_fill.context_misses != 0) {
    counters_.Add(kContextMisses, back_fill.context_misses);
  }
}

void BindingCounters::Read(BindingCounts& counts) const {
  counts.sent_lists = counters_.Sum(kSentLists);
  counts.sent_frames = counters_.Sum(kSentFrames);
  counts.sent_bytes = counters_.Sum(kSentBytes);
  counts.sends_while_pausing = counters_.Sum(kWhilePausing);
  counts.received = {counters_.Sum(kReceivedFrames),
                     counters_.Sum(kReceivedBytes)};
  counts.dropped_receive_frames = counters_.Sum(kDropped);
  counts.back_fill = {counters_.Sum(kDataHits), counters_.Sum(kDataMisses),
                      counters_.Sum(kContextHits),
                      counters_.Sum(kContextMisses)};
  for (int i = 0; i < kSendCompletionStatusCount; ++i) {
    const int first = kFirstCompletion + 3 * i;
    counts.completions[i] = {counters_.Sum(first), counters_.Sum(first + 1),
                             counters_.Sum(first + 2)};
  }
}

}  // namespace netbuf
