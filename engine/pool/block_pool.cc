#include "engine/pool/block_pool.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

constexpr uint64_t kLine = 64;

// A thread's cache holds up to two magazines. Their blocks should be warm in
// the thread's own second-level cache when they come round again: half of one
// of 1 MiB. No more than 64, because with those the two compare-and-swaps of a
// transfer, some 40 ns, are already below 1 ns a block, and longer ones only
// hold more back. Pools with a limit get shorter ones, so that a few threads do
// not hold most of a small pool and stealing stays rare.
uint32_t MagazineSizeFor(uint64_t stride, uint64_t max_blocks) {
  constexpr uint64_t kCacheBytes = uint64_t{512} << 10;
  constexpr uint64_t kShare = 32;
  const uint64_t size =
      std::min({BlockPool::kLongestMagazine, kCacheBytes / (2 * stride),
                max_blocks / kShare});
  return static_cast<uint32_t>(std::bit_floor(std::max<uint64_t>(size, 1)));
}

// Spreads the serial over all bits (SplitMix64's finisher), so that no two
// pools of a process look alike and nothing that lies about in memory looks
// like either.
uint64_t CookieFor(uint64_t serial) {
  uint64_t x = serial * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

SlabMemory& MemoryOf(const PoolOptions& options) {
  return options.memory != nullptr ? *options.memory : SlabMemory::Default();
}

uint64_t MaxBlocksOf(const PoolOptions& options) {
  return options.max_outstanding != 0 ? options.max_outstanding
                                      : BlockHandle::kMaxBlocks;
}

std::vector<LifeEvent> OldestFirst(uint64_t events_in_one) {
  std::vector<LifeEvent> events;
  for (int shift = 4 * (Block::kHistoryEvents - 1); shift >= 0; shift -= 4) {
    const auto event = static_cast<LifeEvent>(events_in_one >> shift & 0xF);
    if (event != LifeEvent::kNone) events.push_back(event);
  }
  return events;
}

}  // namespace

uint64_t BlockPool::StrideFor(uint64_t bytes) {
  const uint64_t lines = (bytes + kLine - 1) / kLine;
  return (lines | 1) * kLine;
}

absl::StatusOr<PoolSlots::Slot> BlockPool::TakeSlot(
    const PoolOptions& options) {
  if (options.max_outstanding > BlockHandle::kMaxBlocks) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "INVALID_MAX_OUTSTANDING",
                        NdisStatus::kInvalidParameter)
               .Field("max_outstanding", "must be at most 16777216")
               .Metadata("maxOutstanding", options.max_outstanding)
           << "max_outstanding is " << options.max_outstanding
           << "; a pool has at most " << BlockHandle::kMaxBlocks
           << " blocks; 0 means as many as there is memory for";
  }
  const PoolSlots::Slot slot = PoolSlots::Take();
  if (slot.slot == 0) {
    return ErrorBuilder(absl::StatusCode::kResourceExhausted, "TOO_MANY_POOLS",
                        NdisStatus::kResources)
               .Quota("pools", absl::StrCat("at most ", PoolSlots::kCount,
                                            " pools at a time"))
           << "all " << PoolSlots::kCount
           << " pools are in use; free one that is no longer needed";
  }
  return slot;
}

absl::Status BlockPool::status() const {
  if (slabs_.valid()) return absl::OkStatus();
  return ErrorBuilder(absl::StatusCode::kResourceExhausted, "OUT_OF_MEMORY",
                      NdisStatus::kResources)
         << "no address space for the pool's directory";
}

BlockPool::BlockPool(uint64_t stride, bool verify, const PoolOptions& options,
                     const PoolSlots::Slot& slot)
    : free_mark_(Block::FreeMark(CookieFor(slot.serial) & Block::kCookieMask)),
      out_mark_(free_mark_ | Block::kOut),
      slot_(slot.slot),
      magazine_size_(MagazineSizeFor(stride, MaxBlocksOf(options))),
      verify_(verify),
      thread_caches_(options.thread_caches && !verify &&
                     AsymmetricFence::Supported()),
      ready_mark_(free_mark_),
      max_blocks_(MaxBlocksOf(options)),
      quota_(options.quota),
      depot_(magazine_size_),
      slabs_(stride, CookieFor(slot.serial), slot.generation,
             MemoryOf(options)),
      quarantine_(verify, stride) {}

