// MDL: describes one run of memory. A NET_BUFFER's data is a chain of them.

#ifndef NETBUFD_ENGINE_BUFFER_MDL_H_
#define NETBUFD_ENGINE_BUFFER_MDL_H_

#include <cstddef>
#include <cstdint>

namespace netbuf {

// Plain data: owned by whoever allocated it, not thread-safe.
struct Mdl {
  Mdl* next = nullptr;
  std::byte* mapped_system_va = nullptr;  // First byte described.
  uint32_t byte_count = 0;
  uint32_t flags = 0;  // kMdl...

  // Put in front of a chain by RetreatNetBufferDataStart, which alone frees it
  // again (through AdvanceNetBufferDataStart).
  static constexpr uint32_t kAllocatedByRetreat = 0x1;
};

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
