#include "engine/pool/quarantine.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace netbuf {
namespace {

// Not canonical as a pointer, huge as a length: whoever uses it notices. As a
// ListMark it reaches nothing.
constexpr uint8_t kPoison = 0xF5;

}  // namespace

void Quarantine::Reserve(size_t blocks) {
  if (blocks <= ring_.size()) return;
  std::vector<Block*> ring(std::max<size_t>(blocks, 2 * ring_.size()));
  for (size_t i = 0; i < size_; ++i) {
    ring[i] = ring_[(first_ + i) % ring_.size()];
  }
  ring_ = std::move(ring);
  first_ = 0;
}

void Quarantine::Poison(Block* block, uint64_t stride) {
  std::memset(block->object(), kPoison, stride - sizeof(Block));
}

bool Quarantine::IsPoisoned(Block* block) const {
  const auto* const bytes = static_cast<const uint8_t*>(block->object());
  // Each byte equal to the next, and so to the first.
  return bytes[0] == kPoison &&
         std::memcmp(bytes, bytes + 1, object_bytes_ - 1) == 0;
}

void Quarantine::Put(Block* block) {
  block->SetState(Block::kPutAway);
  ring_[(first_ + size_) % ring_.size()] = block;
  ++size_;
}

Block* Quarantine::Take() {
  Block* const block = ring_[first_];
  first_ = (first_ + 1) % ring_.size();
  --size_;
  block->ClearState(Block::kPutAway);
  return block;
}

}  // namespace netbuf
