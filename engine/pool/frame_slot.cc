#include "engine/pool/frame_slot.h"

#include "engine/buffer/mdl.h"

namespace netbuf {

void FrameSlot::FreeRetreatMdls() {
  const Mdl* const first = data_ != nullptr ? mdl_ : mdl_->next;
  Mdl* mdl = nb_->mdl_chain;
  while (mdl != nullptr && mdl != first &&
         (mdl->flags & Mdl::kAllocatedByRetreat) != 0) {
    Mdl* const next = mdl->next;
    MdlAllocator::Default().Free(mdl);
    mdl = next;
  }
}

}  // namespace netbuf
