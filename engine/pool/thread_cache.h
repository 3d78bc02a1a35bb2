// The free blocks one thread keeps of one pool, newest first:
//
//   entries  [   |   |   | b | b | b | b | b | 0 | 0 | 0 ]
//             ^            ^                   ^
//             slot 0       room                capacity = two magazines
//
// The owner knows a full cache by its word alone: there is no room. Taking one
// block, it knows an empty cache by the null behind the slots. So a cache that
// is all zeroes has neither blocks nor room: it is what a thread finds that has
// no cache of the pool (thread_caches.h).
//
// Only the owner takes and puts, without a lock, an atomic read-modify-write or
// a fence. Yet any thread may take everything away (Revoke), even when the
// owner is asleep or has been preempted in the middle: that is what makes a
// pool's limit exact although caches hold blocks back.
//
// How. Every operation of the owner is one store, to a word that never holds
// the same value twice. After a take it looks at the mark that a block must
// have to be ready for use, which no block has in a revoked cache, as it is 0
// there:
//
//   word   63                                      16 15         0
//          [ blocks taken so far, plus steps: 48    ][ room: 16  ]
//
//   take n: word += n << 16, + n          put n: slots, then word -= n
//
// A thief clears the mark, issues the heavy fence, reads the word and keeps
// what it read. A take's store either came before that fence, then the thief
// has seen it; or after, then the owner finds the mark cleared right after its
// store. Either way the thief's blocks are those its word counts, and the
// owner, which goes no further before it has the pool's mutex, compares its
// word with the one the thief kept and knows which of the two it was (Settle).
// The thief waits for nobody.
//
// A put needs no look. What the owner puts into a revoked cache lies above what
// was stolen, until the owner settles, or a thief steals that too:
//
//   slots  [ stolen | stolen | stolen | put | put |   |   |   ]
//            0                          Count(the word the thief kept)
//
// Taking one block, the owner compares the block's mark with the cache's: that
// tells both, that the block needs nothing but to be taken and that nobody
// revoked the cache.
//
// Moving blocks between slots and depot takes more than one store, so the owner
// announces it (BeginTransfer) and a thief waits for the end of it: a few dozen
// instructions without a lock or a system call.

#ifndef NETBUFD_ENGINE_POOL_THREAD_CACHE_H_
#define NETBUFD_ENGINE_POOL_THREAD_CACHE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>

#include "engine/base/asymmetric_fence.h"
#include "engine/pool/block.h"

namespace netbuf {

class ThreadCacheOwner;

// Thread safety: "owner" methods are for the thread the cache belongs to;
// "pool" methods for any thread that holds the pool's mutex; Settle()
// for the owner holding that mutex, or for the pool when the owner is
// gone.
class alignas(64) ThreadCache {
 public:
  static constexpr uint32_t kLongestMagazine = 64;
  // So many entries behind Newest() may be read, whatever that is. As many as
  // make a cache an odd number of lines, so that those of a thread, which are
  // side by side, do not get into each other's way.
  static constexpr uint32_t kReadableBehind = 15;

  // `ready_mark`: see ready_mark(); not 0. REQUIRES: at most kLongestMagazine.
  ThreadCache(uint32_t magazine_size, uint32_t ready_mark)
      : word_(2 * magazine_size),
        ready_mark_(ready_mark),
        capacity_(2 * magazine_size),
        unrevoked_mark_(ready_mark) {}
  ThreadCache(const ThreadCache&) = delete;
  ThreadCache& operator=(const ThreadCache&) = delete;

  uint32_t capacity() const { return capacity_; }
  uint32_t count() const { return Count(owners_word()); }
  // The oldest block's is slot(0), the newest slot(count() - 1).
  BlockSlot& slot(uint32_t i) { return entries_[capacity_ - 1 - i]; }

  // --- Owner.

  // The newest `count` blocks, which are the caller's until its next put; null
  // when there are fewer, or when in_flight() tells of a revocation.
  BlockSlot* Take(uint32_t count) {
    const uint64_t before = owners_word();
    if (Count(before) < count) [[unlikely]]
      return nullptr;
    word_.store(before + count * (kStep + 1), std::memory_order_release);
    AsymmetricFence::Light();
    if (revoked()) [[unlikely]] {
      in_flight_ = true;
      return nullptr;
    }
    return &entries_[Room(before)];
  }

  // Take(1) in steps, for the case that matters most. `before` is
  // owners_word(). Where the newest block is, or, of an empty cache, a null.
  BlockSlot* Newest(uint64_t before) { return &entries_[Room(before)]; }
  // Takes it: it is the caller's if its mark, looked at after this, is
  // ready_mark(). If not, LeaveInFlight() must follow, as it may have been
  // taken away. REQUIRES: the newest is a block.
  void TakeNewest(uint64_t before) {
    word_.store(before + (kStep + 1), std::memory_order_release);
    AsymmetricFence::Light();
  }
  // What the tag of a block begins with that is ready for use; 0, and so no
  // block's, when the cache is revoked.
  uint32_t ready_mark() const {
    return ready_mark_.load(std::memory_order_relaxed);
  }
  void LeaveInFlight() { in_flight_ = true; }

