#include "engine/pool/pool_table.h"

#include <cstdint>
#include <memory>

namespace netbuf {

PoolTable::PoolTable()
    : entries_(std::make_unique<Entry[]>(BlockHandle::kMaxPools)) {}

void PoolTable::Register(NetBufferListPool* pool) {
  Entry& entry = entries_[pool->slot()];
  entry.list_pool = pool;
  entry.rundown.Reopen();
}

void PoolTable::Register(NetBufferPool* pool) {
  Entry& entry = entries_[pool->slot()];
  entry.buffer_pool = pool;
  entry.rundown.Reopen();
}

PoolRef PoolTable::Pin(uint32_t slot) {
  PoolRef ref;
  if (slot >= BlockHandle::kMaxPools) return ref;
  Entry& entry = entries_[slot];
  if (!entry.rundown.TryAcquire()) return ref;
  ref.rundown_ = &entry.rundown;
  ref.list_pool_ = entry.list_pool;
  ref.buffer_pool_ = entry.buffer_pool;
  return ref;
}

void PoolTable::Close(uint32_t slot) {
  if (slot >= BlockHandle::kMaxPools) return;
  Entry& entry = entries_[slot];
  entry.rundown.CloseAndWait();
  entry.list_pool = nullptr;
  entry.buffer_pool = nullptr;
}

}  // namespace netbuf
