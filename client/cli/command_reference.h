// The commands of a program as plain values, read from its CLI11 tree: what the
// man page and the shells' completions are made of.

#ifndef NETBUFD_CLIENT_CLI_COMMAND_REFERENCE_H_
#define NETBUFD_CLIENT_CLI_COMMAND_REFERENCE_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace netbuf::client {

struct OptionReference {
  std::vector<std::string> names;  // "-q", "--quiet"; of an argument: "id".
  std::string value;               // "UINT32"; empty for a switch.
  std::vector<std::string> choices;
  std::string description;
  bool required = false;
};

struct CommandReference {
  std::vector<std::string> path;  // {"adapter", "create"}; empty: the program.
  std::string description;
  std::string footer;
  std::vector<OptionReference> arguments;
  std::vector<OptionReference> options;  // Its own, not the program's.
  std::vector<CommandReference> commands;
};

// In the order in which everything was added.
CommandReference DescribeCommands(const CLI::App& root);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_COMMAND_REFERENCE_H_
