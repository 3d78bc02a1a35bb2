// Log lines: one event a line on stderr, for people and programs.
//
//   2026-01-02T03:04:05.678Z info server.started grpc=127.0.0.1:50051
//
// Event names and keys are stable, as an API is. Nothing is logged for a frame
// or a call.
//
// Thread safety: LogEvent may be called from any thread once InitLogging has
// returned; before that it does nothing.

#ifndef NETBUFD_SERVER_LOG_H_
#define NETBUFD_SERVER_LOG_H_

#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace netbuf {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  LogField(absl::string_view key, const absl::AlphaNum& value)
      : key(key), value(value.Piece()) {}

  std::string key;
  std::string value;
};

// "info"; false for a word that is no level.
bool ParseLogLevel(absl::string_view word, LogLevel* level);

// Writes events from `least` up to stderr, and takes over what gRPC and
// protobuf have to say: their errors as warnings, the rest as debug. Once,
// before other threads start.
void InitLogging(LogLevel least);

void LogEvent(LogLevel level, absl::string_view event,
              std::initializer_list<LogField> fields);

// "server.started grpc=127.0.0.1:50051 note=\"two words\"". Values that hold a
// space, a quote, '=' or something that does not print are quoted and escaped.
std::string FormatEvent(absl::string_view event,
                        std::initializer_list<LogField> fields);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_LOG_H_
