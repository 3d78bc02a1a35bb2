// netbufctl binding ...

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/binding_text.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

constexpr char kNameHelp[] =
    "protocols/PROTOCOL/bindings/BINDING, or PROTOCOL/BINDING";

absl::Status PrintBinding(CommandContext& context, const v1::Binding& binding) {
  return context.Print(binding, BindingFacts(binding));
}

void AddOpen(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string protocol;
    std::string id;
    v1::Binding binding;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "open", "Bind a protocol to an adapter; the binding opens paused.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(
            const v1::Binding binding,
            context.client().OpenBinding(arguments->protocol, arguments->id,
                                         arguments->binding));
        RETURN_IF_ERROR(PrintBinding(context, binding));
        context.Note(absl::StrCat(
            "opened ", binding.name(),
            "; make pools with the back-fill above, then: netbufctl binding "
            "restart ",
            binding.name()));
        return absl::OkStatus();
      });
  AddName(command, "protocol", kProtocols, &arguments->protocol,
          "protocols/ID or ID")
      ->required();
  command->add_option("id", arguments->id, "The new binding's id")->required();
  AddName(command, "--adapter", kAdapters, arguments->binding.mutable_adapter(),
          "adapters/ID or ID")
      ->required();
  AddChoice<v1::Binding::RestartPolicy>(
      command, "--restart-policy",
      {{"automatic", v1::Binding::RESTART_POLICY_AUTOMATIC},
       {"manual", v1::Binding::RESTART_POLICY_MANUAL}},
      [arguments](v1::Binding::RestartPolicy policy) {
        arguments->binding.set_restart_policy(policy);
      },
      "Who completes a restart that the stack began");
}

void AddReading(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* get =
      tree.AddCommand(noun, "get", "Show a binding.",
                      [name](CommandContext& context) -> absl::Status {
                        ASSIGN_OR_RETURN(const v1::Binding binding,
                                         context.client().GetBinding(*name));
                        return PrintBinding(context, binding);
                      });
  AddName(get, "name", kBindings, name.get(), kNameHelp)->required();

  auto protocol = std::make_shared<std::string>("protocols/-");
  CLI::App* list = tree.AddCommand(
      noun, "list", "List the bindings of a protocol, or of all.",
      [protocol](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<v1::Binding> bindings,
                         context.client().ListBindings(*protocol));
        return context.PrintList("bindings", bindings, BindingTable(bindings));
      });
  AddName(list, "protocol", kProtocols, protocol.get(),
          "protocols/ID or ID; all unless given");
}

void AddPause(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    absl::Duration timeout = absl::ZeroDuration();
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "pause", "Pause a binding: wait until every send has come back.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(
            const v1::Binding binding,
            context.client().PauseBinding(arguments->name, arguments->timeout));
        return PrintBinding(context, binding);
      });
  AddName(command, "name", kBindings, &arguments->name, kNameHelp)->required();
  AddDuration(
      command, "--pause-timeout",
      [arguments](absl::Duration timeout) { arguments->timeout = timeout; },
      "How long to wait for the pause to end; 10s unless given");
}

void AddRestart(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    bool hold = false;
    v1::NdisStatus status = v1::NDIS_STATUS_SUCCESS;
  };
  auto restart_arguments = std::make_shared<Arguments>();
  CLI::App* restart = tree.AddCommand(
      noun, "restart", "Restart a paused binding.",
      [restart_arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::Binding binding,
                         context.client().RestartBinding(
                             restart_arguments->name, restart_arguments->hold));
        return PrintBinding(context, binding);
      });
  AddName(restart, "name", kBindings, &restart_arguments->name, kNameHelp)
      ->required();
  restart->add_flag("--hold", restart_arguments->hold,
                    "Stay in RESTARTING until complete-restart");

  auto arguments = std::make_shared<Arguments>();
  CLI::App* complete = tree.AddCommand(
      noun, "complete-restart", "Complete a restart that was held.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::Binding binding,
                         context.client().CompleteRestartBinding(
                             arguments->name, arguments->status));
        return PrintBinding(context, binding);
      });
  AddName(complete, "name", kBindings, &arguments->name, kNameHelp)->required();
  AddNdisStatus(
      complete, "--status",
      [arguments](v1::NdisStatus status) { arguments->status = status; },
      "SUCCESS, unless given; anything else: the restart failed");
}

void AddClose(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    absl::Duration timeout = absl::ZeroDuration();
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "close", "Close a binding; a running one is paused first.",
      [arguments](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(
            context.client().CloseBinding(arguments->name, arguments->timeout));
        context.Note(absl::StrCat("closed ", arguments->name));
        return context.PrintNothing();
      });
  AddName(command, "name", kBindings, &arguments->name, kNameHelp)->required();
  AddDuration(
      command, "--pause-timeout",
      [arguments](absl::Duration timeout) { arguments->timeout = timeout; },
      "How long the pause before it may take; 10s unless given");
}

void AddWatch(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    uint64_t count = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "watch", "Tell what happens to a binding, until it closes.",
      [arguments](CommandContext& context) -> absl::Status {
        const std::unique_ptr<BindingEventReader> events =
            context.client().WatchBinding(arguments->name);
        bool ended_here = false;
        {
          Interrupt::Scope scope(context.interrupt(),
                                 [&events] { events->Cancel(); });
          v1::BindingEvent event;
          for (uint64_t seen = 0; events->Read(&event);) {
            RETURN_IF_ERROR(
                context.PrintStreamed(event, BindingEventLine(event)));
            ended_here = arguments->count > 0 && ++seen == arguments->count;
            if (ended_here) events->Cancel();
          }
        }
        const absl::Status ended = events->Finish();
        return absl::IsCancelled(ended) ? absl::OkStatus() : ended;
      });
  AddName(command, "name", kBindings, &arguments->name, kNameHelp)->required();
  command->add_option("--count", arguments->count,
                      "End after so many events; 0: only with the binding");
}

}  // namespace

void AddBindingCommands(CommandTree& tree) {
  CLI::App* noun = tree.AddNoun("binding", "Protocols bound to adapters.");
  AddOpen(tree, noun);
  AddReading(tree, noun);
  AddPause(tree, noun);
  AddRestart(tree, noun);
  AddClose(tree, noun);
  AddWatch(tree, noun);
}

}  // namespace netbuf::client
