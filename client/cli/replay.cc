#include "client/cli/replay.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

// At a given rate a batch holds at most what is due in this time: frames then
// go out at most so much bunched.
constexpr double kPaceSlotSeconds = 0.01;

uint64_t BatchSize(const ReplayOptions& options) {
  if (options.rate <= 0) return std::max<uint64_t>(options.batch, 1);
  const auto due = static_cast<uint64_t>(options.rate * kPaceSlotSeconds);
  return std::clamp<uint64_t>(due, 1, std::max<uint64_t>(options.batch, 1));
}

// Sends one capture after another on one FrameSender.
class Replayer {
 public:
  Replayer(const ReplayOptions& options, const ReplayClock& clock,
           const std::atomic<bool>& stop,
           const std::function<void(const CapturedFrame&)>& skipped,
           ProgressMeter& progress, FrameSender& sender)
      : options_(options),
        clock_(clock),
        stop_(stop),
        skipped_(skipped),
        progress_(progress),
        sender_(sender),
        start_(clock.now()) {}

  absl::Status Run() {
    for (uint64_t loop = 0; options_.loops == 0 || loop < options_.loops;
         ++loop) {
      const uint64_t before = sender_.counts().frames;
      RETURN_IF_ERROR(SendOnce(loop));
      if (stop_) break;
      // For ever over a capture without a whole frame would be busy for ever.
      if (sender_.counts().frames == before) break;
    }
    return sender_.Flush();
  }

  uint64_t truncated() const { return truncated_; }

 private:
  absl::Status SendOnce(uint64_t loop) {
    ASSIGN_OR_RETURN(const std::unique_ptr<CaptureReader> capture,
                     CaptureReader::Open(options_.capture));
    CapturedFrame frame;
    while (!stop_) {
      ASSIGN_OR_RETURN(const bool more, capture->Next(&frame));
      if (!more) break;
      if (frame.truncated()) {
        ++truncated_;
        if (loop == 0) skipped_(frame);
        continue;
      }
      RETURN_IF_ERROR(WaitUntilDue());
      RETURN_IF_ERROR(sender_.Add(frame.data));
      progress_.Update(Fraction(loop, capture->Progress()),
                       sender_.counts().frames, sender_.counts().bytes);
    }
    return absl::OkStatus();
  }

  // Before the first frame of each batch, until the rate allows it.
  absl::Status WaitUntilDue() {
    if (options_.rate <= 0) return absl::OkStatus();
    const uint64_t frames = sender_.counts().frames;
    if (frames % BatchSize(options_) != 0) return absl::OkStatus();
    const absl::Time due =
        start_ + absl::Seconds(static_cast<double>(frames) / options_.rate);
    const absl::Duration wait = due - clock_.now();
    if (wait > absl::ZeroDuration()) clock_.sleep(wait);
    return absl::OkStatus();
  }

  double Fraction(uint64_t loop, double of_capture) const {
    if (options_.loops == 0) return -1;
    return (static_cast<double>(loop) + of_capture) /
           static_cast<double>(options_.loops);
  }

  const ReplayOptions& options_;
  const ReplayClock& clock_;
  const std::atomic<bool>& stop_;
  const std::function<void(const CapturedFrame&)>& skipped_;
  ProgressMeter& progress_;
  FrameSender& sender_;
  const absl::Time start_;
  uint64_t truncated_ = 0;
};

double Seconds(const ReplayResult& result) {
  // A clock that did not move must not make a rate infinite.
  return std::max(absl::ToDoubleSeconds(result.elapsed), 1e-9);
}

}  // namespace

ReplayClock ReplayClock::Real() {
  return {.now = [] { return absl::Now(); },
          .sleep = [](absl::Duration duration) { absl::SleepFor(duration); }};
}

absl::Status Replay(const Client& client, const ReplayOptions& options,
                    const std::string& binding, const std::string& pool,
                    const ReplayClock& clock, const std::atomic<bool>& stop,
                    const std::function<void(const CapturedFrame&)>& skipped,
                    ProgressMeter& progress, ReplayResult* result) {
  FrameSender::Options sending;
  sending.binding = binding;
  sending.net_buffer_list_pool = pool;
  sending.max_batch_frames = BatchSize(options);
  FrameSender sender(client, sending, [](uint64_t, v1::NdisStatus) {});
  Replayer replayer(options, clock, stop, skipped, progress, sender);
  const absl::Time start = clock.now();
  absl::Status status = replayer.Run();
  // What is on its way has its outcome counted, even after an error.
  status.Update(sender.Flush());
  result->elapsed = clock.now() - start;
  result->counts = sender.counts();
  result->truncated = replayer.truncated();
  return status;
}

std::string ReplaySummary(const ReplayResult& result) {
  const FrameSender::Counts& counts = result.counts;
  FactList facts;
  facts.Add("frames", WithCommas(counts.frames));
  facts.Add("bytes", WithCommas(counts.bytes));
  facts.Add("time", absl::StrFormat("%.3f s", Seconds(result)));
  facts.Add(
      "rate",
      absl::StrFormat(
          "%s frames/s, %s",
          WithCommas(static_cast<uint64_t>(static_cast<double>(counts.frames) /
                                           Seconds(result))),
          BitRate(static_cast<double>(counts.bytes) * 8 / Seconds(result))));
  facts.Add("came back", WithCommas(counts.completed));
  for (const auto& [status, count] : counts.by_status) {
    facts.Add(absl::StrCat("  ", StatusName(status)), WithCommas(count));
  }
  if (!result.AllCameBack()) {
    facts.Add("not known", WithCommas(counts.frames - counts.completed));
  }
  if (result.truncated > 0) {
    facts.Add("captured short, not sent", WithCommas(result.truncated));
  }
  return facts.ToString();
}

bool ReplayResult::NoneSucceeded() const {
  const auto succeeded = counts.by_status.find(v1::NDIS_STATUS_SUCCESS);
  return counts.completed > 0 &&
         (succeeded == counts.by_status.end() || succeeded->second == 0);
}

std::string ReplayJson(const ReplayResult& result) {
  const FrameSender::Counts& counts = result.counts;
  return absl::StrFormat(
      "{\"frames\": %d, \"bytes\": %d, \"seconds\": %.6f, \"completed\": %d, "
      "\"unknown\": %d, \"truncated\": %d, \"statuses\": {%s}}\n",
      counts.frames, counts.bytes, Seconds(result), counts.completed,
      counts.frames - counts.completed, result.truncated,
      absl::StrJoin(counts.by_status, ", ",
                    [](std::string* out, const auto& entry) {
                      absl::StrAppend(out, "\"", StatusName(entry.first),
                                      "\": ", entry.second);
                    }));
}

}  // namespace netbuf::client
