// netbufctl replay

#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/cli/replay.h"
#include "client/cli/replay_target.h"
#include "client/lib/error.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

struct ReplayArguments {
  ReplayOptions options;
  ReplayTargetOptions target;
};

// Tells of the first few and then only counts: a capture made with a small
// snapshot length has nothing but such records.
constexpr int kSkippedToTell = 10;

absl::Status Run(CommandContext& context, const ReplayArguments& arguments) {
  // A capture that cannot be read is refused before anything is made.
  if (arguments.options.capture != "-") {
    RETURN_IF_ERROR(CaptureReader::Open(arguments.options.capture).status());
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ReplayTarget> target,
                   ReplayTarget::Prepare(context.client(), arguments.target));
  context.Note(absl::StrCat("sending ", arguments.options.capture, " on ",
                            target->binding()));
  std::atomic<bool> stop = false;
  ReplayResult result;
  absl::Status status;
  {
    Interrupt::Scope scope(context.interrupt(), [&stop] { stop = true; });
    ProgressMeter progress(context.err(), context.progress(),
                           [] { return absl::Now(); });
    int skipped = 0;
    status = Replay(
        context.client(), arguments.options, target->binding(), target->pool(),
        ReplayClock::Real(), stop,
        [&](const CapturedFrame& frame) {
          if (++skipped > kSkippedToTell) return;
          context.Note(absl::StrCat("skipped ", frame.Description(),
                                    skipped == kSkippedToTell
                                        ? "; further ones are only counted"
                                        : ""));
        },
        progress, &result);
  }
  context.out() << (context.json() ? ReplayJson(result)
                                   : ReplaySummary(result));
  context.out().flush();
  status.Update(target->Remove());
  if (result.AllCameBack()) {
    if (status.ok() && result.NoneSucceeded()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "no frame was sent: none came back with SUCCESS; see what state ",
          target->binding(), " is in: netbufctl binding get ",
          target->binding()));
    }
    // A replay for ever ends no other way.
    if (!status.ok() || !stop || arguments.options.loops == 0) return status;
    return absl::CancelledError("stopped before the end of the capture");
  }
  // Lost frames are what counts now, not how the call ended.
  if (!status.ok()) context.err() << RenderError(status);
  return absl::DataLossError(
      absl::StrCat(WithCommas(result.counts.frames - result.counts.completed),
                   " frames did not come back"));
}

}  // namespace

void AddReplayCommand(CommandTree& tree) {
  auto arguments = std::make_shared<ReplayArguments>();
  ReplayTargetOptions* target = &arguments->target;
  // Two replays at once do not meet.
  target->id = absl::StrCat("replay-", getpid());
  CLI::App* command =
      tree.AddCommand(nullptr, "replay",
                      "Send the frames of a capture and count what came back.",
                      [arguments](CommandContext& context) {
                        return Run(context, *arguments);
                      });
  command
      ->add_option("capture", arguments->options.capture,
                   "pcap or pcapng, Ethernet; - is standard input")
      ->required();
  CLI::App* where = command->add_option_group("Where", "One of:");
  where->require_option(1);
  CLI::Option* adapter =
      AddName(where, "--adapter", kAdapters, &target->adapter,
              "Open a binding on this adapter, and close it afterwards");
  AddName(where, "--binding", kBindings, &target->binding,
          "Use this binding, which must be running");
  AddName(command, "--protocol", kProtocols, &target->protocol,
          "With --adapter: bind this protocol; one of its own unless given")
      ->needs(adapter);
  AddName(command, "--pool", kListPools, &target->pool,
          "Use this pool of the same protocol; one of its own, "
          "sized for the stack, unless given");
  command->add_option("--batch", arguments->options.batch, "Frames a call")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command
      ->add_option("--rate", arguments->options.rate,
                   "Frames a second; as fast as they go unless given")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--loop", arguments->options.loops,
                   "How many times; 0: until Ctrl-C")
      ->capture_default_str();
  command->footer(
      "Exit: 0 when every frame came back and some with SUCCESS; 1 otherwise.\n"
      "Example: netbufctl replay in.pcap --adapter a1 --rate 10000");
}

}  // namespace netbuf::client
