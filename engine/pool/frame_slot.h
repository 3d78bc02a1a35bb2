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
#include <cstring>
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
    Restore(nb_, mdl_, data_, data_size_);
  }

  // Places the NetBuffer over the caller's chain, which has room for both; its
  // current MDL is the caller's to set (AdjustNetBufferCurrentMdl).
  void SetChain(Mdl* chain, uint32_t data_offset, uint32_t data_length) {
    mdl_->next = chain;
    nb_->mdl_chain = chain;
    nb_->data_offset = data_offset;
    nb_->data_length = data_length;
  }

  // Whether both are as Build() left them, but for the NetBuffer's reserved
  // areas. Only looks: a line that is not written stays shared between cores.
  bool IsFresh() const { return Used() == 0 && HasOwnChain(); }
  // Its two halves: what is 0 then, in one word, adjacent members being taken
  // as one; and the rest.
  uint64_t Used() const {
    return Word(mdl_, offsetof(Mdl, next)) |
           Word(nb_, offsetof(NetBuffer, next)) |
           Word(nb_, offsetof(NetBuffer, current_mdl_offset)) |
           Word(nb_, offsetof(NetBuffer, data_offset));
  }
  bool HasOwnChain() const {
    return nb_->current_mdl == own_chain() && nb_->mdl_chain == own_chain() &&
           mdl_->mapped_system_va == data_ &&
           Word(mdl_, offsetof(Mdl, byte_count)) == data_size_;
  }

  // Makes them so; Restore() without looking first.
  void Reset() const {
    if (!IsFresh()) Restore();
  }
  void Restore() const { Restore(nb_, mdl_, data_, data_size_); }
  // Restore() of a pool without data, whose MDL only remembers the chain.
  void RestoreWithoutData() const {
    ClearNetBuffer(nb_, nullptr, mdl_->next);
    mdl_->next = nullptr;
  }

 private:
  // The words that Used() and HasOwnChain() take for one: offset and length,
  // offset and what is reserved behind it, count and flags.
  static_assert(offsetof(NetBuffer, data_length) ==
                offsetof(NetBuffer, current_mdl_offset) + 4);
  static_assert(offsetof(NetBuffer, ndis_pool_handle) ==
                offsetof(NetBuffer, data_offset) + 8);
  static_assert(offsetof(Mdl, flags) == offsetof(Mdl, byte_count) + 4);

  static uint64_t Word(const void* object, size_t offset) {
    uint64_t word;
    std::memcpy(&word, static_cast<const std::byte*>(object) + offset,
                sizeof(word));
    return word;
  }

  static void Restore(NetBuffer* nb, Mdl* mdl, std::byte* data,
                      uint32_t data_size);
  // Gives a NetBuffer its own chain back, from the one that has `first`.
  static void ClearNetBuffer(NetBuffer* nb, Mdl* own_chain, const Mdl* first) {
    if (nb->mdl_chain != first) [[unlikely]]
      FreeRetreatMdls(nb->mdl_chain, first);
    nb->next = nullptr;
    nb->current_mdl = own_chain;
    nb->current_mdl_offset = 0;
    nb->data_length = 0;
    nb->mdl_chain = own_chain;
    nb->data_offset = 0;
    nb->checksum_bias = 0;
    nb->reserved = 0;
  }
  // Frees what a retreat put in front of `first` and no advance took away.
  static void FreeRetreatMdls(Mdl* chain, const Mdl* first);

  NetBuffer* const nb_;
  Mdl* const mdl_;
  std::byte* const data_;
  const uint32_t data_size_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_FRAME_SLOT_H_
