#include "server/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
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

// "log_level" -> "NETBUFD_LOG_LEVEL"
std::string EnvironmentName(absl::string_view flag) {
  return absl::StrCat("NETBUFD_", absl::AsciiStrToUpper(flag));
}

// What the environment says of a flag; empty when it says nothing.
std::string InEnvironment(absl::string_view flag) {
  const char* value = std::getenv(EnvironmentName(flag).c_str());
  return value == nullptr ? "" : value;
}

// The flags file, which may set the flags of `names`. CLI11 reads it before the
// environment and lets what it read first win; so what the environment says is
// left out.
class FlagsFile : public CLI::ConfigTOML {
 public:
  explicit FlagsFile(std::vector<std::string> names)
      : names_(std::move(names)) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> items = CLI::ConfigTOML::from_config(input);
    for (const CLI::ConfigItem& item : items) {
      const std::string& key =
          item.parents.empty() ? item.name : item.parents[0];
      if (!item.parents.empty() ||
          std::find(names_.begin(), names_.end(), key) == names_.end()) {
        throw CLI::ConfigError(absl::StrCat("the flags file sets '", key,
                                            "', which is none of its flags"));
      }
    }
    items.erase(std::remove_if(items.begin(), items.end(),
                               [](const CLI::ConfigItem& item) {
                                 return !InEnvironment(item.fullname()).empty();
                               }),
                items.end());
    return items;
  }

 private:
  const std::vector<std::string> names_;
};

constexpr char kFooter[] =
    R"(Every flag has an environment variable, NETBUFD_ and its name in capitals
(NETBUFD_LOG_LEVEL=debug), and a key in the flags file (log_level = "debug").
A flag wins over the environment, the environment over the file.

Exit status:
  0        ended in order; with --validate_config: the configuration is right
  1        could not start, or could not write a capture out; with
           --validate_config: the configuration is wrong
  2        the command line, the environment or the flags file is wrong
  128 + N  a second signal N cut the end short)";

// What the options of CommandLine are before they are read.
struct Texts {
  std::string log_level = "info";
  std::string log_format = "text";
  std::string drain_timeout = "10s";
  std::string memory_limit = "0";
  std::string max_bytes_in_flight = "256MiB";
};

void AddServing(CLI::App& app, CommandLine* out, Texts* texts) {
  app.add_option("--address", out->server.address,
                 "IP address of the gRPC port")
      ->check(CLI::ValidIPV4 | CLI::Validator(CheckIpv6Address, "IPv6"))
      ->capture_default_str();
  app.add_option("--port", out->server.port, "gRPC port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--metrics_address", out->server.metrics_address,
                 "IPv4 address of the Prometheus port; without it --address, "
                 "if that is one")
      ->check(CLI::ValidIPV4);
  app.add_option("--metrics_port", out->server.metrics_port,
                 "Prometheus port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--max_bytes_in_flight", texts->max_bytes_in_flight,
                 "bytes that sends in flight may take together, 16 KiB of them "
                 "a call; more answer RESOURCE_EXHAUSTED")
      ->check(CheckBytesInFlight)
      ->capture_default_str();
  app.add_flag("--channelz", out->server.channelz,
               "serve channelz: connections and their calls");
}

void AddEngine(CLI::App& app, CommandLine* out, Texts* texts) {
  app.add_option("--capture_dir", out->capture_dir,
                 "directory of capture files; without it there are none")
      ->check(CLI::ExistingDirectory);
  app.add_option("--memory_limit", texts->memory_limit,
                 "bytes all pools may take together, such as 512MiB; 0: no "
                 "limit")
      ->check(CheckSize)
      ->capture_default_str();
  CLI::Option* config =
      app.add_option("--config", out->config,
                     "textproto of the adapters, filters, protocols, bindings "
                     "and pools to have from the start");
  app.add_flag("--validate_config", out->validate_config,
               "check --config, say what is wrong with line and column, end")
      ->needs(config);
}

