// The numbers of pools: the pool part of a handle, and where the pool is
// (placed_pool.h). 1 to 16,383; both kinds of pool share them, and so do all
// engines of a process, since its threads do.

#ifndef NETBUFD_ENGINE_POOL_POOL_SLOTS_H_
#define NETBUFD_ENGINE_POOL_POOL_SLOTS_H_

#include <cstdint>

#include "engine/pool/handle.h"

namespace netbuf {

// Thread-safe.
class PoolSlots {
 public:
  struct Slot {
    uint32_t slot = 0;        // 0: none was free.
    uint32_t generation = 0;  // Where the blocks' generations must begin.
    uint64_t serial = 0;      // Never the same twice.
  };
  // The slot that has been free for longest, so that an old handle meets an
  // empty slot rather than another pool for as long as can be.
  static Slot Take();
  // Back, for another pool: nothing of this one may be left.
  static void Give(uint32_t slot);
  // Before that: how far any block's generation may have moved from where it
  // began. The next pool at this slot begins behind that, so that handles of
  // this one are stale there too.
  static void SkipGenerations(uint32_t slot, uint64_t used);

  static constexpr uint32_t kCount = BlockHandle::kMaxPools - 1;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_POOL_SLOTS_H_
