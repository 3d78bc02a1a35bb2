#include "engine/buffer/net_buffer_list_context.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/status.h"

namespace netbuf {
namespace {

// sizeof(void*), as the call's page says; pools ask for 16 (X5).
constexpr uint32_t kAlignment = 8;

static_assert(alignof(NetBufferListContext) <= alignof(std::max_align_t),
              "calloc() must align an element");

// Unlinks and frees the head, which must not have come with the list.
void PopAllocated(NetBufferList& nbl) {
  NetBufferListContext* const element = nbl.context();
  nbl.set_context(element->next);
  std::free(element);
}

}  // namespace

ContextResult AllocateNetBufferListContext(NetBufferList& nbl,
                                           uint16_t context_size,
                                           uint16_t context_back_fill,
                                           uint32_t pool_tag) {
  const uint32_t total = uint32_t{context_size} + context_back_fill;
  if (context_size % kAlignment != 0 || context_back_fill % kAlignment != 0 ||
      pool_tag == 0 || total > std::numeric_limits<uint16_t>::max()) {
    return {NdisStatus::kInvalidParameter, false};
  }
  NetBufferListContext* const head = nbl.context();
  const uint16_t unused = head == nullptr ? 0 : head->offset;
  if (context_size <= unused) {
    if (head != nullptr) head->offset -= context_size;
    return {NdisStatus::kSuccess, false};
  }
  void* const block = std::calloc(1, sizeof(NetBufferListContext) + total);
  if (block == nullptr) return {NdisStatus::kResources, false};
  auto* const element = new (block) NetBufferListContext;
  element->next = head;
  element->size = static_cast<uint16_t>(total);
  element->offset = context_back_fill;
  element->pool_tag = pool_tag;
  nbl.set_context(element);
  return {NdisStatus::kSuccess, true};
}

NdisStatus FreeNetBufferListContext(NetBufferList& nbl, uint16_t context_size) {
  if (context_size == 0) return NdisStatus::kSuccess;
  NetBufferListContext* const head = nbl.context();
  if (head == nullptr || context_size % kAlignment != 0 ||
      context_size > head->size - head->offset) {
    return NdisStatus::kInvalidParameter;
  }
  head->offset += context_size;
  // The last used byte goes with the allocation that made the element.
  if (head->pool_tag != 0 && head->offset == head->size) PopAllocated(nbl);
  return NdisStatus::kSuccess;
}

int FreeAllocatedContexts(NetBufferList& nbl) {
  int freed = 0;
  while (nbl.context() != nullptr && nbl.context()->pool_tag != 0) {
    PopAllocated(nbl);
    ++freed;
  }
  return freed;
}

}  // namespace netbuf
