// The untyped half of a pool: equal blocks that threads take and put back.
//
//   thread ---> its ThreadCache ---> Depot ------> loose blocks, slabs,
//               no lock, no atomic   one CAS for   other threads' caches:
//               read-modify-write    a magazine    under the mutex
//
// What it promises:
//   1. A pool for N blocks can have exactly N out, whatever threads took them
//      and put them back: an allocation fails only when there was an instant
//      during it at which fewer than `count` blocks were free and no more could
//      be carved.
//   2. Allocating and freeing are all or nothing, and freeing never fails.
//   3. A block that was written over, or freed twice, is not handed out.
//
// Ownership: owns its blocks; callers borrow them. Thread safety: any method,
// from any thread, unless it says otherwise.

#ifndef NETBUFD_ENGINE_POOL_BLOCK_POOL_H_
#define NETBUFD_ENGINE_POOL_BLOCK_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/mutex.h"
#include "engine/pool/block.h"
#include "engine/pool/depot.h"
#include "engine/pool/handle.h"
#include "engine/pool/pool_slots.h"
#include "engine/pool/pool_types.h"
#include "engine/pool/quarantine.h"
#include "engine/pool/slab_table.h"
#include "engine/pool/thread_cache.h"
#include "engine/pool/thread_caches.h"

namespace netbuf {

class BlockPool final : private ThreadCacheOwner {
 public:
  static constexpr uint64_t kLongestMagazine = ThreadCache::kLongestMagazine;

  using Sink = absl::FunctionRef<void(size_t, Block*)>;
  using Source = absl::FunctionRef<Block*(size_t)>;

  // `bytes` rounded up to an odd number of cache lines: an even stride, and
  // worst a power of two, puts every header into the same few sets of the
  // cache.
  static uint64_t StrideFor(uint64_t bytes);

  // A slot for a pool with these options. RESOURCE_EXHAUSTED when all are in
  // use, INVALID_ARGUMENT for more blocks than handles can tell apart.
  static absl::StatusOr<PoolSlots::Slot> TakeSlot(const PoolOptions& options);
  // `verify`: freed blocks are filled with a pattern and rest in a queue before
  // they are used again. Of no use unless status() is OK. REQUIRES: this is at
  // the place of `slot`, as the first member of a PlacedPool is.
  BlockPool(uint64_t stride, bool verify, const PoolOptions& options,
            const PoolSlots::Slot& slot);
  // RESOURCE_EXHAUSTED when there was no address space.
  absl::Status status() const;
  ~BlockPool();  // REQUIRES: no block is out, no thread is inside.
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // Constructs the object of a block: once when it is carved, and again when a
  // check found it written over. Must be set before the first allocation.
  void set_builder(std::function<void(Block*)> builder) {
    builder_ = std::move(builder);
  }

  // AllocateOne() then never has one ready: its blocks need more than to be
  // marked out. Must be called before the first allocation.
  void KeepUnready() { ready_mark_ |= Block::kStateMask; }

  uint32_t slot() const { return slot_; }
  uint64_t stride() const { return slabs_.stride(); }
  uint32_t magazine_size() const { return depot_.magazine_size(); }

  // How many allocations ahead the lines of a cold block are asked for: about
  // what it takes to get one from the third-level cache. (Measured: random free
  // order gains a tenth.)
  static constexpr int kPrefetchAhead = 4;
  static_assert(kPrefetchAhead <= ThreadCache::kReadableBehind);

  // The object of a block, which is then out and held by `holder`. Null when
  // the thread's cache has none ready, which settles nothing: AllocateOneSlow()
  // must follow. `users_line`: where in a block the line begins that its user
  // goes to first; of cold ones it is asked for ahead of time with the
  // header's.
  void* AllocateOne(HolderId holder, size_t users_line) {
    ThreadCache* const cache = CurrentCache();
    const uint64_t word = cache->owners_word();
    const BlockSlot* const newest = cache->Newest(word);
    const uintptr_t kept = newest->kept();
    void* object = BlockSlot::ObjectOfHot(kept);
    if (!BlockSlot::IsHot(kept)) {
      if (kept == 0) [[unlikely]]
        return nullptr;
      object = BlockSlot::ObjectOfCold(kept);
      Prefetch(newest[kPrefetchAhead].kept(), users_line);
    }
    Block* const block = Block::FromObject(object);
    cache->TakeNewest(word);
    const uint64_t tag = block->tag.load(std::memory_order_relaxed);
    if (Block::Mark(tag) != cache->ready_mark()) [[unlikely]] {
      cache->LeaveInFlight();
      return nullptr;
    }
    block->MarkOut(tag, holder);
    return object;
  }
  // The same however long it takes; null when there is no block.
  ABSL_ATTRIBUTE_COLD void* AllocateOneSlow(HolderId holder);

