// What the shells need to complete netbufctl's command line: its commands,
// their options, and the choices of those that have some. Files complete where
// a value of another kind is wanted.

#ifndef NETBUFD_CLIENT_CLI_COMPLETION_H_
#define NETBUFD_CLIENT_CLI_COMPLETION_H_

#include <string>

#include "client/cli/command_reference.h"

namespace netbuf::client {

// For `source <(...)`, or a file of bash-completion.
std::string BashCompletion(const CommandReference& program);

// For `source <(...)`, or a file _netbufctl in $fpath.
std::string ZshCompletion(const CommandReference& program);

// For `... | source`, or a file in fish's completions directory.
std::string FishCompletion(const CommandReference& program);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_COMPLETION_H_