BlockPool::~BlockPool() {
  uint64_t generations;
  {
    ThreadCachesLock threads;
    MutexLock lock(mu_);
    // No block changed generation more often than all were freed together, and
    // a trim adds at most one.
    generations = Sum().frees + trims_;
    while (caches_ != nullptr) {
      ThreadCache* const cache = caches_;
      caches_ = cache->next_of_pool;
      threads.Detach(cache);
    }
    if (quota_ != nullptr) quota_->Release(carved_ * stride());
  }
  PoolSlots::SkipGenerations(slot_, generations);
}

void BlockPool::AdoptCache(ThreadCache* cache) {
  MutexLock lock(mu_);
  cache->next_of_pool = caches_;
  if (caches_ != nullptr) caches_->previous_of_pool = cache;
  caches_ = cache;
}

void BlockPool::AbandonCache(ThreadCache* cache) {
  MutexLock lock(mu_);
  cache->Settle();
  BlockChain blocks;
  TakeOwn(cache, &blocks);
  PutBack(&blocks);
  const ThreadCache::Counts counts = cache->counts();
  base_.allocations += counts.allocations;
  base_.frees += counts.frees;
  base_.refills += counts.refills;
  base_.drains += counts.drains;
  if (cache->previous_of_pool != nullptr) {
    cache->previous_of_pool->next_of_pool = cache->next_of_pool;
  } else {
    caches_ = cache->next_of_pool;
  }
  if (cache->next_of_pool != nullptr) {
    cache->next_of_pool->previous_of_pool = cache->previous_of_pool;
  }
}

PoolStatus BlockPool::Claim(BlockHandle handle, HolderId holder, Block** out) {
  if (handle.pool() != slot_) return PoolStatus::kInvalidHandle;
  Block* const block = slabs_.At(handle.index());
  if (block == nullptr) return PoolStatus::kInvalidHandle;
  uint64_t tag = block->tag.load(std::memory_order_acquire);
  bool sure = false;
  for (;;) {
    if ((tag & Block::kCarved) == 0) return PoolStatus::kInvalidHandle;
    const uint32_t ahead = (handle.generation() - Block::Generation(tag)) &
                           BlockHandle::kGenerationMask;
    if (ahead != 0) {
      // More than half of the numbers ahead is behind.
      return ahead > BlockHandle::kGenerationMask / 2
                 ? PoolStatus::kStaleHandle
                 : PoolStatus::kInvalidHandle;
    }
    // Free, with the generation that its next user will have.
    if ((tag & Block::kOut) == 0) return PoolStatus::kInvalidHandle;
    // Acquire: whoever sees a new holder finds the tag changed since.
    if (block->holder.load(std::memory_order_acquire) != holder) {
      const uint64_t now = block->tag.load(std::memory_order_acquire);
      if (now == tag) return PoolStatus::kNotHolder;
      tag = now;  // Freed or passed on in between: that is what to tell.
      continue;
    }
    if ((tag & Block::kClaimed) != 0) return PoolStatus::kBusy;
    if (!sure && IsDamaged(handle.index())) [[unlikely]] {
      // A free one may look as if its last holder still had it.
      MutexLock lock(mu_);
      RepairFree();
      sure = true;
      tag = block->tag.load(std::memory_order_acquire);
      continue;
    }
    if (block->tag.compare_exchange_weak(tag, tag | Block::kClaimed,
                                         std::memory_order_acquire)) {
      block->Record(LifeEvent::kClaimed);
      *out = block;
      return PoolStatus::kOk;
    }
  }
}

void BlockPool::SetHolder(Block* block, HolderId holder, LifeEvent event) {
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  if ((tag & Block::kOut) == 0) return;
  if (event != LifeEvent::kNone) block->Record(event);
  // A claim that read the tag before cannot succeed from here on, and one that
  // comes now finds it busy, until the new holder is there.
  block->tag.store(tag | Block::kClaimed, std::memory_order_relaxed);
  block->holder.store(holder, std::memory_order_release);
  // Release: a Claim() by the new holder sees what was done before.
  const uint64_t passes = (tag + Block::kOnePass) & Block::kPassesMask;
  block->tag.store((tag & ~(Block::kPassesMask | Block::kClaimed)) | passes,
                   std::memory_order_release);
}

