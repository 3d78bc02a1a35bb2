#include "engine/buffer/fake_mdl_allocator.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "engine/base/mutex.h"

namespace netbuf {

Mdl* FakeMdlAllocator::Allocate(uint32_t bytes) {
  MutexLock lock(mu_);
  ++calls_;
  last_bytes_ = bytes;
  if (calls_to_failure_ > 0 && --calls_to_failure_ == 0) return nullptr;
  const uint32_t given = bytes + extra_bytes_;
  Block block;
  block.memory = std::make_unique<std::byte[]>(given);
  std::fill_n(block.memory.get(), given, kFill);
  block.mdl = std::make_unique<Mdl>(block.memory.get(), given);
  Mdl* const mdl = block.mdl.get();
  live_.emplace(mdl, std::move(block));
  return mdl;
}

void FakeMdlAllocator::Free(Mdl* mdl) {
  MutexLock lock(mu_);
  if (live_.erase(mdl) == 0) {
    std::fprintf(stderr, "MDL freed that is not allocated here\n");
    std::abort();
  }
}

void FakeMdlAllocator::FailAtCall(int n) {
  MutexLock lock(mu_);
  calls_to_failure_ = n;
}

void FakeMdlAllocator::set_extra_bytes(int32_t extra) {
  MutexLock lock(mu_);
  extra_bytes_ = extra;
}

int FakeMdlAllocator::live() const {
  MutexLock lock(mu_);
  return static_cast<int>(live_.size());
}

int FakeMdlAllocator::calls() const {
  MutexLock lock(mu_);
  return calls_;
}

uint32_t FakeMdlAllocator::last_bytes() const {
  MutexLock lock(mu_);
  return last_bytes_;
}

}  // namespace netbuf
