// What one thread does when its cache has too few blocks, too many, or was
// revoked. See block_pool.h.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/pool/block_pool.h"

namespace netbuf {

ThreadCache* BlockPool::CacheSlow() {
  if (!thread_caches_) return nullptr;
  ThreadCache* const cache = CurrentCache();
  if (cache->capacity() != 0) return cache;
  return AttachThreadCache(this, magazine_size_, ready_mark_);
}

BlockSlot* BlockPool::TakeSlow(size_t count) {
  ThreadCache* const cache = CacheSlow();
  while (cache != nullptr && count <= magazine_size_) {
    if (cache->in_flight()) {
      // Not ready, or revoked in the middle. The word says where the blocks
      // would be.
      BlockSlot* const taken = cache->RoomFor(static_cast<uint32_t>(count));
      if (cache->Land()) return taken;
      MutexLock lock(mu_);
      if (cache->Settle()) return taken;
      continue;
    }
    if (cache->count() < count && !Refill(cache)) break;
    BlockSlot* const taken = cache->Take(static_cast<uint32_t>(count));
    if (taken != nullptr) return taken;
  }
  return nullptr;
}

void* BlockPool::AllocateOneSlow(HolderId holder) {
  if (BlockSlot* const taken = TakeSlow(1)) {
    Block* const block = taken->load();
    const uint64_t tag = block->tag.load(std::memory_order_relaxed);
    if (!IsFree(tag)) return ReplaceOne(block, holder);
    block->MarkOut(tag, holder);
    return block->object();
  }
  void* one = nullptr;
  AllocateExclusive(1, holder,
                    [&one](size_t, Block* block) { one = block->object(); });
  return one;
}

void* BlockPool::ReplaceOne(Block* taken, HolderId holder) {
  BlockSlot slot;
  slot.store(taken);
  void* one = nullptr;
  ReplaceRest(&slot, 0, 1, holder,
              [&one](size_t, Block* block) { one = block->object(); });
  return one;
}

// Goes on with an allocation that met a block which is not as a free one should
// be: from taken[first] on.
PoolStatus BlockPool::ReplaceRest(BlockSlot* taken, size_t first, size_t count,
                                  HolderId holder, Sink sink) {
  // A copy: getting a replacement may refill the slots.
  std::array<Block*, kLongestMagazine> blocks;
  for (size_t i = 0; i < count; ++i) {
    blocks[i] = taken[i].load();
  }
  auto take = [&](size_t i) {
    if (!Admit(blocks[i])) return false;
    blocks[i]->MarkOut(blocks[i]->tag.load(std::memory_order_relaxed), holder);
    return true;
  };
  for (size_t i = first; i < count; ++i) {
    if (take(i)) continue;
    const PoolStatus status = AllocateExclusive(
        1, holder, [&](size_t, Block* block) { blocks[i] = block; });
    if (status == PoolStatus::kOk) continue;
    // All or nothing: what is out already goes back, and so does the rest.
    for (size_t j = 0; j < i; ++j) FreeUncached(blocks[j]);
    for (size_t j = i + 1; j < count; ++j) {
      if (take(j)) FreeUncached(blocks[j]);
    }
    return status;
  }
  for (size_t i = first; i < count; ++i) sink(i, blocks[i]);
  return PoolStatus::kOk;
}

PoolStatus BlockPool::AllocateExclusive(size_t count, HolderId holder,
                                        Sink sink) {
  if (count == 0) return PoolStatus::kOk;
  ThreadCache* const cache = CacheSlow();
  BlockChain got;
  {
    MutexLock lock(mu_);
    if (cache != nullptr) cache->Settle();
    if (!Gather(count, cache, &got)) {
      CountAllocationFailure();
      return PoolStatus::kExhausted;
    }
    KeepSurplus(cache, count, &got);
    base_.allocations += count;
    Sum();  // For the high-water mark.
    // Within the mutex: one that was freed twice at once must be out before
    // somebody else meets it.
    for (size_t i = 0; i < count; ++i) {
      Block* const block = got.Pop();
      block->MarkOut(block->tag.load(std::memory_order_relaxed), holder);
      sink(i, block);
    }
  }
  return PoolStatus::kOk;
}

// One magazine from the depot into the cache. False: the depot has none, or the
// cache is revoked.
bool BlockPool::Refill(ThreadCache* cache) {
  if (!cache->BeginTransfer()) return false;
  Depot::Magazine* const magazine = depot_.TakeFull();
  if (magazine != nullptr) {
    // There is room: the cache holds two, and less than one is in it.
    cache->CopyIn(magazine->blocks(), magazine_size_);
    depot_.PutEmpty(magazine);
    cache->Moved(magazine_size_, 0);
    cache->CountRefill();
  }
  cache->EndTransfer();
  return magazine != nullptr;
}

// One magazine from the cache into the depot: its oldest blocks, the coldest.
// The cache is then half full, as after a refill, so that a thread which goes
// up and down by a few blocks does not come here each time.
void BlockPool::Drain(ThreadCache* cache) {
  if (cache->BeginTransfer()) {
    Depot::Magazine* const magazine = depot_.TakeEmpty();
    if (magazine != nullptr) {
      cache->CopyOut(magazine->blocks(), magazine_size_);
      cache->Moved(0, magazine_size_);
      cache->CountDrain();
      depot_.PutFull(magazine);
      cache->EndTransfer();
      return;
    }
    cache->EndTransfer();
  }
  // Revoked; or a depot without an empty magazine, because there was no memory
  // for one or others are just filling theirs.
  MutexLock lock(mu_);
  cache->Settle();
  BlockChain blocks;
  TakeOwn(cache, &blocks);
  PutBack(&blocks);
}

// Puts away a block that is marked free already. (By its object, because that
// is what the caller has at hand.)
void BlockPool::FreeOneSlow(void* object_of_marked) {
  Block* const marked = Block::FromObject(object_of_marked);
  ThreadCache* const cache = CacheSlow();
  if (cache == nullptr) {
    PutUncached(marked);
    return;
  }
  Room(cache, 1)->store(marked);
  cache->Commit(1);
}

void BlockPool::FreeSlow(size_t count, Source source) {
  ThreadCache* const cache = CacheSlow();
  for (size_t done = 0; done < count;) {
    if (cache == nullptr) {
      PutUncached(source(done++));
      continue;
    }
    const auto chunk =
        static_cast<uint32_t>(std::min<size_t>(count - done, magazine_size_));
    BlockSlot* const room = Room(cache, chunk);
    for (uint32_t i = 0; i < chunk; ++i) {
      room[chunk - 1 - i].store(source(done + i));
    }
    cache->Commit(chunk);
    done += chunk;
  }
}

void BlockPool::FreeUncached(Block* block) {
  block->MarkFree();
  PutUncached(block);
}

void BlockPool::PutUncached(Block* marked) {
  MutexLock lock(mu_);
  ++base_.frees;
  if (IsElsewhere(marked)) {
    CountViolation();
    ++base_.allocations;  // Freed twice at once, by two threads: once counts.
  } else if (verify_) {
    Quarantine::Poison(marked, stride());
    quarantine_.Put(marked);
  } else {
    loose_.Push(marked);
  }
}

PoolStatus BlockPool::CheckOutSlow(const Block* block) const {
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  PoolStatus status = PoolStatus::kOk;
  if (!IsWhole(block) || (tag & Block::kCarved) == 0) {
    status = WasTrimmed(block) ? PoolStatus::kDoubleFree : PoolStatus::kOverrun;
  } else if ((tag & Block::kOut) == 0) {
    status = PoolStatus::kDoubleFree;
  }
  if (status != PoolStatus::kOk) CountViolation();
  return status;
}

bool BlockPool::IsOddFree(const Block* block, uint64_t tag) const {
  return (tag & Block::kStateMask) == Block::kCarved && IsWhole(block, tag);
}

bool BlockPool::IsOddOut(const Block* block, uint64_t tag) const {
  return (tag & Block::kStateMask) == (Block::kCarved | Block::kOut) &&
         IsWhole(block, tag);
}

// A block that was free and gave its memory back looks like one written over.
bool BlockPool::WasTrimmed(const Block* block) const {
  const uint32_t index = slabs_.IndexOf(block);
  MutexLock lock(mu_);
  return index < slabs_.end() && !slabs_.IsCarved(index);
}

// The guard is as it should be, and the slab's behind it if it is the last.
bool BlockPool::IsWhole(const Block* block) const {
  return IsWhole(block, block->tag.load(std::memory_order_relaxed));
}

bool BlockPool::IsWhole(const Block* block, uint64_t tag) const {
  const uint32_t index = block->index.load(std::memory_order_relaxed);
  return index < BlockHandle::kMaxBlocks && slabs_.At(index) == block &&
         Block::IsIntact(tag, slabs_.CookieOf(index)) &&
         slabs_.SlabGuardIntact(index);
}

// Whether a block that should be free, and that the caller alone has, may be
// handed out.
bool BlockPool::Admit(Block* block) {
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  if (IsFree(tag) || IsOddFree(block, tag)) return true;
  MutexLock lock(mu_);
  // Somebody took it for one that is out meanwhile (Reclaim): it is theirs.
  if (block->tag.load(std::memory_order_relaxed) != tag) return false;
  return AdmitOdd(block);
}

// The same for one whose tag does not say so. Repairs one that was written over
// while it was free.
bool BlockPool::AdmitOdd(Block* block) {
  const bool elsewhere = IsElsewhere(block);
  if (!elsewhere && IsWhole(block)) return true;
  CountViolation();
  if (elsewhere) return false;
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  const uint32_t index = slabs_.IndexOf(block);
  builder_(block);
  slabs_.RepairSlabGuard(index);
  block->Carve(index, slabs_.CookieOf(index), Block::Generation(tag) + 1);
  return true;
}

// A whole block that is not free, or not here: it was freed twice at once, and
// whoever has the other one keeps it; or it is retired.
bool BlockPool::IsElsewhere(const Block* block) const {
  const uint64_t tag = block->tag.load(std::memory_order_relaxed);
  return IsWhole(block) && (tag & Block::kStateMask) != Block::kCarved;
}

}  // namespace netbuf
