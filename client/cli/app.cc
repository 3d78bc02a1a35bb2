#include "client/cli/app.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
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
      ->check([](const std::string& address) -> std::string {
        return address.empty() ? "is empty; give host:port or unix:/path" : "";
      })
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
  AddTopCommand(tree);
  AddServerCommands(tree);
  AddAboutCommands(tree);
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

// What an option of this type takes, in words.
std::string Wanted(absl::string_view type) {
  if (absl::StartsWith(type, "HANDLE")) {
    return "a handle, such as 0x0000000100000001";
  }
  if (absl::StartsWith(type, "UINT32")) {
    return "a whole number from 0 to 4294967295";
  }
  if (absl::StartsWith(type, "UINT")) return "a whole number, 0 or more";
  if (absl::StartsWith(type, "INT")) return "a whole number";
  if (absl::StartsWith(type, "FLOAT")) return "a number";
  if (absl::StartsWith(type, "BOOLEAN")) return "true or false";
  return absl::AsciiStrToLower(type);
}

// CLI11's message, or a better one.
std::string Explain(const CLI::App& app, const CLI::App& root,
                    const CLI::ParseError& error) {
  // "Could not convert: --mtu = banana"
  absl::string_view rest = error.what();
  const std::vector<std::string> parts =
      absl::ConsumePrefix(&rest, "Could not convert: ")
          ? std::vector<std::string>(
                absl::StrSplit(rest, absl::MaxSplits(" = ", 1)))
          : std::vector<std::string>();
  if (parts.size() != 2) return error.what();
  for (const CLI::App* owner : {&app, &root}) {
    // Also among the options that are in a group.
    for (const CLI::Option* option : owner->get_options()) {
      if (option->get_name() == parts[0]) {
        return absl::StrCat(parts[0], " is ", parts[1], "; give ",
                            Wanted(option->get_type_name()));
      }
    }
  }
  return absl::StrCat(parts[0], " cannot be ", parts[1]);
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
    text =
        absl::StrCat("error: ", path, ": ", Explain(*app, *root, error), "\n");
  }
  absl::StrAppend(&text, "  see: ", path, " --help\n");
  return text;
}

std::string Colored(const std::string& text) {
  // "error:" in bold red.
  if (!absl::StartsWith(text, "error:")) return text;
  return absl::StrCat("\x1b[1;31merror:\x1b[0m", text.substr(6));
}

// What the server calls something, and what this program calls it.
constexpr std::pair<absl::string_view, absl::string_view> kOwnWords[] = {
    {"ListOids", "netbufctl oid list"},
    {"NetEventRestart", "netbufctl binding restart"},
    {"NetEventPause", "netbufctl binding pause"},
    {"ProtocolBindAdapterEx", "netbufctl binding open"},
    {"ProtocolUnbindAdapterEx", "netbufctl binding close"},
};

// Why there is no connection, of the many words gRPC has for it; empty when
// they tell nothing that a person could use.
absl::string_view NoConnectionBecause(absl::string_view message) {
  constexpr std::pair<absl::string_view, absl::string_view> kCauses[] = {
      {"Connection refused", ": connection refused"},
      {"DNS resolution failed", ": its name does not resolve"},
      {"No such file or directory", ": there is no such socket"},
      {"Permission denied", ": permission denied"},
      {"No route to host", ": no route to host"},
      {"Network is unreachable", ": the network is unreachable"},
      {"Timeout occurred", ": it does not answer"},
      {"Connection reset", ": the connection was lost"},
      {"Socket closed", ": the connection was lost"},
  };
  for (const auto& [words, cause] : kCauses) {
    if (absl::StrContains(message, words)) return cause;
  }
  return "";
}

// The same, in words of this program.
std::string RenderForCli(const absl::Status& status,
                         const GlobalOptions& options) {
  // What netbufd itself says has a reason.
  if (IsCallError(status) && absl::IsUnavailable(status) &&
      GetErrorDetails(status).reason().empty()) {
    return absl::StrCat("error: cannot reach netbufd at ", options.address,
                        NoConnectionBecause(status.message()),
                        "; check that it runs there, or give another "
                        "--address (or NETBUFCTL_ADDRESS)\n");
  }
  std::string text =
      absl::StrReplaceAll(RenderError(status), absl::MakeConstSpan(kOwnWords));
  if (IsCallError(status) && absl::IsDeadlineExceeded(status)) {
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
  } else if (!environment.out.flush()) {
    environment.err << paint("error: cannot write to standard output\n");
    return kExitFailure;
  }
  return ExitCode(status);
}

}  // namespace netbuf::client
