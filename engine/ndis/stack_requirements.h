// What a driver stack asks of the buffers sent into it (ndis-semantics 8): how
// much room in front its layers need, so that none has to allocate on the way
// down. The sum over the miniport and every filter (U12), recomputed at every
// restart.

#ifndef NETBUFD_ENGINE_NDIS_STACK_REQUIREMENTS_H_
#define NETBUFD_ENGINE_NDIS_STACK_REQUIREMENTS_H_

#include <cstdint>

#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"

namespace netbuf {

struct StackRequirements {
  // Bytes to leave unused in front of every frame's data.
  uint32_t data_back_fill_size = 0;
  // Bytes to leave unused in every NET_BUFFER_LIST's context.
  uint32_t context_back_fill_size = 0;

  friend bool operator==(const StackRequirements&,
                         const StackRequirements&) = default;
};

// Answers OID_NETBUF_STACK_REQUIREMENTS (X1): the two sizes in order of
// declaration, each a little-endian u32. A shorter buffer is BUFFER_TOO_SHORT.
NdisStatus AnswerStackRequirements(OidRequest& request,
                                   const StackRequirements& requirements);
inline constexpr uint32_t kSizeofStackRequirements = 8;

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NDIS_STACK_REQUIREMENTS_H_
