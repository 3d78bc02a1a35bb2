// Progress of a long transfer on standard error: a bar that redraws itself on a
// terminal, a line every few seconds elsewhere.

#ifndef NETBUFD_CLIENT_TEXT_PROGRESS_H_
#define NETBUFD_CLIENT_TEXT_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/time/time.h"

namespace netbuf::client {

enum class ProgressStyle {
  kNone,
  kBar,    // On a terminal.
  kLines,  // In a log.
};

// kBar when standard error is a terminal that can move its cursor, else kLines.
ProgressStyle ProgressStyleOfStderr();

// Thread safety: none; one thread at a time.
class ProgressMeter {
 public:
  // `now` is the clock.
  ProgressMeter(std::ostream& out, ProgressStyle style,
                std::function<absl::Time()> now);

  // Removes the bar.
  ~ProgressMeter();

  ProgressMeter(const ProgressMeter&) = delete;
  ProgressMeter& operator=(const ProgressMeter&) = delete;

  // Shows the state of things if it is time to: at most ten times a second, or
  // a line every 5 s. Cheap enough for every frame when it is not time yet.
  // `fraction` is from 0 to 1; negative: not known.
  void Update(double fraction, uint64_t frames, uint64_t bytes);

 private:
  void ShowBar(double fraction, const std::string& rates);
  void ShowLine(double fraction, const std::string& rates);

  std::ostream& out_;
  const ProgressStyle style_;
  const std::function<absl::Time()> now_;
  const absl::Time start_;
  absl::Time next_;
  size_t shown_width_ = 0;  // Of the bar on the screen.
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_TEXT_PROGRESS_H_
