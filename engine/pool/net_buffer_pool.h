// NetBufferPool: NdisAllocateNetBufferPool and its allocators (ndis-semantics
// 3, 4). One block:
//
//   [ block header | NetBuffer | Mdl | data ]
//                                      if data_size > 0
//
// Ownership, thread safety, handles and batches are those of NetBufferListPool.

#ifndef NETBUFD_ENGINE_POOL_NET_BUFFER_POOL_H_
#define NETBUFD_ENGINE_POOL_NET_BUFFER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/buffer/net_buffer.h"
#include "engine/pool/block_pool.h"
#include "engine/pool/buffer_layout.h"
#include "engine/pool/handle.h"
#include "engine/pool/placed_pool.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class NetBufferPool final : public PlacedPool {
 public:
  static absl::StatusOr<std::unique_ptr<NetBufferPool>> Create(
      const NetBufferPoolParameters& parameters,
      const PoolOptions& options = {});
  ~NetBufferPool();  // REQUIRES: no block is out.
  NetBufferPool(const NetBufferPool&) = delete;
  NetBufferPool& operator=(const NetBufferPool&) = delete;

  const NetBufferPoolParameters& parameters() const { return parameters_; }
  uint32_t slot() const;

  // NdisAllocateNetBuffer. REQUIRES of the pool: data_size 0 (else
  // kWrongAllocator). The chain is the caller's; null: offset and length are 0.
  PoolStatus AllocateNetBuffers(Mdl* mdl_chain, uint32_t data_offset,
                                uint32_t data_length, HolderId holder,
                                absl::Span<NetBuffer*> out);
  // NdisAllocateNetBufferMdlAndData. REQUIRES of the pool: data_size > 0 (else
  // kWrongAllocator). data_offset and data_length are 0 (U2).
  PoolStatus AllocateNetBufferMdlAndData(HolderId holder,
                                         absl::Span<NetBuffer*> out);
  // NdisFreeNetBuffer for all or none. A NET_BUFFER that came with a list is
  // kPreallocated. REQUIRES: not linked into a list.
  PoolStatus FreeNetBuffers(absl::Span<NetBuffer* const> buffers,
                            size_t* failed = nullptr);

  Mdl* PreallocatedMdl(NetBuffer* nb) const;

  PoolStatus Claim(BlockHandle handle, HolderId holder, NetBuffer** out);
  void Release(NetBuffer* nb, HolderId holder);
  static BlockHandle Handle(const NetBuffer* nb);
  static void SetHolder(NetBuffer* nb, HolderId holder, LifeEvent event);
  static HolderId GetHolder(const NetBuffer* nb);

  absl::Status CheckFreeable() const;
  std::vector<OutstandingBlock> Outstanding(uint32_t first, size_t limit) const;
  uint64_t Reclaim(HolderId holder);
  uint64_t Trim();
  PoolStatistics Statistics() const;

 private:
  NetBufferPool(const NetBufferPoolParameters& parameters,
                const PoolOptions& options, const PoolSlots::Slot& slot);

  PoolStatus Allocate(HolderId holder, absl::Span<NetBuffer*> out);
  PoolStatus CheckBuffer(NetBuffer* nb) const;

  BlockPool blocks_;  // First: at the pool's place.
  const NetBufferPoolParameters parameters_;
  const BufferLayout layout_;
};
static_assert(sizeof(NetBufferPool) <= kPlaceBytes);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_NET_BUFFER_POOL_H_