  // Calls sink(i, block) for i = 0 .. count - 1, in order, when and only when
  // there are that many. The blocks are out then, held by `holder`. (The sinks
  // and sources here are taken by value, and copied for the long way, so that
  // on the short one what they capture can stay in registers.)
  template <typename F>
  PoolStatus Allocate(size_t count, HolderId holder, F sink) {
    BlockSlot* const taken = Take(count);
    if (taken == nullptr) [[unlikely]] {
      F copy = sink;
      return AllocateExclusive(count, holder, copy);
    }
    const uint32_t free_mark = free_mark_;
    const size_t good = WhileTrue(count, [=](size_t i) {
      Block* const block = taken[i].load();
      const uint64_t tag = block->tag.load(std::memory_order_relaxed);
      if (Block::Mark(tag) != free_mark) return false;
      block->MarkOut(tag, holder);
      sink(i, block);
      return true;
    });
    if (good != count) [[unlikely]] {
      F copy = sink;
      return ReplaceRest(taken, good, count, holder, copy);
    }
    return PoolStatus::kOk;
  }

  // Frees a block that is out and whole (CheckOut). `reset` makes its object
  // what a fresh one is, but for its first word, which MarkOut() clears.
  template <typename F>
  void FreeOne(Block* block, F reset) {
    const uint64_t tag = block->tag.load(std::memory_order_relaxed);
    FreePlain(block, Block::OutTag(tag), reset);
  }
  // The same for one that is plainly out, with the tag that said so.
  template <typename F>
  void FreePlain(Block* block, uint64_t tag, F reset) {
    ThreadCache* const cache = CurrentCache();
    const uint64_t word = cache->owners_word();
    block->MarkFree(tag);
    reset();
    if (!cache->HasRoom(word)) [[unlikely]] {
      FreeOneSlow(block->object());
      return;
    }
    cache->PutOne(word, block);
  }

  // Frees the blocks begin(0) .. begin(count - 1), which begin() has marked
  // free, unless one is null. Returns how many came before that: when they are
  // fewer than `count`, none was put away. 0, without a call of begin(), where
  // they cannot go to the thread's cache at once.
  template <typename F>
  size_t FreeAll(size_t count, F begin) {
    ThreadCache* const cache = CurrentCache();
    BlockSlot* const room = Room(cache, count);
    if (room == nullptr) [[unlikely]]
      return 0;
    // The last one will be the newest, as it is the hottest.
    BlockSlot* const oldest = room + (count - 1);
    const size_t begun = WhileTrue(count, [=](size_t i) {
      Block* const block = begin(i);
      if (block == nullptr) return false;
      (oldest - i)->store(block);
      return true;
    });
    if (begun != count) [[unlikely]]
      return begun;
    cache->Commit(static_cast<uint32_t>(count));
    return count;
  }
  // Frees the blocks source(0) .. source(count - 1), for each of which
  // BeginFree() was called, each with reset(block).
  template <typename F, typename G>
  void Free(size_t count, F source, G reset) {
    ThreadCache* const cache = CurrentCache();
    BlockSlot* const room = Room(cache, count);
    if (room == nullptr) [[unlikely]] {
      FreeSlow(count, [source, reset](size_t i) {
        Block* const block = source(i);
        reset(block);
        return block;
      });
      return;
    }
    for (size_t i = 0; i < count; ++i) {
      Block* const block = source(i);
      reset(block);
      room[count - 1 - i].store(block);
    }
    cache->Commit(static_cast<uint32_t>(count));
  }

