#include "engine/pool/slab_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace netbuf {
namespace {

// A slab is the smallest power of two of blocks that reaches this. Address
// space only, so that a small pool pays for what it touches.
constexpr uint64_t kMinSlabBytes = uint64_t{4} << 20;

// So many are mapped at once, from the second on: one by one, a slab's end, up
// to 2 MiB, would be left without huge pages; of eight that is a twentieth.
constexpr uint64_t kSlabsTogether = 8;

int ShiftFor(uint64_t stride) {
  int shift = 0;
  while (stride << shift < kMinSlabBytes && shift < BlockHandle::kIndexBits) {
    ++shift;
  }
  return shift;
}

size_t DirectoryBytes(int shift) {
  return (size_t{BlockHandle::kMaxBlocks} >> shift) *
         sizeof(std::atomic<std::byte*>);
}

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

SlabTable::SlabTable(uint64_t stride, uint64_t cookie, uint32_t generation,
                     SlabMemory& memory)
    : stride_(stride),
      cookie_(cookie),
      first_generation_(generation),
      shift_(ShiftFor(stride)),
      mask_((1u << shift_) - 1),
      memory_(memory) {
  // Big enough for every index there can be, and only the pages that name a
  // slab are ever touched: growing needs no copy, and readers no lock.
  void* const pages =
      mmap(nullptr, DirectoryBytes(shift_), PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages != MAP_FAILED) {
    directory_ = static_cast<std::atomic<std::byte*>*>(pages);
  }
}

SlabTable::~SlabTable() {
  for (Extent& extent : extents_) memory_.Unmap(extent.base, extent.bytes);
  if (directory_ != nullptr) munmap(directory_, DirectoryBytes(shift_));
}

uint64_t SlabTable::slab_bytes() const {
  return RoundUp((stride_ << shift_) + sizeof(uint64_t),
                 SlabMemory::PageSize());
}

uint32_t SlabTable::IndexOf(const Block* block) const {
  const auto* const address = reinterpret_cast<const std::byte*>(block);
  const uint32_t slabs = BlockHandle::kMaxBlocks >> shift_;
  for (uint32_t s = 0; s < slabs; ++s) {
    const std::byte* const base = directory_[s].load(std::memory_order_acquire);
    if (base == nullptr) break;
    if (address >= base && address < base + (stride_ << shift_)) {
      return (s << shift_) + static_cast<uint32_t>((address - base) / stride_);
    }
  }
  return BlockHandle::kMaxBlocks;
}

uint64_t SlabTable::ReadSlabGuard(uint32_t index) const {
  uint64_t guard;
  std::memcpy(&guard, At(index)->bytes() + stride_, sizeof(guard));
  return guard;
}

void SlabTable::RepairSlabGuard(uint32_t index) {
  if (SlabGuardIntact(index)) return;
  std::memcpy(At(index)->bytes() + stride_, &cookie_, sizeof(cookie_));
}

// Huge pages from the second slab on. A pool that never fills its first one
// would hold 2 MiB for its first block, a thousand pools 2 GiB; one that did
// fill it has shown that it is big, and then they save it page table walks.
bool SlabTable::AddExtent() {
  const bool huge = !slabs_.empty();
  Extent extent;
  extent.bytes = huge ? kSlabsTogether * slab_bytes() : slab_bytes();
  extent.base = static_cast<std::byte*>(memory_.Map(extent.bytes, huge));
  if (extent.base == nullptr && huge) {
    // A system that counts address space as memory may have room for one.
    extent.bytes = slab_bytes();
    extent.base = static_cast<std::byte*>(memory_.Map(extent.bytes, huge));
  }
  if (extent.base == nullptr) return false;
  extents_.push_back(extent);
  extent_used_ = 0;
  return true;
}

bool SlabTable::AddSlab() {
  if (slabs_.size() >= BlockHandle::kMaxBlocks >> shift_) return false;
  if ((extents_.empty() || extent_used_ == extents_.back().bytes) &&
      !AddExtent()) {
    return false;
  }
  std::byte* const base = extents_.back().base + extent_used_;
  extent_used_ += slab_bytes();
  std::memcpy(base + (stride_ << shift_), &cookie_, sizeof(cookie_));
  Slab slab;
  slab.base = base;
  slab.generation = first_generation_;
  slab.map.resize((blocks_per_slab() + 63) / 64);
  slabs_.push_back(std::move(slab));
  directory_[slabs_.size() - 1].store(base, std::memory_order_release);
  return true;
}

SlabTable::Carving SlabTable::Carve() {
  while (open_slab_ < slabs_.size() &&
         slabs_[open_slab_].carved == blocks_per_slab()) {
    ++open_slab_;
  }
  if (open_slab_ == slabs_.size() && !AddSlab()) return {};
  Slab& slab = slabs_[open_slab_];
  // While a slab has never been trimmed its carved blocks are its first ones.
  size_t word = slab.carved / 64;
  if (word == slab.map.size() || ~slab.map[word] == 0) word = 0;
  while (~slab.map[word] == 0) ++word;
  const uint32_t bit = std::countr_one(slab.map[word]);
  slab.map[word] |= uint64_t{1} << bit;
  ++slab.carved;
  Carving carving;
  carving.index =
      static_cast<uint32_t>((open_slab_ << shift_) + word * 64 + bit);
  carving.block = At(carving.index);
  carving.generation = slab.generation;
  return carving;
}

bool SlabTable::IsCarved(uint32_t index) const {
  const Slab& slab = slabs_[index >> shift_];
  const uint32_t i = index & mask_;
  return (slab.map[i / 64] >> (i % 64) & 1) != 0;
}

SlabTable::Discarded SlabTable::DiscardFree(std::vector<uint32_t>& free) {
  Discarded total;
  size_t kept = 0;
  for (size_t i = 0; i < free.size();) {
    // The longest run of free and uncarved blocks round free[i], in its slab.
    const uint32_t slab_first = free[i] & ~mask_;
    const uint32_t slab_end = slab_first + blocks_per_slab();
    uint32_t first = free[i];
    while (first > slab_first && !IsCarved(first - 1)) --first;
    uint32_t end = free[i] + 1;
    const size_t run = i++;
    while (end < slab_end) {
      if (i < free.size() && free[i] == end) {
        ++i;
      } else if (IsCarved(end)) {
        break;
      }
      ++end;
    }
    const Discarded discarded = DiscardRun(first, end - first);
    total.bytes += discarded.bytes;
    total.blocks += discarded.blocks;
    for (size_t j = run; j < i; ++j) {
      if (IsCarved(free[j])) free[kept++] = free[j];
    }
  }
  free.resize(kept);
  return total;
}

SlabTable::Discarded SlabTable::DiscardRun(uint32_t first, uint32_t count) {
  const uint64_t page = SlabMemory::PageSize();
  Slab& slab = slabs_[first >> shift_];
  const uint64_t begin = RoundUp((first & mask_) * stride_, page);
  const uint64_t end = ((first & mask_) + count) * stride_ / page * page;
  Discarded discarded;
  if (begin >= end) return discarded;
  // Every block with a byte in the pages goes, and never may an old handle of
  // it fit again: the slab's generation moves past each of theirs.
  uint32_t advance = 0;
  for (uint64_t i = begin / stride_; i * stride_ < end; ++i) {
    uint64_t& word = slab.map[i / 64];
    const uint64_t bit = uint64_t{1} << (i % 64);
    if ((word & bit) == 0) continue;
    word &= ~bit;
    --slab.carved;
    ++discarded.blocks;
    discarded.bytes +=
        std::min(end, (i + 1) * stride_) - std::max(begin, i * stride_);
    Block* const block = reinterpret_cast<Block*>(slab.base + i * stride_);
    const uint32_t ahead =
        (Block::Generation(block->tag.load(std::memory_order_relaxed)) -
         slab.generation) &
        BlockHandle::kGenerationMask;
    // More than half the numbers ahead is behind.
    if (ahead <= BlockHandle::kGenerationMask / 2) {
      advance = std::max(advance, ahead + 1);
    }
    block->tag.store(0, std::memory_order_release);
  }
  if (discarded.blocks == 0) return discarded;
  slab.generation = (slab.generation + advance) & BlockHandle::kGenerationMask;
  open_slab_ = std::min<size_t>(open_slab_, first >> shift_);
  if (!memory_.Discard(slab.base + begin, end - begin)) discarded.bytes = 0;
  return discarded;
}

}  // namespace netbuf
