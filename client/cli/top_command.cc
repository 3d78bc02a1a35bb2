// netbufctl top

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/cli/top_view.h"
#include "client/lib/status_macros.h"

namespace netbuf::client {
namespace {

// What a terminal is told (ECMA-48): another screen while the program runs, and
// there the cursor home, so that a page is drawn over the one before it.
constexpr char kEnterScreen[] = "\x1b[?1049h\x1b[?25l";
constexpr char kLeaveScreen[] = "\x1b[?25h\x1b[?1049l";
constexpr char kHome[] = "\x1b[H";
constexpr char kEraseToEndOfLine[] = "\x1b[K\n";
constexpr char kEraseBelow[] = "\x1b[J";

struct TopArguments {
  absl::Duration interval = absl::Seconds(1);
  bool once = false;
};

// Ends a wait early.
class Stop {
 public:
  void Set() {
    const std::lock_guard<std::mutex> lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  // Whether it was set within this time.
  bool WaitFor(absl::Duration time) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(time),
                             [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// Leaves the screen as it found it, however it ends. Thread safety: all
// methods, from any thread.
class Screen {
 public:
  explicit Screen(CommandContext& context) : context_(context) {
    context_.out() << kEnterScreen << std::flush;
  }
  ~Screen() { Leave(); }

  // What there are lines and columns for.
  void Draw(const std::string& page) {
    const auto [rows, columns] = context_.screen_size();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (left_) return;
    context_.out() << kHome
                   << absl::StrReplaceAll(FitToScreen(page, rows, columns),
                                          {{"\n", kEraseToEndOfLine}})
                   << kEraseBelow << std::flush;
  }
  // Draws nothing any more.
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(left_, true)) return;
    context_.out() << kLeaveScreen << std::flush;
  }

 private:
  CommandContext& context_;
  std::mutex mutex_;
  bool left_ = false;  // Guarded by mutex_.
};

absl::Status TopOnce(CommandContext& context, absl::Duration interval) {
  ASSIGN_OR_RETURN(const TopSnapshot before,
                   TakeTopSnapshot(context.client(), absl::Now()));
  absl::SleepFor(interval);
  ASSIGN_OR_RETURN(const TopSnapshot after,
                   TakeTopSnapshot(context.client(), absl::Now()));
  context.out() << TopPage(context.options().address, before, after, 0)
                << std::flush;
  return absl::OkStatus();
}

absl::Status TopLive(CommandContext& context, absl::Duration interval) {
  ASSIGN_OR_RETURN(TopSnapshot before,
                   TakeTopSnapshot(context.client(), absl::Now()));
  const std::string& address = context.options().address;
  Screen screen(context);
  Stop stop;
  // The call in progress may wait for its deadline yet; the screen need not.
  Interrupt::Scope scope(context.interrupt(), [&stop, &screen] {
    stop.Set();
    screen.Leave();
  });
  // Something to see until the first rates are there.
  screen.Draw(TopPage(address, before, before, context.screen_size().rows - 1));
  while (!stop.WaitFor(interval)) {
    absl::StatusOr<TopSnapshot> after =
        TakeTopSnapshot(context.client(), absl::Now());
    if (stop.WaitFor(absl::ZeroDuration())) break;
    RETURN_IF_ERROR(after.status());
    screen.Draw(
        TopPage(address, before, *after, context.screen_size().rows - 1));
    before = *std::move(after);
  }
  return absl::OkStatus();
}

absl::Status Top(CommandContext& context, const TopArguments& arguments) {
  if (context.json()) {
    return absl::InvalidArgumentError(
        "top is for people; programs have netbufctl binding list --json, and "
        "netbufd's /metrics");
  }
  return arguments.once || context.screen_size().rows == 0
             ? TopOnce(context, arguments.interval)
             : TopLive(context, arguments.interval);
}

}  // namespace

void AddTopCommand(CommandTree& tree) {
  auto arguments = std::make_shared<TopArguments>();
  CLI::App* command = tree.AddCommand(
      nullptr, "top", "Show bindings, pools and rates, busiest first, live.",
      [arguments](CommandContext& context) {
        return Top(context, *arguments);
      });
  AddDuration(
      command, "--interval",
      [arguments](absl::Duration interval) { arguments->interval = interval; },
      "Between two looks; 1s unless given");
  command->add_flag("--once", arguments->once,
                    "One page and an end, as without a terminal");
  command->footer("Ctrl-C ends it. Example: netbufctl top --interval 5s");
}

}  // namespace netbuf::client
