// NET_BUFFER: the data of one frame (ndis-semantics 2.1).
//
//   mdl_chain
//      |
//      v
//   [ MDL 0 ............ ] -> [ MDL 1 .................. ] -> [ MDL 2 ... ]
//   |<- data_offset -------------->|<---- data_length ------------->|
//        unused: back-fill         |          used                     unused
//                             |<-->|
//                             current_mdl_offset, inside current_mdl
//
// Invariants, true at every hand-over and checked by CheckNetBuffer():
//   1. walking data_offset bytes from mdl_chain lands on
//      (current_mdl, current_mdl_offset); at an MDL's end it lands on the start
//      of the next one, unless there is none;
//   2. data_offset + data_length <= bytes of the chain;
//   3. no chain: both are 0 and current_mdl is null.

#ifndef NETBUFD_ENGINE_BUFFER_NET_BUFFER_H_
#define NETBUFD_ENGINE_BUFFER_NET_BUFFER_H_

#include <cstdint>

#include "engine/buffer/list_mark.h"
#include "engine/buffer/mdl.h"

namespace netbuf {

// One owner at a time; not thread-safe. What is linked to it and where its data
// are is written through functions that leave a mark, so that the pool it goes
// back to can tell without looking at each whether anything is to be restored.
// The DMA members of the Windows structure (DataPhysicalAddress,
// ScatterGatherList) have no meaning in user space and are left out.
class NetBuffer {
 public:
  NetBuffer() = default;
  NetBuffer(const NetBuffer&) = default;            // It came with no list.
  NetBuffer& operator=(const NetBuffer&) = delete;  // It would leave no mark.

 private:
  NetBuffer* next_ = nullptr;
  Mdl* current_mdl_ = nullptr;
  uint32_t current_mdl_offset_ = 0;
  uint32_t data_length_ = 0;
  Mdl* mdl_chain_ = nullptr;
  uint32_t data_offset_ = 0;
  uint16_t checksum_bias_ = 0;
  bool written_ = false;
  ListMark mark_;

 public:
  // The NetBufferPool it came from; null when it is the NET_BUFFER that came
  // with a NET_BUFFER_LIST.
  void* ndis_pool_handle = nullptr;
  void* protocol_reserved[6] = {};  // Scratch of the protocol.
  void* miniport_reserved[4] = {};  // Scratch of the miniport.

  NetBuffer* next() const { return next_; }  // Of the same NET_BUFFER_LIST.
  // Offsets and length are in bytes.
  Mdl* mdl_chain() const { return mdl_chain_; }
  Mdl* current_mdl() const { return current_mdl_; }
  uint32_t current_mdl_offset() const { return current_mdl_offset_; }
  uint32_t data_offset() const { return data_offset_; }
  uint32_t data_length() const { return data_length_; }
  uint16_t checksum_bias() const { return checksum_bias_; }

  void set_next(NetBuffer* next) {
    next_ = next;
    Mark();
  }
  void set_mdl_chain(Mdl* mdl_chain) {
    mdl_chain_ = mdl_chain;
    Mark();
  }
  void set_current(Mdl* current_mdl, uint32_t current_mdl_offset) {
    current_mdl_ = current_mdl;
    current_mdl_offset_ = current_mdl_offset;
    Mark();
  }
  void set_data(uint32_t data_offset, uint32_t data_length) {
    data_offset_ = data_offset;
    data_length_ = data_length;
    Mark();
  }
  // All that PlaceNetBuffer() (data_space.h) decides.
  void set_all(Mdl* mdl_chain, Mdl* current_mdl, uint32_t current_mdl_offset,
               uint32_t data_offset, uint32_t data_length) {
    mdl_chain_ = mdl_chain;
    current_mdl_ = current_mdl;
    current_mdl_offset_ = current_mdl_offset;
    data_offset_ = data_offset;
    data_length_ = data_length;
    Mark();
  }
  void set_checksum_bias(uint16_t checksum_bias) {
    checksum_bias_ = checksum_bias;
    Mark();
  }

  // For the pool it came from. True after any of them, until Clear().
  bool written() const { return written_; }
  // Linked to nothing, without data at the start of `mdl_chain`, whose first
  // MDL is not empty, or which is null.
  void Clear(Mdl* mdl_chain) {
    next_ = nullptr;
    current_mdl_ = mdl_chain;
    current_mdl_offset_ = 0;
    data_length_ = 0;
    mdl_chain_ = mdl_chain;
    data_offset_ = 0;
    checksum_bias_ = 0;
    written_ = false;
  }

 private:
  friend class NetBufferList;  // Attaches the mark.

  void Mark() {
    written_ = true;
    mark_.Set();
  }
};
static_assert(sizeof(NetBuffer) == 128, "see engine/pool/list_layout.h");

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_H_
