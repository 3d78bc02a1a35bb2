// Where threads' caches exchange free blocks, a whole magazine at a time.
//
//   full  -> [magazine] -> [magazine] -> null     each of exactly N blocks
//   empty -> [magazine] -> null
//
// A magazine is an array of pointers, not a chain through the blocks: taking
// one touches no block, so that a thread which gets blocks another one freed
// does not wait for 64 cache misses one after the other.
//
// Both are stacks: the blocks freed last, still in some cache, go out first. A
// queue would walk through the whole pool and miss on every block.
//
// Thread safety: everything may be called from any thread, but Grow(), for
// which the pool's mutex must be held. Lock-free: one compare-and-swap a call.
// Magazines are freed with the depot only, so a thread that reads the link of
// one that has just been taken by another reads an old number, and its
// compare-and-swap fails on the count that goes with the head:
//
//   63                 24 23              0
//   [ changes so far: 40 ][ magazine: 24  ]

#ifndef NETBUFD_ENGINE_POOL_DEPOT_H_
#define NETBUFD_ENGINE_POOL_DEPOT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/pool/block.h"

namespace netbuf {

class Depot {
 public:
  struct Magazine {
    std::atomic<uint32_t> next;  // Id of the one below.
    uint32_t id;

    // `magazine_size` of them.
    BlockSlot* blocks() { return reinterpret_cast<BlockSlot*>(this + 1); }
  };
  static_assert(sizeof(Magazine) % alignof(BlockSlot) == 0);

  explicit Depot(uint32_t magazine_size);
  ~Depot();
  Depot(const Depot&) = delete;
  Depot& operator=(const Depot&) = delete;

  uint32_t magazine_size() const { return magazine_size_; }

  // Null when there is none.
  Magazine* TakeFull() { return Pop(full_); }
  Magazine* TakeEmpty() { return Pop(empty_); }
  void PutFull(Magazine* magazine) { Push(full_, magazine); }
  void PutEmpty(Magazine* magazine) { Push(empty_, magazine); }

  // Makes sure there are magazines for `blocks` blocks. False when there is no
  // memory; what there was remains.
  bool Grow(uint64_t blocks);

  // Equal values, some time apart, mean that nothing was put or taken between.
  uint64_t full_version() const {
    return full_.load(std::memory_order_acquire);
  }
  static bool IsEmpty(uint64_t full_version) {
    return (full_version & kIdMask) == kNil;
  }

 private:
  static constexpr uint64_t kIdMask = (1u << 24) - 1;
  static constexpr uint32_t kNil = kIdMask;
  // Chunk c holds kFirstChunk << c magazines, so that 20 chunks reach every id
  // and none ever moves.
  static constexpr uint32_t kFirstChunk = 16;
  static constexpr int kChunks = 20;

  Magazine* At(uint32_t id) const;
  Magazine* Pop(std::atomic<uint64_t>& head);
  void Push(std::atomic<uint64_t>& head, Magazine* magazine);
  bool AddChunk();

  const uint32_t magazine_size_;
  const size_t magazine_bytes_;
  std::array<std::atomic<std::byte*>, kChunks> chunks_{};
  int chunk_count_ = 0;
  uint64_t capacity_ = 0;  // Blocks that fit all magazines.
  alignas(64) std::atomic<uint64_t> full_{kNil};
  alignas(64) std::atomic<uint64_t> empty_{kNil};
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_DEPOT_H_
