// Where slabs come from. The pools' only source of block memory, so that a test
// can make it fail.

#ifndef NETBUFD_ENGINE_POOL_SLAB_MEMORY_H_
#define NETBUFD_ENGINE_POOL_SLAB_MEMORY_H_

#include <cstddef>

namespace netbuf {

// Thread-safe.
class SlabMemory {
 public:
  virtual ~SlabMemory() = default;

  // `bytes` of zeroed memory that starts at a page, or null when there is none.
  // With `huge`, backed by huge pages where the system has them.
  virtual void* Map(size_t bytes, bool huge) = 0;
  virtual void Unmap(void* start, size_t bytes) = 0;

  // Gives the pages back but keeps the addresses, which then read as zero. Both
  // arguments are multiples of the page. False: nothing was given back, and the
  // contents may be as they were.
  virtual bool Discard(void* start, size_t bytes) = 0;

  static size_t PageSize();

  // Anonymous memory from mmap(2).
  static SlabMemory& Default();
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_SLAB_MEMORY_H_
