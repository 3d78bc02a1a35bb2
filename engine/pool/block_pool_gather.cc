// What a thread does that needs blocks from wherever they are: the pool's mutex
// is held. See block_pool.h.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "absl/types/span.h"
#include "engine/base/asymmetric_fence.h"
#include "engine/pool/block_pool.h"

namespace netbuf {
namespace {

// Blocks that follow each other in memory, not in that order: a processor
// foresees it, and fetches what another one is about to write. (A hand-over
// from a new pool is a tenth to a quarter slower then.)
void PushMixed(absl::Span<Block* const> row, BlockChain* got) {
  size_t step = row.size() * 5 / 8 | 1;
  while (std::gcd(step, row.size()) != 1) ++step;
  for (size_t i = 0, at = 0; i < row.size(); ++i) {
    got->Push(row[at]);
    at = (at + step) % row.size();
  }
}

}  // namespace

// Collects at least `count` blocks, or puts all back and returns false: there
// was an instant at which fewer were free.
bool BlockPool::Gather(size_t count, ThreadCache* self, BlockChain* got) {
  bool force = false;
  if (self != nullptr) TakeOwn(self, got);
  for (;;) {
    TakeShared(count, got);
    if (quarantine_.size() > Quarantine::kRest) TakeQuarantined(count, got);
    if (got->size() < count) {
      // A magazine at a time, for a thread that can keep the rest.
      Carve(std::max<uint64_t>(count - got->size(),
                               self != nullptr ? magazine_size_ : 1),
            got);
    }
    TakeQuarantined(count, got);
    if (got->size() >= count) return true;
    if (Steal(self, force, got)) continue;
    // Everybody stands still and has nothing: either because it was seen so, or
    // because force stopped them; those it stopped may have filled the depot.
    if (force ? Depot::IsEmpty(depot_.full_version())
              : NothingElsewhere(self)) {
      PutBack(got);
      return false;
    }
    force = true;
  }
}

void BlockPool::Add(Block* block, BlockChain* got) {
  if (IsFree(block->tag.load(std::memory_order_relaxed)) || AdmitOdd(block)) {
    got->Push(block);
  } else {
    ++base_.allocations;  // Its second free was counted and was none.
  }
}

void BlockPool::TakeOwn(ThreadCache* self, BlockChain* got) {
  const uint32_t count = self->count();
  for (uint32_t i = 0; i < count; ++i) {
    Add(self->slot(i).load(), got);
  }
  self->Moved(0, count);
}

// Loose blocks and the depot's, until there are `count`.
void BlockPool::TakeShared(size_t count, BlockChain* got) {
  while (got->size() < count && !loose_.empty()) Add(loose_.Pop(), got);
  while (got->size() < count) {
    Depot::Magazine* const magazine = depot_.TakeFull();
    if (magazine == nullptr) return;
    for (uint32_t i = 0; i < magazine_size_; ++i) {
      Add(magazine->blocks()[i].load(), got);
    }
    depot_.PutEmpty(magazine);
  }
}

void BlockPool::TakeQuarantined(size_t count, BlockChain* got) {
  while (got->size() < count && quarantine_.size() > 0) {
    Block* const block = quarantine_.Take();
    if (IsElsewhere(block)) {
      CountViolation();
      ++base_.allocations;
      continue;
    }
    if (!quarantine_.IsPoisoned(block)) CountViolation();
    builder_(block);
    Add(block, got);
  }
}

// Every free block but those in quarantine, and those that threads are just
// taking or putting; or, without `force`, get from the depot meanwhile.
void BlockPool::TakeAllCached(bool force, BlockChain* got) {
  ThreadCache* const self = CurrentCache();
  if (self->capacity() != 0) {
    self->Settle();
    TakeOwn(self, got);
  }
  Steal(self, force, got);
  TakeShared(BlockHandle::kMaxBlocks, got);
}

// Makes every free block whole that was written over, but for those that
// threads are just taking, who do it themselves, or putting.
void BlockPool::RepairFree() {
  BlockChain all;
  TakeAllCached(/*force=*/true, &all);
  PutBack(&all);
  // All once round, so that their order stays.
  for (size_t i = quarantine_.size(); i > 0; --i) {
    Block* const block = quarantine_.Take();
    if (IsElsewhere(block)) {
      CountViolation();
      ++base_.allocations;
      continue;
    }
    if (!IsWhole(block)) {
      AdmitOdd(block);
      Quarantine::Poison(block, stride());
    }
    quarantine_.Put(block);
  }
}

// Up to `count` new blocks, as limit, quota and memory allow.
void BlockPool::Carve(uint64_t count, BlockChain* got) {
  count = std::min(count, max_blocks_ - (carved_ - retired_.size()));
  if (quota_ != nullptr) {
    // What fits; to the last block, though not in one step.
    while (count > 0 && !quota_->Reserve(count * stride())) count /= 2;
  }
  // Failing leaves some blocks without a magazine, and those stay loose.
  depot_.Grow(carved_ + count);
  if (quarantine_.enabled()) quarantine_.Reserve(carved_ + count);
  std::array<Block*, kLongestMagazine> row;
  size_t in_row = 0;
  for (; count > 0; --count) {
    const SlabTable::Carving carving = slabs_.Carve();
    if (carving.block == nullptr) break;
    builder_(carving.block);
    slabs_.Finish(carving);
    ++carved_;
    row[in_row++] = carving.block;
    if (in_row == row.size()) {
      PushMixed(row, got);
      in_row = 0;
    }
  }
  PushMixed(absl::MakeConstSpan(row).first(in_row), got);
  if (quota_ != nullptr) quota_->Release(count * stride());
}

// Takes away what other threads have cached: from those that have something,
// or, with `force`, from all, so that none can take anything until the mutex is
// free. False when it came to nothing.
bool BlockPool::Steal(const ThreadCache* self, bool force, BlockChain* got) {
  constexpr uint64_t kVictim = ~uint64_t{0};
  bool any = false;
  for (ThreadCache* c = caches_; c != nullptr; c = c->next_of_pool) {
    const bool victim =
        c != self && !c->revoked() &&
        (force || c->Cached(c->word()) > 0 || c->transferring());
    c->scanned_word = victim ? kVictim : 0;
    if (victim) c->BeginRevoke();
    any |= victim;
  }
  if (any) AsymmetricFence::Heavy();
  const size_t before = got->size();
  // All of them after the fence, from which on nobody takes: so what is found
  // here is no less than there was then.
  for (ThreadCache* c = caches_; c != nullptr; c = c->next_of_pool) {
    if (!c->revoked()) continue;
    const ThreadCache::Stolen stolen =
        c->scanned_word == kVictim ? c->FinishRevoke() : c->StealPut();
    for (uint32_t i = stolen.begin; i < stolen.end; ++i) {
      Add(c->slot(i).load(), got);
    }
  }
  if (got->size() == before) return false;
  ++steals_;
  return true;
}

// True when there was an instant at which no other cache and no magazine had a
// block. Reads everything twice: a word never holds the same value twice and
// the depot counts its changes, so whatever reads the same did not move in
// between. It costs no fence and stops nobody: a full pool answers quickly.
bool BlockPool::NothingElsewhere(const ThreadCache* self) {
  const uint64_t version = depot_.full_version();
  if (!Depot::IsEmpty(version)) return false;
  for (ThreadCache* c = caches_; c != nullptr; c = c->next_of_pool) {
    if (c == self) continue;
    c->scanned_word = c->word();
    if (c->Cached(c->scanned_word) > 0 || c->transferring()) return false;
  }
  for (const ThreadCache* c = caches_; c != nullptr; c = c->next_of_pool) {
    if (c == self) continue;
    if (c->word() != c->scanned_word || c->transferring()) return false;
  }
  return depot_.full_version() == version;
}

void BlockPool::PutBack(BlockChain* chain) {
  while (chain->size() >= magazine_size_) {
    Depot::Magazine* const magazine = depot_.TakeEmpty();
    if (magazine == nullptr) break;
    for (uint32_t i = 0; i < magazine_size_; ++i) {
      magazine->blocks()[i].store(chain->Pop());
    }
    depot_.PutFull(magazine);
  }
  while (!chain->empty()) loose_.Push(chain->Pop());
}

// What was gathered beyond `needed` goes into the thread's cache, up to one
// magazine, and else back.
void BlockPool::KeepSurplus(ThreadCache* self, size_t needed, BlockChain* got) {
  BlockChain rest;
  uint32_t kept = 0;
  while (got->size() > needed) {
    Block* const block = got->Pop();
    if (self != nullptr && kept < magazine_size_) {
      self->slot(kept++).store(block);
    } else {
      rest.Push(block);
    }
  }
  if (kept > 0) self->Moved(kept, 0);
  PutBack(&rest);
}

}  // namespace netbuf
