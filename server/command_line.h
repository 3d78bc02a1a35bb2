// The command line of netbufd.

#ifndef NETBUFD_SERVER_COMMAND_LINE_H_
#define NETBUFD_SERVER_COMMAND_LINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "engine/engine.h"
#include "server/log.h"
#include "server/server.h"

namespace netbuf {

struct CommandLine {
  ServerOptions server;
  std::string capture_dir;
  uint64_t memory_limit_bytes = MemoryQuota::kUnlimited;
  LogLevel log_level = LogLevel::kInfo;
  absl::Duration drain_timeout = absl::Seconds(10);
};

// Reads `argv`. On --help and --version, which it answers on stdout, and on a
// mistake, which it explains on stderr, returns nothing and sets `*exit_code`
// to 0 or 2.
std::optional<CommandLine> ParseCommandLine(int argc, const char* const* argv,
                                            int* exit_code);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_COMMAND_LINE_H_
