// Our pools as workload.h wants one: a list with its NET_BUFFER, MDL and data.

#ifndef NETBUFD_TESTS_BENCHMARK_NETBUFD_POOL_H_
#define NETBUFD_TESTS_BENCHMARK_NETBUFD_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "engine/pool/net_buffer_list_pool.h"

namespace netbuf::bench {

constexpr HolderId kHolder = 7;

// `max_outstanding` blocks, all of which have been used once, as those of the
// peers are when they are made.
class NetbufdPool {
 public:
  using Item = NetBufferList*;
  struct Thread {};

  NetbufdPool(uint32_t data_size, uint64_t max_outstanding);

  Item Allocate() { return pool_->AllocateNetBufferList(0, 0, kHolder); }
  void Free(Item item) { pool_->FreeNetBufferList(item); }
  bool Allocate(Item* items, size_t count) {
    return pool_->AllocateNetBufferLists(0, 0, kHolder, {items, count}) ==
           PoolStatus::kOk;
  }
  void Free(Item* items, size_t count) {
    pool_->FreeNetBufferLists({items, count});
  }

  static void Touch(Item item, uint64_t value) {
    item->next = reinterpret_cast<Item>(value);  // As who queues it does.
    *Data(item) = value;
  }
  static void SetLength(Item item, uint32_t length) {
    item->first_net_buffer()->set_data(0, length);
  }
  static uint64_t Read(Item item) { return *Data(item); }

  NetBufferListPool& pool() { return *pool_; }

 private:
  static uint64_t* Data(Item item) {
    return reinterpret_cast<uint64_t*>(
        item->first_net_buffer()->mdl_chain()->mapped_system_va());
  }

  std::shared_ptr<NetBufferListPool> pool_;
};

}  // namespace netbuf::bench

#endif  // NETBUFD_TESTS_BENCHMARK_NETBUFD_POOL_H_