uint64_t BlockPool::Reclaim(HolderId holder,
                            absl::FunctionRef<void(Block*)> dispose) {
  uint32_t end;
  {
    MutexLock lock(mu_);
    end = slabs_.end();
  }
  uint64_t reclaimed = 0;
  std::vector<uint32_t> damaged;
  const auto drop_uncarved = [&] {
    MutexLock lock(mu_);
    std::erase_if(damaged, [&](uint32_t i) {
      mu_.AssertHeld();
      return !slabs_.IsCarved(i);
    });
  };
  for (uint32_t i = 0; i < end; ++i) {
    if (IsDamaged(i)) [[unlikely]] {
      damaged.push_back(i);
      // Those that are not carved are many, and next to each other.
      if (damaged.size() % 4096 == 0) drop_uncarved();
    } else if (ReclaimOne(i, holder, dispose)) {
      ++reclaimed;
    }
  }
  drop_uncarved();
  if (damaged.empty()) return reclaimed;
  std::vector<uint32_t> claimed;
  {
    // Their own words do not tell which of them are out: those that are still
    // damaged when the free ones are not.
    MutexLock lock(mu_);
    RepairFree();
    for (const uint32_t i : damaged) {
      const Block* const block = slabs_.At(i);
      const bool known = block->index.load(std::memory_order_relaxed) == i;
      if (!IsDamaged(i) || !slabs_.IsCarved(i) ||
          (known && block->holder.load(std::memory_order_relaxed) != holder)) {
        continue;
      }
      if (ClaimDamaged(i)) {
        claimed.push_back(i);
      } else if (Retire(i)) {
        ++reclaimed;
      }
    }
  }
  for (const uint32_t i : claimed) {
    Block* const block = slabs_.At(i);
    block->Record(LifeEvent::kReclaimed);
    dispose(block);
    ++reclaimed;
  }
  return reclaimed;
}

// True for a block that was written over, and for one that is not carved.
bool BlockPool::IsDamaged(uint32_t index) const {
  const Block* const block = slabs_.At(index);
  return !Block::IsIntact(block->tag.load(std::memory_order_relaxed),
                          slabs_.CookieOf(index)) ||
         !block->CanTrustState(index);
}

// One whose state can be trusted, if the holder has it and nobody claimed it.
bool BlockPool::ReclaimOne(uint32_t index, HolderId holder,
                           absl::FunctionRef<void(Block*)> dispose) {
  Block* const block = slabs_.At(index);
  uint64_t tag = block->tag.load(std::memory_order_acquire);
  if ((tag & (Block::kOut | Block::kClaimed)) != Block::kOut ||
      block->holder.load(std::memory_order_acquire) != holder ||
      !block->tag.compare_exchange_strong(tag, tag | Block::kClaimed,
                                          std::memory_order_acquire)) {
    return false;
  }
  if (CheckOut(block) == PoolStatus::kOverrun) {
    slabs_.RepairSlabGuard(index);  // What else was written over is damaged.
  }
  block->Record(LifeEvent::kReclaimed);
  dispose(block);
  return true;
}

// Makes a damaged block that is out whole, and claims it, so that it can be
// freed: its own contents were not hurt. False when its state is none that it
// can have, or says that a call has claimed it, which may be damage as well.
bool BlockPool::ClaimDamaged(uint32_t index) {
  Block* const block = slabs_.At(index);
  uint64_t tag = block->tag.load(std::memory_order_acquire);
  const uint32_t state = Block::Mark(tag) & Block::kStateMask;
  if (!block->CanTrustState(index) ||
      (state & ~Block::kExtra) != (Block::kCarved | Block::kOut) ||
      !block->tag.compare_exchange_strong(
          tag, Block::WithCookie(tag, slabs_.CookieOf(index)) | Block::kClaimed,
          std::memory_order_acquire)) {
    return false;
  }
  CountViolation();
  slabs_.RepairSlabGuard(index);
  return true;
}

// Takes a damaged block that is out, and of which nobody can say more, out of
// use for good. False when it is so already, and was written over again.
bool BlockPool::Retire(uint32_t index) {
  CountViolation();
  Block* const block = slabs_.At(index);
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  block->Carve(index, slabs_.CookieOf(index), Block::Generation(tag) + 1,
               Block::kRetired);
  if (!retired_.insert(index).second) return false;
  ++base_.frees;
  return true;
}

