// netbufctl protocol ...

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
#include "google/protobuf/util/time_util.h"

namespace netbuf::client {
namespace {

// Protocols that the server's configuration declares have no lease.
std::string LeaseText(const v1::Protocol& protocol) {
  return protocol.has_lease_duration() ? DurationText(protocol.lease_duration())
                                       : "none";
}

std::string ExpiryText(const v1::Protocol& protocol) {
  return protocol.has_lease_expire_time()
             ? google::protobuf::util::TimeUtil::ToString(
                   protocol.lease_expire_time())
             : "never";
}

std::string ProtocolTable(const std::vector<v1::Protocol>& protocols) {
  Table table({{"NAME"},
               {"LEASE"},
               {"EXPIRES"},
               Numbers("BINDINGS"),
               Numbers("NBL POOLS"),
               Numbers("NB POOLS")});
  for (const v1::Protocol& protocol : protocols) {
    table.AddRow({protocol.name(), LeaseText(protocol), ExpiryText(protocol),
                  absl::StrCat(protocol.bindings_size()),
                  absl::StrCat(protocol.net_buffer_list_pools_size()),
                  absl::StrCat(protocol.net_buffer_pools_size())});
  }
  return table.ToString();
}

std::string ProtocolFacts(const v1::Protocol& protocol) {
  FactList facts;
  facts.Add("name", protocol.name());
  facts.Add("lease", LeaseText(protocol));
  facts.Add("expires", ExpiryText(protocol));
  facts.Add("bindings", absl::StrJoin(protocol.bindings(), ", "));
  facts.Add("net buffer list pools",
            absl::StrJoin(protocol.net_buffer_list_pools(), ", "));
  facts.Add("net buffer pools",
            absl::StrJoin(protocol.net_buffer_pools(), ", "));
  return facts.ToString();
}

std::string AuditFacts(const v1::DeregisterProtocolResponse& audit) {
  FactList facts;
  facts.Add("leaked net buffer lists",
            WithCommas(audit.leaked_net_buffer_lists()));
  facts.Add("leaked net buffers", WithCommas(audit.leaked_net_buffers()));
  facts.Add("reclaimed pools", absl::StrJoin(audit.reclaimed_pools(), ", "));
  facts.Add("closed bindings", absl::StrJoin(audit.closed_bindings(), ", "));
  return facts.ToString();
}

void AddRegister(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string id;
    absl::Duration lease = absl::ZeroDuration();
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "register", "Register a protocol driver.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(
            const v1::Protocol protocol,
            context.client().RegisterProtocol(arguments->id, arguments->lease));
        RETURN_IF_ERROR(context.Print(protocol, ProtocolFacts(protocol)));
        context.Note(absl::StrCat(
            "registered ", protocol.name(),
            "; renew its lease in time with: netbufctl protocol keep-alive ",
            protocol.name()));
        return absl::OkStatus();
      });
  command->add_option("id", arguments->id, "The new protocol's id")->required();
  AddDuration(
      command, "--lease",
      [arguments](absl::Duration lease) { arguments->lease = lease; },
      "How long it lives without a sign of life; 60s unless given");
}

void AddReading(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* get =
      tree.AddCommand(noun, "get", "Show a protocol.",
                      [name](CommandContext& context) -> absl::Status {
                        ASSIGN_OR_RETURN(const v1::Protocol protocol,
                                         context.client().GetProtocol(*name));
                        return context.Print(protocol, ProtocolFacts(protocol));
                      });
  AddName(get, "name", kProtocols, name.get(), "protocols/ID or ID")
      ->required();
  tree.AddCommand(noun, "list", "List the protocols.",
                  [](CommandContext& context) -> absl::Status {
                    ASSIGN_OR_RETURN(const std::vector<v1::Protocol> protocols,
                                     context.client().ListProtocols());
                    return context.PrintList("protocols", protocols,
                                             ProtocolTable(protocols));
                  });
}

void AddKeepAlive(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "keep-alive", "Renew a protocol's lease.",
      [name](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::Protocol protocol,
                         context.client().KeepAliveProtocol(*name));
        return context.Print(protocol, ProtocolFacts(protocol));
      });
  AddName(command, "name", kProtocols, name.get(), "protocols/ID or ID")
      ->required();
}

void AddDeregister(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "deregister",
      "Deregister a protocol: close and free what it left, and say what.",
      [name](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::DeregisterProtocolResponse audit,
                         context.client().DeregisterProtocol(*name));
        RETURN_IF_ERROR(context.Print(audit, AuditFacts(audit)));
        context.Note(absl::StrCat("deregistered ", *name));
        return absl::OkStatus();
      });
  AddName(command, "name", kProtocols, name.get(), "protocols/ID or ID")
      ->required();
}

}  // namespace

void AddProtocolCommands(CommandTree& tree) {
  CLI::App* noun =
      tree.AddNoun("protocol", "Protocol drivers and their leases.");
  AddRegister(tree, noun);
  AddReading(tree, noun);
  AddKeepAlive(tree, noun);
  AddDeregister(tree, noun);
}

}  // namespace netbuf::client
