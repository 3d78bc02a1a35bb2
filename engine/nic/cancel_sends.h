// Picks the lists of a queue that a cancel is about (ndis-semantics 16).

#ifndef NETBUFD_ENGINE_NIC_CANCEL_SENDS_H_
#define NETBUFD_ENGINE_NIC_CANCEL_SENDS_H_

#include <cstdint>

#include "engine/buffer/chain.h"

namespace netbuf {

// Removes from `queue`, in order, the lists that came with `source_handle` and
// carry `cancel_id` (0: whatever they carry), and returns them. Lists whose
// first frame is among the first `busy_frames` of the queue stay. O(frames).
NetBufferListChain TakeCancelled(NetBufferListChain* queue,
                                 const void* source_handle, uint64_t cancel_id,
                                 uint64_t busy_frames);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CANCEL_SENDS_H_
