// Checks of what a pool is created with (ndis-semantics 3.1). INVALID_ARGUMENT
// names the field.

#ifndef NETBUFD_ENGINE_POOL_POOL_PARAMETERS_H_
#define NETBUFD_ENGINE_POOL_POOL_PARAMETERS_H_

#include "absl/status/status.h"
#include "engine/ndis/flags.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

absl::Status CheckParameters(const NetBufferListPoolParameters& parameters);
absl::Status CheckParameters(const NetBufferPoolParameters& parameters);

// `flags` exists in revision 2 only (U1).
template <typename Parameters>
bool WantsVerify(const Parameters& parameters) {
  return parameters.header.revision >= 2 &&
         (parameters.flags & kPoolFlagVerify) != 0;
}

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_POOL_PARAMETERS_H_
