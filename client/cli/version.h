// Which netbufctl this is.

#ifndef NETBUFD_CLIENT_CLI_VERSION_H_
#define NETBUFD_CLIENT_CLI_VERSION_H_

#include <string>

namespace netbuf::client {

// "netbufctl 1.0.0 (API netbuf.v1, gRPC 1.51.1, protobuf 3.21.12)"
std::string VersionText();

// "0.1.0"
std::string ProgramVersion();

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_VERSION_H_
