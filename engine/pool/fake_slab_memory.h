// Slab memory that fails on demand and knows what is mapped, for tests.

#ifndef NETBUFD_ENGINE_POOL_FAKE_SLAB_MEMORY_H_
#define NETBUFD_ENGINE_POOL_FAKE_SLAB_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <map>

#include "engine/base/mutex.h"
#include "engine/pool/slab_memory.h"

namespace netbuf {

// Thread-safe. Expects, when destroyed, that everything was unmapped.
class FakeSlabMemory : public SlabMemory {
 public:
  static constexpr int kNever = -1;

  ~FakeSlabMemory() override;

  // The next `maps` calls of Map() succeed, all later ones fail; kNever: none.
  void FailAfter(int maps);
  // Only mappings of at most so many bytes succeed.
  void FailAbove(size_t bytes);
  void FailDiscards(bool fail);

  void* Map(size_t bytes, bool huge) override;
  void Unmap(void* start, size_t bytes) override;
  bool Discard(void* start, size_t bytes) override;

  size_t mapped() const;  // Mappings.
  size_t huge() const;    // Of those, mapped with `huge`.
  int maps() const;       // Calls of Map(), failed ones included.
  uint64_t discarded_bytes() const;

 private:
  struct Mapping {
    size_t bytes;
    bool huge;
  };

  mutable Mutex mu_;
  size_t largest_ ABSL_GUARDED_BY(mu_) = SIZE_MAX;
  int left_ ABSL_GUARDED_BY(mu_) = kNever;
  int maps_ ABSL_GUARDED_BY(mu_) = 0;
  bool fail_discards_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t discarded_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::byte*, Mapping> mapped_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_FAKE_SLAB_MEMORY_H_
