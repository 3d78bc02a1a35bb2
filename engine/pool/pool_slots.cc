#include "engine/pool/pool_slots.h"

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/base/mutex.h"

namespace netbuf {
namespace {

struct Slots {
  Mutex mu;
  uint64_t serial ABSL_GUARDED_BY(mu) = 0;
  // Slots 1 to generations.size() were used at least once.
  std::vector<uint32_t> generations ABSL_GUARDED_BY(mu);
  std::deque<uint32_t> free ABSL_GUARDED_BY(mu);
};

// Never destroyed: pools may outlive static objects.
Slots& AllSlots() {
  static Slots* const slots = new Slots;
  return *slots;
}

}  // namespace

PoolSlots::Slot PoolSlots::Take() {
  Slots& slots = AllSlots();
  MutexLock lock(slots.mu);
  Slot taken;
  // New ones only while few are free: the directories stay dense, and yet a
  // slot rests before it is used again.
  constexpr size_t kResting = 64;
  if (slots.generations.size() < kCount && slots.free.size() < kResting) {
    slots.generations.push_back(0);
    taken.slot = static_cast<uint32_t>(slots.generations.size());
  } else if (!slots.free.empty()) {
    taken.slot = slots.free.front();
    slots.free.pop_front();
  } else {
    return taken;
  }
  taken.generation = slots.generations[taken.slot - 1];
  taken.serial = ++slots.serial;
  return taken;
}

void PoolSlots::Give(uint32_t slot) {
  Slots& slots = AllSlots();
  MutexLock lock(slots.mu);
  slots.free.push_back(slot);
}

void PoolSlots::SkipGenerations(uint32_t slot, uint64_t used) {
  Slots& slots = AllSlots();
  MutexLock lock(slots.mu);
  uint32_t& generation = slots.generations[slot - 1];
  generation = static_cast<uint32_t>(generation + used + 1) &
               BlockHandle::kGenerationMask;
}

}  // namespace netbuf
