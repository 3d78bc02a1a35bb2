#include "engine/pool/placed_pool.h"

#include <cstddef>

#include "absl/base/config.h"
#include "engine/pool/thread_caches.h"

// So that the address sanitizer finds a pool used after it was freed, as if it
// had come from the heap.
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address))
#endif

namespace netbuf {

void* PlacedPool::operator new(size_t, const PoolSlots::Slot& slot) {
  void* const place = PlaceOfPool(slot.slot);
  ASAN_UNPOISON_MEMORY_REGION(place, kPlaceBytes);
  return place;
}

void PlacedPool::operator delete(void* place) {
  ASAN_POISON_MEMORY_REGION(place, kPlaceBytes);
  PoolSlots::Give(SlotOfPlace(place));
}

void PlacedPool::operator delete(void* place, const PoolSlots::Slot&) {
  PlacedPool::operator delete(place);
}

}  // namespace netbuf
