// Which netbufd this is.

#ifndef NETBUFD_SERVER_VERSION_H_
#define NETBUFD_SERVER_VERSION_H_

#include "absl/strings/string_view.h"

namespace netbuf {

inline constexpr absl::string_view kVersion = "0.1.0";

// The source's revision, with "-dirty" where files had changed; "unknown" in a
// build that was not stamped (--config=opt stamps).
absl::string_view BuildRevision();

// "gcc 12.2.0", "clang 14.0.6".
absl::string_view BuildCompiler();

}  // namespace netbuf

#endif  // NETBUFD_SERVER_VERSION_H_
