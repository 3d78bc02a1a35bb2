// The header in front of every NetBufferList and NetBuffer that a pool owns,
// and the words in it that make misuse visible.
//
//            one cache line
//   |<------------------------------------------------------------->|
//   [ tag 8 | index 4 | holder 4 | history 8 ][ object's first 40   ] ...
//                                              ^ what callers point to
//
//   tag       63            38 37    32 31     26 25           0
//             [ generation: 26 ][ passes ][ state ][ cookie: 26 ]
//   history   63             48 47                                    0
//             [ generation: 16 ][ twelve LifeEvents of four bits, newest low ]
//
// The history has what was recorded, and as of which generation. That a block
// was freed and allocated since, its tag's generation tells: so neither
// allocating nor freeing writes the history.
//
// One compare of the tag's low half tells all that allocating and freeing must
// know: the block is of this pool, it is a block at all, nobody wrote over the
// end of the block in front, whose data end where this header begins, and it is
// free, or out. The cookie is in the low bytes, which an overrun reaches first.
// The rest of the word decides who may claim it: a compare-and-swap fails when
// the block came back meanwhile, or was passed on.

#ifndef NETBUFD_ENGINE_POOL_BLOCK_H_
#define NETBUFD_ENGINE_POOL_BLOCK_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/pool/handle.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Owned by its pool. The tag moves between states as the pool's methods say;
// all else is written only by the block's current owner.
struct Block {
  static constexpr int kHistoryEvents = 12;

  static constexpr int kCookieBits = 26;
  static constexpr uint32_t kCookieMask = (1u << kCookieBits) - 1;

  // State bits of the tag.
  static constexpr uint32_t kCarved = 1u << 26;   // It exists.
  static constexpr uint32_t kOut = 1u << 27;      // With a caller.
  static constexpr uint32_t kClaimed = 1u << 28;  // In an API call.
  // It carries something of its own that freeing must dispose of first.
  static constexpr uint32_t kExtra = 1u << 29;
  static constexpr uint32_t kRetired = 1u << 30;  // Never used again.
  // Free, and in a BlockChain or in quarantine.
  static constexpr uint32_t kPutAway = 1u << 31;
  static constexpr uint32_t kStateMask = ~kCookieMask;
  // How often it was passed on, modulo 64.
  static constexpr uint64_t kOnePass = uint64_t{1} << 32;
  static constexpr uint64_t kPassesMask = uint64_t{63} << 32;
  static constexpr int kGenerationShift = 64 - BlockHandle::kGenerationBits;
  static constexpr uint64_t kOneGeneration = uint64_t{1} << kGenerationShift;
  static_assert(kOneGeneration == (kPassesMask | (kOnePass - 1)) + 1);

  std::atomic<uint64_t> tag;
  std::atomic<uint32_t> index;   // Constant while it is carved.
  std::atomic<uint32_t> holder;  // Who has it; of a free one, who had it last.
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

  static uint32_t Generation(uint64_t tag_value) {
    return static_cast<uint32_t>(tag_value >> kGenerationShift);
  }

  // The low half of the tag of a block that is free, or out, and nothing else:
  // unclaimed, without anything of its own. `cookie` is the pool's.
  static constexpr uint32_t FreeMark(uint32_t cookie) {
    return cookie | kCarved;
  }
  static constexpr uint32_t OutMark(uint32_t cookie) {
    return cookie | kCarved | kOut;
  }
  static uint32_t Mark(uint64_t tag_value) {
    return static_cast<uint32_t>(tag_value);
  }
  static bool IsIntact(uint64_t tag_value, uint32_t cookie) {
    return (Mark(tag_value) & kCookieMask) == cookie;
  }
  // False when what overwrote the cookie went on, so that the state means
  // nothing: it then is one that no block has, most likely. `at` is the block's
  // index.
  bool CanTrustState(uint32_t at) const {
    const uint32_t state =
        Mark(tag.load(std::memory_order_relaxed)) & kStateMask;
    return index.load(std::memory_order_relaxed) == at &&
           (state & kCarved) != 0 &&
           (state <= (kRetired | kCarved) || state == (kPutAway | kCarved));
  }

  // Writes a whole header, of a free block, or of one that is retired.
  // Release: whoever reads kCarved sees the object built.
  void Carve(uint32_t at, uint32_t cookie, uint32_t generation,
             uint32_t state = 0) {
    index.store(at, std::memory_order_relaxed);
    holder.store(kNoHolder, std::memory_order_relaxed);
    history.store(uint64_t{generation} << kHistoryBits | kAllocated,
                  std::memory_order_relaxed);
    tag.store(
        uint64_t{generation} << kGenerationShift | FreeMark(cookie) | state,
        std::memory_order_release);
  }
  // The tag with nothing else set, and out even when somebody freed the block
  // since that was found: what becomes of it is then a free block's all the
  // same.
  static uint64_t OutTag(uint64_t tag_value) {
    return (tag_value & ~uint64_t{kClaimed | kExtra}) | kOut;
  }
  static uint64_t WithCookie(uint64_t tag_value, uint32_t cookie) {
    return (tag_value & ~uint64_t{kCookieMask}) | cookie;
  }

  // Free to out, by the block's only owner: plain load and store. Release:
  // whoever sees a new holder finds the tag changed since the old one had it.
  void MarkOut(uint64_t free_tag, HolderId new_holder) {
    holder.store(new_holder, std::memory_order_release);
    set_link(nullptr);
    tag.store(free_tag | kOut, std::memory_order_release);
  }

