// Finds a pool by the number in a handle, without a map or a lock, and keeps it
// alive while a call uses it.
//
// Example:
//   PoolRef pool = table.Pin(handle.pool());
//   if (pool.list_pool() == nullptr) return kInvalidHandle;
//   pool.list_pool()->Claim(handle, holder, &nbl);
//
// Does not own pools: whoever does registers each one after it is made, and
// closes its slot before it is destroyed. Thread safety: everything may be
// called from any thread.

#ifndef NETBUFD_ENGINE_POOL_POOL_TABLE_H_
#define NETBUFD_ENGINE_POOL_POOL_TABLE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/base/rundown.h"
#include "engine/pool/handle.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"

namespace netbuf {

// The pool cannot be closed while one of these names it. Empty when the slot
// has none; at most one of the two pointers is not null. Move-only.
class [[nodiscard]] PoolRef {
 public:
  PoolRef() = default;
  PoolRef(PoolRef&& other) noexcept { *this = std::move(other); }
  PoolRef& operator=(PoolRef&& other) noexcept {
    std::swap(rundown_, other.rundown_);
    std::swap(list_pool_, other.list_pool_);
    std::swap(buffer_pool_, other.buffer_pool_);
    return *this;
  }
  ~PoolRef() {
    if (rundown_ != nullptr) rundown_->Release();
  }

  bool empty() const { return rundown_ == nullptr; }
  NetBufferListPool* list_pool() const { return list_pool_; }
  NetBufferPool* buffer_pool() const { return buffer_pool_; }

 private:
  friend class PoolTable;

  Rundown* rundown_ = nullptr;
  NetBufferListPool* list_pool_ = nullptr;
  NetBufferPool* buffer_pool_ = nullptr;
};

class PoolTable {
 public:
  PoolTable();
  PoolTable(const PoolTable&) = delete;
  PoolTable& operator=(const PoolTable&) = delete;

  // Makes the pool known at its slot. REQUIRES: no pool is registered there.
  void Register(NetBufferListPool* pool);
  void Register(NetBufferPool* pool);

  // Any number is allowed; empty when no pool is there. One atomic add.
  PoolRef Pin(uint32_t slot);

  // Refuses new pins and waits for those there are; afterwards the slot is
  // empty. To undo, register the pool again. Does nothing for an empty slot.
  // The caller must not have the pool pinned itself.
  void Close(uint32_t slot);

 private:
  struct Entry {
    Rundown rundown{Rundown::State::kClosed};
    // Written while the rundown is closed; read only inside it.
    NetBufferListPool* list_pool = nullptr;
    NetBufferPool* buffer_pool = nullptr;
  };

  std::unique_ptr<Entry[]> entries_;  // By slot.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_POOL_TABLE_H_
