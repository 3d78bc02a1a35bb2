#include "engine/nic/cancel_sends.h"

#include <cstdint>
#include <utility>

#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/nic/frame.h"

namespace netbuf {

NetBufferListChain TakeCancelled(NetBufferListChain* queue,
                                 const void* source_handle, uint64_t cancel_id,
                                 uint64_t busy_frames) {
  NetBufferListChain kept;
  NetBufferListChain cancelled;
  uint64_t frames_before = 0;
  while (NetBufferList* const nbl = queue->PopFront()) {
    const bool waits = frames_before >= busy_frames;
    frames_before += CountFrames(*nbl);
    const bool meant =
        nbl->source_handle() == source_handle &&
        (cancel_id == 0 ||
         nbl->info(NetBufferListInfoId::kNetBufferListCancelId) == cancel_id);
    (waits && meant ? cancelled : kept).Append(nbl);
  }
  *queue = std::move(kept);
  return cancelled;
}

}  // namespace netbuf
