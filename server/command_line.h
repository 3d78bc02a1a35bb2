// The options of netbufd: flags, and for each of them the environment variable
// of its name (--log_level: NETBUFD_LOG_LEVEL) and a key of the file that
// --flags_file names (log_level = "debug"). A flag wins over the environment,
// and that over the file.

#ifndef NETBUFD_SERVER_COMMAND_LINE_H_
#define NETBUFD_SERVER_COMMAND_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  LogFormat log_format = LogFormat::kText;
  std::string config;            // Empty: nothing is declared.
  bool validate_config = false;  // Only check `config`.
  absl::Duration drain_timeout = absl::Seconds(10);

  // Every flag and its value, wherever that came from, in the order of --help.
  std::vector<std::pair<std::string, std::string>> effective;
};

// Reads `argv`, the environment and the file. On --help and --version, which it
// answers on stdout, and on a mistake, which it explains on stderr, returns
// nothing and sets `*exit_code` to 0 or 2.
std::optional<CommandLine> ParseCommandLine(int argc, const char* const* argv,
                                            int* exit_code);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_COMMAND_LINE_H_
