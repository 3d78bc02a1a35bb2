#include "server/service/data_path_service.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "server/service/convert_buffer.h"
#include "server/service/convert_common.h"
#include "server/service/convert_frames.h"
#include "server/service/pending_call.h"
#include "server/service/receive_stream.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// How long a call waits for its frames to complete. Only a link that is down
// under LINK_DOWN_POLICY_QUEUE, or a very slow one, takes longer.
constexpr absl::Duration kMaxSendTime = absl::Seconds(60);
// What gRPC and this service hold for a call beside its message: the stream,
// the call's arena, the request and the response.
constexpr size_t kCallBytes = 8 * 1024;
// About what it takes to send what is in flight.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(50);

absl::Status TooMuchInFlight(const ByteBudget& budget, size_t bytes) {
  return ErrorBuilder(absl::StatusCode::kResourceExhausted,
                      "TOO_MUCH_IN_FLIGHT", NdisStatus::kResources)
             .Quota("sends in flight",
                    "bytes of sends that are not answered yet", kRetryDelay)
             .Metadata("limitBytes", budget.limit())
         << "the sends in flight hold " << budget.taken() << " of "
         << budget.limit() << " bytes, and " << bytes
         << " more do not fit; try again when some are answered";
}

size_t FrameBytes(const v1::SendFramesRequest& request) {
  size_t bytes = request.frame_data().size();
  for (const std::string& frame : request.frames()) bytes += frame.size();
  return bytes;
}

// What a call counts for while it is in flight.
size_t BytesInFlight(const v1::SendFramesRequest& request) {
  return kCallBytes + FrameBytes(request) +
         request.frame_lengths_size() * sizeof(uint32_t);
}

size_t BytesInFlight(const v1::SendNetBufferListsRequest& request) {
  return kCallBytes + request.net_buffer_lists_size() * sizeof(uint64_t);
}

// The engine's completion for a call: fills `response` when the call still
// waits for it.
template <typename Response>
Engine::SendDone AnswerWithStatuses(std::shared_ptr<PendingCall> call,
                                    Response* response) {
  return [call = std::move(call), response](std::vector<NdisStatus> statuses) {
    call->Answer([&] {
      WriteStatuses(statuses, *response);
      return grpc::Status::OK;
    });
  };
}

// What remains to do when the engine has taken a send, or refused it.
grpc::ServerUnaryReactor* Sent(const std::shared_ptr<PendingCall>& call,
                               const absl::Status& status) {
  if (status.ok()) {
    call->LimitTo(kMaxSendTime);
  } else {
    call->Answer([&] { return ToGrpcStatus(status); });
  }
  return call.get();
}

absl::Status CancelledBefore() {
  return absl::CancelledError("the client gave up before the send began");
}

}  // namespace

grpc::ServerUnaryReactor* DataPathServiceImpl::SendNetBufferLists(
    grpc::CallbackServerContext* context,
    const v1::SendNetBufferListsRequest* request,
    v1::SendNetBufferListsResponse* response) {
  if (context->IsCancelled()) return Reply(context, CancelledBefore());
  if (request->net_buffer_lists().empty()) {
    return Reply(context, MissingField("net_buffer_lists"));
  }
  const absl::Status size =
      CheckBatchSize(request->net_buffer_lists_size(), "net_buffer_lists");
  if (!size.ok()) return Reply(context, size);
  const size_t bytes = BytesInFlight(*request);
  if (!in_flight_.TryTake(bytes)) {
    return Reply(context, TooMuchInFlight(in_flight_, bytes));
  }
  const auto call = PendingCall::Make(context, services_.clock);
  call->set_on_done([this, bytes] { in_flight_.GiveBack(bytes); });
  return Sent(call, services_.engine->SendNetBufferLists(
                        request->binding(), request->net_buffer_lists(),
                        request->port_number(), request->send_flags(),
                        AnswerWithStatuses(call, response)));
}

grpc::ServerUnaryReactor* DataPathServiceImpl::SendFrames(
    grpc::CallbackServerContext* context, const v1::SendFramesRequest* request,
    v1::SendFramesResponse* response) {
  if (context->IsCancelled()) return Reply(context, CancelledBefore());
  const absl::StatusOr<SendFramesArguments> arguments = FromProto(*request);
  if (!arguments.ok()) return Reply(context, arguments.status());
  const size_t bytes = BytesInFlight(*request);
  if (!in_flight_.TryTake(bytes)) {
    return Reply(context, TooMuchInFlight(in_flight_, bytes));
  }
  const auto call = PendingCall::Make(context, services_.clock);
  call->set_on_done([this, bytes] { in_flight_.GiveBack(bytes); });
  return Sent(call, services_.engine->SendFrames(
                        *arguments, AnswerWithStatuses(call, response)));
}

grpc::ServerWriteReactor<v1::ReceiveFramesResponse>*
DataPathServiceImpl::ReceiveFrames(grpc::CallbackServerContext* /*context*/,
                                   const v1::ReceiveFramesRequest* request) {
  const auto stream = std::make_shared<ReceiveStream>(services_, *request);
  stream->Open();
  return stream.get();
}

}  // namespace netbuf
