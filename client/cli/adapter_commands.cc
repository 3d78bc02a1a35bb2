// netbufctl adapter ...

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

std::string StateText(const v1::Adapter& adapter) {
  return WithoutPrefix(v1::Adapter::State_Name(adapter.state()), "STATE_");
}

std::string NicText(const v1::Adapter& adapter) {
  switch (adapter.nic_case()) {
    case v1::Adapter::kSimulated:
      return "simulated";
    case v1::Adapter::kPcap:
      return "pcap";
    case v1::Adapter::NIC_NOT_SET:
      return "";
  }
  return "";
}

std::string FilterIds(const v1::Adapter& adapter) {
  return absl::StrJoin(
      adapter.filters(), ",",
      [](std::string* out, const v1::FilterModule& filter) {
        absl::StrAppend(out,
                        filter.name().substr(filter.name().rfind('/') + 1));
      });
}

std::string AdapterTable(const std::vector<v1::Adapter>& adapters) {
  Table table({{"NAME"},
               {"STATE"},
               {"LINK"},
               {"NIC"},
               Numbers("MTU"),
               {"FILTERS"},
               Numbers("DATA BACK-FILL"),
               Numbers("CONTEXT"),
               Numbers("BINDINGS"),
               Numbers("QUEUED")});
  for (const v1::Adapter& adapter : adapters) {
    table.AddRow({adapter.name(), StateText(adapter),
                  LinkText(adapter.link_state()), NicText(adapter),
                  absl::StrCat(adapter.mtu()), FilterIds(adapter),
                  absl::StrCat(adapter.requirements().data_back_fill_size()),
                  absl::StrCat(adapter.requirements().context_back_fill_size()),
                  absl::StrCat(adapter.bindings_size()),
                  WithCommas(adapter.transmit_queue_length())});
  }
  return table.ToString();
}

void AddNicFacts(const v1::Adapter& adapter, FactList* facts) {
  facts->Add("nic", NicText(adapter));
  if (!adapter.has_pcap()) return;
  facts->AddIfAny("transmit file", adapter.pcap().transmit_file());
  facts->AddIfAny("receive file", adapter.pcap().receive_file());
  if (!adapter.has_capture_replay()) return;
  const v1::CaptureReplay& replay = adapter.capture_replay();
  facts->Add("replayed",
             absl::StrCat(WithCommas(replay.frames_replayed()), " frames",
                          replay.finished() ? ", finished" : ""));
  facts->AddIfAny("replay error", replay.error());
}

std::string AdapterFacts(const v1::Adapter& adapter) {
  FactList facts;
  facts.Add("name", adapter.name());
  facts.Add("state", StateText(adapter));
  facts.Add("link", LinkText(adapter.link_state()));
  AddNicFacts(adapter, &facts);
  facts.Add("mac address", adapter.mac_address());
  facts.Add("mtu", absl::StrCat(adapter.mtu()));
  facts.Add("largest frame",
            absl::StrCat(adapter.maximum_total_size(), " bytes"));
  facts.Add("filters", FilterIds(adapter));
  facts.Add("back-fill wanted", RequirementsText(adapter.requirements()));
  facts.Add("bindings", absl::StrJoin(adapter.bindings(), ", "));
  const v1::AdapterStatistics& counts = adapter.statistics();
  facts.Add("sent", absl::StrCat(WithCommas(counts.out_unicast_packets() +
                                            counts.out_multicast_packets() +
                                            counts.out_broadcast_packets()),
                                 " frames, ", WithCommas(counts.out_octets()),
                                 " bytes"));
  facts.Add("received", absl::StrCat(WithCommas(counts.in_unicast_packets() +
                                                counts.in_multicast_packets() +
                                                counts.in_broadcast_packets()),
                                     " frames, ",
                                     WithCommas(counts.in_octets()), " bytes"));
  facts.Add(
      "discards and errors",
      absl::StrCat(
          "out ", WithCommas(counts.out_discards() + counts.out_errors()),
          ", in ", WithCommas(counts.in_discards() + counts.in_errors())));
  facts.Add("transmit queue", WithCommas(adapter.transmit_queue_length()));
  return facts.ToString();
}

