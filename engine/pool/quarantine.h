// Where the freed blocks of a VERIFY pool wait, first in first out, filled with
// a pattern that nobody should disturb (ndis-semantics 3.1).

#ifndef NETBUFD_ENGINE_POOL_QUARANTINE_H_
#define NETBUFD_ENGINE_POOL_QUARANTINE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/pool/block.h"

namespace netbuf {

// Not thread-safe: the pool's mutex guards it.
class Quarantine {
 public:
  // A block rests until this many were freed after it, unless the pool has no
  // other. Long enough for an asynchronous completion that comes too late to
  // find the pattern and not somebody else's frame; short enough that with 2
  // KiB of data a pool keeps half a mebibyte in it.
  static constexpr size_t kRest = 256;

  // `stride`: bytes of a block, header included.
  Quarantine(bool enabled, uint64_t stride)
      : enabled_(enabled), object_bytes_(stride - sizeof(Block)) {}

  bool enabled() const { return enabled_; }
  size_t size() const { return size_; }

  // Makes room for `blocks` in all, so that Put() allocates nothing.
  void Reserve(size_t blocks);

  // Fills everything behind the header. Needs no mutex.
  static void Poison(Block* block, uint64_t stride);
  // True when nobody wrote to it since.
  bool IsPoisoned(Block* block) const;

  // REQUIRES: it is in no chain, and not here already.
  void Put(Block* block);
  // The oldest. REQUIRES: not empty.
  Block* Take();

 private:
  const bool enabled_;
  const size_t object_bytes_;
  std::vector<Block*> ring_;
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_QUARANTINE_H_
