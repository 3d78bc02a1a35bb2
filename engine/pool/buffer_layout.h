// Where things are in a block of a NetBufferPool.
//
//   byte         line
//     0            0     header 24 | NetBuffer: next .. reserved (40)
//    64            1..2  NetBuffer: the rest, ends at 152
//   152            2     Mdl, ends at 176
//   stride - data        data, 16-byte aligned, to the block's end   if any

#ifndef NETBUFD_ENGINE_POOL_BUFFER_LAYOUT_H_
#define NETBUFD_ENGINE_POOL_BUFFER_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/pool/block.h"
#include "engine/pool/frame_slot.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Thread-safe: constant.
class BufferLayout {
 public:
  explicit BufferLayout(const NetBufferPoolParameters& parameters);

  uint64_t stride() const { return stride_; }
  bool has_data() const { return data_size_ != 0; }

  static NetBuffer* Buffer(Block* block) {
    return static_cast<NetBuffer*>(block->object());
  }
  Mdl* mdl(Block* block) const {
    return reinterpret_cast<Mdl*>(block->bytes() + kMdlOffset);
  }
  FrameSlot frame(Block* block) const {
    return FrameSlot(Buffer(block), mdl(block), has_data());
  }
  // Constructs everything in a block.
  void Build(Block* block, void* pool_handle) const {
    frame(block).Build(pool_handle,
                       has_data() ? block->bytes() + data_offset_ : nullptr,
                       data_size_);
  }

 private:
  static constexpr size_t kMdlOffset = sizeof(Block) + sizeof(NetBuffer);
  static_assert(kMdlOffset % alignof(Mdl) == 0);

  uint32_t data_size_;
  uint64_t data_offset_ = 0;
  uint64_t stride_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_BUFFER_LAYOUT_H_
