// MDL: describes one run of memory. A NET_BUFFER's data is a chain of them.

#ifndef NETBUFD_ENGINE_BUFFER_MDL_H_
#define NETBUFD_ENGINE_BUFFER_MDL_H_

#include <cstddef>
#include <cstdint>

#include "engine/buffer/list_mark.h"

namespace netbuf {

// Owned by whoever allocated it; not thread-safe. What it describes is fixed
// when it is made, as drivers see it, to whom all but `Next` of an MDL is
// opaque: a pool need not look whether its own ones still describe its memory.
class Mdl {
 public:
  Mdl() = default;
  Mdl(std::byte* mapped_system_va, uint32_t byte_count, Mdl* next = nullptr)
      : next_(next),
        mapped_system_va_(mapped_system_va),
        byte_count_(byte_count) {}
  Mdl(const Mdl&) = default;
  Mdl& operator=(const Mdl&) = delete;

  Mdl* next() const { return next_; }
  void set_next(Mdl* next) {
    next_ = next;
    mark_.Set();
  }
  // For the pool it came from: without a mark, as that is what it undoes.
  void ClearNext() { next_ = nullptr; }

  std::byte* mapped_system_va() const { return mapped_system_va_; }  // First.
  uint32_t byte_count() const { return byte_count_; }

  // For data_space.cc: put in front of a chain by RetreatNetBufferDataStart,
  // which alone frees it again (through AdvanceNetBufferDataStart).
  bool allocated_by_retreat() const { return allocated_by_retreat_; }
  void set_allocated_by_retreat() { allocated_by_retreat_ = true; }

 private:
  friend class NetBufferList;  // Attaches the mark.

  Mdl* next_ = nullptr;
  std::byte* mapped_system_va_ = nullptr;
  uint32_t byte_count_ = 0;
  bool allocated_by_retreat_ = false;
  ListMark mark_;
};
static_assert(sizeof(Mdl) == 24, "see engine/pool/list_layout.h");

// Supplies the MDL and memory that a retreat needs when the unused space does
// not cover it (NET_BUFFER_ALLOCATE_MDL / NET_BUFFER_FREE_MDL). Thread-safe.
class MdlAllocator {
 public:
  virtual ~MdlAllocator() = default;

  // An MDL of at least `bytes`, or null when there is no memory. Its memory
  // ends up in frames: give out no bytes that another owner wrote.
  virtual Mdl* Allocate(uint32_t bytes) = 0;
  virtual void Free(Mdl* mdl) = 0;

  // The one used when a caller gives none: one zeroed heap block an MDL.
  static MdlAllocator& Default();
};

// Bytes described by the chain. O(MDLs).
uint64_t MdlChainByteCount(const Mdl* chain);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_MDL_H_
