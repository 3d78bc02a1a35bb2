#include "engine/pool/net_buffer_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/data_space.h"
#include "engine/pool/block_pool.h"
#include "engine/pool/pool_parameters.h"

namespace netbuf {

absl::StatusOr<std::unique_ptr<NetBufferPool>> NetBufferPool::Create(
    const NetBufferPoolParameters& parameters, const PoolOptions& options) {
  RETURN_IF_ERROR(CheckParameters(parameters));
  ASSIGN_OR_RETURN(std::unique_ptr<BlockPool> blocks,
                   BlockPool::Create(BufferLayout(parameters).stride(),
                                     WantsVerify(parameters), options));
  return absl::WrapUnique(new NetBufferPool(parameters, std::move(blocks)));
}

NetBufferPool::NetBufferPool(const NetBufferPoolParameters& parameters,
                             std::unique_ptr<BlockPool> blocks)
    : parameters_(parameters), layout_(parameters), blocks_(std::move(blocks)) {
  blocks_->set_builder(
      [this](Block* block) { layout_.frame(block).Build(this); });
}

NetBufferPool::~NetBufferPool() = default;

uint32_t NetBufferPool::slot() const { return blocks_->slot(); }

PoolStatus NetBufferPool::Allocate(HolderId holder,
                                   absl::Span<NetBuffer*> out) {
  return blocks_->Allocate(out.size(), holder, [&](size_t i, Block* block) {
    out[i] = BufferLayout::Buffer(block);
  });
}

PoolStatus NetBufferPool::AllocateNetBuffers(Mdl* mdl_chain,
                                             uint32_t data_offset,
                                             uint32_t data_length,
                                             HolderId holder,
                                             absl::Span<NetBuffer*> out) {
  if (layout_.has_data()) return PoolStatus::kWrongAllocator;
  NetBuffer place;
  place.mdl_chain = mdl_chain;
  if (SetNetBufferDataSpace(place, data_offset, data_length) !=
      NdisStatus::kSuccess) {
    return PoolStatus::kInvalidParameter;
  }
  const PoolStatus status = Allocate(holder, out);
  if (status != PoolStatus::kOk) return status;
  for (NetBuffer* nb : out) {
    layout_.frame(Block::FromObject(nb)).SetChain(place);
  }
  return status;
}

PoolStatus NetBufferPool::AllocateNetBufferMdlAndData(
    HolderId holder, absl::Span<NetBuffer*> out) {
  if (!layout_.has_data()) return PoolStatus::kWrongAllocator;
  return Allocate(holder, out);
}

PoolStatus NetBufferPool::CheckBuffer(NetBuffer* nb) const {
  if (nb == nullptr) [[unlikely]]
    return PoolStatus::kInvalidParameter;
  // What is in front of a NetBuffer is a block header only when the NetBuffer
  // is one of ours, so look at who owns it before looking there.
  if (nb->ndis_pool_handle != this) [[unlikely]] {
    blocks_->CountViolation();
    return nb->ndis_pool_handle == nullptr ? PoolStatus::kPreallocated
                                           : PoolStatus::kWrongPool;
  }
  return blocks_->CheckOut(Block::FromObject(nb));
}

PoolStatus NetBufferPool::FreeNetBuffers(absl::Span<NetBuffer* const> buffers,
                                         size_t* failed) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PoolStatus status = CheckBuffer(buffers[i]);
    if (status != PoolStatus::kOk) [[unlikely]] {
      if (failed != nullptr) *failed = i;
      while (i-- > 0) Block::FromObject(buffers[i])->Unmark();
      return status;
    }
    Block::FromObject(buffers[i])->Mark();
  }
  blocks_->Free(buffers.size(), [&](size_t i) {
    Block* const block = Block::FromObject(buffers[i]);
    layout_.frame(block).Reset();
    return block;
  });
  return PoolStatus::kOk;
}

Mdl* NetBufferPool::PreallocatedMdl(NetBuffer* nb) const {
  return layout_.has_data() ? layout_.mdl(Block::FromObject(nb)) : nullptr;
}

PoolStatus NetBufferPool::Claim(BlockHandle handle, HolderId holder,
                                NetBuffer** out) {
  Block* block = nullptr;
  const PoolStatus status = blocks_->Claim(handle, holder, &block);
  if (status == PoolStatus::kOk) *out = BufferLayout::Buffer(block);
  return status;
}

void NetBufferPool::Release(NetBuffer* nb, HolderId holder) {
  BlockPool::SetHolder(Block::FromObject(nb), holder, LifeEvent::kNone);
}

BlockHandle NetBufferPool::Handle(const NetBuffer* nb) {
  const auto* const pool =
      static_cast<const NetBufferPool*>(nb->ndis_pool_handle);
  return pool->blocks_->Handle(Block::FromObject(nb));
}

void NetBufferPool::SetHolder(NetBuffer* nb, HolderId holder, LifeEvent event) {
  BlockPool::SetHolder(Block::FromObject(nb), holder, event);
}

HolderId NetBufferPool::GetHolder(const NetBuffer* nb) {
  return Block::Holder(
      Block::FromObject(nb)->tag.load(std::memory_order_relaxed));
}

uint64_t NetBufferPool::Reclaim(HolderId holder) {
  return blocks_->Reclaim(holder, [this](Block* block) {
    layout_.frame(block).Reset();
    blocks_->FreeOne(block);
  });
}

absl::Status NetBufferPool::CheckFreeable() const {
  return blocks_->CheckFreeable();
}

std::vector<OutstandingBlock> NetBufferPool::Outstanding(uint32_t first,
                                                         size_t limit) const {
  return blocks_->Outstanding(first, limit);
}

uint64_t NetBufferPool::Trim() { return blocks_->Trim(); }

PoolStatistics NetBufferPool::Statistics() const {
  return blocks_->Statistics();
}

}  // namespace netbuf