  // Out to free: whoever still has a handle of it now has a stale one.
  void MarkFree() { MarkFree(OutTag(tag.load(std::memory_order_relaxed))); }
  // The same for a block with nothing else set, whose tag the caller has read.
  void MarkFree(uint64_t out_tag) {
    tag.store(out_tag + (kOneGeneration - kOut), std::memory_order_release);
  }

  // The same for one of a batch, of which nothing else is changed before all
  // are marked: so one that is in it twice, or was free before, is found while
  // it can all be taken back. What else the state has must be cleared then.
  void BeginFree() { MarkFree(tag.load(std::memory_order_relaxed) | kOut); }
  void CancelFree() {
    tag.store(tag.load(std::memory_order_relaxed) - (kOneGeneration - kOut),
              std::memory_order_relaxed);
  }

  // For the owner of a block.
  bool HasState(uint32_t bits) const {
    return (tag.load(std::memory_order_relaxed) & bits) != 0;
  }
  void SetState(uint32_t bits) {
    tag.store(tag.load(std::memory_order_relaxed) | bits,
              std::memory_order_relaxed);
  }
  void ClearState(uint32_t bits) {
    tag.store(tag.load(std::memory_order_relaxed) & ~uint64_t{bits},
              std::memory_order_relaxed);
  }

  void Record(LifeEvent event) {
    const uint64_t now = tag.load(std::memory_order_relaxed);
    const uint64_t events = Events(history.load(std::memory_order_relaxed), now)
                                << 4 |
                            static_cast<uint64_t>(event);
    history.store(
        uint64_t{Generation(now)} << kHistoryBits | (events & kEventsMask),
        std::memory_order_relaxed);
  }
  // All events up to now, of a block that is out: the newest in the low bits. A
  // history of more than 65,535 frees in which nothing else was recorded may
  // show events of then as if they were new.
  static uint64_t Events(uint64_t history_value, uint64_t tag_value) {
    uint64_t events = history_value & kEventsMask;
    const auto frees = static_cast<uint16_t>(Generation(tag_value) -
                                             (history_value >> kHistoryBits));
    for (int i = 0; i < std::min<int>(frees, kHistoryEvents / 2); ++i) {
      events = events << 8 | kFreedThenAllocated;
    }
    return events & kEventsMask;
  }

  // A free block's first word of object links chains of free blocks, or is what
  // its last user left there. It is the object's own `next`, null in a block
  // that is handed out.
  Block* link() const {
    Block* next;
    std::memcpy(&next, object(), sizeof(next));
    return next;
  }
  void set_link(Block* next) { std::memcpy(object(), &next, sizeof(next)); }

 private:
  static constexpr int kHistoryBits = 48;
  static constexpr uint64_t kEventsMask = (uint64_t{1} << kHistoryBits) - 1;
  static constexpr uint64_t kAllocated =
      static_cast<uint64_t>(LifeEvent::kAllocated);
  static constexpr uint64_t kFreedThenAllocated =
      static_cast<uint64_t>(LifeEvent::kFreed) << 4 | kAllocated;
};
static_assert(sizeof(Block) == 24, "see the cache line plan above");

// A place for a free block. It keeps the address of the object, which is what
// callers get and give back: so neither way takes an addition. One bit that
// every such address has, as headers begin a cache line, is missing while the
// block is cold:
//
//   none   ...000000
//   cold   ...010000   it came in a magazine, unseen, whoever freed it
//   hot    ...011000   who has the slot stored it, and wrote its header before
//
// Others may look while the owner stores. A plain word to those that copy many.
class BlockSlot {
 public:
  constexpr BlockSlot() = default;

  // Relaxed all. What is in it, as drawn above: 0 when there is no block, else
  // an address in the first line of one, that of the object when it is hot.
  uintptr_t kept() const { return word().load(std::memory_order_relaxed); }
  static bool IsHot(uintptr_t kept) { return (kept & kHot) != 0; }
  static void* ObjectOfHot(uintptr_t kept) {
    return reinterpret_cast<void*>(kept);
  }
  static void* ObjectOfCold(uintptr_t kept) {
    return reinterpret_cast<void*>(kept + kHot);
  }

  // The object of the block in it. REQUIRES: there is one.
  void* object() const { return reinterpret_cast<void*>(kept() | kHot); }
  Block* load() const { return Block::FromObject(object()); }
  void store(Block* block) {
    word().store(reinterpret_cast<uintptr_t>(block->object()),
                 std::memory_order_relaxed);
  }

  // The same block, cold. Not atomic.
  BlockSlot Cold() const {
    BlockSlot cold;
    cold.kept_ = kept_ & ~kHot;
    return cold;
  }

 private:
  static constexpr uintptr_t kHot = 8;
  static_assert((sizeof(Block) & kHot) != 0);  // And blocks at whole lines.

  std::atomic_ref<uintptr_t> word() const { return std::atomic_ref(kept_); }

  mutable uintptr_t kept_ = 0;
};
static_assert(std::is_trivially_copyable_v<BlockSlot>);
static_assert(sizeof(BlockSlot) == sizeof(void*));

// A stack of free blocks linked through themselves: costs no memory, so that
// putting a block back cannot fail. Their state says that they are in one, for
// one that was freed twice at once by two threads must not be linked twice. Not
// thread-safe.
class BlockChain {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void Push(Block* block) {
    block->SetState(Block::kPutAway);
    block->set_link(head_);
    head_ = block;
    ++size_;
  }
  // REQUIRES: not empty.
  Block* Pop() {
    Block* const block = head_;
    head_ = block->link();
    block->ClearState(Block::kPutAway);
    --size_;
    return block;
  }

 private:
  Block* head_ = nullptr;
  size_t size_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_BLOCK_H_
