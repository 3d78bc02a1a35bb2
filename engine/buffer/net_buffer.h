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

#include "engine/buffer/mdl.h"

namespace netbuf {

// Plain data with one owner at a time; not thread-safe. The DMA members of the
// Windows structure (DataPhysicalAddress, ScatterGatherList) have no meaning in
// user space and are left out.
struct NetBuffer {
  NetBuffer* next = nullptr;  // Next of the same NET_BUFFER_LIST.
  Mdl* current_mdl = nullptr;
  uint32_t current_mdl_offset = 0;
  uint32_t data_length = 0;
  Mdl* mdl_chain = nullptr;
  uint32_t data_offset = 0;
  uint16_t checksum_bias = 0;
  uint16_t reserved = 0;
  // The NetBufferPool it came from; null when it is the NET_BUFFER that came
  // with a NET_BUFFER_LIST.
  void* ndis_pool_handle = nullptr;
  void* protocol_reserved[6] = {};  // Scratch of the protocol.
  void* miniport_reserved[4] = {};  // Scratch of the miniport.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_H_
