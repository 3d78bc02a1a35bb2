#include "client/cli/command_reference.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace netbuf::client {
namespace {

// CLI11's type is "TEXT:{automatic,manual}", "INT:INT in [1 - 65536]",
// "UINT32".
void ReadType(absl::string_view type, OptionReference* option) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(type, absl::MaxSplits(':', 1));
  option->value = std::string(parts.first);
  absl::string_view choices = parts.second;
  if (choices.size() > 2 && choices.front() == '{' && choices.back() == '}') {
    choices = choices.substr(1, choices.size() - 2);
    option->choices = absl::StrSplit(choices, ',');
  }
}

OptionReference Describe(const CLI::Option& option) {
  OptionReference reference;
  reference.description = option.get_description();
  reference.required = option.get_required();
  for (const std::string& name : option.get_snames()) {
    reference.names.push_back(absl::StrCat("-", name));
  }
  for (const std::string& name : option.get_lnames()) {
    reference.names.push_back(absl::StrCat("--", name));
  }
  const bool is_switch = option.get_expected_max() == 0;
  if (!is_switch) ReadType(option.get_type_name(), &reference);
  return reference;
}

void AddOptions(const CLI::App& app, CommandReference* command) {
  for (const CLI::Option* option : app.get_options()) {
    OptionReference reference = Describe(*option);
    if (reference.names.empty()) {
      reference.names = {option->get_name()};
      command->arguments.push_back(std::move(reference));
    } else {
      command->options.push_back(std::move(reference));
    }
  }
}

CommandReference Describe(const CLI::App& app, std::vector<std::string> path) {
  CommandReference command;
  command.description = app.get_description();
  command.footer = app.get_footer();
  AddOptions(app, &command);
  for (const CLI::App* part :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    if (part->get_name().empty()) {  // A group of options.
      AddOptions(*part, &command);
      continue;
    }
    std::vector<std::string> part_path = path;
    part_path.push_back(part->get_name());
    command.commands.push_back(Describe(*part, std::move(part_path)));
  }
  command.path = std::move(path);
  return command;
}

}  // namespace

CommandReference DescribeCommands(const CLI::App& root) {
  return Describe(root, {});
}

}  // namespace netbuf::client
