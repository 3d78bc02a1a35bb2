// Log lines: one event a line on stderr, for people and programs.
//
//   2026-01-02T03:04:05.678Z info server.started grpc=127.0.0.1:50051
//
// or, for programs alone, one JSON object a line:
//
//   {"time":"2026-01-02T03:04:05.678Z","level":"info",
//    "event":"server.started","grpc":"127.0.0.1:50051"}
//
// Event names and keys are stable, as an API is (docs/operations.md lists
// them). Nothing is logged for a frame or a call.
//
// Thread safety: LogEvent may be called from any thread once InitLogging has
// returned; before that it does nothing.

#ifndef NETBUFD_SERVER_LOG_H_
#define NETBUFD_SERVER_LOG_H_

#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogField {
  LogField(absl::string_view key, const absl::AlphaNum& value)
      : key(key), value(value.Piece()) {}
  // JSON has numbers of its own.
  template <typename Number,
            typename = std::enable_if_t<std::is_integral_v<Number>>>
  LogField(absl::string_view key, Number value)
      : key(key), value(absl::StrCat(value)), number(true) {}

  std::string key;
  std::string value;
  bool number = false;
};

// "info"; false for a word that is no level.
bool ParseLogLevel(absl::string_view word, LogLevel* level);

// Writes events from `least` up to stderr, and takes over what gRPC and
// protobuf have to say: their errors as warnings, the rest as debug. Once,
// before other threads start.
void InitLogging(LogLevel least, LogFormat format);

void LogEvent(LogLevel level, absl::string_view event,
              std::initializer_list<LogField> fields);
void LogEvent(LogLevel level, absl::string_view event,
              const std::vector<LogField>& fields);

// "server.started grpc=127.0.0.1:50051 note=\"two words\"". Values that hold a
// space, a quote, '=' or something that does not print are quoted and escaped.
std::string FormatEvent(absl::string_view event,
                        absl::Span<const LogField> fields);

// "\"event\":\"server.started\",\"port\":50051": what follows the time and the
// level. Bytes that are not UTF-8 become U+FFFD.
std::string FormatJsonEvent(absl::string_view event,
                            absl::Span<const LogField> fields);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_LOG_H_