void AddRunning(CLI::App& app, Texts* texts) {
  app.add_option("--log_level", texts->log_level,
                 "debug, info, warning or error")
      ->check(CheckLogLevel)
      ->capture_default_str();
  app.add_option("--log_format", texts->log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--drain_timeout", texts->drain_timeout,
                 "how long calls in flight may take to end at shutdown")
      ->check(CheckDuration)
      ->capture_default_str();
  // CLI11 would look for this one in the environment too late.
  const std::string flags_file = InEnvironment("flags_file");
  app.set_config("--flags_file", flags_file,
                 "file of flags, a line each: port = 50051",
                 /*config_required=*/!flags_file.empty());
}

// The options, without those that only ask something.
std::vector<CLI::Option*> Flags(CLI::App& app) {
  return app.get_options([&app](const CLI::Option* option) {
    return !option->get_lnames().empty() && option != app.get_help_ptr() &&
           option != app.get_version_ptr();
  });
}

std::string EffectiveValue(const CLI::Option& option) {
  if (option.count() > 0) return absl::StrJoin(option.reduced_results(), " ");
  const bool is_switch = option.get_expected_min() == 0;
  return is_switch ? "false" : option.get_default_str();
}

bool OnCommandLine(const std::vector<std::string>& arguments,
                   const std::string& flag) {
  return std::any_of(
      arguments.begin(), arguments.end(), [&flag](const std::string& argument) {
        return argument == flag || absl::StartsWith(argument, flag + "=");
      });
}

// What CLI11 has to say, and where the value stands that it names when that is
// not the command line.
std::string Explanation(const std::vector<std::string>& arguments,
                        const std::vector<CLI::Option*>& flags,
                        const CLI::Error& error) {
  std::string text = error.what();
  for (const CLI::Option* option : flags) {
    const std::string& name = option->get_lnames().front();
    const std::string flag = "--" + name;
    const bool named = absl::StartsWith(text, flag + ":") ||
                       absl::EndsWith(text, " " + flag) ||
                       absl::StrContains(text, " " + flag + " = ");
    if (!named || OnCommandLine(arguments, flag)) continue;
    absl::StrAppend(
        &text, "; it stands in ",
        InEnvironment(name).empty() ? "the flags file" : EnvironmentName(name));
  }
  return absl::StrCat(text, "\nRun with --help for more information.\n");
}

// Lets the environment and a file set the flags as well.
void AddSources(CLI::App& app, std::vector<std::string> arguments) {
  const std::vector<CLI::Option*> flags = Flags(app);
  std::vector<std::string> names;
  for (CLI::Option* flag : flags) {
    const std::string& name = flag->get_lnames().front();
    flag->envname(EnvironmentName(name));
    if (flag->get_configurable()) names.push_back(name);
  }
  app.config_formatter(std::make_shared<FlagsFile>(std::move(names)));
  app.failure_message([flags, arguments = std::move(arguments)](
                          const CLI::App*, const CLI::Error& error) {
    return Explanation(arguments, flags, error);
  });
}

}  // namespace

std::optional<CommandLine> ParseCommandLine(int argc, const char* const* argv,
                                            int* exit_code) {
  CommandLine out;
  Texts texts;
  CLI::App app("netbufd: NDIS protocol-driver send buffers as a gRPC service");
  app.footer(kFooter);
  app.set_version_flag("--version", VersionText());
  AddServing(app, &out, &texts);
  AddEngine(app, &out, &texts);
  AddRunning(app, &texts);
  AddSources(app, {argv, argv + argc});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error, std::cout, std::cerr) == 0 ? 0 : kUsageError;
    return std::nullopt;
  }
  const uint64_t memory_limit_bytes = *ReadSize(texts.memory_limit);
  if (memory_limit_bytes != 0) out.memory_limit_bytes = memory_limit_bytes;
  out.server.max_bytes_in_flight = *ReadSize(texts.max_bytes_in_flight);
  ParseLogLevel(texts.log_level, &out.log_level);
  if (texts.log_format == "json") out.log_format = LogFormat::kJson;
  out.drain_timeout = *ReadDuration(texts.drain_timeout);
  for (const CLI::Option* flag : Flags(app)) {
    out.effective.emplace_back(flag->get_lnames().front(),
                               EffectiveValue(*flag));
  }
  return out;
}

}  // namespace netbuf
