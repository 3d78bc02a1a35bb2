// What a binding counts on the data path.

#ifndef NETBUFD_ENGINE_STACK_BINDING_COUNTERS_H_
#define NETBUFD_ENGINE_STACK_BINDING_COUNTERS_H_

#include <cstdint>

#include "engine/buffer/chain.h"
#include "engine/ndis/status.h"
#include "engine/stack/sharded_counters.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

// Thread safety: every method may be called from any thread; none waits.
class BindingCounters {
 public:
  // Lists handed to the stack. O(NET_BUFFERs), as are the next two.
  void CountSent(const NetBufferListChain& chain);
  void CountSentWhilePausing(uint64_t lists) {
    counters_.Add(kWhilePausing, lists);
  }
  // By the status each list has.
  void CountCompleted(const NetBufferListChain& chain);
  void CountReceived(const NetBufferListChain& chain);
  void CountDropped(uint64_t frames) { counters_.Add(kDropped, frames); }
  void CountBackFill(const BackFillCounts& back_fill);

  // Fills in what this counts.
  void Read(BindingCounts& counts) const;

 private:
  enum Counter {
    kSentLists,
    kSentFrames,
    kSentBytes,
    kWhilePausing,
    kReceivedFrames,
    kReceivedBytes,
    kDropped,
    kDataHits,
    kDataMisses,
    kContextHits,
    kContextMisses,
    kFirstCompletion,  // Lists, frames and bytes, by status.
    kCounterCount = kFirstCompletion + 3 * kSendCompletionStatusCount,
  };

  void AddCompletion(NdisStatus status,
                     const BindingCounts::Completion& amount);

  ShardedCounters<kCounterCount> counters_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_COUNTERS_H_
