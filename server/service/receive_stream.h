// ReceiveStream: one ReceiveFrames call. Reads from the engine when there is
// something and the last message is out; what a slow client does not take
// stays, and overflows, in the engine's own queue, which counts what it drops.
//
// Thread safety: as WriteStream.

#ifndef NETBUFD_SERVER_SERVICE_RECEIVE_STREAM_H_
#define NETBUFD_SERVER_SERVICE_RECEIVE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "netbuf/v1/data_path_service.pb.h"
#include "server/service/service_context.h"
#include "server/service/write_stream.h"

namespace netbuf {

class ReceiveStream final : public WriteStream<v1::ReceiveFramesResponse> {
 public:
  // Frames a message when the client does not say, and at most.
  static constexpr uint32_t kDefaultFrames = 64;
  static constexpr uint32_t kMaxFrames = 1024;
  // Bytes of frames a message, so that the largest frames fit with what a
  // client accepts that does not say otherwise (4 MiB).
  static constexpr uint32_t kMaxBytes = 2 * 1024 * 1024;

  ReceiveStream(const ServiceContext& services,
                const v1::ReceiveFramesRequest& request);

  // Connects, or ends the call with the error. A binding has one receiver, and
  // that of a client which cancelled and calls again may not be gone yet: so
  // ALREADY_EXISTS is believed only after a few tries.
  void Open();

 private:
  void TryToConnect(int tries_left);
  absl::Status Connect();
  Step Next(v1::ReceiveFramesResponse* message) override;
  void Close() override;

  const ServiceContext services_;
  const std::string binding_;
  size_t max_frames_;                        // Constant once connected.
  std::unique_ptr<FrameReceiver> receiver_;  // From connected to Close.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_RECEIVE_STREAM_H_
