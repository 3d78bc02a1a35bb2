#include "engine/base/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace netbuf {
namespace {

bool Register() {
  const long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  return known >= 0 && (known & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
         syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
                 0) == 0;
}

}  // namespace

bool AsymmetricFence::Supported() {
  static const bool supported = Register();
  return supported;
}

void AsymmetricFence::Heavy() {
  // Cannot fail once registered; going on without a fence would be a data race
  // that shows as a block handed out twice, so stop instead.
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) {
    std::abort();
  }
}

}  // namespace netbuf
