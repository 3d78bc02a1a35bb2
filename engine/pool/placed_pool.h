// What makes a pool at the place of its slot, where its threads' caches are
// found from (thread_caches.h). The slot is free for another pool when that
// memory is: when the last member of this one is gone.

#ifndef NETBUFD_ENGINE_POOL_PLACED_POOL_H_
#define NETBUFD_ENGINE_POOL_PLACED_POOL_H_

#include <cstddef>

#include "engine/pool/pool_slots.h"

namespace netbuf {

// A base of the class that has a BlockPool as its first member:
//   new (slot) P(...)   makes one at a slot that was taken for it
//   delete pool         gives the slot back at last
// REQUIRES: it takes at most kPlaceBytes. Thread-safe.
class PlacedPool {
 public:
  static void* operator new(size_t bytes, const PoolSlots::Slot& slot);
  static void operator delete(void* place);
  static void operator delete(void* place, const PoolSlots::Slot& slot);

 protected:
  PlacedPool() = default;
  ~PlacedPool() = default;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_PLACED_POOL_H_
