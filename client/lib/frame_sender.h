// Sends many frames: gathers them into batches, keeps the next batch filling
// while the last is on its way, and hands back each frame's status in order.
//
// Example:
//   FrameSender sender(client, {.binding = b, .net_buffer_list_pool = p},
//                      [](uint64_t frame, v1::NdisStatus status) { ... });
//   for (...) RETURN_IF_ERROR(sender.Add(bytes));
//   RETURN_IF_ERROR(sender.Flush());

#ifndef NETBUFD_CLIENT_LIB_FRAME_SENDER_H_
#define NETBUFD_CLIENT_LIB_FRAME_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/lib/client.h"

namespace netbuf::client {

class TaskThreads;

struct FrameSenderOptions {
  std::string binding = {};
  std::string net_buffer_list_pool = {};

  // A batch is sent when it has so many frames, or when another frame would
  // make it larger than so many bytes. 64 frames a call bring most of what
  // batching brings; the server takes messages of up to 16 MiB.
  size_t max_batch_frames = 64;
  size_t max_batch_bytes = size_t{1} << 20;

  // Calls on their way at once. With more than one, frames of different calls
  // may pass each other: the server promises order only within a call and
  // between calls of which one ended before the other began.
  size_t max_calls_in_flight = 1;

  // See SendFramesRequest.
  std::optional<uint32_t> data_offset = std::nullopt;
  uint32_t port_number = 0;
};

// Thread safety: one thread uses it; statuses arrive on that thread, within Add
// and Flush.
class FrameSender {
 public:
  using Options = FrameSenderOptions;

  // Frames are numbered from 0 in the order of Add; statuses come in that
  // order.
  using StatusCallback =
      std::function<void(uint64_t frame, v1::NdisStatus status)>;

  struct Counts {
    uint64_t frames = 0;     // Added.
    uint64_t bytes = 0;      // Of those.
    uint64_t completed = 0;  // Came back with a status.
    // Went out with a call that failed: whether they were sent is not known.
    uint64_t unknown = 0;
    std::map<v1::NdisStatus, uint64_t> by_status;
  };

  FrameSender(const Client& client, const Options& options,
              StatusCallback on_status);

  // Waits for the calls in flight. Frames not flushed are not sent.
  ~FrameSender();

  FrameSender(const FrameSender&) = delete;
  FrameSender& operator=(const FrameSender&) = delete;

  // May wait for an earlier batch. An error is that of an earlier batch's call;
  // nothing more is sent after one.
  absl::Status Add(absl::string_view frame);

  // Sends what has been gathered, whatever its size, without waiting for it.
  absl::Status SendNow();

  // Sends what has been gathered and waits until all is back.
  absl::Status Flush();

  const Counts& counts() const { return counts_; }

 private:
  struct Batch {
    v1::SendFramesRequest request;
    std::future<absl::StatusOr<std::vector<v1::NdisStatus>>> result;
  };

  std::unique_ptr<Batch> NewBatch();
  // Waits for the oldest batch in flight and hands its statuses out.
  void FinishOldest();

  const Client client_;
  const Options options_;
  const StatusCallback on_status_;
  absl::Status status_;  // Of the first call that failed.
  Counts counts_;
  std::unique_ptr<Batch> spare_;  // Kept for its memory.
  std::unique_ptr<Batch> gathering_;
  std::deque<std::unique_ptr<Batch>> in_flight_;  // Oldest first.
  std::unique_ptr<TaskThreads> threads_;
};

}  // namespace netbuf::client

namespace netbuf {
using client::FrameSender;
}  // namespace netbuf

#endif  // NETBUFD_CLIENT_LIB_FRAME_SENDER_H_
