#include "client/text/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

// Faster than ten times a second is flicker; slower than a line in 5 s leaves
// the reader of a log wondering.
constexpr absl::Duration kBarInterval = absl::Milliseconds(100);
constexpr absl::Duration kLineInterval = absl::Seconds(5);
constexpr int kBarWidth = 30;

std::string Percent(double fraction) {
  if (fraction < 0) return "";
  return absl::StrFormat("%3d%% ", static_cast<int>(fraction * 100));
}

}  // namespace

ProgressStyle ProgressStyleOfStderr() {
  const char* terminal = std::getenv("TERM");
  const bool dumb =
      terminal == nullptr || absl::string_view(terminal) == "dumb";
  return isatty(STDERR_FILENO) && !dumb ? ProgressStyle::kBar
                                        : ProgressStyle::kLines;
}

ProgressMeter::ProgressMeter(std::ostream& out, ProgressStyle style,
                             std::function<absl::Time()> now)
    : out_(out),
      style_(style),
      now_(std::move(now)),
      start_(now_()),
      next_(start_ +
            (style == ProgressStyle::kBar ? kBarInterval : kLineInterval)) {}

ProgressMeter::~ProgressMeter() {
  if (shown_width_ == 0) return;
  out_ << '\r' << std::string(shown_width_, ' ') << '\r' << std::flush;
}

void ProgressMeter::Update(double fraction, uint64_t frames, uint64_t bytes) {
  if (style_ == ProgressStyle::kNone) return;
  const absl::Time now = now_();
  if (now < next_) return;
  const double seconds = absl::ToDoubleSeconds(now - start_);
  const std::string rates = absl::StrCat(
      WithCommas(frames), " frames, ",
      WithCommas(static_cast<uint64_t>(static_cast<double>(frames) / seconds)),
      " frames/s, ", BitRate(static_cast<double>(bytes) * 8 / seconds));
  if (style_ == ProgressStyle::kBar) {
    ShowBar(fraction, rates);
    next_ = now + kBarInterval;
  } else {
    ShowLine(fraction, rates);
    next_ = now + kLineInterval;
  }
}

void ProgressMeter::ShowBar(double fraction, const std::string& rates) {
  std::string bar;
  if (fraction >= 0) {
    const int done =
        std::clamp(static_cast<int>(fraction * kBarWidth), 0, kBarWidth);
    bar = absl::StrCat("[", std::string(done, '='),
                       std::string(kBarWidth - done, ' '), "] ");
  }
  const std::string text = absl::StrCat(bar, Percent(fraction), rates);
  const size_t width = text.size();
  const std::string erase(shown_width_ - std::min(shown_width_, width), ' ');
  out_ << '\r' << text << erase << std::flush;
  shown_width_ = width;
}

void ProgressMeter::ShowLine(double fraction, const std::string& rates) {
  out_ << Percent(fraction) << rates << std::endl;
}

}  // namespace netbuf::client
