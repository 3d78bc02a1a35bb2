#include "engine/stack/header_filter.h"

#include <cstring>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer_list_context.h"
#include "engine/ndis/flags.h"

namespace netbuf {
namespace {

// What a filter must know to undo its work on a list.
struct Undo {
  uint32_t owner;         // context_tag, for whoever reads a dump.
  uint32_t header_bytes;  // Prepended or taken off; 0: nothing was done.
  uint32_t note;
  uint32_t reserved;
};
// Context sizes are multiples of MEMORY_ALLOCATION_ALIGNMENT where pools are
// sized for them.
constexpr uint16_t kUndoSize = 16;
static_assert(sizeof(Undo) == kUndoSize);
static_assert(kUndoSize % kMemoryAllocationAlignment == 0);

// The newest context is this filter's: every layer below has freed its own.
// Copied, because context space is aligned to 8 bytes only (X5).
Undo LoadUndo(NetBufferList& nbl) {
  Undo undo;
  std::memcpy(&undo, nbl.context()->data_start(), kUndoSize);
  return undo;
}
void StoreUndo(NetBufferList& nbl, const Undo& undo) {
  std::memcpy(nbl.context()->data_start(), &undo, kUndoSize);
}

}  // namespace

HeaderFilter::HeaderFilter(std::string name, const FilterSpec& spec,
                           uint32_t header_size, uint32_t context_tag,
                           MdlAllocator& allocator)
    : FilterModule(std::move(name), spec),
      header_size_(header_size),
      context_tag_(context_tag),
      allocator_(allocator) {}

StackRequirements HeaderFilter::requirements() const {
  return {.data_back_fill_size = header_size_,
          .context_back_fill_size = kUndoSize};
}

NdisStatus HeaderFilter::WrapSend(NetBufferList& nbl,
                                  BackFillCounts& back_fill) {
  // When something has to be allocated, room for the layers below comes with
  // it, so that one miss does not make a miss of each of them.
  const ContextResult context = AllocateNetBufferListContext(
      nbl, kUndoSize, static_cast<uint16_t>(below().context_back_fill_size),
      context_tag_);
  if (context.status != NdisStatus::kSuccess) return NdisStatus::kResources;

  const RetreatResult retreat = RetreatNetBufferListDataStart(
      nbl, header_size_, below().data_back_fill_size, allocator_);
  if (retreat.status != NdisStatus::kSuccess) {
    FreeNetBufferListContext(nbl, kUndoSize);
    return NdisStatus::kResources;
  }
  uint64_t frames = 0;
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    WriteHeader(*nb);
    ++frames;
  }
  StoreUndo(nbl, {context_tag_, header_size_, 0, 0});
  ++(context.allocated ? back_fill.context_misses : back_fill.context_hits);
  back_fill.data_misses += retreat.misses;
  back_fill.data_hits += frames - retreat.misses;
  return NdisStatus::kSuccess;
}

void HeaderFilter::UnwrapSend(NetBufferList& nbl) {
  const Undo undo = LoadUndo(nbl);
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    RemoveHeader(*nb);
  }
  AdvanceNetBufferListDataStart(nbl, undo.header_bytes, /*free_mdl=*/true,
                                allocator_);
  FreeNetBufferListContext(nbl, kUndoSize);
}

bool HeaderFilter::UnwrapReceive(NetBufferList& nbl) {
  // Also for a frame that stays as it is: ReturnReceived() must be able to
  // tell.
  const ContextResult context =
      AllocateNetBufferListContext(nbl, kUndoSize, 0, context_tag_);
  if (context.status != NdisStatus::kSuccess) return false;

  Undo undo = {context_tag_, 0, 0, 0};
  NetBuffer* const frame = nbl.first_net_buffer();
  if (frame != nullptr) undo.header_bytes = FindHeader(*frame, &undo.note);
  if (undo.header_bytes != 0) {
    PrepareStrip(*frame);
    AdvanceNetBufferDataStart(*frame, undo.header_bytes, /*free_mdl=*/false);
    CountUnwrapped();
  }
  StoreUndo(nbl, undo);
  return true;
}

void HeaderFilter::RewrapReceive(NetBufferList& nbl) {
  const Undo undo = LoadUndo(nbl);
  if (undo.header_bytes != 0) {
    // The room is there: the header stood in it.
    NetBuffer& frame = *nbl.first_net_buffer();
    RetreatNetBufferDataStart(frame, undo.header_bytes, 0, allocator_);
    RestoreHeader(frame, undo.note);
  }
  FreeNetBufferListContext(nbl, kUndoSize);
}

}  // namespace netbuf
