// The packed form of frames in a message: all bytes behind each other in
// frame_data, and the frame_lengths they divide into.

#ifndef NETBUFD_CLIENT_LIB_FRAME_BATCH_H_
#define NETBUFD_CLIENT_LIB_FRAME_BATCH_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace netbuf::client {

// `Message` is a SendFramesRequest or a ReceiveFramesResponse.
template <typename Message>
void AppendFrame(absl::string_view frame, Message* message) {
  message->mutable_frame_data()->append(frame.data(), frame.size());
  message->add_frame_lengths(static_cast<uint32_t>(frame.size()));
}

// Calls `visit(absl::string_view)` for each frame in order. DATA_LOSS, after
// the frames that are whole, when the lengths and the bytes do not add up.
template <typename Message, typename Visitor>
absl::Status ForEachFrame(const Message& message, Visitor&& visit) {
  const absl::string_view bytes = message.frame_data();
  size_t offset = 0;
  for (const uint32_t length : message.frame_lengths()) {
    if (length > bytes.size() - offset) {
      return absl::DataLossError(
          "a batch of frames is shorter than its frame_lengths say");
    }
    visit(bytes.substr(offset, length));
    offset += length;
  }
  if (offset != bytes.size()) {
    return absl::DataLossError(
        "a batch of frames is longer than its frame_lengths say");
  }
  return absl::OkStatus();
}

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_FRAME_BATCH_H_
