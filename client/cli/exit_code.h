// What netbufctl exits with. Part of its interface: scripts rely on it.

#ifndef NETBUFD_CLIENT_CLI_EXIT_CODE_H_
#define NETBUFD_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

namespace netbuf::client {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  // Found here: a bad file, lost frames.
inline constexpr int kExitUsage = 2;    // The command line.
inline constexpr int kExitCall = 64;    // Plus the gRPC code of the call.

// The exit code for how a command ended.
int ExitCode(const absl::Status& status);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_EXIT_CODE_H_
