// The header in front of every NetBufferList and NetBuffer that a pool owns,
// and the two words in it that make misuse visible.
//
//            one cache line
//   |<------------------------------------------------------------->|
//   [ guard 8 | tag 8 | history 8 ][ first 40 bytes of the object   ] ...
//                                  ^ what callers have a pointer to
//
//   guard     63        40 39                       0
//             [ index: 24 ][ cookie of the pool: 40 ]
//   tag       63            32 31       26 25               0
//             [ holder: 32    ][ state: 6 ][ generation: 26   ]
//   history   sixteen LifeEvents of four bits, the newest in the low ones
//
// One compare of the guard tells three things: the block is of this pool, it is
// a block at all, and nobody wrote over the end of the block in front, whose
// data end where this header begins. The cookie is in the low bytes, which an
// overrun reaches first.

#ifndef NETBUFD_ENGINE_POOL_BLOCK_H_
#define NETBUFD_ENGINE_POOL_BLOCK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/pool/handle.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Owned by its pool. The tag moves between states as the pool's methods say;
// all else is written only by the block's current owner.
struct Block {
  static constexpr int kCookieBits = 40;
  static constexpr uint64_t kCookieMask = (uint64_t{1} << kCookieBits) - 1;

  // State bits of the tag.
  static constexpr int kStateShift = BlockHandle::kGenerationBits;
  static constexpr uint64_t kCarved = uint64_t{1} << 26;   // It exists.
  static constexpr uint64_t kOut = uint64_t{1} << 27;      // With a caller.
  static constexpr uint64_t kClaimed = uint64_t{1} << 28;  // In an API call.
  // It carries something of its own that freeing must dispose of first.
  static constexpr uint64_t kExtra = uint64_t{1} << 29;
  static constexpr uint64_t kRetired = uint64_t{1} << 30;  // Never used again.
  static constexpr uint64_t kGenerationMask = BlockHandle::kGenerationMask;
  static constexpr int kHolderShift = 32;
  static constexpr uint64_t kHolderMask = ~uint64_t{0} << kHolderShift;
  static_assert(kCarved == kGenerationMask + 1);
  static_assert(64 - kCookieBits == BlockHandle::kIndexBits);

  std::atomic<uint64_t> guard;
  std::atomic<uint64_t> tag;
  std::atomic<uint64_t> history;

  static Block* FromObject(void* object) {
    return reinterpret_cast<Block*>(static_cast<std::byte*>(object) -
                                    sizeof(Block));
  }
  static const Block* FromObject(const void* object) {
    return FromObject(const_cast<void*>(object));
  }
  void* object() { return this + 1; }
  const void* object() const { return this + 1; }
  std::byte* bytes() { return reinterpret_cast<std::byte*>(this); }

  uint32_t index() const {
    return static_cast<uint32_t>(guard.load(std::memory_order_relaxed) >>
                                 kCookieBits);
  }
  static uint64_t Guard(uint32_t index, uint64_t cookie) {
    return uint64_t{index} << kCookieBits | cookie;
  }
  static uint32_t Generation(uint64_t tag_value) {
    return static_cast<uint32_t>(tag_value & kGenerationMask);
  }
  static HolderId Holder(uint64_t tag_value) {
    return static_cast<HolderId>(tag_value >> kHolderShift);
  }

  // True when the block is whole and free. `cookie` is the pool's.
  bool IsFree(uint64_t cookie, uint64_t tag_value) const {
    return IsIntact(cookie) &&
           tag_value >> kStateShift == kCarved >> kStateShift;
  }
  // False when what overwrote the guard reached its end, and so perhaps the tag
  // behind it, which then tells nothing. `at` is the block's index.
  bool CanTrustTag(uint32_t at) const { return index() == at; }
  bool IsIntact(uint64_t cookie) const {
    const uint64_t guarded = guard.load(std::memory_order_relaxed);
    return (guarded ^ cookie) << (64 - kCookieBits) == 0;
  }

  // Whether the block is out, unclaimed and without anything of its own: what
  // most blocks are that come back.
  static bool IsPlainlyOut(uint64_t tag_value) {
    return static_cast<uint32_t>(tag_value) >> kStateShift ==
           (kCarved | kOut) >> kStateShift;
  }

  // Writes a whole header. Release: whoever reads kCarved sees the object
  // built.
  void Carve(uint32_t index, uint64_t cookie, uint32_t generation) {
    guard.store(Guard(index, cookie), std::memory_order_relaxed);
    history.store(kAllocationToCome, std::memory_order_relaxed);
    tag.store((generation & kGenerationMask) | kCarved,
              std::memory_order_release);
  }

  // Free to out, by the block's only owner: plain load and store.
  void MarkOut(uint64_t free_tag, HolderId holder) {
    tag.store(free_tag | kOut | uint64_t{holder} << kHolderShift,
              std::memory_order_release);
  }

  // Out to free: whoever still has a handle of it now has a stale one. The
  // history gains the free, and at once the allocation that will follow, so
  // that allocating does not touch it; readers leave that out while the block
  // is free.
  void MarkFree() {
    const uint64_t now = tag.load(std::memory_order_relaxed);
    const uint64_t events = history.load(std::memory_order_relaxed);
    tag.store(((now + 1) & kGenerationMask) | kCarved,
              std::memory_order_release);
    history.store(events << 8 | kFreeThenAllocation, std::memory_order_relaxed);
  }

  // A batch that is freed is first marked, block by block, so that one which is
  // in it twice, or freed before, is found before anything has changed. A mark
  // takes kOut away and nothing else, so that it can be undone.
  void Mark() {
    tag.store(tag.load(std::memory_order_relaxed) & ~kOut,
              std::memory_order_relaxed);
  }
  void Unmark() {
    tag.store(tag.load(std::memory_order_relaxed) | kOut,
              std::memory_order_relaxed);
  }

  // For the owner of a block that is out.
  bool HasState(uint64_t bit) const {
    return (tag.load(std::memory_order_relaxed) & bit) != 0;
  }
  void SetState(uint64_t bit) {
    tag.store(tag.load(std::memory_order_relaxed) | bit,
              std::memory_order_relaxed);
  }

  void Record(LifeEvent event) {
    history.store(history.load(std::memory_order_relaxed) << 4 |
                      static_cast<uint64_t>(event),
                  std::memory_order_relaxed);
  }

  // A free block's first word of object links chains of free blocks. It is the
  // object's own `next`, null in a block that is handed out.
  Block* link() const {
    Block* next;
    std::memcpy(&next, object(), sizeof(next));
    return next;
  }
  void set_link(Block* next) { std::memcpy(object(), &next, sizeof(next)); }

 private:
  static constexpr uint64_t kAllocationToCome =
      static_cast<uint64_t>(LifeEvent::kAllocated);
  static constexpr uint64_t kFreeThenAllocation =
      static_cast<uint64_t>(LifeEvent::kFreed) << 4 | kAllocationToCome;
};
static_assert(sizeof(Block) == 24, "see the cache line plan above");

// A stack of free blocks linked through themselves: costs no memory, so that
// putting a block back cannot fail. Not thread-safe.
class BlockChain {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void Push(Block* block) {
    block->set_link(head_);
    head_ = block;
    ++size_;
  }
  // REQUIRES: not empty. The block comes back with its link cleared.
  Block* Pop() {
    Block* const block = head_;
    head_ = block->link();
    block->set_link(nullptr);
    --size_;
    return block;
  }

 private:
  Block* head_ = nullptr;
  size_t size_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_BLOCK_H_
