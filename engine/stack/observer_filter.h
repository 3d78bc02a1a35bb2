// ObserverFilter: counts what passes, by kind of frame; changes nothing.

#ifndef NETBUFD_ENGINE_STACK_OBSERVER_FILTER_H_
#define NETBUFD_ENGINE_STACK_OBSERVER_FILTER_H_

#include <string>

#include "engine/stack/filter_module.h"
#include "engine/stack/sharded_counters.h"

namespace netbuf {

class ObserverFilter final : public FilterModule {
 public:
  explicit ObserverFilter(std::string name);

  FilterInfo GetInfo() const override;

 private:
  // Frames and bytes by FrameKind, for one direction.
  using KindCounters = ShardedCounters<2 * kFrameKindCount>;

  NdisStatus WrapSend(NetBufferList& nbl, BackFillCounts& back_fill) override;
  bool UnwrapReceive(NetBufferList& nbl) override;

  static void Count(const NetBufferList& nbl, KindCounters& counters);
  static void Read(const KindCounters& counters,
                   std::array<TrafficCounts, kFrameKindCount>& kinds);

  KindCounters sent_;
  KindCounters received_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_OBSERVER_FILTER_H_
