#include "engine/stack/frame_copier.h"

#include <utility>

#include "engine/buffer/data_space.h"

namespace netbuf {

NetBufferListPool* FrameCopier::Pool() {
  NetBufferListPool* pool = pool_.load(std::memory_order_acquire);
  if (pool != nullptr) return pool;
  MutexLock lock(mu_);
  if (owned_ == nullptr) {
    NetBufferListPoolParameters parameters;
    parameters.allocate_net_buffer = true;
    parameters.data_size = max_frame_size_;
    parameters.pool_tag = PoolTagFromString("Copy");
    auto made =
        NetBufferListPool::Create(parameters, {.max_outstanding = kMaxCopies});
    if (!made.ok()) return nullptr;  // No memory, or no pool slot.
    owned_ = *std::move(made);
    pool_.store(owned_.get(), std::memory_order_release);
  }
  return owned_.get();
}

NetBufferList* FrameCopier::Copy(const NetBuffer& frame, uint32_t nbl_flags,
                                 HolderId holder) {
  NetBufferListPool* const pool = Pool();
  if (pool == nullptr || frame.data_length() > max_frame_size_) return nullptr;
  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, holder);
  if (nbl == nullptr) return nullptr;
  NetBuffer& copy = *nbl->first_net_buffer();
  SetNetBufferDataSpace(copy, 0, frame.data_length());
  CopyFromNetBufferToNetBuffer(copy, 0, frame.data_length(), frame, 0);
  nbl->set_nbl_flags(nbl->nbl_flags() | nbl_flags);
  NetBufferListPool::SetHolder(nbl, holder, LifeEvent::kIndicated);
  return nbl;
}

void FrameCopier::TakeBack(NetBufferListChain& chain) {
  NetBufferListPool* const pool = pool_.load(std::memory_order_acquire);
  if (pool == nullptr) return;
  NetBufferListChain others;
  while (NetBufferList* const nbl = chain.PopFront()) {
    if (nbl->ndis_pool_handle() == pool) {
      pool->FreeNetBufferList(nbl);
    } else {
      others.Append(nbl);
    }
  }
  chain = std::move(others);
}

}  // namespace netbuf
