#include "engine/pool/fake_slab_memory.h"

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "gtest/gtest.h"

namespace netbuf {

FakeSlabMemory::~FakeSlabMemory() { EXPECT_EQ(mapped(), 0); }

void FakeSlabMemory::FailAfter(int maps) {
  MutexLock lock(mu_);
  left_ = maps;
}

void FakeSlabMemory::FailAbove(size_t bytes) {
  MutexLock lock(mu_);
  largest_ = bytes;
}

void FakeSlabMemory::FailDiscards(bool fail) {
  MutexLock lock(mu_);
  fail_discards_ = fail;
}

void* FakeSlabMemory::Map(size_t bytes, bool huge) {
  MutexLock lock(mu_);
  ++maps_;
  if (left_ == 0 || bytes > largest_) return nullptr;
  if (left_ > 0) --left_;
  void* const start = SlabMemory::Default().Map(bytes, huge);
  if (start != nullptr) {
    mapped_[static_cast<std::byte*>(start)] = {bytes, huge};
  }
  return start;
}

void FakeSlabMemory::Unmap(void* start, size_t bytes) {
  MutexLock lock(mu_);
  auto it = mapped_.find(static_cast<std::byte*>(start));
  ASSERT_NE(it, mapped_.end());
  EXPECT_EQ(it->second.bytes, bytes);
  mapped_.erase(it);
  SlabMemory::Default().Unmap(start, bytes);
}

bool FakeSlabMemory::Discard(void* start, size_t bytes) {
  MutexLock lock(mu_);
  if (fail_discards_) return false;
  auto it = mapped_.upper_bound(static_cast<std::byte*>(start));
  EXPECT_NE(it, mapped_.begin()) << "discards what is not mapped";
  --it;
  EXPECT_LE(static_cast<std::byte*>(start) + bytes,
            it->first + it->second.bytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(start) % PageSize(), 0);
  EXPECT_EQ(bytes % PageSize(), 0);
  discarded_bytes_ += bytes;
  return SlabMemory::Default().Discard(start, bytes);
}

size_t FakeSlabMemory::mapped() const {
  MutexLock lock(mu_);
  return mapped_.size();
}

size_t FakeSlabMemory::huge() const {
  MutexLock lock(mu_);
  size_t count = 0;
  for (const auto& [start, mapping] : mapped_) count += mapping.huge ? 1 : 0;
  return count;
}

int FakeSlabMemory::maps() const {
  MutexLock lock(mu_);
  return maps_;
}

uint64_t FakeSlabMemory::discarded_bytes() const {
  MutexLock lock(mu_);
  return discarded_bytes_;
}

}  // namespace netbuf
