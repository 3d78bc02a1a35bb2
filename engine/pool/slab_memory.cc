#include "engine/pool/slab_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace netbuf {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

// NORESERVE: a slab is used from its start on and perhaps never to its end, so
// only what is touched should count.
void* MapPages(size_t bytes) {
  void* const start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return start == MAP_FAILED ? nullptr : start;
}

class MmapSlabMemory : public SlabMemory {
 public:
  void* Map(size_t bytes, bool huge) override {
    if (!huge) return MapPages(bytes);
    // Huge pages need 2 MiB alignment: map more, give the ends back.
    auto* const start = static_cast<std::byte*>(MapPages(bytes + kHugePage));
    if (start == nullptr) return nullptr;
    const size_t head = -reinterpret_cast<uintptr_t>(start) % kHugePage;
    if (head != 0) munmap(start, head);
    std::byte* const aligned = start + head;
    munmap(aligned + bytes, kHugePage - head);
    madvise(aligned, bytes, MADV_HUGEPAGE);  // Without them it works as well.
    return aligned;
  }

  void Unmap(void* start, size_t bytes) override { munmap(start, bytes); }

  bool Discard(void* start, size_t bytes) override {
    return madvise(start, bytes, MADV_DONTNEED) == 0;
  }
};

}  // namespace

size_t SlabMemory::PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

SlabMemory& SlabMemory::Default() {
  // Never destroyed: pools may outlive static objects.
  static MmapSlabMemory* const memory = new MmapSlabMemory;
  return *memory;
}

}  // namespace netbuf
