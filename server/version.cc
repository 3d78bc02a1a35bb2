#include "server/version.h"

#include "server/revision.h"

namespace netbuf {

absl::string_view BuildRevision() { return NETBUFD_REVISION; }

absl::string_view BuildCompiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace netbuf
