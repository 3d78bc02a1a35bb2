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
    Clear();
  }

  // In a pool without data, which chain its user gives the NetBuffer.
  void Remember(Mdl* chain) const { mdl_->set_next(chain); }

  // Makes both what they were when they were built, but for the NetBuffer's
  // reserved areas. Reset() only looks when they are: a line that is not
  // written stays shared between cores.
  void Reset() const {
    if (nb_->written() || mdl_->next() != nullptr) Restore();
  }
  void Restore() const {
    if (nb_->mdl_chain() != given_chain()) [[unlikely]]
      FreeRetreatMdls(nb_->mdl_chain(), given_chain());
    Clear();
  }

  // Whether the NetBuffer is linked to no other and over the chain it was
  // given: then Clear() is all of Restore().
  bool IsOverGivenChain() const {
    return nb_->next() == nullptr && nb_->mdl_chain() == given_chain();
  }
  void Clear() const {
    nb_->Clear(has_data_ ? mdl_ : nullptr);
    mdl_->ClearNext();
  }

 private:
  // By the pool, or by the user of a pool without data.
  const Mdl* given_chain() const { return has_data_ ? mdl_ : mdl_->next(); }

  // Frees what a retreat put in front of `first` and no advance took away.
  static void FreeRetreatMdls(Mdl* chain, const Mdl* first);

  NetBuffer* const nb_;
  Mdl* const mdl_;
  const bool has_data_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_FRAME_SLOT_H_