  // The low half of the tag of a block that CheckOut() has nothing to say
  // about, for most that is: out, whole, unclaimed, without anything of its
  // own.
  uint32_t out_mark() const { return out_mark_; }
  // Whether a block may be freed: kOk, kOverrun, kDoubleFree. Counts what it
  // finds. REQUIRES: the block is of this pool (its object says so).
  PoolStatus CheckOut(const Block* block) const {
    const uint64_t tag = block->tag.load(std::memory_order_relaxed);
    constexpr uint32_t kMayBe = Block::kClaimed | Block::kExtra;
    if ((Block::Mark(tag) & ~kMayBe) == out_mark_) [[likely]] {
      return PoolStatus::kOk;
    }
    return CheckOutSlow(block);
  }

  // Whether a block whose tag does not look plainly free, or out, is so all the
  // same: the last one of a slab.
  // `tag`: what its was.
  ABSL_ATTRIBUTE_COLD bool IsOddFree(const Block* block, uint64_t tag) const;
  ABSL_ATTRIBUTE_COLD bool IsOddOut(const Block* block, uint64_t tag) const;

  // See NetBufferListPool::Claim().
  PoolStatus Claim(BlockHandle handle, HolderId holder, Block** out);
  // See NetBufferListPool::SetHolder(); kNone is not recorded. Does nothing to
  // a block that is free: it is nobody's to pass on.
  static void SetHolder(Block* block, HolderId holder, LifeEvent event);
  // kNoHolder for a block that is free.
  static HolderId GetHolder(const Block* block) {
    return block->HasState(Block::kOut)
               ? block->holder.load(std::memory_order_relaxed)
               : kNoHolder;
  }
  BlockHandle Handle(const Block* block) const {
    return BlockHandle::Make(
        slot_, block->index.load(std::memory_order_relaxed),
        Block::Generation(block->tag.load(std::memory_order_relaxed)));
  }

  void CountAllocationFailure() {
    allocation_failures_.fetch_add(1, std::memory_order_relaxed);
  }
  void CountViolation() const {
    violations_.fetch_add(1, std::memory_order_relaxed);
  }

  // Claims every block that `holder` holds and nobody has claimed, and calls
  // `dispose` for it, which must free it. Blocks whose header was written over
  // so that nobody knows whose they are go out of use for good. Returns how
  // many of both.
  uint64_t Reclaim(HolderId holder, absl::FunctionRef<void(Block*)> dispose);

  absl::Status CheckFreeable() const;
  std::vector<OutstandingBlock> Outstanding(uint32_t first, size_t limit) const;
  uint64_t Trim();
  PoolStatistics Statistics() const;

 private:
  // The header's line, to be written, and the user's. Any address will do.
  static void Prefetch(uintptr_t in_first_line, size_t users_line) {
    __builtin_prefetch(reinterpret_cast<const void*>(in_first_line), 1);
    __builtin_prefetch(
        reinterpret_cast<const void*>(in_first_line + users_line));
  }

  // Calls each(0), each(1), ... each(count - 1) until one is false; how many
  // were not. Four at a time, with one counter for all: what a compiler makes
  // of the simple loop counts every place it reads or writes by itself.
  template <typename F>
  ABSL_ATTRIBUTE_ALWAYS_INLINE static size_t WhileTrue(size_t count, F each) {
    size_t i = 0;
    for (const size_t fours = count & ~size_t{3}; i < fours; i += 4) {
      if (!each(i)) [[unlikely]]
        return i;
      if (!each(i + 1)) [[unlikely]]
        return i + 1;
      if (!each(i + 2)) [[unlikely]]
        return i + 2;
      if (!each(i + 3)) [[unlikely]]
        return i + 3;
    }
    while (i < count && each(i)) ++i;
    return i;
  }

  // The calling thread's, or one that is both empty and full.
  ThreadCache* CurrentCache() const { return CurrentThreadCache(this); }

  bool IsFree(uint64_t tag) const { return Block::Mark(tag) == free_mark_; }

