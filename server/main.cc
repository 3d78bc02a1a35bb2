// netbufd: reads the command line, serves until SIGTERM or SIGINT, drains,
// ends.
//
// Exit code: 0 after an orderly end, or for a right configuration that was only
// to be checked; 1 when it could not start, a capture could not be written out,
// or the configuration is wrong; 2 for a wrong command line; 128 + n when a
// second signal n cut the end short.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/clock.h"
#include "engine/base/status_macros.h"
#include "engine/engine.h"
#include "server/command_line.h"
#include "server/config.h"
#include "server/log.h"
#include "server/server.h"
#include "server/service_manager.h"
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

// Whoever started the process knows that it serves, or that it does no more.
void Notify(const std::string& state) {
  const absl::Status sent = NotifyServiceManager(state);
  if (sent.ok()) return;
  LogEvent(LogLevel::kWarning, "service_manager.not_notified",
           {{"error", sent.message()}});
}

// What is in force, wherever it came from. No option is a secret.
void LogOptions(const CommandLine& options) {
  std::vector<LogField> fields;
  for (const auto& [flag, value] : options.effective) {
    fields.emplace_back(flag, value);
  }
  LogEvent(LogLevel::kInfo, "server.options", fields);
}

EngineOptions EngineOptionsOf(const CommandLine& options, Clock* clock) {
  EngineOptions engine_options;
  engine_options.clock = clock;
  engine_options.capture_dir = options.capture_dir;
  engine_options.memory_limit_bytes = options.memory_limit_bytes;
  return engine_options;
}

absl::StatusOr<Config> ReadConfig(const CommandLine& options) {
  return options.config.empty() ? Config::Parse("", "")
                                : Config::ReadFile(options.config);
}

// The engine with everything in it that the configuration declares.
absl::StatusOr<std::unique_ptr<Engine>> MakeEngine(const EngineOptions& options,
                                                   const Config& config) {
  // First without writing, so that a mistake at the end of the file does not
  // cost the captures that its beginning names.
  RETURN_IF_ERROR(config.Check(options));
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Create(options));
  RETURN_IF_ERROR(config.ApplyTo(*engine));
  return engine;
}

void LogConfig(const CommandLine& options, const Config& config) {
  if (options.config.empty()) return;
  const netbufd::config::v1::Config& declared = config.message();
  LogEvent(LogLevel::kInfo, "config.applied",
           {{"file", options.config},
            {"adapters", declared.adapters_size()},
            {"filters", declared.filters_size()},
            {"protocols", declared.protocols_size()},
            {"bindings", declared.bindings_size()},
            {"net_buffer_list_pools", declared.net_buffer_list_pools_size()},
            {"net_buffer_pools", declared.net_buffer_pools_size()}});
}

int ValidateConfig(const CommandLine& options) {
  RealClock clock;
  const absl::StatusOr<Config> config = ReadConfig(options);
  const absl::Status status =
      config.ok() ? config->Check(EngineOptionsOf(options, &clock))
                  : config.status();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  std::printf("ok: %s declares %s\n", options.config.c_str(),
              config->Summary().c_str());
  return 0;
}

int Run(const CommandLine& options) {
  RealClock clock;
  const absl::StatusOr<Config> config = ReadConfig(options);
  if (!config.ok()) return StartFailed(config.status());
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      MakeEngine(EngineOptionsOf(options, &clock), *config);
  if (!engine.ok()) return StartFailed(engine.status());
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(options.server, &clock, *std::move(engine));
  if (!server.ok()) return StartFailed(server.status());

  LogOptions(options);
  LogConfig(options, *config);
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
  Notify(
      absl::StrCat("READY=1\nSTATUS=serving on ", (*server)->grpc_endpoint()));

  const int signal = WaitForEndSignal();
  LogEvent(LogLevel::kInfo, "server.stopping", {{"signal", signal}});
  Notify("STOPPING=1\nSTATUS=draining");
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
  if (options->validate_config) return netbuf::ValidateConfig(*options);
  netbuf::InitLogging(options->log_level, options->log_format);
  try {
    return netbuf::Run(*options);
  } catch (const std::exception& error) {
    netbuf::LogEvent(netbuf::LogLevel::kError, "server.failed",
                     {{"error", error.what()}});
    return 1;
  }
}
