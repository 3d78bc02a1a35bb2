// Buffers, between the API and the engine. Errors as in convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_BUFFER_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_BUFFER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "netbuf/v1/buffer_service.pb.h"

namespace netbuf {

// `count` of an allocation: 0 stands for 1; more than Engine::kMaxBatch is an
// error.
absl::StatusOr<uint32_t> ParseCount(uint32_t count);

// A list of the request with more than Engine::kMaxBatch elements is an error.
absl::Status CheckBatchSize(int size, absl::string_view field);

// Reads a required NetBufferReference of a request, called `field` there.
absl::StatusOr<NetBufferReference> FromProto(const v1::NetBufferReference& nb,
                                             absl::string_view field);

// Reads the target of a retreat or advance: the two requests have the same one.
template <typename Request>
absl::StatusOr<DataTarget> ReadDataTarget(const Request& request);

v1::NetBuffer ToProto(const NetBufferSnapshot& snapshot);
v1::NetBufferList ToProto(const NetBufferListSnapshot& snapshot);

// --- Implementation ---

absl::StatusOr<DataTarget> ListTarget(uint64_t net_buffer_list);
absl::StatusOr<DataTarget> NetBufferTarget(const v1::NetBufferReference& nb);
absl::Status MissingTarget();

template <typename Request>
absl::StatusOr<DataTarget> ReadDataTarget(const Request& request) {
  switch (request.target_case()) {
    case Request::kNetBuffer:
      return NetBufferTarget(request.net_buffer());
    case Request::kNetBufferList:
      return ListTarget(request.net_buffer_list());
    case Request::TARGET_NOT_SET:
      break;
  }
  return MissingTarget();
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_BUFFER_H_
