#include "server/command_line.h"

#include <iostream>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/version.h"

namespace netbuf {
namespace {

constexpr int kUsageError = 2;

std::string VersionText() {
  return absl::StrCat("netbufd ", kVersion, " (revision ", BuildRevision(),
                      ", ", BuildCompiler(), ")");
}

// For CLI11: an empty answer is a valid value.

std::string CheckLogLevel(const std::string& word) {
  LogLevel level;
  return ParseLogLevel(word, &level)
             ? ""
             : "is not one of debug, info, warning, error";
}

// "10s", "1m30s", or a number of seconds.
std::optional<absl::Duration> ReadDuration(const std::string& text) {
  absl::Duration duration;
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    return std::nullopt;
  }
  const bool sensible =
      duration >= absl::ZeroDuration() && duration <= absl::Hours(1);
  return sensible ? std::optional(duration) : std::nullopt;
}

std::string CheckDuration(const std::string& text) {
  return ReadDuration(text).has_value()
             ? ""
             : "is not a duration from 0s to 1h, such as 10s";
}

// "512MiB", "2g", or a number of bytes.
std::optional<uint64_t> ReadSize(std::string text) {
  // CLI11 would take -1 for the largest number there is.
  if (text.empty() || !absl::ascii_isdigit(text[0])) return std::nullopt;
  if (!CLI::AsSizeValue(false)(text).empty()) return std::nullopt;
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(text, &bytes)) return std::nullopt;
  return bytes;
}

std::string CheckSize(const std::string& text) {
  return ReadSize(text).has_value()
             ? ""
             : "is not a number of bytes, such as 512MiB";
}

// Less than 64 KiB would refuse nearly every batch; 0 would refuse all.
std::string CheckBytesInFlight(const std::string& text) {
  const std::optional<uint64_t> bytes = ReadSize(text);
  return bytes.has_value() && *bytes >= 64 * 1024
             ? ""
             : "is not a number of bytes from 64KiB on, such as 512MiB";
}

}  // namespace

std::optional<CommandLine> ParseCommandLine(int argc, const char* const* argv,
                                            int* exit_code) {
  CommandLine out;
  std::string log_level = "info";
  std::string drain_timeout = absl::FormatDuration(out.drain_timeout);
  std::string memory_limit = "0";
  std::string max_bytes_in_flight = "256MiB";

  CLI::App app("netbufd: NDIS protocol-driver send buffers as a gRPC service");
  app.set_version_flag("--version", VersionText());
  app.add_option("--address", out.server.address,
                 "IP address that both ports listen on")
      ->check(CLI::ValidIPV4 | CLI::Validator(CheckIpv6Address, "IPv6"))
      ->capture_default_str();
  app.add_option("--port", out.server.port, "gRPC port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--metrics_port", out.server.metrics_port,
                 "Prometheus port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--capture_dir", out.capture_dir,
                 "directory of capture files; without it there are none")
      ->check(CLI::ExistingDirectory);
  app.add_option("--memory_limit", memory_limit,
                 "bytes all pools may take together, such as 512MiB; 0: no "
                 "limit")
      ->check(CheckSize)
      ->capture_default_str();
  app.add_option("--max_bytes_in_flight", max_bytes_in_flight,
                 "bytes that sends in flight may take together, 16 KiB of them "
                 "a call; more answer RESOURCE_EXHAUSTED")
      ->check(CheckBytesInFlight)
      ->capture_default_str();
  app.add_option("--log_level", log_level, "debug, info, warning or error")
      ->check(CheckLogLevel)
      ->capture_default_str();
  app.add_option("--drain_timeout", drain_timeout,
                 "how long calls in flight may take to end at shutdown")
      ->check(CheckDuration)
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error, std::cout, std::cerr) == 0 ? 0 : kUsageError;
    return std::nullopt;
  }
  const uint64_t memory_limit_bytes = *ReadSize(memory_limit);
  if (memory_limit_bytes != 0) out.memory_limit_bytes = memory_limit_bytes;
  out.server.max_bytes_in_flight = *ReadSize(max_bytes_in_flight);
  ParseLogLevel(log_level, &out.log_level);
  out.drain_timeout = *ReadDuration(drain_timeout);
  return out;
}

}  // namespace netbuf
