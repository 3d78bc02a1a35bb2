// netbufd: reads the command line, serves until SIGTERM or SIGINT, drains,
// ends.
//
// Exit code: 0 after an orderly end; 1 when it could not start, or a capture
// could not be written out; 2 for a wrong command line; 128 + n when a second
// signal n cut the end short.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/clock.h"
#include "engine/engine.h"
#include "server/command_line.h"
#include "server/log.h"
#include "server/server.h"
#include "server/signals.h"
#include "server/version.h"

namespace netbuf {
namespace {

std::string MemoryLimitText(uint64_t bytes) {
  return bytes == MemoryQuota::kUnlimited ? "none" : absl::StrCat(bytes, "B");
}

int StartFailed(const absl::Status& status) {
  LogEvent(LogLevel::kError, "server.start_failed",
           {{"error", status.message()}});
  return 1;
}

// Buffers that nobody freed are worth a look, but no failure of the server.
void LogAudit(const DeregisterReport& report) {
  const bool clean =
      report.leaked_net_buffer_lists == 0 && report.leaked_net_buffers == 0;
  LogEvent(clean ? LogLevel::kInfo : LogLevel::kWarning, "pool.audit",
           {{"leaked_net_buffer_lists", report.leaked_net_buffer_lists},
            {"leaked_net_buffers", report.leaked_net_buffers},
            {"reclaimed_pools", report.reclaimed_pools.size()},
            {"closed_bindings", report.closed_bindings.size()}});
}

int Drain(Server& server, absl::Duration drain_timeout) {
  const absl::StatusOr<DeregisterReport> report =
      server.Shutdown(drain_timeout);
  if (!report.ok()) {
    LogEvent(LogLevel::kError, "server.stop_failed",
             {{"error", report.status().message()}});
    return 1;
  }
  LogAudit(*report);
  LogEvent(LogLevel::kInfo, "server.stopped", {});
  return 0;
}

int Run(const CommandLine& options) {
  RealClock clock;
  EngineOptions engine_options;
  engine_options.clock = &clock;
  engine_options.capture_dir = options.capture_dir;
  engine_options.memory_limit_bytes = options.memory_limit_bytes;
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Create(engine_options);
  if (!engine.ok()) return StartFailed(engine.status());
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(options.server, &clock, *std::move(engine));
  if (!server.ok()) return StartFailed(server.status());

  LogEvent(LogLevel::kInfo, "server.started",
           {{"version", kVersion},
            {"grpc", (*server)->grpc_endpoint()},
            {"metrics", (*server)->metrics_endpoint()},
            {"capture_dir", options.capture_dir},
            {"memory_limit", MemoryLimitText(options.memory_limit_bytes)},
            {"drain_timeout", absl::FormatDuration(options.drain_timeout)}});
  // For whoever started the process: the one line of stdout.
  std::printf("netbufd ready grpc=%s metrics=%s\n",
              (*server)->grpc_endpoint().c_str(),
              (*server)->metrics_endpoint().c_str());
  std::fflush(stdout);

  const int signal = WaitForEndSignal();
  LogEvent(LogLevel::kInfo, "server.stopping", {{"signal", signal}});
  return Drain(**server, options.drain_timeout);
}

}  // namespace
}  // namespace netbuf

int main(int argc, char** argv) {
  // Debian's Abseil comes with the detector on; it costs gRPC a sixth of its
  // CPU.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  netbuf::BlockEndSignals();
  int exit_code = 0;
  const auto options = netbuf::ParseCommandLine(argc, argv, &exit_code);
  if (!options.has_value()) return exit_code;
  netbuf::InitLogging(options->log_level);
  try {
    return netbuf::Run(*options);
  } catch (const std::exception& error) {
    netbuf::LogEvent(netbuf::LogLevel::kError, "server.failed",
                     {{"error", error.what()}});
    return 1;
  }
}
