#include "engine/pool/frame_slot.h"

#include <cstddef>
#include <cstdint>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"

namespace netbuf {

// Nobody else knows of them any more. From `first` on the chain is the pool's
// or the caller's; the caller's is not looked at: it may be gone.
void FrameSlot::FreeRetreatMdls(Mdl* chain, const Mdl* first) {
  while (chain != nullptr && chain != first && chain->allocated_by_retreat()) {
    Mdl* const next = chain->next();
    MdlAllocator::Default().Free(chain);
    chain = next;
  }
}

}  // namespace netbuf
