#include "client/cli/exit_code.h"

#include "client/lib/error.h"

namespace netbuf::client {

int ExitCode(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  if (!IsCallError(status)) return kExitFailure;
  return kExitCall + static_cast<int>(status.code());
}

}  // namespace netbuf::client
