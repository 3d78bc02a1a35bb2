#include "engine/pool/net_buffer_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
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
  ASSIGN_OR_RETURN(const PoolSlots::Slot slot, BlockPool::TakeSlot(options));
  auto pool =
      absl::WrapUnique(new (slot) NetBufferPool(parameters, options, slot));
  RETURN_IF_ERROR(pool->blocks_.status());
  return pool;
}

NetBufferPool::NetBufferPool(const NetBufferPoolParameters& parameters,
                             const PoolOptions& options,
                             const PoolSlots::Slot& slot)
    : blocks_(BufferLayout(parameters).stride(), WantsVerify(parameters),
              options, slot),
      parameters_(parameters),
      layout_(parameters) {
  blocks_.set_builder([this](Block* block) { layout_.Build(block, this); });
}

NetBufferPool::~NetBufferPool() = default;

uint32_t NetBufferPool::slot() const { return blocks_.slot(); }

PoolStatus NetBufferPool::Allocate(HolderId holder,
                                   absl::Span<NetBuffer*> out) {
  NetBuffer** const buffer = out.data();
  return blocks_.Allocate(out.size(), holder, [buffer](size_t i, Block* block) {
    buffer[i] = BufferLayout::Buffer(block);
  });
}

PoolStatus NetBufferPool::AllocateNetBuffers(Mdl* mdl_chain,
                                             uint32_t data_offset,
                                             uint32_t data_length,
                                             HolderId holder,
                                             absl::Span<NetBuffer*> out) {
  if (layout_.has_data()) return PoolStatus::kWrongAllocator;
  if (uint64_t{data_offset} + data_length > MdlChainByteCount(mdl_chain)) {
    return PoolStatus::kInvalidParameter;
  }
  const PoolStatus status = Allocate(holder, out);
  if (status != PoolStatus::kOk) return status;
  for (NetBuffer* nb : out) {
    layout_.frame(Block::FromObject(nb)).Remember(mdl_chain);
    PlaceNetBuffer(*nb, mdl_chain, data_offset, data_length);
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
    blocks_.CountViolation();
    return nb->ndis_pool_handle == nullptr ? PoolStatus::kPreallocated
                                           : PoolStatus::kWrongPool;
  }
  return blocks_.CheckOut(Block::FromObject(nb));
}

PoolStatus NetBufferPool::FreeNetBuffers(absl::Span<NetBuffer* const> buffers,
                                         size_t* failed) {
  NetBuffer* const* const buffer = buffers.data();
  const size_t count = buffers.size();
  for (size_t i = 0; i < count; ++i) {
    const PoolStatus status = CheckBuffer(buffer[i]);
    if (status != PoolStatus::kOk) [[unlikely]] {
      if (failed != nullptr) *failed = i;
      while (i-- > 0) Block::FromObject(buffer[i])->CancelFree();
      return status;
    }
    Block::FromObject(buffer[i])->BeginFree();
  }
  blocks_.Free(
      count, [buffer](size_t i) { return Block::FromObject(buffer[i]); },
      [layout = layout_](Block* block) {
        block->ClearState(Block::kClaimed);
        layout.frame(block).Reset();
      });
  return PoolStatus::kOk;
}

Mdl* NetBufferPool::PreallocatedMdl(NetBuffer* nb) const {
  return layout_.has_data() ? layout_.mdl(Block::FromObject(nb)) : nullptr;
}

PoolStatus NetBufferPool::Claim(BlockHandle handle, HolderId holder,
                                NetBuffer** out) {
  Block* block = nullptr;
  const PoolStatus status = blocks_.Claim(handle, holder, &block);
  if (status == PoolStatus::kOk) *out = BufferLayout::Buffer(block);
  return status;
}

void NetBufferPool::Release(NetBuffer* nb, HolderId holder) {
  BlockPool::SetHolder(Block::FromObject(nb), holder, LifeEvent::kNone);
}

BlockHandle NetBufferPool::Handle(const NetBuffer* nb) {
  const auto* const pool =
      static_cast<const NetBufferPool*>(nb->ndis_pool_handle);
  return pool->blocks_.Handle(Block::FromObject(nb));
}

void NetBufferPool::SetHolder(NetBuffer* nb, HolderId holder, LifeEvent event) {
  BlockPool::SetHolder(Block::FromObject(nb), holder, event);
}

HolderId NetBufferPool::GetHolder(const NetBuffer* nb) {
  return BlockPool::GetHolder(Block::FromObject(nb));
}

uint64_t NetBufferPool::Reclaim(HolderId holder) {
  return blocks_.Reclaim(holder, [this](Block* block) {
    blocks_.FreeOne(block, [=, this] { layout_.frame(block).Reset(); });
  });
}

absl::Status NetBufferPool::CheckFreeable() const {
  return blocks_.CheckFreeable();
}

std::vector<OutstandingBlock> NetBufferPool::Outstanding(uint32_t first,
                                                         size_t limit) const {
  return blocks_.Outstanding(first, limit);
}

uint64_t NetBufferPool::Trim() { return blocks_.Trim(); }

PoolStatistics NetBufferPool::Statistics() const {
  return blocks_.Statistics();
}

}  // namespace netbuf
