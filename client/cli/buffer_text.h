// Buffers and handles as text.

#ifndef NETBUFD_CLIENT_CLI_BUFFER_TEXT_H_
#define NETBUFD_CLIENT_CLI_BUFFER_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "netbuf/v1/buffer_service.pb.h"

namespace netbuf::client {

// A handle a line.
std::string HandleLines(const std::vector<uint64_t>& handles);

std::string NetBufferListFacts(const v1::NetBufferList& list);

std::string NetBufferFacts(const v1::NetBuffer& buffer);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_BUFFER_TEXT_H_
