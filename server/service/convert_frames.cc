#include "server/service/convert_frames.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_buffer.h"
#include "server/service/convert_common.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// The fast form: frame_lengths divide frame_data.
absl::Status ReadPackedFrames(const v1::SendFramesRequest& request,
                              std::vector<absl::string_view>& frames) {
  RETURN_IF_ERROR(
      CheckBatchSize(request.frame_lengths_size(), "frame_lengths"));
  const absl::string_view data = request.frame_data();
  uint64_t total = 0;  // 65,536 lengths of 32 bits cannot overflow it.
  for (const uint32_t length : request.frame_lengths()) total += length;
  if (total != data.size()) {
    return InvalidField("frame_lengths", absl::StrCat("add up to ", total,
                                                      " bytes, and "
                                                      "frame_data has ",
                                                      data.size()));
  }
  frames.reserve(static_cast<size_t>(request.frame_lengths_size()));
  size_t offset = 0;
  for (const uint32_t length : request.frame_lengths()) {
    frames.push_back(data.substr(offset, length));
    offset += length;
  }
  return absl::OkStatus();
}

absl::Status ReadFrames(const v1::SendFramesRequest& request,
                        std::vector<absl::string_view>& frames) {
  const bool packed =
      !request.frame_data().empty() || request.frame_lengths_size() > 0;
  if (packed && request.frames_size() > 0) {
    return InvalidField("frames",
                        "and frame_data are both set; send the frames in one "
                        "of them");
  }
  if (packed) return ReadPackedFrames(request, frames);
  if (request.frames_size() == 0) {
    return InvalidField("frames",
                        "is empty; send at least one frame, in frames or in "
                        "frame_data and frame_lengths");
  }
  RETURN_IF_ERROR(CheckBatchSize(request.frames_size(), "frames"));
  frames.assign(request.frames().begin(), request.frames().end());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SendFramesArguments> FromProto(
    const v1::SendFramesRequest& request) {
  SendFramesArguments arguments;
  RETURN_IF_ERROR(ReadFrames(request, arguments.frames));
  arguments.binding = request.binding();
  arguments.net_buffer_list_pool = request.net_buffer_list_pool();
  if (request.has_data_offset()) arguments.data_offset = request.data_offset();
  arguments.port_number = request.port_number();
  return arguments;
}

void WriteStatuses(const std::vector<NdisStatus>& statuses,
                   v1::SendFramesResponse& response) {
  uint32_t succeeded = 0;
  response.mutable_ndis_statuses()->Reserve(static_cast<int>(statuses.size()));
  for (const NdisStatus status : statuses) {
    response.add_ndis_statuses(ToProto(status));
    succeeded += status == NdisStatus::kSuccess ? 1 : 0;
  }
  response.set_succeeded(succeeded);
}

void WriteStatuses(const std::vector<NdisStatus>& statuses,
                   v1::SendNetBufferListsResponse& response) {
  response.mutable_ndis_statuses()->Reserve(static_cast<int>(statuses.size()));
  for (const NdisStatus status : statuses) {
    response.add_ndis_statuses(ToProto(status));
  }
}

void WriteBatch(FrameReceiver::Batch batch,
                v1::ReceiveFramesResponse& response) {
  *response.mutable_frame_data() = std::move(batch.frame_data);
  response.mutable_frame_lengths()->Assign(batch.frame_lengths.begin(),
                                           batch.frame_lengths.end());
  response.set_dropped_frames(batch.dropped_frames);
}

}  // namespace netbuf
