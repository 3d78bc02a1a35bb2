// netbufctl completion and netbufctl man: the program about itself.

#include <memory>
#include <string>

#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/cli/command_reference.h"
#include "client/cli/completion.h"
#include "client/cli/man_page.h"

namespace netbuf::client {
namespace {

using Writer = std::string (*)(const CommandReference&);

}  // namespace

void AddAboutCommands(CommandTree& tree) {
  auto writer = std::make_shared<Writer>(nullptr);
  const CLI::App& root = tree.root();
  CLI::App* completion = tree.AddCommand(
      nullptr, "completion", "Print the completions of a shell.",
      [writer, &root](CommandContext& context) {
        context.out() << (*writer)(DescribeCommands(root)) << std::flush;
        return absl::OkStatus();
      });
  AddChoice<Writer>(
      completion, "shell",
      {{"bash", BashCompletion},
       {"zsh", ZshCompletion},
       {"fish", FishCompletion}},
      [writer](Writer chosen) { *writer = chosen; }, "bash, zsh or fish")
      ->required();
  completion->footer("Example: source <(netbufctl completion bash)");

  tree.AddCommand(
      nullptr, "man", "Print the manual page: netbufctl man | man -l -",
      [&root](CommandContext& context) {
        context.out() << ManPage(DescribeCommands(root)) << std::flush;
        return absl::OkStatus();
      });
}

}  // namespace netbuf::client
