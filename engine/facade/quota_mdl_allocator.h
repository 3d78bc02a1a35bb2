// Counts what clients' retreats allocate against the engine's memory, so that
// no client can take more than all pools together may.
//
// Thread safety: any thread.

#ifndef NETBUFD_ENGINE_FACADE_QUOTA_MDL_ALLOCATOR_H_
#define NETBUFD_ENGINE_FACADE_QUOTA_MDL_ALLOCATOR_H_

#include "engine/buffer/mdl.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class QuotaMdlAllocator : public MdlAllocator {
 public:
  explicit QuotaMdlAllocator(MemoryQuota* quota) : quota_(quota) {}

  Mdl* Allocate(uint32_t bytes) override {
    if (!quota_->Reserve(uint64_t{bytes} + kOverhead)) return nullptr;
    Mdl* const mdl = MdlAllocator::Default().Allocate(bytes);
    if (mdl == nullptr) quota_->Release(uint64_t{bytes} + kOverhead);
    return mdl;
  }
  void Free(Mdl* mdl) override {
    // The default allocator gives exactly what was asked for.
    quota_->Release(uint64_t{mdl->byte_count()} + kOverhead);
    MdlAllocator::Default().Free(mdl);
  }

 private:
  // The MDL itself and the heap's own header.
  static constexpr uint64_t kOverhead = sizeof(Mdl) + 16;

  MemoryQuota* const quota_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_QUOTA_MDL_ALLOCATOR_H_
