#include "client/cli/command.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/lib/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace netbuf::client {
namespace {

// Fields are always there, so that a program need not know which are zero.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                   bool indent) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indent;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("cannot print as JSON: ", status.ToString()));
  }
  return json;
}

}  // namespace

CommandContext::CommandContext(const GlobalOptions& options,
                               const CliEnvironment& environment)
    : options_(options), environment_(environment) {}

const Client& CommandContext::client() {
  if (!client_) client_ = environment_.connect(options_);
  return *client_;
}

ProgressStyle CommandContext::progress() const {
  return options_.quiet ? ProgressStyle::kNone : environment_.progress;
}

ScreenSize CommandContext::screen_size() const {
  return environment_.screen_size ? environment_.screen_size() : ScreenSize();
}

void CommandContext::Note(absl::string_view text) const {
  if (!options_.quiet) err() << text << std::endl;
}

absl::Status CommandContext::Print(const google::protobuf::Message& message,
                                   absl::string_view text) const {
  if (!json()) {
    out() << text << std::flush;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string document, ToJson(message, true));
  out() << document << std::flush;  // Ends in a newline already.
  return absl::OkStatus();
}

absl::Status CommandContext::PrintItems(
    absl::string_view key,
    const std::vector<const google::protobuf::Message*>& items,
    absl::string_view text) const {
  if (!json()) {
    out() << text << std::flush;
    return absl::OkStatus();
  }
  std::vector<std::string> lines;
  for (const google::protobuf::Message* item : items) {
    ASSIGN_OR_RETURN(std::string line, ToJson(*item, false));
    lines.push_back(std::move(line));
  }
  out() << "{\"" << key << "\": [" << (lines.empty() ? "" : "\n")
        << absl::StrJoin(lines, ",\n") << (lines.empty() ? "" : "\n") << "]}"
        << std::endl;
  return absl::OkStatus();
}

absl::Status CommandContext::PrintNothing() const {
  if (json()) out() << "{}" << std::endl;
  return absl::OkStatus();
}

absl::Status CommandContext::PrintStreamed(
    const google::protobuf::Message& message, absl::string_view text) const {
  if (!json()) {
    out() << text << std::flush;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string line, ToJson(message, false));
  out() << line << std::endl;
  return absl::OkStatus();
}

CLI::App* CommandTree::AddNoun(const std::string& name,
                               const std::string& description) {
  CLI::App* noun = root_.add_subcommand(name, description);
  noun->require_subcommand(1);
  return noun;
}

CLI::App* CommandTree::AddCommand(CLI::App* noun, const std::string& name,
                                  const std::string& description,
                                  Action action) {
  CLI::App* command =
      (noun != nullptr ? noun : &root_)->add_subcommand(name, description);
  command->callback([this, action = std::move(action)] { selected_ = action; });
  return command;
}

}  // namespace netbuf::client
