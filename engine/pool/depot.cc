#include "engine/pool/depot.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

namespace netbuf {
namespace {

constexpr std::align_val_t kLine{64};

// Whole cache lines: two threads that fill neighbours do not share one.
size_t MagazineBytes(uint32_t magazine_size) {
  const size_t bytes =
      sizeof(Depot::Magazine) + magazine_size * sizeof(BlockSlot);
  return (bytes + 63) / 64 * 64;
}

}  // namespace

Depot::Depot(uint32_t magazine_size)
    : magazine_size_(magazine_size),
      magazine_bytes_(MagazineBytes(magazine_size)) {}

Depot::~Depot() {
  for (int c = 0; c < chunk_count_; ++c) {
    ::operator delete(chunks_[c].load(std::memory_order_relaxed), kLine);
  }
}

Depot::Magazine* Depot::At(uint32_t id) const {
  const int c = std::bit_width(id / kFirstChunk + 1) - 1;
  const uint32_t first = kFirstChunk * ((1u << c) - 1);
  std::byte* const chunk = chunks_[c].load(std::memory_order_relaxed);
  return reinterpret_cast<Magazine*>(chunk + (id - first) * magazine_bytes_);
}

Depot::Magazine* Depot::Pop(std::atomic<uint64_t>& head) {
  // Acquire: the partner is the release in Push(), directly or through the
  // compare-and-swaps between.
  uint64_t old = head.load(std::memory_order_acquire);
  for (;;) {
    const auto id = static_cast<uint32_t>(old & kIdMask);
    if (id == kNil) return nullptr;
    Magazine* const magazine = At(id);
    const uint32_t next = magazine->next.load(std::memory_order_relaxed);
    const uint64_t popped = ((old | kIdMask) + 1) | next;
    // Release as well: whoever sees that the magazine is gone sees that its
    // taker has announced a transfer.
    if (head.compare_exchange_weak(old, popped, std::memory_order_acq_rel,
                                   std::memory_order_acquire)) {
      return magazine;
    }
  }
}

void Depot::Push(std::atomic<uint64_t>& head, Magazine* magazine) {
  uint64_t old = head.load(std::memory_order_relaxed);
  for (;;) {
    magazine->next.store(static_cast<uint32_t>(old & kIdMask),
                         std::memory_order_relaxed);
    const uint64_t pushed = ((old | kIdMask) + 1) | magazine->id;
    if (head.compare_exchange_weak(old, pushed, std::memory_order_release,
                                   std::memory_order_relaxed)) {
      return;
    }
  }
}

bool Depot::Grow(uint64_t blocks) {
  while (capacity_ < blocks) {
    if (!AddChunk()) return false;
  }
  return true;
}

bool Depot::AddChunk() {
  if (chunk_count_ == kChunks) return false;
  const uint32_t count = kFirstChunk << chunk_count_;
  auto* const chunk = static_cast<std::byte*>(
      ::operator new(count* magazine_bytes_, kLine, std::nothrow));
  if (chunk == nullptr) return false;
  const uint32_t first = kFirstChunk * ((1u << chunk_count_) - 1);
  chunks_[chunk_count_++].store(chunk, std::memory_order_relaxed);
  // The last one first, so that the lowest are used first.
  for (uint32_t i = count; i-- > 0;) {
    auto* const magazine = new (chunk + i * magazine_bytes_) Magazine;
    magazine->id = first + i;
    Push(empty_, magazine);
  }
  capacity_ += uint64_t{count} * magazine_size_;
  return true;
}

}  // namespace netbuf
