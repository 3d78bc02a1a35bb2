// Sends a capture through a binding and counts what came back.

#ifndef NETBUFD_CLIENT_CLI_REPLAY_H_
#define NETBUFD_CLIENT_CLI_REPLAY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/lib/capture_reader.h"
#include "client/lib/client.h"
#include "client/lib/frame_sender.h"
#include "client/text/progress.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf::client {

struct ReplayOptions {
  std::string capture;
  uint64_t batch = 64;  // Frames a call.
  double rate = 0;      // Frames a second; 0: as fast as they go.
  uint64_t loops = 1;   // 0: until stopped.
};

// What a pace needs of the world; tests bring their own.
struct ReplayClock {
  std::function<absl::Time()> now;
  std::function<void(absl::Duration)> sleep;

  static ReplayClock Real();
};

struct ReplayResult {
  FrameSender::Counts counts;
  uint64_t truncated = 0;  // Records captured short, which were not sent.
  absl::Duration elapsed;

  bool AllCameBack() const { return counts.completed == counts.frames; }
  // Of those that came back; false when there was none.
  bool NoneSucceeded() const;
};

// Sends the capture `loops` times, in order, until done or `*stop`. Fills
// `result` whatever happens. `skipped` hears of each record captured short, the
// first time through. The error is that of a call or of the capture.
absl::Status Replay(const Client& client, const ReplayOptions& options,
                    const std::string& binding, const std::string& pool,
                    const ReplayClock& clock, const std::atomic<bool>& stop,
                    const std::function<void(const CapturedFrame&)>& skipped,
                    ProgressMeter& progress, ReplayResult* result);

// A few lines: frames, bytes, time, rate, and counts by status.
std::string ReplaySummary(const ReplayResult& result);

// The same for programs.
std::string ReplayJson(const ReplayResult& result);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_REPLAY_H_
