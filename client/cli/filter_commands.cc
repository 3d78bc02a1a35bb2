// netbufctl filter ...

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

std::string KindText(const v1::FilterModule& filter) {
  switch (filter.kind_case()) {
    case v1::FilterModule::kVlan:
      return absl::StrCat("vlan ", filter.vlan().vlan_id());
    case v1::FilterModule::kVxlan:
      return absl::StrCat("vxlan ", filter.vxlan().vni());
    case v1::FilterModule::kObserver:
      return "observer";
    case v1::FilterModule::KIND_NOT_SET:
      return "";
  }
  return "";
}

// From the top of the stack down.
template <typename Filters>
std::string FilterTable(const Filters& filters) {
  Table table({{"NAME"},
               {"KIND"},
               Numbers("DATA BACK-FILL"),
               Numbers("CONTEXT"),
               Numbers("SENT"),
               Numbers("RECEIVED"),
               Numbers("HITS"),
               Numbers("MISSES")});
  for (const v1::FilterModule& filter : filters) {
    table.AddRow({filter.name(), KindText(filter),
                  absl::StrCat(filter.requirements().data_back_fill_size()),
                  absl::StrCat(filter.requirements().context_back_fill_size()),
                  WithCommas(filter.frames_sent()),
                  WithCommas(filter.frames_received()),
                  WithCommas(filter.data_back_fill_hits()),
                  WithCommas(filter.data_back_fill_misses())});
  }
  return table.ToString();
}

void AddVlanOptions(CLI::App* command, v1::FilterModule* filter) {
  AddNumber<uint32_t>(
      command, "--vlan",
      [filter](uint32_t id) { filter->mutable_vlan()->set_vlan_id(id); },
      "Tag frames with this 802.1Q VLAN id, 0 to 4094")
      ->group("Kind");
  AddNumber<uint32_t>(
      command, "--priority",
      [filter](uint32_t priority) {
        filter->mutable_vlan()->set_priority(priority);
      },
      "With --vlan: the tag's priority, 0 to 7")
      ->needs("--vlan")
      ->group("Kind");
}

void AddVxlanOptions(CLI::App* command, v1::FilterModule* filter) {
  AddNumber<uint32_t>(
      command, "--vxlan",
      [filter](uint32_t vni) { filter->mutable_vxlan()->set_vni(vni); },
      "Wrap frames in VXLAN with this network identifier")
      ->excludes("--vlan")
      ->group("Kind");
  const auto text = [command](const std::string& option, auto set,
                              const std::string& description) {
    command->add_option_function<std::string>(option, set, description)
        ->needs("--vxlan")
        ->group("Kind");
  };
  text(
      "--local-mac",
      [filter](const std::string& address) {
        filter->mutable_vxlan()->set_local_mac_address(address);
      },
      "Outer source MAC address; the adapter's unless given");
  text(
      "--remote-mac",
      [filter](const std::string& address) {
        filter->mutable_vxlan()->set_remote_mac_address(address);
      },
      "Outer destination MAC address");
  text(
      "--local-ip",
      [filter](const std::string& address) {
        filter->mutable_vxlan()->set_local_ip_address(address);
      },
      "Outer source IPv4 address");
  text(
      "--remote-ip",
      [filter](const std::string& address) {
        filter->mutable_vxlan()->set_remote_ip_address(address);
      },
      "Outer destination IPv4 address");
  AddNumber<uint32_t>(
      command, "--port",
      [filter](uint32_t port) {
        filter->mutable_vxlan()->set_destination_port(port);
      },
      "Outer UDP destination port; 4789 unless given")
      ->needs("--vxlan")
      ->group("Kind");
  AddNumber<uint32_t>(
      command, "--ttl",
      [filter](uint32_t ttl) { filter->mutable_vxlan()->set_ttl(ttl); },
      "Outer time to live; 64 unless given")
      ->needs("--vxlan")
      ->group("Kind");
}

void AddAttach(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::AttachFilterRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "attach",
      "Insert a filter module: the stack pauses, changes and restarts.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::FilterModule filter,
                         context.client().AttachFilter(*request));
        RETURN_IF_ERROR(context.Print(
            filter, FilterTable(std::vector<v1::FilterModule>{filter})));
        context.Note(absl::StrCat(
            "attached ", filter.name(),
            "; see what the stack wants now with: netbufctl adapter get ",
            request->parent()));
        return absl::OkStatus();
      });
  AddName(command, "adapter", kAdapters, request->mutable_parent(),
          "adapters/ID or ID")
      ->required();
  command->add_option("id", *request->mutable_filter_id(), "The filter's id")
      ->required();
  AddVlanOptions(command, request->mutable_filter());
  AddVxlanOptions(command, request->mutable_filter());
  command
      ->add_flag_callback(
          "--observer",
          [request] { request->mutable_filter()->mutable_observer(); },
          "Count what passes and change nothing")
      ->excludes("--vlan")
      ->excludes("--vxlan")
      ->group("Kind");
  AddNumber<uint32_t>(
      command, "--position",
      [request](uint32_t position) { request->set_position(position); },
      "How many filters stay above it; 0, the top, unless given");
  AddDuration(
      command, "--pause-timeout",
      [request](absl::Duration timeout) {
        SetDuration(timeout, request->mutable_timeout());
      },
      "How long the stack may take to pause; 10s unless given");
  command->footer("Example: netbufctl filter attach a1 tunnel --vxlan 42");
}

void AddDetach(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    absl::Duration timeout = absl::ZeroDuration();
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "detach",
      "Remove a filter module: the stack pauses, changes and restarts.",
      [arguments](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(
            context.client().DetachFilter(arguments->name, arguments->timeout));
        context.Note(absl::StrCat("detached ", arguments->name));
        return context.PrintNothing();
      });
  AddName(command, "name", kFilters, &arguments->name,
          "adapters/ADAPTER/filters/FILTER, or ADAPTER/FILTER")
      ->required();
  AddDuration(
      command, "--pause-timeout",
      [arguments](absl::Duration timeout) { arguments->timeout = timeout; },
      "How long the stack may take to pause; 10s unless given");
}

void AddList(CommandTree& tree, CLI::App* noun) {
  auto adapter_name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "list", "List an adapter's filter modules from the top down.",
      [adapter_name](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::Adapter adapter,
                         context.client().GetAdapter(*adapter_name));
        return context.PrintList("filters", adapter.filters(),
                                 FilterTable(adapter.filters()));
      });
  AddName(command, "adapter", kAdapters, adapter_name.get(),
          "adapters/ID or ID")
      ->required();
}

}  // namespace

void AddFilterCommands(CommandTree& tree) {
  CLI::App* noun =
      tree.AddNoun("filter", "Filter modules between bindings and adapter.");
  AddAttach(tree, noun);
  AddDetach(tree, noun);
  AddList(tree, noun);
}

}  // namespace netbuf::client
