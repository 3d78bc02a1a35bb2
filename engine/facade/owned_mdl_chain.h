// MDL chains with their memory, allocated on behalf of a remote protocol, which
// cannot pass pointers: NDIS leaves the chain under a NET_BUFFER to the
// protocol (ndis-semantics 4), so the engine keeps it for the client.
//
// Thread safety: any thread.

#ifndef NETBUFD_ENGINE_FACADE_OWNED_MDL_CHAIN_H_
#define NETBUFD_ENGINE_FACADE_OWNED_MDL_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/buffer/mdl.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class OwnedMdlChains {
 public:
  // Memory counts against `quota`, which outlives this.
  explicit OwnedMdlChains(MemoryQuota* quota) : quota_(quota) {}
  ~OwnedMdlChains();  // Frees what is left.
  OwnedMdlChains(const OwnedMdlChains&) = delete;
  OwnedMdlChains& operator=(const OwnedMdlChains&) = delete;

  // A chain of one zeroed MDL a size; null when the quota or the memory is
  // exhausted. `sizes` is not empty.
  Mdl* Allocate(absl::Span<const uint32_t> sizes);
  // Frees the chain that begins at `mdl` when it is one of these; ignores any
  // other, and null.
  void Free(Mdl* mdl);

 private:
  struct Chain {
    std::vector<Mdl> mdls;
    std::unique_ptr<std::byte[]> memory;
    uint64_t bytes = 0;
  };

  MemoryQuota* const quota_;
  Mutex mu_;
  // By first MDL.
  absl::flat_hash_map<Mdl*, std::unique_ptr<Chain>> chains_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_OWNED_MDL_CHAIN_H_
