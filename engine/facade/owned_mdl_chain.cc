#include "engine/facade/owned_mdl_chain.h"

#include <new>
#include <utility>

namespace netbuf {

OwnedMdlChains::~OwnedMdlChains() {
  for (const auto& [mdl, chain] : chains_) quota_->Release(chain->bytes);
}

Mdl* OwnedMdlChains::Allocate(absl::Span<const uint32_t> sizes) {
  uint64_t bytes = 0;
  for (uint32_t size : sizes) bytes += size;
  if (!quota_->Reserve(bytes)) return nullptr;
  auto chain = std::make_unique<Chain>();
  chain->memory.reset(new (std::nothrow) std::byte[bytes]());
  if (chain->memory == nullptr) {
    quota_->Release(bytes);
    return nullptr;
  }
  chain->bytes = bytes;
  chain->mdls.reserve(sizes.size());
  std::byte* next = chain->memory.get();
  for (size_t i = 0; i < sizes.size(); ++i) {
    chain->mdls.emplace_back(next, sizes[i]);
    if (i > 0) chain->mdls[i - 1].set_next(&chain->mdls[i]);
    next += sizes[i];
  }
  Mdl* const first = chain->mdls.data();
  MutexLock lock(mu_);
  chains_.emplace(first, std::move(chain));
  return first;
}

void OwnedMdlChains::Free(Mdl* mdl) {
  std::unique_ptr<Chain> chain;
  {
    MutexLock lock(mu_);
    auto it = chains_.find(mdl);
    if (it == chains_.end()) return;
    chain = std::move(it->second);
    chains_.erase(it);
  }
  quota_->Release(chain->bytes);
}

}  // namespace netbuf
