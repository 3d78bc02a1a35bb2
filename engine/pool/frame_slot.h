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
  // `has_data`: of a pool with data.
  FrameSlot(NetBuffer* nb, Mdl* mdl, bool has_data)
      : nb_(nb), mdl_(mdl), has_data_(has_data) {}

  // `data` is null for a pool without.
  void Build(void* pool_handle, std::byte* data, uint32_t data_size) const {
    new (mdl_) Mdl(data, data_size);
    new (nb_) NetBuffer;
    nb_->ndis_pool_handle = pool_handle;
    nb_->ClearData(own_chain());
  }

  // Places the NetBuffer over the caller's chain, which has room for both; its
  // current MDL is the caller's to set (AdjustNetBufferCurrentMdl).
  void SetChain(Mdl* chain, uint32_t data_offset, uint32_t data_length) const {
    mdl_->next = chain;
    nb_->set_mdl_chain(chain);
    nb_->set_data_offset(data_offset);
    nb_->set_data_length(data_length);
  }

  // 0 when both are as Build() left them, but for the NetBuffer's reserved
  // areas: what may be written directly is as it was, the rest has no mark.
  // Only looks: a line that is not written stays shared between cores.
  uint64_t Used() const {
    return reinterpret_cast<uintptr_t>(mdl_->next) |
           reinterpret_cast<uintptr_t>(nb_->next) | nb_->written();
  }

  // Makes them so; Restore() without looking first.
  void Reset() const {
    if (Used() != 0) Restore();
  }
  void Restore() const {
    const Mdl* const first = has_data_ ? mdl_ : mdl_->next;
    if (nb_->mdl_chain() != first) [[unlikely]]
      FreeRetreatMdls(nb_->mdl_chain(), first);
    nb_->next = nullptr;
    nb_->ClearData(own_chain());
    mdl_->next = nullptr;
  }

 private:
  // The chain of a fresh NetBuffer.
  Mdl* own_chain() const { return has_data_ ? mdl_ : nullptr; }

  // Frees what a retreat put in front of `first` and no advance took away.
  static void FreeRetreatMdls(Mdl* chain, const Mdl* first);

  NetBuffer* const nb_;
  Mdl* const mdl_;
  const bool has_data_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_FRAME_SLOT_H_
