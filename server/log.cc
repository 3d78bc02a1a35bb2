#include "server/log.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace netbuf {
namespace {

constexpr char kLoggerName[] = "netbufd";

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// The logger that InitLogging made; null before.
std::shared_ptr<spdlog::logger>& Logger() {
  static auto& logger = *new std::shared_ptr<spdlog::logger>();
  return logger;
}

bool NeedsQuotes(absl::string_view value) {
  return value.empty() ||
         !std::all_of(value.begin(), value.end(), [](unsigned char c) {
           return absl::ascii_isgraph(c) && c != '"' && c != '=' && c != '\\';
         });
}

void LogFromGrpc(gpr_log_func_args* args) {
  LogEvent(args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning
                                                    : LogLevel::kDebug,
           "grpc.message",
           {{"at", absl::StrCat(args->file, ":", args->line)},
            {"text", args->message}});
}

void LogFromProtobuf(google::protobuf::LogLevel level, const char* file,
                     int line, const std::string& message) {
  LogEvent(level >= google::protobuf::LOGLEVEL_ERROR ? LogLevel::kWarning
                                                     : LogLevel::kDebug,
           "protobuf.message",
           {{"at", absl::StrCat(file, ":", line)}, {"text", message}});
}

}  // namespace

bool ParseLogLevel(absl::string_view word, LogLevel* level) {
  if (word == "debug") {
    *level = LogLevel::kDebug;
  } else if (word == "info") {
    *level = LogLevel::kInfo;
  } else if (word == "warning") {
    *level = LogLevel::kWarning;
  } else if (word == "error") {
    *level = LogLevel::kError;
  } else {
    return false;
  }
  return true;
}

void InitLogging(LogLevel least) {
  auto logger = std::make_shared<spdlog::logger>(
      kLoggerName, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(ToSpdlog(least));
  // Events are few; one that is written is one that can be read after a crash.
  logger->flush_on(spdlog::level::trace);
  Logger() = std::move(logger);
  gpr_set_log_function(LogFromGrpc);
  gpr_set_log_verbosity(least == LogLevel::kDebug ? GPR_LOG_SEVERITY_INFO
                                                  : GPR_LOG_SEVERITY_ERROR);
  google::protobuf::SetLogHandler(LogFromProtobuf);
}

void LogEvent(LogLevel level, absl::string_view event,
              std::initializer_list<LogField> fields) {
  const std::shared_ptr<spdlog::logger>& logger = Logger();
  if (logger == nullptr || !logger->should_log(ToSpdlog(level))) return;
  logger->log(ToSpdlog(level), FormatEvent(event, fields));
}

std::string FormatEvent(absl::string_view event,
                        std::initializer_list<LogField> fields) {
  std::string line(event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=");
    if (NeedsQuotes(field.value)) {
      absl::StrAppend(&line, "\"", absl::Utf8SafeCEscape(field.value), "\"");
    } else {
      absl::StrAppend(&line, field.value);
    }
  }
  return line;
}

}  // namespace netbuf
