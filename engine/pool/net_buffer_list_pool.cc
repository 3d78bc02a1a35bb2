#include "engine/pool/net_buffer_list_pool.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/memory/memory.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/data_space.h"
#include "engine/ndis/flags.h"
#include "engine/pool/block_pool.h"
#include "engine/pool/pool_parameters.h"

namespace netbuf {
namespace {

// What an allocation may ask for in context. The element's `size` has 16 bits.
bool ContextSizesValid(uint16_t context_size, uint16_t context_back_fill) {
  return (context_size | context_back_fill) % kMemoryAllocationAlignment == 0 &&
         uint32_t{context_size} + context_back_fill <= UINT16_MAX;
}

// A context of its own for one list; null when there is no memory.
NetBufferListContext* NewContext(uint16_t size) {
  void* const memory = ::operator new (
      sizeof(ContextOrigin) + sizeof(NetBufferListContext) + size,
      std::align_val_t{alignof(ContextOrigin)}, std::nothrow);
  if (memory == nullptr) return nullptr;
  auto* const origin = new (memory) ContextOrigin;
  auto* const context = new (origin->context()) NetBufferListContext;
  context->size = size;
  return context;
}

void DeleteContext(NetBufferListContext* context) {
  ::operator delete (ContextOrigin::Of(context),
                     std::align_val_t{alignof(ContextOrigin)});
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetBufferListPool>> NetBufferListPool::Create(
    const NetBufferListPoolParameters& parameters, const PoolOptions& options) {
  RETURN_IF_ERROR(CheckParameters(parameters));
  ASSIGN_OR_RETURN(const PoolSlots::Slot slot, BlockPool::TakeSlot(options));
  auto pool =
      absl::WrapUnique(new (slot) NetBufferListPool(parameters, options, slot));
  RETURN_IF_ERROR(pool->blocks_.status());
  return pool;
}

NetBufferListPool::NetBufferListPool(
    const NetBufferListPoolParameters& parameters, const PoolOptions& options,
    const PoolSlots::Slot& slot)
    : blocks_(ListLayout(parameters).stride(), WantsVerify(parameters), options,
              slot),
      parameters_(parameters),
      layout_(parameters),
      usual_mark_(blocks_.out_mark() |
                  (layout_.has_net_buffer() && !layout_.has_context()
                       ? 0
                       : Block::kStateMask)) {
  blocks_.set_builder([this](Block* block) { layout_.Build(block, this); });
  if (layout_.has_context()) blocks_.KeepUnready();  // It is to be set.
}

NetBufferListPool::~NetBufferListPool() = default;

uint32_t NetBufferListPool::slot() const { return blocks_.slot(); }

// --- Allocating.

PoolStatus NetBufferListPool::AllocateNetBufferLists(
    uint16_t context_size, uint16_t context_back_fill, HolderId holder,
    absl::Span<NetBufferList*> out) {
  if (!ContextSizesValid(context_size, context_back_fill)) [[unlikely]] {
    return PoolStatus::kInvalidParameter;
  }
  NetBufferList** const list = out.data();
  const PoolStatus status = blocks_.Allocate(
      out.size(), holder,
      [list](size_t i, Block* block) { list[i] = ListLayout::List(block); });
  if (status != PoolStatus::kOk) [[unlikely]]
    return status;
  if (!layout_.has_context() && (context_size | context_back_fill) == 0) {
    return status;
  }
  return SetContexts(context_size, context_back_fill, out);
}

// Whether a list's NET_BUFFER can be placed over the caller's chain.
PoolStatus NetBufferListPool::CheckChain(const Mdl* mdl_chain,
                                         uint32_t data_offset,
                                         uint32_t data_length) const {
  if (!layout_.has_net_buffer() || layout_.has_data()) {
    return PoolStatus::kWrongAllocator;
  }
  return uint64_t{data_offset} + data_length > MdlChainByteCount(mdl_chain)
             ? PoolStatus::kInvalidParameter
             : PoolStatus::kOk;
}

void NetBufferListPool::SetChain(NetBufferList* nbl, Mdl* mdl_chain,
                                 uint32_t data_offset,
                                 uint32_t data_length) const {
  Block* const block = Block::FromObject(nbl);
  layout_.frame(block).Remember(mdl_chain);
  PlaceNetBuffer(*layout_.net_buffer(block), mdl_chain, data_offset,
                 data_length);
}

PoolStatus NetBufferListPool::AllocateNetBufferAndNetBufferLists(
    uint16_t context_size, uint16_t context_back_fill, Mdl* mdl_chain,
    uint32_t data_offset, uint32_t data_length, HolderId holder,
    absl::Span<NetBufferList*> out) {
  PoolStatus status = CheckChain(mdl_chain, data_offset, data_length);
  if (status != PoolStatus::kOk) return status;
  status = AllocateNetBufferLists(context_size, context_back_fill, holder, out);
  if (status != PoolStatus::kOk) return status;
  for (NetBufferList* nbl : out) {
    SetChain(nbl, mdl_chain, data_offset, data_length);
  }
  return status;
}

NetBufferList* NetBufferListPool::AllocateNetBufferAndNetBufferList(
    uint16_t context_size, uint16_t context_back_fill, Mdl* mdl_chain,
    uint32_t data_offset, uint32_t data_length, HolderId holder) {
  if (CheckChain(mdl_chain, data_offset, data_length) != PoolStatus::kOk) {
    return nullptr;
  }
  NetBufferList* const nbl =
      AllocateNetBufferList(context_size, context_back_fill, holder);
  if (nbl != nullptr) SetChain(nbl, mdl_chain, data_offset, data_length);
  return nbl;
}

NetBufferList* NetBufferListPool::AllocateSlow(HolderId holder) {
  auto* nbl = static_cast<NetBufferList*>(blocks_.AllocateOneSlow(holder));
  if (nbl != nullptr && layout_.has_context()) SetContexts(0, 0, {&nbl, 1});
  return nbl;
}

NetBufferList* NetBufferListPool::AllocateWithContext(
    uint16_t context_size, uint16_t context_back_fill, HolderId holder) {
  NetBufferList* nbl = nullptr;
  AllocateNetBufferLists(context_size, context_back_fill, holder, {&nbl, 1});
  return nbl;
}

// Sets every list's context as U6 says: of the pool's context what is not used
// is unused in front; one that is too small stays aside, and the list gets
// another that goes when the list is freed.
PoolStatus NetBufferListPool::SetContexts(uint16_t context_size,
                                          uint16_t context_back_fill,
                                          absl::Span<NetBufferList*> lists) {
  const auto sum = static_cast<uint16_t>(context_size + context_back_fill);
  for (size_t i = 0; i < lists.size(); ++i) {
    NetBufferList* const nbl = lists[i];
    NetBufferListContext* context = nbl->context();
    if (sum > layout_.context_size()) {
      context = NewContext(sum);
      if (context == nullptr) {
        blocks_.CountAllocationFailure();
        FreeNetBufferLists(lists);
        std::fill(lists.begin(), lists.end(), nullptr);
        return PoolStatus::kExhausted;
      }
      Block::FromObject(nbl)->SetState(Block::kExtra);
      nbl->ndis_reserved = context;
      // The others are null: it is fresh.
      nbl->ClearOwned(nbl->first_net_buffer(), context);
    }
    const uint16_t offset = context->size - context_size;
    // Mostly as it was last time: then the line stays clean.
    if (context->offset != offset) context->offset = offset;
    ContextOrigin* const origin = ContextOrigin::Of(context);
    if (origin->offset != offset) origin->offset = offset;
  }
  return PoolStatus::kOk;
}

// --- Freeing.

// The context the list came with; null when none.
NetBufferListContext* NetBufferListPool::OwnContext(NetBufferList* nbl) const {
  Block* const block = Block::FromObject(nbl);
  if (block->HasState(Block::kExtra)) [[unlikely]] {
    return static_cast<NetBufferListContext*>(nbl->ndis_reserved);
  }
  return layout_.has_context() ? layout_.context(block) : nullptr;
}

PoolStatus NetBufferListPool::CheckAttached(NetBufferList* nbl) const {
  if (nbl->child_ref_count() != 0) return PoolStatus::kChildrenOutstanding;
  if (NetBuffer* const first = nbl->first_net_buffer(); first != nullptr) {
    Block* const block = Block::FromObject(nbl);
    if (!layout_.has_net_buffer() || first != layout_.net_buffer(block) ||
        first->next() != nullptr) {
      return PoolStatus::kNetBuffersAttached;
    }
  }
  if (NetBufferListContext* const context = nbl->context();
      context != nullptr) {
    // More unused than at first is no allocation that is still to be freed.
    if (context != OwnContext(nbl) ||
        context->offset < ContextOrigin::Of(context)->offset) {
      return PoolStatus::kContextOutstanding;
    }
  }
  return PoolStatus::kOk;
}

PoolStatus NetBufferListPool::CheckList(NetBufferList* nbl) const {
  if (nbl == nullptr) return PoolStatus::kInvalidParameter;
  // First, and before anything in front of the list is read: it may not be one
  // of a pool at all.
  if (nbl->ndis_pool_handle() != this) {
    blocks_.CountViolation();
    return PoolStatus::kWrongPool;
  }
  const PoolStatus status = blocks_.CheckOut(Block::FromObject(nbl));
  if (status != PoolStatus::kOk) return status;
  return CheckAttached(nbl);
}

// Makes the list what it was when it was built, but for `next` and its reserved
// areas.
void NetBufferListPool::Reset(NetBufferList* nbl) const {
  Block* const block = Block::FromObject(nbl);
  if (block->HasState(Block::kExtra)) {
    // Null when somebody wrote over the state.
    if (nbl->ndis_reserved != nullptr) {
      DeleteContext(static_cast<NetBufferListContext*>(nbl->ndis_reserved));
      nbl->ndis_reserved = nullptr;
    }
    nbl->set_context(nullptr);
  }
  if (nbl->owned_written()) {
    nbl->ClearOwned(layout_.OwnNetBuffer(block),
                    layout_.has_context() ? layout_.context(block) : nullptr);
  }
  if (nbl->info_written()) nbl->ClearInfo(parameters_.protocol_id);
  if (layout_.has_net_buffer()) layout_.frame(block).Restore();
  nbl->ClearWords();
  nbl->set_ndis_pool_handle(this);
}

// Lines that were not written are not looked at, so that they stay out of the
// caches of whoever frees.
inline bool NetBufferListPool::IsUsual(const NetBufferList* nbl,
                                       uint64_t* tag) const {
  if (nbl == nullptr || !nbl->IsWithoutInfoOf(this)) return false;
  *tag = Block::FromObject(nbl)->tag.load(std::memory_order_relaxed);
  return Block::Mark(*tag) == usual_mark_ && IsUsuallyWritten(nbl);
}

inline bool NetBufferListPool::IsUsuallyWritten(
    const NetBufferList* nbl) const {
  Block* const block = Block::FromObject(const_cast<NetBufferList*>(nbl));
  if (nbl->child_ref_count() != 0) return false;
  if (nbl->owned_written() &&
      (nbl->first_net_buffer() != layout_.net_buffer(block) ||
       nbl->context() != nullptr)) {
    return false;
  }
  return !nbl->buffer_written() || layout_.frame(block).IsOverGivenChain();
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void NetBufferListPool::ResetUsual(
    NetBufferList* nbl) const {
  Block* const block = Block::FromObject(nbl);
  if (nbl->owned_written()) {
    nbl->ClearOwned(layout_.net_buffer(block), nullptr);
  }
  if (nbl->buffer_written()) layout_.frame(block).Clear();
  if (nbl->words_written()) nbl->ClearWords();
  nbl->set_ndis_pool_handle(this);
}

// An untouched one whose tag is not as most are.
bool NetBufferListPool::IsUntouchedAndOdd(const NetBufferList* nbl,
                                          uint64_t* tag) const {
  if (nbl == nullptr || !nbl->IsUntouchedOf(this) ||
      usual_mark_ != blocks_.out_mark()) {
    return false;
  }
  const Block* const block = Block::FromObject(nbl);
  *tag = block->tag.load(std::memory_order_relaxed);
  return blocks_.IsOddOut(block, *tag);
}

// A list without other marks has no children either.
inline bool NetBufferListPool::IsSent(const NetBufferList* nbl,
                                      uint64_t* tag) const {
  if (nbl == nullptr || !nbl->IsOnlyBufferWrittenOf(this)) return false;
  Block* const block = Block::FromObject(const_cast<NetBufferList*>(nbl));
  *tag = block->tag.load(std::memory_order_relaxed);
  return Block::Mark(*tag) == usual_mark_ &&
         layout_.frame(block).IsOverGivenChain();
}

PoolStatus NetBufferListPool::FreeTouched(NetBufferList* nbl) {
  uint64_t tag;
  if (!IsSent(nbl, &tag)) [[unlikely]]
    return FreeOtherwiseTouched(nbl);
  Block* const block = Block::FromObject(nbl);
  // The frame now: what it is told by need not be read again then.
  blocks_.FreePlain(block, tag, [=, this, frame = layout_.frame(block)] {
    frame.Clear();
    nbl->set_ndis_pool_handle(this);
  });
  return PoolStatus::kOk;
}

PoolStatus NetBufferListPool::FreeOtherwiseTouched(NetBufferList* nbl) {
  uint64_t tag;
  if (!IsUsual(nbl, &tag)) [[unlikely]]
    return FreeUnusual(nbl);
  blocks_.FreePlain(Block::FromObject(nbl), tag,
                    [=, this] { ResetUsual(nbl); });
  return PoolStatus::kOk;
}

PoolStatus NetBufferListPool::FreeUnusual(NetBufferList* nbl) {
  const PoolStatus status = CheckList(nbl);
  if (status != PoolStatus::kOk) return status;
  Reset(nbl);
  blocks_.FreeOne(Block::FromObject(nbl), [] {});
  return status;
}

PoolStatus NetBufferListPool::FreeNetBufferLists(
    absl::Span<NetBufferList* const> lists, size_t* failed) {
  NetBufferList* const* const list = lists.data();
  const uint32_t mark = usual_mark_;  // Read once.
  const size_t begun = blocks_.FreeAll(lists.size(), [=, this](size_t i) {
    uint64_t tag;
    if (!IsUntouched(list[i], mark, &tag)) [[unlikely]] {
      uint64_t odd_tag;
      if (!IsUntouchedAndOdd(list[i], &odd_tag)) {
        return static_cast<Block*>(nullptr);
      }
      tag = odd_tag;
    }
    Block* const block = Block::FromObject(list[i]);
    block->MarkFree(tag);
    return block;
  });
  if (begun == lists.size()) [[likely]]
    return PoolStatus::kOk;
  return FreeTouchedLists(lists, begun, failed);
}

// Goes on when one was not untouched: the first `begun` are, and are marked
// free.
PoolStatus NetBufferListPool::FreeTouchedLists(
    absl::Span<NetBufferList* const> lists, size_t begun, size_t* failed) {
  bool usual = true;
  for (size_t i = begun; i < lists.size(); ++i) {
    uint64_t tag;
    if (!IsUsual(lists[i], &tag)) [[unlikely]] {
      const PoolStatus status = CheckList(lists[i]);
      if (status != PoolStatus::kOk) {
        if (failed != nullptr) *failed = i;
        while (i-- > 0) Block::FromObject(lists[i])->CancelFree();
        return status;
      }
      usual = false;
      Block::FromObject(lists[i])->BeginFree();
      continue;
    }
    Block::FromObject(lists[i])->MarkFree(tag);
  }
  NetBufferList* const* const list = lists.data();
  const auto block_at = [list](size_t i) { return Block::FromObject(list[i]); };
  if (usual) {
    blocks_.Free(lists.size(), block_at,
                 [this](Block* block) { ResetUsual(ListLayout::List(block)); });
    return PoolStatus::kOk;
  }
  blocks_.Free(lists.size(), block_at, [this](Block* block) {
    NetBufferList* const nbl = ListLayout::List(block);
    const uint64_t tag = block->tag.load(std::memory_order_relaxed);
    if (Block::Mark(tag | Block::kOut) == usual_mark_ &&
        nbl->IsWithoutInfoOf(this) && IsUsuallyWritten(nbl)) {
      ResetUsual(nbl);
      return;
    }
    Reset(nbl);
    block->ClearState(Block::kClaimed | Block::kExtra);
  });
  return PoolStatus::kOk;
}

NetBuffer* NetBufferListPool::PreallocatedNetBuffer(NetBufferList* nbl) const {
  return layout_.has_net_buffer() ? layout_.net_buffer(Block::FromObject(nbl))
                                  : nullptr;
}

Mdl* NetBufferListPool::PreallocatedMdl(NetBufferList* nbl) const {
  return layout_.has_data() ? layout_.mdl(Block::FromObject(nbl)) : nullptr;
}

// --- Handles and holders.

PoolStatus NetBufferListPool::CheckNetBufferList(NetBufferList* nbl) const {
  return CheckList(nbl);
}

PoolStatus NetBufferListPool::Claim(BlockHandle handle, HolderId holder,
                                    NetBufferList** out) {
  Block* block = nullptr;
  const PoolStatus status = blocks_.Claim(handle, holder, &block);
  if (status == PoolStatus::kOk) *out = ListLayout::List(block);
  return status;
}

void NetBufferListPool::Release(NetBufferList* nbl, HolderId holder) {
  BlockPool::SetHolder(Block::FromObject(nbl), holder, LifeEvent::kNone);
}

BlockHandle NetBufferListPool::Handle(const NetBufferList* nbl) {
  const auto* const pool =
      static_cast<const NetBufferListPool*>(nbl->ndis_pool_handle());
  return pool->blocks_.Handle(Block::FromObject(nbl));
}

void NetBufferListPool::SetHolder(NetBufferList* nbl, HolderId holder,
                                  LifeEvent event) {
  BlockPool::SetHolder(Block::FromObject(nbl), holder, event);
}

HolderId NetBufferListPool::GetHolder(const NetBufferList* nbl) {
  return BlockPool::GetHolder(Block::FromObject(nbl));
}

uint64_t NetBufferListPool::Reclaim(HolderId holder) {
  return blocks_.Reclaim(holder, [this](Block* block) {
    NetBufferList* const nbl = ListLayout::List(block);
    FreeAllocatedContexts(*nbl);
    Reset(nbl);
    blocks_.FreeOne(block, [] {});
  });
}

// --- The pool as a whole.

absl::Status NetBufferListPool::CheckFreeable() const {
  return blocks_.CheckFreeable();
}

std::vector<OutstandingBlock> NetBufferListPool::Outstanding(
    uint32_t first, size_t limit) const {
  return blocks_.Outstanding(first, limit);
}

uint64_t NetBufferListPool::Trim() { return blocks_.Trim(); }

PoolStatistics NetBufferListPool::Statistics() const {
  return blocks_.Statistics();
}

}  // namespace netbuf
