// Where things are in a block of a NetBufferListPool.
//
//   byte         line
//     0            0     header 24 | NetBufferList: next .. nbl_flags (40)
//    64            1     NetBufferList: protocol_reserved .. scratch (64)
//   128            2..5  NetBufferList: ndis_reserved, miniport_reserved, info
//   384            6     Mdl 24 | NetBuffer: next .. reserved (40)   if any
//   448            7     NetBuffer: the rest, ends at 536
//   544 or 384           ContextOrigin 16 | context 16 | its space   if any
//   stride - data        data, 16-byte aligned, to the block's end   if any
//
// The context follows the NetBuffer, or the list in a block without one.
// Line 0 is all that allocating and freeing look at and write, when the owner
// wrote no other but the data: what is written elsewhere leaves a mark in the
// list's word for the pool. So it alone and the data go from core to core with
// a list that one allocates and another frees. The data end where the next
// block's guard begins, so that a byte too many is a byte of the guard, or of
// the padding to 16 bytes where it hurts nobody.

#ifndef NETBUFD_ENGINE_POOL_LIST_LAYOUT_H_
#define NETBUFD_ENGINE_POOL_LIST_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/buffer/net_buffer_list_context.h"
#include "engine/pool/block.h"
#include "engine/pool/frame_slot.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// In front of a context that came with a list, be it in the block or apart.
struct alignas(16) ContextOrigin {
  uint16_t offset = 0;  // What the context's `offset` was at allocation.

  static ContextOrigin* Of(NetBufferListContext* context) {
    return reinterpret_cast<ContextOrigin*>(context) - 1;
  }
  NetBufferListContext* context() {
    return reinterpret_cast<NetBufferListContext*>(this + 1);
  }
};
static_assert(sizeof(ContextOrigin) == 16);

// Thread-safe: constant.
class ListLayout {
 public:
  // Where the line with the Mdl and the NetBuffer begins.
  static constexpr size_t kFrameLine = 384;

  explicit ListLayout(const NetBufferListPoolParameters& parameters);

  uint64_t stride() const { return stride_; }
  bool has_net_buffer() const { return has_net_buffer_; }
  bool has_data() const { return data_size_ != 0; }
  bool has_context() const { return context_size_ != 0; }
  uint16_t context_size() const { return context_size_; }

  static NetBufferList* List(Block* block) {
    return static_cast<NetBufferList*>(block->object());
  }
  // REQUIRES of the two: the layout has one.
  NetBuffer* net_buffer(Block* block) const {
    return reinterpret_cast<NetBuffer*>(block->bytes() + kNetBufferOffset);
  }
  // The one that a fresh list has; null when none.
  NetBuffer* OwnNetBuffer(Block* block) const {
    return has_net_buffer_ ? net_buffer(block) : nullptr;
  }
  const NetBuffer* net_buffer(const Block* block) const {
    return net_buffer(const_cast<Block*>(block));
  }
  NetBufferListContext* context(Block* block) const {
    return reinterpret_cast<NetBufferListContext*>(block->bytes() +
                                                   context_offset_);
  }
  Mdl* mdl(Block* block) const {
    return reinterpret_cast<Mdl*>(block->bytes() + kMdlOffset);
  }
  FrameSlot frame(Block* block) const {
    return FrameSlot(net_buffer(block), mdl(block), has_data());
  }

  // Constructs everything in a block.
  void Build(Block* block, void* pool_handle) const;

 private:
  static constexpr size_t kMdlOffset = kFrameLine;
  static constexpr size_t kNetBufferOffset = kMdlOffset + sizeof(Mdl);
  static_assert(sizeof(Block) + sizeof(NetBufferList) <= kMdlOffset);
  // As far as the marks reach that the Mdl and the NetBuffer's line 6 have.
  static_assert(kFrameLine + 64 <= 1024);

  bool has_net_buffer_;
  uint8_t protocol_id_;
  uint16_t context_size_;
  uint32_t data_size_;
  uint64_t context_offset_ = 0;
  uint64_t data_offset_ = 0;
  uint64_t stride_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_LIST_LAYOUT_H_
