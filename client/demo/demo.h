// The demo: the life of a protocol driver's send buffers, told step by step
// against a running server.

#ifndef NETBUFD_CLIENT_DEMO_DEMO_H_
#define NETBUFD_CLIENT_DEMO_DEMO_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/demo/send_pass.h"
#include "client/demo/story.h"
#include "client/lib/capture_reader.h"
#include "client/lib/client.h"
#include "client/lib/protocol_session.h"
#include "client/text/progress.h"

namespace netbuf::client {

struct DemoOptions {
  std::string capture;      // What to send: any Ethernet capture.
  std::string capture_dir;  // Where the server writes captures.
  std::string output;  // Copy the transmitted frames here; empty: leave them.
  std::string address = {};          // Of the server, for the story.
  std::string metrics_address = {};  // Likewise; empty: not told.
  std::string id = "demo";           // Of the adapter and the protocol.
};

class Demo {
 public:
  Demo(const Client& client, const DemoOptions& options, std::ostream& out,
       std::ostream& err, ProgressStyle progress);

  // OK only when every frame came back exactly once and the output capture
  // holds every frame that reported SUCCESS.
  absl::Status Run();

 private:
  absl::Status ReadCapture();
  absl::Status CreateAdapter();
  absl::Status Register();
  absl::Status OpenBinding();
  absl::Status CreateFittingPool();
  absl::Status Restart();
  absl::Status AskOids();
  absl::Status SendPlain();
  absl::Status InsertFilter();
  absl::Status SendWrapped();
  absl::Status SendWithoutBackFill();
  absl::Status CleanUp();
  absl::Status CheckOutput();

  // The events of the stack's pause and restart, until it runs again; makes the
  // new pool in Restarting.
  absl::Status FollowRestart(BindingEventReader& events);
  absl::Status ReplacePool();

  absl::Status RestartToRunning();

  // Makes the pool of that size and tells of it.
  absl::Status CreatePool(uint32_t data_size, uint32_t context_size);
  absl::Status DeletePool();

  // Sends the capture and tells how it went. `data_offset` as in SendFrames.
  absl::StatusOr<SendPass> Send(uint32_t header_bytes,
                                std::optional<uint32_t> data_offset);
  absl::Status TellBackFill(const v1::BindingStatistics& before);

  const Client client_;
  const DemoOptions options_;
  Story story_;
  std::ostream& err_;
  const ProgressStyle progress_style_;

  CaptureSummary capture_;
  std::string adapter_;  // Resource names, once there.
  std::unique_ptr<ProtocolSession> session_;
  std::string binding_;
  std::string pool_;
  int pools_made_ = 0;
  v1::RestartAttributes attributes_;  // What the stack told last.
  std::vector<SendPass> passes_;
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_DEMO_DEMO_H_
