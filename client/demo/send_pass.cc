#include "client/demo/send_pass.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/lib/capture_reader.h"
#include "client/lib/status_macros.h"

namespace netbuf::client {

absl::StatusOr<SendPass> SendCapture(const Client& client,
                                     const std::string& capture,
                                     const FrameSender::Options& options,
                                     ProgressMeter& progress) {
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureReader> reader,
                   CaptureReader::Open(capture));
  SendPass pass;
  FrameSender sender(client, options, [&pass](uint64_t, v1::NdisStatus status) {
    pass.statuses.push_back(status);
  });
  CapturedFrame frame;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader->Next(&frame));
    if (!more) break;
    if (frame.truncated()) continue;
    RETURN_IF_ERROR(sender.Add(frame.data));
    progress.Update(reader->Progress(), sender.counts().frames,
                    sender.counts().bytes);
  }
  RETURN_IF_ERROR(sender.Flush());
  pass.counts = sender.counts();
  if (pass.counts.completed != pass.counts.frames) {
    return absl::DataLossError(
        absl::StrCat(pass.counts.frames, " frames went out but ",
                     pass.counts.completed, " came back"));
  }
  return pass;
}

}  // namespace netbuf::client
