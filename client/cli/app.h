// netbufctl from its arguments to its exit code.

#ifndef NETBUFD_CLIENT_CLI_APP_H_
#define NETBUFD_CLIENT_CLI_APP_H_

#include <string>
#include <vector>

#include "client/cli/command.h"

namespace netbuf::client {

// `arguments` without the program's name. Returns the exit code (exit_code.h).
int RunNetbufctl(const std::vector<std::string>& arguments,
                 const CliEnvironment& environment);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_APP_H_