  // Room for `count` more blocks, the newest first; null when there is none.
  // The caller stores them and commits. After a Take(count), where those are.
  BlockSlot* RoomFor(uint32_t count) {
    const uint64_t room = Room(owners_word());
    if (room < count) [[unlikely]]
      return nullptr;
    return &entries_[room - count];
  }
  void Commit(uint32_t count) {
    // Release: the blocks and slots, for a thief.
    word_.store(owners_word() - count, std::memory_order_release);
  }

  // RoomFor(1), the store and Commit(1), for the case that matters most.
  // `before` is owners_word(), read before the block's own stores: a processor
  // forwards a store to a load that follows soon, and this load follows that of
  // Take().
  uint64_t owners_word() const { return word_.load(std::memory_order_relaxed); }
  static bool HasRoom(uint64_t before) { return Room(before) != 0; }
  // REQUIRES: HasRoom(before).
  void PutOne(uint64_t before, Block* block) {
    (&entries_[Room(before)] - 1)->store(block);
    word_.store(before - 1, std::memory_order_release);
  }

  // True between a take that met a revocation, or LeaveInFlight(), and the
  // Land() or Settle() that ends it.
  bool in_flight() const { return in_flight_; }
  // Ends what is in flight in a cache that is not revoked: it counts. False
  // when the cache is, which takes Settle().
  [[nodiscard]] bool Land() {
    if (revoked()) return false;
    in_flight_ = false;
    return true;
  }

  // False when the cache was revoked; nothing has begun then.
  [[nodiscard]] bool BeginTransfer() {
    transferring_.store(1, std::memory_order_relaxed);
    AsymmetricFence::Light();
    if (!revoked()) return true;
    EndTransfer();
    return false;
  }
  // Within a transfer: copies `count` blocks in, which are then the newest, and
  // cold, or the `count` oldest away, and the others up to the end. Words at
  // once: nobody else looks at the slots then. Moved() must follow.
  void CopyIn(const BlockSlot* blocks, uint32_t count) {
    BlockSlot* const room = RoomFor(count);
    for (uint32_t i = 0; i < count; ++i) room[i] = blocks[i].Cold();
  }
  void CopyOut(BlockSlot* blocks, uint32_t count) {
    const uint64_t room = Room(owners_word());
    std::memcpy(blocks, &entries_[capacity_ - count], count * sizeof(*blocks));
    std::memmove(&entries_[room + count], &entries_[room],
                 (this->count() - count) * sizeof(*blocks));
  }
  // Within a transfer, or holding the pool's mutex: `moved_in` blocks were
  // stored as the newest, or the `moved_out` oldest taken away, and the others
  // moved up.
  void Moved(uint32_t moved_in, uint32_t moved_out) {
    Bump(moved_in_, moved_in);
    Bump(moved_out_, moved_out);
    Bump(steps_, 1);
    word_.store(owners_word() + kStep - moved_in + moved_out,
                std::memory_order_release);
  }
  void CountRefill() { Bump(refills_, 1); }
  void CountDrain() { Bump(drains_, 1); }
  void EndTransfer() { transferring_.store(0, std::memory_order_release); }

  // --- Owner, holding the pool's mutex.

  // Ends a revocation, if there is one: in the slots is then what was put since
  // the last theft. Tells whether the take in flight counts: its blocks are the
  // caller's. When it does not, nothing was taken: the caller does it again.
  // True when nothing was in flight.
  bool Settle() {
    if (Land()) return true;
    const uint64_t now = owners_word();
    const uint64_t base = WithoutLateTake(now);
    const uint32_t put = Cached(now);
    std::memmove(&entries_[capacity_ - put], &entries_[Room(base)],
                 put * sizeof(entries_[0]));
    Bump(steps_, 1);
    word_.store(base + Count(stolen_word_) + kStep, std::memory_order_relaxed);
    in_flight_ = false;
    ready_mark_.store(unrevoked_mark_, std::memory_order_relaxed);
    return base == now;
  }

  // --- Pool.

  bool revoked() const { return ready_mark() == 0; }
  bool transferring() const {
    return transferring_.load(std::memory_order_acquire) != 0;
  }
  uint64_t word() const { return word_.load(std::memory_order_acquire); }
  // Blocks in the slots that nobody has stolen, when word() is `word`.
  uint32_t Cached(uint64_t word) const {
    return revoked() ? Count(WithoutLateTake(word)) - Count(stolen_word_)
                     : Count(word);
  }

