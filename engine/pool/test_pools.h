// Pools for tests, made in one line.

#ifndef NETBUFD_ENGINE_POOL_TEST_POOLS_H_
#define NETBUFD_ENGINE_POOL_TEST_POOLS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"

namespace netbuf {

inline constexpr HolderId kTestHolder = 7;

struct ListPoolShape {
  bool net_buffer = true;
  uint32_t data_size = 2048;
  uint16_t context_size = 0;
  uint32_t flags = 0;
  uint8_t protocol_id = 0;
};

// Abort when the pool cannot be made.
std::unique_ptr<NetBufferListPool> MakeListPool(
    const ListPoolShape& shape = {}, const PoolOptions& options = {});
std::unique_ptr<NetBufferPool> MakeBufferPool(uint32_t data_size = 2048,
                                              uint32_t flags = 0,
                                              const PoolOptions& options = {});

// `count` lists, or none when there are fewer.
std::vector<NetBufferList*> AllocateLists(NetBufferListPool& pool, size_t count,
                                          HolderId holder = kTestHolder);

// Tells what a list has that a fresh one of this pool has not; "" when nothing.
std::string HowNotFresh(const NetBufferListPool& pool, NetBufferList* nbl);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_TEST_POOLS_H_
