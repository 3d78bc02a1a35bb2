// FilterModule: a lightweight filter driver attached to an adapter's stack
// (ndis-semantics 10, 15.3). This base passes everything through and counts;
// the kinds override how a frame is wrapped and unwrapped.
//
//   Send             top to bottom     Receive          bottom to top
//   SendComplete     bottom to top     ReturnReceived   top to bottom
//
// What Send() let pass comes back exactly once through SendComplete(), and what
// Receive() let pass through ReturnReceived(), as it left this module: the
// layers below and above have undone their own work by then.
//
// Thread safety: the data path methods may be called from any thread at once,
// but each list by one. Restart() and Pause() are called while no list that was
// sent is inside the stack; requirements and names are constant.

#ifndef NETBUFD_ENGINE_STACK_FILTER_MODULE_H_
#define NETBUFD_ENGINE_STACK_FILTER_MODULE_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/buffer/chain.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/ndis/status.h"
#include "engine/stack/filter_spec.h"
#include "engine/stack/sharded_counters.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

// A layer that takes OID requests from the one above it.
class OidHandler {
 public:
  virtual ~OidHandler() = default;
  virtual NdisStatus Handle(OidRequest& request) = 0;
};

class FilterModule {
 public:
  FilterModule(std::string name, const FilterSpec& spec);
  virtual ~FilterModule() = default;
  FilterModule(const FilterModule&) = delete;
  FilterModule& operator=(const FilterModule&) = delete;

  const std::string& name() const { return name_; }
  ModuleState state() const { return state_.load(std::memory_order_relaxed); }
  // What it adds to the stack's requirements.
  virtual StackRequirements requirements() const { return {}; }
  // Bytes it adds to each frame: by so much it lowers the stack's MTU.
  virtual uint32_t header_size() const { return 0; }

  // Paused -> Restarting -> Running. `below`: what the layers below it need.
  void Restart(const StackRequirements& below);
  // Running -> Pausing -> Paused. Nothing is inside, so it never waits.
  void Pause();

  // Moves the lists that this module completes itself, with their status, from
  // `chain` to `refused`: all of them with PAUSED unless Running, those it has
  // no memory for with RESOURCES. The others keep their order. `back_fill` adds
  // up what this call found.
  void Send(NetBufferListChain& chain, NetBufferListChain& refused,
            BackFillCounts& back_fill);
  void SendComplete(const NetBufferListChain& chain);

  // Moves the lists that cannot go up from `chain` to `dropped`.
  void Receive(NetBufferListChain& chain, NetBufferListChain& dropped);
  void ReturnReceived(const NetBufferListChain& chain);

  // Passes the request to `below`, and keeps the answers consistent with what
  // this filter does: OID_GEN_MAXIMUM_FRAME_SIZE and _TOTAL_SIZE are less by
  // header_size() (ndis-semantics 8.2).
  NdisStatus HandleOid(OidRequest& request, OidHandler& below);

  virtual FilterInfo GetInfo() const;

 protected:
  // Prepares one list for the layer below. Anything but SUCCESS leaves the list
  // as it was and completes it with that status.
  virtual NdisStatus WrapSend(NetBufferList& /*nbl*/,
                              BackFillCounts& /*back_fill*/) {
    return NdisStatus::kSuccess;
  }
  virtual void UnwrapSend(NetBufferList& /*nbl*/) {}
  // Prepares one received list for the layer above; false drops it, unchanged.
  virtual bool UnwrapReceive(NetBufferList& /*nbl*/) { return true; }
  virtual void RewrapReceive(NetBufferList& /*nbl*/) {}

  const StackRequirements& below() const { return below_; }
  void CountUnwrapped() { counters_.Add(kReceivesUnwrapped, 1); }

 private:
  enum Counter {
    kSentFrames,
    kSentBytes,
    kReceivedFrames,
    kReceivedBytes,
    kRefusedPaused,
    kRefusedResources,
    kReceivesUnwrapped,
    kReceivesDropped,
    kDataHits,
    kDataMisses,
    kContextHits,
    kContextMisses,
    kCounterCount,
  };

  void Refuse(NetBufferListChain& chain, NetBufferListChain& refused);

  const std::string name_;
  const FilterSpec spec_;
  StackRequirements below_;  // Read by sends; changes while there are none.
  // Relaxed: what a new state makes true is published by the bindings' gates.
  std::atomic<ModuleState> state_{ModuleState::kPaused};
  ShardedCounters<kCounterCount> counters_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FILTER_MODULE_H_
