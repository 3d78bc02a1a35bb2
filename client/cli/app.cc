#include "client/cli/app.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/suggest.h"
#include "client/cli/version.h"
#include "client/lib/error.h"

namespace netbuf::client {
namespace {

constexpr char kFooter[] =
    R"(Examples:
  netbufctl adapter create a1 --transmit-file out.pcap
  netbufctl replay in.pcap --adapter a1
  netbufctl filter attach a1 tunnel --vxlan 42
  netbufctl adapter get a1 --json

Exit status:
  0       done
  1       failed in this program: an unreadable file, frames that did not return
  2       the command line is wrong
  64 + N  the call ended with gRPC code N: 67 INVALID_ARGUMENT,
          68 DEADLINE_EXCEEDED, 69 NOT_FOUND, 70 ALREADY_EXISTS,
          71 PERMISSION_DENIED, 72 RESOURCE_EXHAUSTED, 73 FAILED_PRECONDITION,
          78 UNAVAILABLE, 80 UNAUTHENTICATED

Data goes to standard output, messages to standard error.)";

void AddGlobalOptions(CLI::App& root, GlobalOptions* options) {
  root.add_option("--address", options->address,
                  "The server: host:port or unix:/path")
      ->envname("NETBUFCTL_ADDRESS")
      ->capture_default_str();
  AddDuration(
      &root, "--timeout",
      [options](absl::Duration timeout) { options->timeout = timeout; },
      "Of one call; 10s unless given");
  root.add_flag("--json", options->json, "Print JSON instead of tables");
  root.add_flag("-q,--quiet", options->quiet,
                "No messages but errors, no progress");
  root.add_flag("--no-color", options->no_color,
                "No colours; as does NO_COLOR in the environment");
  root.set_version_flag("--version", VersionText());
}

void AddCommands(CommandTree& tree) {
  AddAdapterCommands(tree);
  AddFilterCommands(tree);
  AddProtocolCommands(tree);
  AddBindingCommands(tree);
  AddNblPoolCommands(tree);
  AddNbPoolCommands(tree);
  AddNblCommands(tree);
  AddNbCommands(tree);
  AddOidCommands(tree);
  AddReceiveCommand(tree);
  AddReplayCommand(tree);
  AddServerCommands(tree);
}

// Whether it is a noun or a verb, and not a group of options.
bool IsCommand(const CLI::App* app) { return !app->get_name().empty(); }

// The innermost command that was recognised.
CLI::App* Innermost(CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

std::string CommandPath(const CLI::App* app, CLI::App* root) {
  std::vector<std::string> names;
  for (CLI::App* at = root;;) {
    names.push_back(at->get_name());
    if (at == app) break;
    at = at->get_subcommands().front();
  }
  return absl::StrJoin(names, " ");
}

// What could have stood in the place of a word that is not known.
std::vector<std::string> Candidates(CLI::App* app, CLI::App* root,
                                    absl::string_view word) {
  std::vector<std::string> candidates;
  if (absl::StartsWith(word, "-")) {
    for (CLI::App* owner : {app, root}) {
      for (const CLI::Option* option : owner->get_options()) {
        for (const std::string& name : option->get_lnames()) {
          candidates.push_back(absl::StrCat("--", name));
        }
      }
    }
  } else {
    for (const CLI::App* command : app->get_subcommands(IsCommand)) {
      candidates.push_back(command->get_name());
    }
  }
  return candidates;
}

std::string HelpText(CLI::App* root) {
  CLI::App* app = Innermost(root);
  if (app == root) return root->help();
  return absl::StrCat(app->help(CommandPath(app->get_parent(), root)),
                      "\nOptions of every command: netbufctl --help\n");
}

// What is wrong with the command line, and where to look.
std::string UsageError(CLI::App* root, const CLI::ParseError& error) {
  CLI::App* app = Innermost(root);
  const std::string path = CommandPath(app, root);
  const bool wants_command = !app->get_subcommands(IsCommand).empty();
  const std::vector<std::string> extras = root->remaining(true);
  std::string text;
  if (!extras.empty() &&
      (wants_command || absl::StartsWith(extras.front(), "-"))) {
    const std::string& word = extras.front();
    const bool option = absl::StartsWith(word, "-");
    text = absl::StrCat("error: ", path, " has no ",
                        option ? "option " : "command ", word, "\n");
    const std::vector<std::string> near =
        Suggest(word, Candidates(app, root, word));
    if (!near.empty()) {
      absl::StrAppend(&text, "  did you mean ", absl::StrJoin(near, " or "),
                      "?\n");
    }
  } else if (wants_command) {
    text = absl::StrCat("error: ", path, " needs a command\n");
  } else {
    text = absl::StrCat("error: ", path, ": ", error.what(), "\n");
  }
  absl::StrAppend(&text, "  see: ", path, " --help\n");
  return text;
}

std::string Colored(const std::string& text) {
  // "error:" in bold red.
  if (!absl::StartsWith(text, "error:")) return text;
  return absl::StrCat("\x1b[1;31merror:\x1b[0m", text.substr(6));
}

// The same, with advice that speaks of this program's options.
std::string RenderForCli(const absl::Status& status,
                         const GlobalOptions& options) {
  std::string text = RenderError(status);
  if (IsCallError(status) && absl::IsUnavailable(status)) {
    absl::StrAppend(&text, "       (it is now ", options.address,
                    "; set it with --address or NETBUFCTL_ADDRESS)\n");
  } else if (IsCallError(status) && absl::IsDeadlineExceeded(status)) {
    absl::StrAppend(&text, "       (it is now ",
                    absl::FormatDuration(options.timeout),
                    "; set it with --timeout)\n");
  }
  return text;
}

}  // namespace

int RunNetbufctl(const std::vector<std::string>& arguments,
                 const CliEnvironment& environment) {
  GlobalOptions options;
  CLI::App root("Drives netbufd: adapters, protocols, pools, buffers, frames.",
                "netbufctl");
  root.require_subcommand(1);
  // Global options may stand behind a command as well.
  root.fallthrough();
  AddGlobalOptions(root, &options);
  CommandTree tree(root);
  AddCommands(tree);
  root.footer(kFooter);  // Now, or every command would inherit it.

  if (arguments.empty()) {
    environment.err << root.help();
    return kExitUsage;
  }
  const auto paint = [&](const std::string& text) {
    return environment.color && !options.no_color ? Colored(text) : text;
  };
  try {
    // CLI11 takes them from the back.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    environment.out << HelpText(&root);
    return kExitOk;
  } catch (const CLI::CallForVersion& version) {
    environment.out << version.what() << "\n";
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    environment.err << paint(UsageError(&root, error));
    return kExitUsage;
  }
  CommandContext context(options, environment);
  const absl::Status status = tree.selected()(context);
  if (!status.ok()) {
    environment.err << paint(RenderForCli(status, options));
  }
  return ExitCode(status);
}

}  // namespace netbuf::client
