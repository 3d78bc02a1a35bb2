// netbufctl receive

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/lib/capture_writer.h"
#include "client/lib/frame_batch.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

struct ReceiveArguments {
  std::string binding;
  uint64_t count = 0;
  uint32_t batch = 0;
  std::string file;
};

struct ReceiveTotals {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t dropped = 0;

  bool Enough(uint64_t count) const { return count > 0 && frames >= count; }
};

// Shows or writes the frames of one message.
absl::Status TakeFrames(CommandContext& context,
                        const v1::ReceiveFramesResponse& message,
                        const ReceiveArguments& arguments,
                        CaptureWriter* writer, ReceiveTotals* totals) {
  totals->dropped += message.dropped_frames();
  std::string text;
  RETURN_IF_ERROR(ForEachFrame(message, [&](absl::string_view frame) {
    if (totals->Enough(arguments.count)) return;
    ++totals->frames;
    totals->bytes += frame.size();
    if (writer != nullptr) {
      writer->Write(absl::Now(), frame);
    } else {
      absl::StrAppend(&text, "frame ", totals->frames, ": ", frame.size(),
                      " bytes\n", HexDump(frame));
    }
  }));
  if (writer != nullptr) return writer->Flush();
  return context.PrintStreamed(message, text);
}

absl::Status Receive(CommandContext& context,
                     const ReceiveArguments& arguments) {
  std::unique_ptr<CaptureWriter> writer;
  if (!arguments.file.empty()) {
    ASSIGN_OR_RETURN(writer, CaptureWriter::Create(arguments.file));
  }
  const std::unique_ptr<FrameReader> frames =
      context.client().ReceiveFrames(arguments.binding, arguments.batch);
  ReceiveTotals totals;
  {
    Interrupt::Scope scope(context.interrupt(),
                           [&frames] { frames->Cancel(); });
    v1::ReceiveFramesResponse message;
    while (!totals.Enough(arguments.count) && frames->Read(&message)) {
      RETURN_IF_ERROR(
          TakeFrames(context, message, arguments, writer.get(), &totals));
    }
  }
  if (totals.Enough(arguments.count)) frames->Cancel();
  context.Note(absl::StrCat(WithCommas(totals.frames), " frames, ",
                            WithCommas(totals.bytes), " bytes received, ",
                            WithCommas(totals.dropped), " dropped"));
  const absl::Status ended = frames->Finish();
  return absl::IsCancelled(ended) ? absl::OkStatus() : ended;
}

}  // namespace

void AddReceiveCommand(CommandTree& tree) {
  auto arguments = std::make_shared<ReceiveArguments>();
  CLI::App* command = tree.AddCommand(
      nullptr, "receive",
      "Take the frames a binding receives, until it closes or Ctrl-C.",
      [arguments](CommandContext& context) {
        return Receive(context, *arguments);
      });
  AddName(command, "binding", kBindings, &arguments->binding,
          "protocols/PROTOCOL/bindings/BINDING, or PROTOCOL/BINDING")
      ->required();
  command->add_option("--write", arguments->file,
                      "Write them to this pcap file instead of showing them");
  command->add_option("--count", arguments->count,
                      "End after so many frames; 0: do not");
  command->add_option("--batch", arguments->batch,
                      "Most frames a message; 0: the server's choice");
  command->footer(
      "A binding receives nothing before its packet filter is set:\n"
      "see netbufctl oid set --help.");
}

}  // namespace netbuf::client