  // Whether so many can come from a cache, or go there, at once.
  bool FitsMagazine(size_t count) const { return count - 1 < magazine_size_; }
  // `count` blocks of the thread's cache, or room for them, if need be after an
  // exchange with the depot; null when they are to be had under the mutex only,
  // and for none.
  BlockSlot* Take(size_t count) {
    if (FitsMagazine(count)) [[likely]] {
      BlockSlot* const taken =
          CurrentCache()->Take(static_cast<uint32_t>(count));
      if (taken != nullptr) [[likely]]
        return taken;
    }
    return TakeSlow(count);
  }
  BlockSlot* Room(ThreadCache* cache, size_t count) {
    if (!FitsMagazine(count)) [[unlikely]]
      return nullptr;
    BlockSlot* const room = cache->RoomFor(static_cast<uint32_t>(count));
    if (room != nullptr) [[likely]]
      return room;
    if (cache->capacity() == 0) return nullptr;
    Drain(cache);
    return cache->RoomFor(static_cast<uint32_t>(count));
  }

  // block_pool_slow.cc: the way of one thread when its cache does not do.
  BlockSlot* TakeSlow(size_t count);
  void* ReplaceOne(Block* taken, HolderId holder);
  PoolStatus ReplaceRest(BlockSlot* taken, size_t first, size_t count,
                         HolderId holder, Sink sink);
  PoolStatus AllocateExclusive(size_t count, HolderId holder, Sink sink);
  ABSL_ATTRIBUTE_COLD void FreeOneSlow(void* object_of_marked);
  void FreeSlow(size_t count, Source source);
  void FreeUncached(Block* block);
  void PutUncached(Block* marked);
  ThreadCache* CacheSlow();
  bool Refill(ThreadCache* cache);
  void Drain(ThreadCache* cache);
  PoolStatus CheckOutSlow(const Block* block) const;
  bool IsWhole(const Block* block) const;
  bool IsWhole(const Block* block, uint64_t tag) const;
  bool WasTrimmed(const Block* block) const;
  bool Admit(Block* block);
  bool AdmitOdd(Block* block) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool IsElsewhere(const Block* block) const;

  // block_pool_gather.cc: everybody's blocks, under the mutex.
  bool Gather(size_t count, ThreadCache* self, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Add(Block* block, BlockChain* got) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeOwn(ThreadCache* self, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeShared(size_t count, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeQuarantined(size_t count, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeAllCached(bool force, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RepairFree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Carve(uint64_t count, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Steal(const ThreadCache* self, bool force, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool NothingElsewhere(const ThreadCache* self)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void PutBack(BlockChain* chain) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void KeepSurplus(ThreadCache* self, size_t needed, BlockChain* got)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  bool IsDamaged(uint32_t index) const;
  bool ReclaimOne(uint32_t index, HolderId holder,
                  absl::FunctionRef<void(Block*)> dispose);
  bool ClaimDamaged(uint32_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Retire(uint32_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // ThreadCacheOwner.
  void AdoptCache(ThreadCache* cache) override;
  void AbandonCache(ThreadCache* cache) override;

  // Everything counted so far, and a new high-water mark if this is one.
  ThreadCache::Counts Sum() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const uint32_t free_mark_;  // What the tags of free blocks begin with.
  const uint32_t out_mark_;
  const uint32_t slot_;
  const uint32_t magazine_size_;
  const bool verify_;
  const bool thread_caches_;
  // What the tags of those begin with that are ready for use; one of no block,
  // all states at once, in a pool without such blocks.
  uint32_t ready_mark_;
  const uint64_t max_blocks_;
  MemoryQuota* const quota_;  // May be null.
  std::function<void(Block*)> builder_;

  // Synchronise themselves.
  mutable std::atomic<uint64_t> violations_{0};
  std::atomic<uint64_t> allocation_failures_{0};
  Depot depot_;
  SlabTable slabs_;  // Carving and discarding: guarded by mu_.

  mutable Mutex mu_;
  ThreadCache* caches_ ABSL_GUARDED_BY(mu_) = nullptr;
  BlockChain loose_ ABSL_GUARDED_BY(mu_);  // Free, in nobody's magazine.
  Quarantine quarantine_ ABSL_GUARDED_BY(mu_);
  uint64_t carved_ ABSL_GUARDED_BY(mu_) = 0;
  // Of those carved; by index.
  absl::flat_hash_set<uint32_t> retired_ ABSL_GUARDED_BY(mu_);
  uint64_t steals_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t trims_ ABSL_GUARDED_BY(mu_) = 0;
  mutable uint64_t high_water_ ABSL_GUARDED_BY(mu_) = 0;
  // What happened without a cache, or in one that is gone.
  ThreadCache::Counts base_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_BLOCK_POOL_H_