void AddNicOptions(CLI::App* command, v1::Adapter* adapter) {
  CLI::Option* simulated =
      command
          ->add_flag_callback(
              "--simulated", [adapter] { adapter->mutable_simulated(); },
              "A transmit ring on a wire with a speed (the default)")
          ->group("NIC");
  CLI::Option* descriptors =
      AddNumber<uint32_t>(
          command, "--transmit-descriptors",
          [adapter](uint32_t count) {
            adapter->mutable_simulated()->set_transmit_descriptors(count);
          },
          "Simulated: frames the ring holds")
          ->group("NIC");
  const auto pcap = [=](CLI::Option* option) {
    option->excludes(simulated)->excludes(descriptors)->group("NIC");
  };
  pcap(command->add_option_function<std::string>(
      "--transmit-file",
      [adapter](const std::string& file) {
        adapter->mutable_pcap()->set_transmit_file(file);
      },
      "Pcap: transmit to this file in the server's capture directory"));
  pcap(command->add_option_function<std::string>(
      "--receive-file",
      [adapter](const std::string& file) {
        adapter->mutable_pcap()->set_receive_file(file);
      },
      "Pcap: receive from this file in the server's capture directory"));
  pcap(AddChoice<v1::PcapNic::ReplayPace>(
      command, "--receive-pace",
      {{"top-speed", v1::PcapNic::REPLAY_PACE_TOP_SPEED},
       {"captured", v1::PcapNic::REPLAY_PACE_CAPTURED}},
      [adapter](v1::PcapNic::ReplayPace pace) {
        adapter->mutable_pcap()->set_receive_pace(pace);
      },
      "Pcap: how fast frames are received"));
  pcap(AddChoice<v1::PcapNic::TimestampPrecision>(
      command, "--transmit-precision",
      {{"us", v1::PcapNic::TIMESTAMP_PRECISION_MICROSECONDS},
       {"ns", v1::PcapNic::TIMESTAMP_PRECISION_NANOSECONDS}},
      [adapter](v1::PcapNic::TimestampPrecision precision) {
        adapter->mutable_pcap()->set_transmit_precision(precision);
      },
      "Pcap: timestamps of the transmit file"));
}

void AddMiniportOptions(CLI::App* command, v1::Adapter* adapter) {
  command->add_option("--mac", *adapter->mutable_mac_address(),
                      "MAC address, 02:00:00:00:00:01; else one from the id");
  AddNumber<uint32_t>(
      command, "--mtu", [adapter](uint32_t mtu) { adapter->set_mtu(mtu); },
      "Largest payload behind the Ethernet header; 1500 unless given");
  AddNumber<uint64_t>(
      command, "--link-speed",
      [adapter](uint64_t speed) { adapter->set_link_speed_bps(speed); },
      "Bits per second; frames are paced to it");
  AddNumber<uint32_t>(
      command, "--data-back-fill",
      [adapter](uint32_t size) { adapter->set_data_back_fill_size(size); },
      "Bytes the miniport wants unused in front of each frame");
  AddNumber<uint32_t>(
      command, "--context-back-fill",
      [adapter](uint32_t size) { adapter->set_context_back_fill_size(size); },
      "Bytes the miniport wants unused in each list's context");
  AddNumber<uint32_t>(
      command, "--max-multicast",
      [adapter](uint32_t size) { adapter->set_max_multicast_list_size(size); },
      "Addresses in the multicast list");
  command->add_flag_callback(
      "--disconnected",
      [adapter] { adapter->set_initially_disconnected(true); },
      "Start with the cable pulled");
  AddNumber<bool>(
      command, "--pad-short-frames",
      [adapter](bool pad) { adapter->set_pad_short_frames(pad); },
      "true or false: pad frames under 60 bytes");
  AddChoice<v1::LinkDownPolicy>(
      command, "--link-down-policy",
      {{"fail", v1::LINK_DOWN_POLICY_FAIL},
       {"drop", v1::LINK_DOWN_POLICY_DROP},
       {"queue", v1::LINK_DOWN_POLICY_QUEUE}},
      [adapter](v1::LinkDownPolicy policy) {
        adapter->set_link_down_policy(policy);
      },
      "What a send meets while the link is down");
}

