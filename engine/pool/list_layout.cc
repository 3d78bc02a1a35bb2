#include "engine/pool/list_layout.h"

#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/pool/block_pool.h"

namespace netbuf {
namespace {

constexpr uint64_t RoundUp16(uint64_t bytes) { return (bytes + 15) & ~15ull; }

}  // namespace

ListLayout::ListLayout(const NetBufferListPoolParameters& parameters)
    : has_net_buffer_(parameters.allocate_net_buffer),
      protocol_id_(parameters.protocol_id),
      context_size_(parameters.context_size),
      data_size_(parameters.data_size) {
  uint64_t end = has_net_buffer_ ? kNetBufferOffset + sizeof(NetBuffer)
                                 : sizeof(Block) + sizeof(NetBufferList);
  if (has_context()) {
    context_offset_ = RoundUp16(end) + sizeof(ContextOrigin);
    end = context_offset_ + sizeof(NetBufferListContext) + context_size_;
  }
  stride_ = BlockPool::StrideFor(RoundUp16(end) + RoundUp16(data_size_));
  if (has_data()) data_offset_ = stride_ - RoundUp16(data_size_);
}

void ListLayout::Build(Block* block, void* pool_handle) const {
  auto* const nbl = new (block->object()) NetBufferList;
  nbl->ClearInfo(protocol_id_);
  if (has_net_buffer_) {
    // Null: it goes with its list, not back to a NetBufferPool.
    frame(block).Build(nullptr,
                       has_data() ? block->bytes() + data_offset_ : nullptr,
                       data_size_);
    nbl->MarkWritesOf(*net_buffer(block), has_data() ? mdl(block) : nullptr);
  }
  NetBufferListContext* context = nullptr;
  if (has_context()) {
    context = new (this->context(block)) NetBufferListContext;
    context->size = context_size_;
    context->offset = context_size_;
    new (ContextOrigin::Of(context)) ContextOrigin{context_size_};
  }
  nbl->ClearOwned(OwnNetBuffer(block), context);
  nbl->set_ndis_pool_handle(pool_handle);
}

}  // namespace netbuf
