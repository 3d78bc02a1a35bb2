#include "engine/pool/frame_slot.h"

#include <cstddef>
#include <cstdint>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"

namespace netbuf {

// Nobody else knows of them any more. From `first` on the chain is the pool's
// or the caller's; the caller's is not looked at: it may be gone.
void FrameSlot::FreeRetreatMdls(Mdl* chain, const Mdl* first) {
  while (chain != nullptr && chain != first &&
         (chain->flags & Mdl::kAllocatedByRetreat) != 0) {
    Mdl* const next = chain->next;
    MdlAllocator::Default().Free(chain);
    chain = next;
  }
}

void FrameSlot::Restore(NetBuffer* nb, Mdl* mdl, std::byte* data,
                        uint32_t data_size) {
  ClearNetBuffer(nb, data != nullptr ? mdl : nullptr,
                 data != nullptr ? mdl : mdl->next);
  mdl->next = nullptr;
  mdl->mapped_system_va = data;
  mdl->byte_count = data_size;
  mdl->flags = 0;
}

}  // namespace netbuf