void AddCreate(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string id;
    v1::Adapter adapter;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "create", "Make an adapter and start it.",
      [arguments](CommandContext& context) -> absl::Status {
        v1::Adapter& wanted = arguments->adapter;
        if (wanted.nic_case() == v1::Adapter::NIC_NOT_SET) {
          wanted.mutable_simulated();
        }
        ASSIGN_OR_RETURN(const v1::Adapter adapter,
                         context.client().CreateAdapter(arguments->id, wanted));
        RETURN_IF_ERROR(context.Print(adapter, AdapterFacts(adapter)));
        context.Note(
            absl::StrCat("created ", adapter.name(),
                         "; bind to it with: netbufctl binding open PROTOCOL "
                         "BINDING --adapter ",
                         arguments->id));
        return absl::OkStatus();
      });
  command->add_option("id", arguments->id, "The new adapter's id")->required();
  AddNicOptions(command, &arguments->adapter);
  AddMiniportOptions(command, &arguments->adapter);
  command->footer(
      "Example: netbufctl adapter create a1 --transmit-file out.pcap");
}

void AddReading(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* get =
      tree.AddCommand(noun, "get", "Show an adapter.",
                      [name](CommandContext& context) -> absl::Status {
                        ASSIGN_OR_RETURN(const v1::Adapter adapter,
                                         context.client().GetAdapter(*name));
                        return context.Print(adapter, AdapterFacts(adapter));
                      });
  AddName(get, "name", kAdapters, name.get(), "adapters/ID or ID")->required();
  tree.AddCommand(noun, "list", "List the adapters.",
                  [](CommandContext& context) -> absl::Status {
                    ASSIGN_OR_RETURN(const std::vector<v1::Adapter> adapters,
                                     context.client().ListAdapters());
                    return context.PrintList("adapters", adapters,
                                             AdapterTable(adapters));
                  });
}

void AddDelete(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "delete", "Halt an adapter and write its files out.",
      [name](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().DeleteAdapter(*name));
        context.Note(absl::StrCat("deleted ", *name));
        return context.PrintNothing();
      });
  AddName(command, "name", kAdapters, name.get(), "adapters/ID or ID")
      ->required();
}

void AddSetLink(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string name;
    v1::LinkState link;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "set-link", "Plug or pull the cable.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(
            const v1::Adapter adapter,
            context.client().SetLinkState(arguments->name, arguments->link));
        return context.Print(adapter, AdapterFacts(adapter));
      });
  AddName(command, "name", kAdapters, &arguments->name, "adapters/ID or ID")
      ->required();
  AddChoice<v1::LinkState::ConnectState>(
      command, "state",
      {{"up", v1::LinkState::CONNECT_STATE_CONNECTED},
       {"down", v1::LinkState::CONNECT_STATE_DISCONNECTED}},
      [arguments](v1::LinkState::ConnectState state) {
        arguments->link.set_connect_state(state);
      },
      "up or down")
      ->required();
  AddChoice<v1::LinkState::DuplexState>(
      command, "--duplex",
      {{"half", v1::LinkState::DUPLEX_STATE_HALF},
       {"full", v1::LinkState::DUPLEX_STATE_FULL}},
      [arguments](v1::LinkState::DuplexState state) {
        arguments->link.set_duplex_state(state);
      },
      "half or full");
  AddNumber<uint64_t>(
      command, "--speed",
      [arguments](uint64_t speed) {
        arguments->link.set_xmit_link_speed_bps(speed);
        arguments->link.set_rcv_link_speed_bps(speed);
      },
      "Bits per second; the present speed unless given");
}

}  // namespace

void AddAdapterCommands(CommandTree& tree) {
  CLI::App* noun = tree.AddNoun("adapter", "Miniport adapters and their NICs.");
  AddCreate(tree, noun);
  AddReading(tree, noun);
  AddDelete(tree, noun);
  AddSetLink(tree, noun);
}

}  // namespace netbuf::client
