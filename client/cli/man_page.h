// netbufctl(1), written from the program's own commands.

#ifndef NETBUFD_CLIENT_CLI_MAN_PAGE_H_
#define NETBUFD_CLIENT_CLI_MAN_PAGE_H_

#include <string>

#include "client/cli/command_reference.h"

namespace netbuf::client {

// In man(7), for `man -l` and /usr/share/man/man1.
std::string ManPage(const CommandReference& program);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_MAN_PAGE_H_
