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

void Draw(CommandContext& context, const std::string& page) {
  context.out() << kHome
                << absl::StrReplaceAll(page, {{"\n", kEraseToEndOfLine}})
                << kEraseBelow << std::flush;
}

// Leaves the screen as it found it, however it ends.
class Screen {
 public:
  explicit Screen(CommandContext& context) : context_(context) {
    context_.out() << kEnterScreen << std::flush;
  }
  ~Screen() { context_.out() << kLeaveScreen << std::flush; }

 private:
  CommandContext& context_;
};

absl::Status Top(CommandContext& context, const TopArguments& arguments) {
  if (context.json()) {
    return absl::InvalidArgumentError(
        "top is for people; programs have netbufctl binding list --json, and "
        "netbufd's /metrics");
  }
  Stop stop;
  Interrupt::Scope scope(context.interrupt(), [&stop] { stop.Set(); });
  ASSIGN_OR_RETURN(TopSnapshot before,
                   TakeTopSnapshot(context.client(), absl::Now()));
  const std::string& address = context.options().address;
  if (arguments.once || context.screen_rows() == 0) {
    if (stop.WaitFor(arguments.interval)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const TopSnapshot after,
                     TakeTopSnapshot(context.client(), absl::Now()));
    context.out() << TopPage(address, before, after, 0) << std::flush;
    return absl::OkStatus();
  }
  const Screen screen(context);
  // Something to see until the first rates are there.
  Draw(context, TopPage(address, before, before, context.screen_rows() - 1));
  while (!stop.WaitFor(arguments.interval)) {
    ASSIGN_OR_RETURN(TopSnapshot after,
                     TakeTopSnapshot(context.client(), absl::Now()));
    Draw(context, TopPage(address, before, after, context.screen_rows() - 1));
    before = std::move(after);
  }
  return absl::OkStatus();
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