std::vector<OutstandingBlock> BlockPool::Outstanding(uint32_t first,
                                                     size_t limit) const {
  uint32_t end;
  {
    MutexLock lock(mu_);
    end = slabs_.end();
  }
  std::vector<OutstandingBlock> blocks;
  for (uint32_t i = first; i < end && blocks.size() < limit; ++i) {
    const Block* const block = slabs_.At(i);
    const uint64_t tag = block->tag.load(std::memory_order_acquire);
    constexpr uint64_t kWant = Block::kCarved | Block::kOut;
    if ((tag & kWant) != kWant) continue;
    OutstandingBlock out;
    out.handle = BlockHandle::Make(slot_, i, Block::Generation(tag)).value;
    out.holder = block->holder.load(std::memory_order_acquire);
    out.history = OldestFirst(
        Block::Events(block->history.load(std::memory_order_acquire), tag));
    // Freed while it was being looked at: what was read may be of its next
    // user.
    const uint64_t now = block->tag.load(std::memory_order_acquire);
    if ((now & Block::kOut) == 0 ||
        Block::Generation(now) != Block::Generation(tag)) {
      continue;
    }
    blocks.push_back(std::move(out));
  }
  return blocks;
}

absl::Status BlockPool::CheckFreeable() const {
  const uint64_t outstanding = Statistics().outstanding;
  if (outstanding == 0) return absl::OkStatus();
  constexpr size_t kNamed = 4;
  std::string holders;
  for (const OutstandingBlock& block : Outstanding(0, kNamed)) {
    absl::StrAppend(&holders, holders.empty() ? "" : ", ", block.holder);
  }
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "POOL_NOT_EMPTY",
                      NdisStatus::kInvalidState)
             .Precondition("POOL_IN_USE", absl::StrCat("slot ", slot_),
                           absl::StrCat(outstanding, " blocks are out"))
             .Metadata("outstanding", outstanding)
             .Metadata("holders", holders)
         << outstanding << " blocks of the pool are out (the first held by "
         << holders << "); free them first";
}

uint64_t BlockPool::Trim() {
  MutexLock lock(mu_);
  BlockChain all;
  TakeAllCached(/*force=*/false, &all);
  TakeQuarantined(BlockHandle::kMaxBlocks, &all);
  std::vector<uint32_t> free;
  free.reserve(all.size());
  while (!all.empty())
    free.push_back(all.Pop()->index.load(std::memory_order_relaxed));
  std::sort(free.begin(), free.end());
  const SlabTable::Discarded discarded = slabs_.DiscardFree(free);
  carved_ -= discarded.blocks;
  ++trims_;
  if (quota_ != nullptr) quota_->Release(discarded.blocks * stride());
  // The highest on top, for PutBack() turns them round: so the lowest are used
  // again first, and the high slabs can become empty.
  for (const uint32_t i : free) all.Push(slabs_.At(i));
  PutBack(&all);
  return discarded.bytes;
}

ThreadCache::Counts BlockPool::Sum() const {
  ThreadCache::Counts sum = base_;
  for (const ThreadCache* c = caches_; c != nullptr; c = c->next_of_pool) {
    const ThreadCache::Counts counts = c->counts();
    sum.allocations += counts.allocations;
    sum.frees += counts.frees;
    sum.cached += counts.cached;
    sum.refills += counts.refills;
    sum.drains += counts.drains;
  }
  // While threads are inside the caches are read one after the other: a block
  // that moves between two is then counted in none or in both.
  if (sum.allocations > sum.frees) {
    const uint64_t outstanding =
        std::min(sum.allocations - sum.frees, carved_ - retired_.size());
    high_water_ = std::max(high_water_, outstanding);
  }
  return sum;
}

PoolStatistics BlockPool::Statistics() const {
  MutexLock lock(mu_);
  const ThreadCache::Counts sum = Sum();
  PoolStatistics statistics;
  statistics.block_bytes = stride();
  statistics.blocks = carved_ - retired_.size();
  if (sum.allocations > sum.frees) {
    statistics.outstanding =
        std::min(sum.allocations - sum.frees, statistics.blocks);
  }
  statistics.cached = sum.cached;
  statistics.high_water = high_water_;
  statistics.allocations = sum.allocations;
  statistics.frees = sum.frees;
  statistics.allocation_failures =
      allocation_failures_.load(std::memory_order_relaxed);
  statistics.depot_refills = sum.refills;
  statistics.depot_drains = sum.drains;
  statistics.steals = steals_;
  statistics.violations = violations_.load(std::memory_order_relaxed);
  statistics.memory_bytes = carved_ * stride();
  return statistics;
}

}  // namespace netbuf
