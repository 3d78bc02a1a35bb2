// What every netbufctl command is made of: its place in the command tree, and
// the context it runs in.
//
// Example:
//   auto request = std::make_shared<v1::GetAdapterRequest>();
//   CLI::App* get = tree.AddCommand(adapter, "get", "Show an adapter.",
//                                   [request](CommandContext& context) {...});
//   get->add_option("name", *request->mutable_name())->required();

#ifndef NETBUFD_CLIENT_CLI_COMMAND_H_
#define NETBUFD_CLIENT_CLI_COMMAND_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/interrupt.h"
#include "client/lib/client.h"
#include "client/text/progress.h"
#include "google/protobuf/message.h"

namespace netbuf::client {

// The options that every command takes.
struct GlobalOptions {
  std::string address = "127.0.0.1:50051";
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  absl::Duration timeout = absl::Seconds(10);
};

// Of a terminal, in characters. No lines: there is none.
struct ScreenSize {
  size_t rows = 0;
  size_t columns = 0;
};

// The world outside; tests bring their own.
struct CliEnvironment {
  std::ostream& out;  // Data.
  std::ostream& err;  // Messages.
  std::function<Client(const GlobalOptions&)> connect;
  Interrupt& interrupt;
  ProgressStyle progress = ProgressStyle::kNone;
  bool color = false;  // Whether `err` may be coloured.
  // Of the terminal that `out` is, now; unset where it is none.
  std::function<ScreenSize()> screen_size = nullptr;
};

class CommandContext {
 public:
  CommandContext(const GlobalOptions& options,
                 const CliEnvironment& environment);

  // Connects at first use.
  const Client& client();

  const GlobalOptions& options() const { return options_; }
  bool json() const { return options_.json; }
  std::ostream& out() const { return environment_.out; }
  std::ostream& err() const { return environment_.err; }
  Interrupt& interrupt() const { return environment_.interrupt; }
  ProgressStyle progress() const;
  ScreenSize screen_size() const;

  // A line for people on standard error, unless --quiet.
  void Note(absl::string_view text) const;

  // One JSON document with --json; else `text`.
  absl::Status Print(const google::protobuf::Message& message,
                     absl::string_view text) const;

  // {"key": [...]}, a message a line, with --json; else `text`.
  template <typename Messages>
  absl::Status PrintList(absl::string_view key, const Messages& messages,
                         absl::string_view text) const {
    std::vector<const google::protobuf::Message*> items;
    for (const auto& message : messages) items.push_back(&message);
    return PrintItems(key, items, text);
  }

  // For a command without an answer: {} with --json.
  absl::Status PrintNothing() const;

  // One line of JSON with --json; else `text`, which has its own line ends.
  absl::Status PrintStreamed(const google::protobuf::Message& message,
                             absl::string_view text) const;

 private:
  absl::Status PrintItems(
      absl::string_view key,
      const std::vector<const google::protobuf::Message*>& items,
      absl::string_view text) const;

  const GlobalOptions options_;
  const CliEnvironment& environment_;
  std::optional<Client> client_;
};

// Runs after the command line has been parsed.
using Action = std::function<absl::Status(CommandContext&)>;

// The nouns and verbs of the program, and which of them was called.
class CommandTree {
 public:
  explicit CommandTree(CLI::App& root) : root_(root) {}

  CLI::App* AddNoun(const std::string& name, const std::string& description);

  // `noun` is null for a command that stands alone.
  CLI::App* AddCommand(CLI::App* noun, const std::string& name,
                       const std::string& description, Action action);

  const CLI::App& root() const { return root_; }

  // Null until a command has been parsed.
  const Action& selected() const { return selected_; }

 private:
  CLI::App& root_;
  Action selected_;
};

// Each adds a noun and its verbs, or a command that stands alone.
void AddAdapterCommands(CommandTree& tree);
void AddFilterCommands(CommandTree& tree);
void AddProtocolCommands(CommandTree& tree);
void AddBindingCommands(CommandTree& tree);
void AddNblPoolCommands(CommandTree& tree);
void AddNbPoolCommands(CommandTree& tree);
void AddNblCommands(CommandTree& tree);
void AddNbCommands(CommandTree& tree);
void AddOidCommands(CommandTree& tree);
void AddReceiveCommand(CommandTree& tree);
void AddReplayCommand(CommandTree& tree);
void AddServerCommands(CommandTree& tree);
void AddTopCommand(CommandTree& tree);
void AddAboutCommands(CommandTree& tree);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_COMMAND_H_
