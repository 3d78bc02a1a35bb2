// NET_BUFFER_LIST_CONTEXT: room in a NET_BUFFER_LIST for the drivers below to
// keep state of their own (ndis-semantics 2.3, 5).
//
//   nbl->context() -> [ next | size | offset | pool_tag | unused | used ]
//                                                     |<offset>|
//                                                     |<--- size ---->|
//
// A stack discipline: each layer allocates on the way down and frees the same
// size on the way back up.

#ifndef NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_CONTEXT_H_
#define NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_CONTEXT_H_

#include <cstddef>
#include <cstdint>

#include "engine/ndis/status.h"

namespace netbuf {

class NetBufferList;

struct alignas(16) NetBufferListContext {
  NetBufferListContext* next = nullptr;
  uint16_t size = 0;      // Used + unused bytes of the data area.
  uint16_t offset = 0;    // Unused bytes in front.
  uint32_t pool_tag = 0;  // Of who made the element; 0: it came with the list.
  // The data area of `size` bytes follows.

  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  // NET_BUFFER_LIST_CONTEXT_DATA_START.
  std::byte* data_start() { return data() + offset; }
};
static_assert(sizeof(NetBufferListContext) == 16);

struct ContextResult {
  NdisStatus status = NdisStatus::kSuccess;
  // True when a new element had to be allocated: a context back-fill miss.
  bool allocated = false;
};

// NdisAllocateNetBufferListContext. Both sizes must be multiples of 8, their
// sum must fit 16 bits, and `pool_tag` must not be 0 (INVALID_PARAMETER).
// Enough unused context: moves `offset` only and ignores `context_back_fill`.
// Else an element of both sizes, zeroed, becomes the new head. RESOURCES when
// there is no memory. A failure leaves the list unchanged. O(1).
ContextResult AllocateNetBufferListContext(NetBufferList& nbl,
                                           uint16_t context_size,
                                           uint16_t context_back_fill,
                                           uint32_t pool_tag);

// NdisFreeNetBufferListContext: undoes the newest allocation of `context_size`.
// More than is used, or across an element's start, is INVALID_PARAMETER and
// changes nothing (U7). O(1).
NdisStatus FreeNetBufferListContext(NetBufferList& nbl, uint16_t context_size);

// Frees every element that did not come with the list, for whoever takes a list
// back that its users did not clean up. Returns how many. O(elements).
int FreeAllocatedContexts(NetBufferList& nbl);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_CONTEXT_H_
