// A pool with its name and owner. Calls that allocate enter `allocations`, so
// that deleting a pool cannot race with them.

#ifndef NETBUFD_ENGINE_FACADE_POOL_ENTRY_H_
#define NETBUFD_ENGINE_FACADE_POOL_ENTRY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/rundown.h"
#include "engine/facade/protocol.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"

namespace netbuf {

template <typename Pool>
struct PoolEntry {
  std::string name;
  std::shared_ptr<Protocol> protocol;
  uint64_t max_outstanding = 0;
  std::unique_ptr<Pool> pool;
  Rundown allocations;
};

using NetBufferListPoolEntry = PoolEntry<NetBufferListPool>;
using NetBufferPoolEntry = PoolEntry<NetBufferPool>;

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_POOL_ENTRY_H_
