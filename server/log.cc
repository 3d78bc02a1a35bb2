#include "server/log.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace netbuf {
namespace {

constexpr char kLoggerName[] = "netbufd";

constexpr char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr char kJsonPattern[] =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

// Set by InitLogging, before other threads are there.
LogFormat output_format = LogFormat::kText;

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

// Bytes of the UTF-8 sequence that `text` begins with; 0 when it is none.
size_t Utf8Length(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return text.size() >= length &&
                 google::protobuf::internal::IsStructurallyValidUTF8(
                     text.data(), static_cast<int>(length))
             ? length
             : 0;
}

void AppendJsonString(absl::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      absl::StrAppend(out, "\\ufffd");
    } else if (c < 0x20 || c == 0x7F) {
      absl::StrAppend(out, "\\u", absl::Hex(c, absl::kZeroPad4));
    } else {
      if (c == '"' || c == '\\') out->push_back('\\');
      absl::StrAppend(out, text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  out->push_back('"');
}

// As in a C string; an apostrophe needs no help between quotes.
std::string EscapeInQuotes(absl::string_view text) {
  return absl::StrReplaceAll(absl::Utf8SafeCEscape(text),
                             {{"\\\\", "\\\\"}, {"\\'", "'"}});
}

void Write(LogLevel level, absl::string_view event,
           absl::Span<const LogField> fields) {
  const std::shared_ptr<spdlog::logger>& logger = Logger();
  if (logger == nullptr || !logger->should_log(ToSpdlog(level))) return;
  logger->log(ToSpdlog(level), output_format == LogFormat::kJson
                                   ? FormatJsonEvent(event, fields)
                                   : FormatEvent(event, fields));
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

void InitLogging(LogLevel least, LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>(
      kLoggerName, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  output_format = format;
  logger->set_pattern(format == LogFormat::kJson ? kJsonPattern : kTextPattern,
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
  Write(level, event, fields);
}

void LogEvent(LogLevel level, absl::string_view event,
              const std::vector<LogField>& fields) {
  Write(level, event, fields);
}

std::string FormatEvent(absl::string_view event,
                        absl::Span<const LogField> fields) {
  std::string line(event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=");
    if (NeedsQuotes(field.value)) {
      absl::StrAppend(&line, "\"", EscapeInQuotes(field.value), "\"");
    } else {
      absl::StrAppend(&line, field.value);
    }
  }
  return line;
}

std::string FormatJsonEvent(absl::string_view event,
                            absl::Span<const LogField> fields) {
  std::string line = "\"event\":";
  AppendJsonString(event, &line);
  for (const LogField& field : fields) {
    line.push_back(',');
    AppendJsonString(field.key, &line);
    line.push_back(':');
    if (field.number) {
      absl::StrAppend(&line, field.value);
    } else {
      AppendJsonString(field.value, &line);
    }
  }
  return line;
}

}  // namespace netbuf
