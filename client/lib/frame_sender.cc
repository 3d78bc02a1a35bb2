#include "client/lib/frame_sender.h"

#include <algorithm>
#include <utility>

#include "client/lib/frame_batch.h"
#include "client/lib/task_threads.h"

namespace netbuf::client {

FrameSender::FrameSender(const Client& client, const Options& options,
                         StatusCallback on_status)
    : client_(client),
      options_(options),
      on_status_(std::move(on_status)),
      gathering_(NewBatch()),
      threads_(std::make_unique<TaskThreads>(
          std::max<size_t>(options.max_calls_in_flight, 1))) {}

FrameSender::~FrameSender() {
  while (!in_flight_.empty()) FinishOldest();
}

absl::Status FrameSender::Add(absl::string_view frame) {
  if (!status_.ok()) return status_;
  const v1::SendFramesRequest& batch = gathering_->request;
  if (batch.frame_lengths_size() > 0 &&
      batch.frame_data().size() + frame.size() > options_.max_batch_bytes) {
    if (absl::Status sent = SendNow(); !sent.ok()) return sent;
  }
  AppendFrame(frame, &gathering_->request);
  ++counts_.frames;
  counts_.bytes += frame.size();
  if (gathering_->request.frame_lengths_size() >= options_.max_batch_frames) {
    return SendNow();
  }
  return absl::OkStatus();
}

absl::Status FrameSender::SendNow() {
  if (!status_.ok()) return status_;
  if (gathering_->request.frame_lengths_size() == 0) return absl::OkStatus();
  while (in_flight_.size() >=
         std::max<size_t>(options_.max_calls_in_flight, 1)) {
    FinishOldest();
  }
  // Frames that an earlier failure kept from being sent stay unsent.
  if (!status_.ok()) return status_;
  auto promise = std::make_shared<
      std::promise<absl::StatusOr<std::vector<v1::NdisStatus>>>>();
  gathering_->result = promise->get_future();
  // The batch outlives the call: it leaves in_flight_ after its result is
  // there.
  threads_->Run([this, promise, request = &gathering_->request] {
    promise->set_value(client_.SendFrames(*request));
  });
  in_flight_.push_back(std::move(gathering_));
  gathering_ = NewBatch();
  return absl::OkStatus();
}

absl::Status FrameSender::Flush() {
  SendNow().IgnoreError();  // It is status_, too.
  while (!in_flight_.empty()) FinishOldest();
  return status_;
}

std::unique_ptr<FrameSender::Batch> FrameSender::NewBatch() {
  std::unique_ptr<Batch> batch =
      spare_ != nullptr ? std::move(spare_) : std::make_unique<Batch>();
  v1::SendFramesRequest& request = batch->request;
  request.clear_frame_data();
  request.clear_frame_lengths();
  request.set_binding(options_.binding);
  request.set_net_buffer_list_pool(options_.net_buffer_list_pool);
  if (options_.data_offset) request.set_data_offset(*options_.data_offset);
  request.set_port_number(options_.port_number);
  return batch;
}

void FrameSender::FinishOldest() {
  std::unique_ptr<Batch> batch = std::move(in_flight_.front());
  in_flight_.pop_front();
  const absl::StatusOr<std::vector<v1::NdisStatus>> statuses =
      batch->result.get();
  if (statuses.ok()) {
    for (const v1::NdisStatus status : *statuses) {
      ++counts_.by_status[status];
      on_status_(counts_.completed + counts_.unknown, status);
      ++counts_.completed;
    }
  } else {
    counts_.unknown += batch->request.frame_lengths_size();
    status_.Update(statuses.status());
  }
  spare_ = std::move(batch);
}

}  // namespace netbuf::client
