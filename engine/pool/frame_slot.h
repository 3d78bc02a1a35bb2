// The NetBuffer of a block and the MDL that goes with it, for both kinds of
// pool.
//
// The MDL's place has two uses:
//   pool with data      it describes the block's data, and is the chain a fresh
//                       NetBuffer has;
//   pool without data   its `next` remembers the chain the caller gave, so that
//                       what a retreat put in front can be told from it.

#ifndef NETBUFD_ENGINE_POOL_FRAME_SLOT_H_
#define NETBUFD_ENGINE_POOL_FRAME_SLOT_H_

#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"

namespace netbuf {

// Borrows both. As thread-safe as they are.
class FrameSlot {
 public:
  // `data` is null for a pool without.
  FrameSlot(NetBuffer* nb, Mdl* mdl, std::byte* data, uint32_t data_size)
      : nb_(nb), mdl_(mdl), data_(data), data_size_(data_size) {}

  // The chain of a fresh NetBuffer.
  Mdl* own_chain() const { return data_ != nullptr ? mdl_ : nullptr; }

  void Build(void* pool_handle) {
    new (mdl_) Mdl;
    new (nb_) NetBuffer;
    nb_->ndis_pool_handle = pool_handle;
    WriteMdl();
    WriteNetBuffer();
  }

  // Places the NetBuffer over the caller's chain; `place` is a NetBuffer that
  // is there already.
  void SetChain(const NetBuffer& place) {
    mdl_->next = place.mdl_chain;
    nb_->mdl_chain = place.mdl_chain;
    nb_->current_mdl = place.current_mdl;
    nb_->current_mdl_offset = place.current_mdl_offset;
    nb_->data_offset = place.data_offset;
    nb_->data_length = place.data_length;
  }

  // Makes both what Build() left, but for the NetBuffer's reserved areas.
  // Writes nothing when nothing changed, so that a line which is only looked at
  // stays shared between the cores.
  void Reset() {
    // Differences gathered into a word: one branch instead of ten.
    const uint64_t nb_changed =
        Bits(nb_->next) | (Bits(nb_->current_mdl) ^ Bits(own_chain())) |
        (Bits(nb_->mdl_chain) ^ Bits(own_chain())) | nb_->current_mdl_offset |
        nb_->data_length | nb_->data_offset | nb_->checksum_bias |
        nb_->reserved;
    const uint64_t mdl_changed = Bits(mdl_->next) |
                                 (Bits(mdl_->mapped_system_va) ^ Bits(data_)) |
                                 (mdl_->byte_count ^ data_size_) | mdl_->flags;
    if (nb_changed != 0) {
      // Before the MDL's `next` goes, which tells the caller's chain.
      if (nb_->mdl_chain != own_chain()) FreeRetreatMdls();
      WriteNetBuffer();
    }
    if (mdl_changed != 0) WriteMdl();
  }

 private:
  static uint64_t Bits(const void* pointer) {
    return reinterpret_cast<uintptr_t>(pointer);
  }
  void WriteNetBuffer() {
    nb_->next = nullptr;
    nb_->current_mdl = own_chain();
    nb_->current_mdl_offset = 0;
    nb_->data_length = 0;
    nb_->mdl_chain = own_chain();
    nb_->data_offset = 0;
    nb_->checksum_bias = 0;
    nb_->reserved = 0;
  }
  void WriteMdl() {
    mdl_->next = nullptr;
    mdl_->mapped_system_va = data_;
    mdl_->byte_count = data_size_;
    mdl_->flags = 0;
  }
  // What a retreat put in front of the chain and no advance took away. Nobody
  // else knows of it any more. The caller's own chain is not looked at: it may
  // be gone.
  void FreeRetreatMdls();

  NetBuffer* const nb_;
  Mdl* const mdl_;
  std::byte* const data_;
  const uint32_t data_size_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_FRAME_SLOT_H_
