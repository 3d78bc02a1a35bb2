// Pools of either kind as text.

#ifndef NETBUFD_CLIENT_CLI_POOL_TEXT_H_
#define NETBUFD_CLIENT_CLI_POOL_TEXT_H_

#include <string>
#include <vector>

#include "client/text/table.h"
#include "netbuf/v1/pool_service.pb.h"

namespace netbuf::client {

std::string PoolTable(const std::vector<v1::NetBufferListPool>& pools);
std::string PoolTable(const std::vector<v1::NetBufferPool>& pools);

std::string PoolFacts(const v1::NetBufferListPool& pool);
std::string PoolFacts(const v1::NetBufferPool& pool);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_POOL_TEXT_H_
