// The memory of one pool: slabs of equal blocks, found by index in two loads.
//
//   directory          slab s: 2^shift blocks, then the guard of the last
//   [ 0 ]------------> [ block  | block  | block  | .... | block  | guard ]
//   [ 1 ]---->         |<stride>|
//   [ . ]
//
//   address of block i = directory[i >> shift] + (i & mask) * stride
//
// A block is carved when it is first needed, lowest slab first, and uncarved
// when its pages go back to the system. Slabs stay mapped until the table dies,
// so a reader with an old index meets either a block or zeroes, never a fault.
//
// Thread safety: At() and IndexOf() may be called from any thread at any time.
// For everything else the pool's mutex must be held.

#ifndef NETBUFD_ENGINE_POOL_SLAB_TABLE_H_
#define NETBUFD_ENGINE_POOL_SLAB_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/pool/block.h"
#include "engine/pool/slab_memory.h"

namespace netbuf {

class SlabTable {
 public:
  // `stride`: bytes a block, a multiple of 64. `generation`: where the blocks'
  // generations begin.
  SlabTable(uint64_t stride, uint64_t cookie, uint32_t generation,
            SlabMemory& memory);
  ~SlabTable();
  SlabTable(const SlabTable&) = delete;
  SlabTable& operator=(const SlabTable&) = delete;

  // False when there was no memory for the directory; nothing else may be
  // called then.
  bool valid() const { return directory_ != nullptr; }
  uint64_t stride() const { return stride_; }
  uint32_t blocks_per_slab() const { return 1u << shift_; }

  // Null when no slab holds the index. The block may be uncarved: its tag says.
  Block* At(uint32_t index) const {
    std::byte* const slab =
        directory_[index >> shift_].load(std::memory_order_acquire);
    if (slab == nullptr) return nullptr;
    return reinterpret_cast<Block*>(slab + (index & mask_) * stride_);
  }
  // The index of a block of this table. O(slabs): for repairs.
  uint32_t IndexOf(const Block* block) const;

  // A block of the lowest slab that has one to carve, mapping a slab when all
  // are full; null when there is no memory or every index is used. The caller
  // builds the object, then calls Finish(). Amortised O(1).
  struct Carving {
    Block* block = nullptr;
    uint32_t index = 0;
    uint32_t generation = 0;
  };
  Carving Carve();
  void Finish(const Carving& carving) {
    carving.block->Carve(carving.index, CookieOf(carving.index),
                         carving.generation);
  }

  // What block `index`'s cookie must be: the low bits of the pool's, but for
  // the last block of a slab, whose own end only the slab's guard can watch.
  // Being different it fails the fast comparison, and the slow one then looks
  // at both: no other block pays for it.
  uint32_t CookieOf(uint32_t index) const {
    const uint32_t cookie = static_cast<uint32_t>(cookie_) & Block::kCookieMask;
    return (index & mask_) == mask_ ? cookie ^ 1 : cookie;
  }
  // For the last block of a slab: whether the guard behind it is whole. True
  // for all others.
  bool SlabGuardIntact(uint32_t index) const {
    return (index & mask_) != mask_ || ReadSlabGuard(index) == cookie_;
  }
  void RepairSlabGuard(uint32_t index);

  // One past the highest index that may be carved.
  uint32_t end() const {
    return static_cast<uint32_t>(slabs_.size()) << shift_;
  }
  bool IsCarved(uint32_t index) const;

  // Gives back the whole pages that hold nothing but blocks that are free or
  // uncarved. `free` lists the free blocks in ascending order of index; those
  // that lose their page are uncarved and taken out of it.
  struct Discarded {
    uint64_t bytes = 0;
    uint32_t blocks = 0;
  };
  Discarded DiscardFree(std::vector<uint32_t>& free);

 private:
  struct Slab {
    std::byte* base = nullptr;
    uint32_t carved = 0;
    uint32_t generation = 0;      // Of the next block carved.
    std::vector<uint64_t> map{};  // A bit a block: carved.
  };

  // Address space for the next slabs.
  struct Extent {
    std::byte* base = nullptr;
    uint64_t bytes = 0;
  };

  bool AddSlab();
  bool AddExtent();
  uint64_t ReadSlabGuard(uint32_t index) const;
  uint64_t slab_bytes() const;
  Discarded DiscardRun(uint32_t first, uint32_t count);

  const uint64_t stride_;
  const uint64_t cookie_;
  const uint32_t first_generation_;
  const int shift_;
  const uint32_t mask_;
  SlabMemory& memory_;
  std::atomic<std::byte*>* directory_ = nullptr;
  std::vector<Extent> extents_;
  uint64_t extent_used_ = 0;  // Bytes of the last one that are slabs.
  std::vector<Slab> slabs_;
  size_t open_slab_ = 0;  // No slab before this one has room.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_SLAB_TABLE_H_
