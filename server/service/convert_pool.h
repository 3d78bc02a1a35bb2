// Pools, between the API and the engine. Errors as in convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_POOL_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_POOL_H_

#include "absl/status/statusor.h"
#include "engine/snapshots.h"
#include "netbuf/v1/pool_service.pb.h"

namespace netbuf {

// Read `net_buffer_list_pool` and `net_buffer_pool` of the Create requests. No
// header: the newest revision's.
absl::StatusOr<NetBufferListPoolParameters> FromProto(
    const v1::NetBufferListPool& pool);
absl::StatusOr<NetBufferPoolParameters> FromProto(
    const v1::NetBufferPool& pool);

v1::NetBufferListPool ToProto(const NetBufferListPoolSnapshot& snapshot);
v1::NetBufferPool ToProto(const NetBufferPoolSnapshot& snapshot);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_POOL_H_
