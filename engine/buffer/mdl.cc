#include "engine/buffer/mdl.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace netbuf {
namespace {

// One block: the MDL, padding to 16 bytes, then the memory it describes.
constexpr size_t kMemoryOffset = (sizeof(Mdl) + 15) / 16 * 16;

class HeapMdlAllocator : public MdlAllocator {
 public:
  Mdl* Allocate(uint32_t bytes) override {
    // Zeroed: the bytes can reach whoever reads the frame, and the heap's old
    // contents are nobody's business. calloc() zeroes big blocks lazily.
    void* const block = std::calloc(1, kMemoryOffset + bytes);
    if (block == nullptr) return nullptr;
    return new (block)
        Mdl(static_cast<std::byte*>(block) + kMemoryOffset, bytes);
  }

  void Free(Mdl* mdl) override { std::free(mdl); }
};

}  // namespace

MdlAllocator& MdlAllocator::Default() {
  // Never destroyed: buffers may be freed while the process ends.
  static HeapMdlAllocator* const allocator = new HeapMdlAllocator;
  return *allocator;
}

uint64_t MdlChainByteCount(const Mdl* chain) {
  uint64_t bytes = 0;
  for (; chain != nullptr; chain = chain->next()) bytes += chain->byte_count();
  return bytes;
}

}  // namespace netbuf
