#include "server/service/receive_stream.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_frames.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// Five tries in 100 ms: many times what the end of a cancelled call takes.
constexpr int kTries = 5;
constexpr absl::Duration kRetryDelay = absl::Milliseconds(25);

}  // namespace

ReceiveStream::ReceiveStream(const ServiceContext& services,
                             const v1::ReceiveFramesRequest& request)
    : WriteStream(services.streams),
      services_(services),
      binding_(request.binding()),
      max_frames_(
          request.max_frames_per_message() == 0
              ? kDefaultFrames
              : std::min(request.max_frames_per_message(), kMaxFrames)) {}

void ReceiveStream::Open() {
  Begin();
  TryToConnect(kTries);
}

void ReceiveStream::TryToConnect(int tries_left) {
  const absl::Status status = Connect();
  if (!absl::IsAlreadyExists(status) || tries_left == 1 || ending()) {
    return Connected(status);
  }
  std::shared_ptr<WriteStream> self = shared_from_this();
  services_.clock->ScheduleAfter(kRetryDelay, [self, tries_left] {
    static_cast<ReceiveStream&>(*self).TryToConnect(tries_left - 1);
  });
}

absl::Status ReceiveStream::Connect() {
  const absl::StatusOr<BindingSnapshot> binding =
      services_.engine->GetBinding(binding_);
  if (!binding.ok()) {
    return RenameFields(binding.status(), {{"name", "binding"}});
  }
  const uint32_t frame_bytes =
      std::max(binding->bind_parameters.maximum_total_size(), uint32_t{1});
  max_frames_ =
      std::min<size_t>(max_frames_, std::max(kMaxBytes / frame_bytes, 1u));
  std::weak_ptr<WriteStream> weak = weak_from_this();
  ASSIGN_OR_RETURN(receiver_, services_.engine->ReceiveFrames(binding_, [weak] {
    if (const auto stream = weak.lock()) stream->Pump();
  }));
  return absl::OkStatus();
}

ReceiveStream::Step ReceiveStream::Next(v1::ReceiveFramesResponse* message) {
  FrameReceiver::Batch batch = receiver_->Read(max_frames_);
  const bool closed = batch.closed;
  if (!batch.frame_lengths.empty() || batch.dropped_frames > 0) {
    // With `closed`, the next read says so again.
    WriteBatch(std::move(batch), *message);
    return Step::kMessage;
  }
  return closed ? Step::kEnd : Step::kNothing;
}

void ReceiveStream::Close() { receiver_.reset(); }

}  // namespace netbuf