  // First half of a revocation. REQUIRES: not revoked. A heavy fence must
  // follow.
  void BeginRevoke() { ready_mark_.store(0, std::memory_order_relaxed); }
  // Slots whose blocks are the caller's: slot(begin) to slot(end - 1). They
  // stay as they are until the mutex is free.
  struct Stolen {
    uint32_t begin;
    uint32_t end;
  };
  // Second half: steals all there are.
  Stolen FinishRevoke() {
    while (transferring()) std::this_thread::yield();
    stolen_word_ = word();
    return CountStolen(0);
  }
  // Steals what was put into a cache that was revoked before: no take counts
  // there, so it needs no fence.
  Stolen StealPut() {
    const uint32_t before = Count(stolen_word_);
    stolen_word_ = WithoutLateTake(word());
    return CountStolen(before);
  }

  // What the cache has counted. `cached`: blocks in the slots.
  struct Counts {
    uint64_t allocations = 0;
    uint64_t frees = 0;
    uint64_t cached = 0;
    uint64_t refills = 0;
    uint64_t drains = 0;
  };
  // A snapshot, unless the owner keeps changing it: then off by a few.
  Counts counts() const {
    Counts counts;
    for (int tries = 0; tries < 100; ++tries) {
      const uint64_t now = word();
      counts.cached = Cached(now);
      counts.allocations = (revoked() ? WithoutLateTake(now) : now) / kStep -
                           steps_.load(std::memory_order_acquire);
      // Blocks come by being freed or moved in and go by being allocated, moved
      // out or stolen; so the frees need no counter.
      const uint64_t gone = counts.cached + counts.allocations + stolen_ +
                            moved_out_.load(std::memory_order_acquire);
      const uint64_t came = moved_in_.load(std::memory_order_acquire);
      counts.frees = gone > came ? gone - came : 0;
      if (!transferring() && word() == now) break;
    }
    counts.refills = refills_.load(std::memory_order_relaxed);
    counts.drains = drains_.load(std::memory_order_relaxed);
    return counts;
  }

  // The lists it is in: its thread's, guarded by the lock of thread_caches.cc,
  // and its pool's, guarded by the pool's mutex.
  ThreadCacheOwner* pool = nullptr;
  ThreadCache** first_of_thread = nullptr;  // Where the thread's list begins.
  ThreadCache* next_of_thread = nullptr;
  ThreadCache* previous_of_thread = nullptr;
  ThreadCache* next_of_pool = nullptr;
  ThreadCache* previous_of_pool = nullptr;
  uint64_t scanned_word = 0;  // Scratch of the pool, under its mutex.

 private:
  static constexpr uint64_t kStep = 1u << 16;

  // For how many more blocks.
  static uint64_t Room(uint64_t word) { return word % kStep; }
  // Blocks in the slots.
  uint32_t Count(uint64_t word) const {
    return capacity_ - static_cast<uint32_t>(Room(word));
  }
  // `word` without the take that the thief did not see, if there was one: the
  // owner went no further. REQUIRES: revoked.
  uint64_t WithoutLateTake(uint64_t word) const {
    const uint64_t taken = word / kStep - stolen_word_ / kStep;
    return word - taken * (kStep + 1);
  }
  Stolen CountStolen(uint32_t begin) {
    const uint32_t end = Count(stolen_word_);
    stolen_ += end - begin;
    return {begin, end};
  }

  // One writer at a time: no read-modify-write needed.
  static void Bump(std::atomic<uint64_t>& counter, uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by,
                  std::memory_order_release);
  }

  // The hot line: what every operation of the owner touches.
  alignas(64) std::atomic<uint64_t> word_;
  std::atomic<uint32_t> ready_mark_;
  std::atomic<uint32_t> transferring_{0};
  uint32_t capacity_;        // Constant, and so is:
  uint32_t unrevoked_mark_;  // ready_mark_ when not revoked.
  bool in_flight_ = false;   // The owner's.
  std::atomic<uint64_t> steps_{0};
  std::atomic<uint64_t> moved_in_{0};
  std::atomic<uint64_t> moved_out_{0};
  std::atomic<uint64_t> refills_{0};
  std::atomic<uint64_t> drains_{0};
  // Guarded by the pool's mutex.
  uint64_t stolen_word_ = 0;  // Of the last theft, if revoked.
  uint64_t stolen_ = 0;       // Blocks so far.

  // From `capacity_` on null.
  alignas(64) std::array<BlockSlot,
                         2 * kLongestMagazine + 1 + kReadableBehind> entries_;
};

static_assert(sizeof(ThreadCache) / 64 % 2 == 1);

// What a pool is to its caches.
class ThreadCacheOwner {
 public:
  // A thread has a new cache: know of it.
  virtual void AdoptCache(ThreadCache* cache) = 0;
  // The thread ends: take the blocks back and forget the cache.
  virtual void AbandonCache(ThreadCache* cache) = 0;

 protected:
  ~ThreadCacheOwner() = default;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_THREAD_CACHE_H_
