// Batches of frames, between the API and the engine. Errors as in
// convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_FRAMES_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_FRAMES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/ndis/status.h"
#include "netbuf/v1/data_path_service.pb.h"

namespace netbuf {

// Names and frames are views into `request`, which must outlive them. Errors:
// no frame or more than Engine::kMaxBatch, both forms at once, lengths that do
// not add up to the bytes.
absl::StatusOr<SendFramesArguments> FromProto(
    const v1::SendFramesRequest& request);

void WriteStatuses(const std::vector<NdisStatus>& statuses,
                   v1::SendFramesResponse& response);
void WriteStatuses(const std::vector<NdisStatus>& statuses,
                   v1::SendNetBufferListsResponse& response);

// Moves the batch into `response`.
void WriteBatch(FrameReceiver::Batch batch,
                v1::ReceiveFramesResponse& response);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_FRAMES_H_
