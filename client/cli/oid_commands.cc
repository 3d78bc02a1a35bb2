// netbufctl oid ...

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

// "0x00010101", "65793" or a name.
template <typename Request>
void AddOidArguments(CLI::App* command, Request* request) {
  AddName(command, "binding", kBindings, request->mutable_binding(),
          "protocols/PROTOCOL/bindings/BINDING, or PROTOCOL/BINDING")
      ->required();
  command
      ->add_option_function<std::string>(
          "oid",
          [request](const std::string& text) {
            uint32_t number = 0;
            const absl::string_view digits = absl::StripPrefix(text, "0x");
            const bool hex = digits.size() != text.size();
            if (hex ? absl::SimpleHexAtoi(digits, &number)
                    : absl::SimpleAtoi(digits, &number)) {
              request->set_oid_value(number);
            } else {
              request->set_oid_name(text);
            }
          },
          "A name such as OID_GEN_LINK_STATE, or a number")
      ->required()
      ->type_name("OID");
}

void AddQuery(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::QueryOidRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "query", "Ask the stack below a binding.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::QueryOidResponse response,
                         context.client().QueryOid(*request));
        return context.Print(response,
                             absl::StrCat(OidAnswerText(response), "\n"));
      });
  AddOidArguments(command, request.get());
  AddNumber<uint32_t>(
      command, "--length",
      [request](uint32_t length) {
        request->set_information_buffer_length(length);
      },
      "Bytes of the information buffer; as many as needed unless given");
}

// A number in the layout of NDIS, a ULONG.
std::string LittleEndian32(uint32_t number) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
  return bytes;
}

void AddSet(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::SetOidRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "set", "Tell the stack below a binding.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::SetOidResponse response,
                         context.client().SetOid(*request));
        return context.Print(
            response, absl::StrCat(response.oid_name(), ": ",
                                   StatusName(response.ndis_status()), ", ",
                                   response.bytes_read(), " bytes read\n"));
      });
  AddOidArguments(command, request.get());
  CLI::Option* hex =
      AddHexBytes(command, "--hex", request->mutable_information_buffer(),
                  "The information buffer, as NDIS lays it out");
  AddNumber<uint32_t>(
      command, "--u32",
      [request](uint32_t number) {
        request->set_information_buffer(LittleEndian32(number));
      },
      "The information buffer, as one 32-bit number")
      ->excludes(hex);
  command->footer(
      "Example, to receive frames for this adapter and broadcasts:\n"
      "  netbufctl oid set protocols/p1/bindings/b1 "
      "OID_GEN_CURRENT_PACKET_FILTER --u32 0x5");
}

void AddList(CommandTree& tree, CLI::App* noun) {
  tree.AddCommand(
      noun, "list", "List the OIDs that netbufd knows.",
      [](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<v1::OidInfo> oids,
                         context.client().ListOids());
        Table table({{"OID"}, {"NAME"}, {"ACCESS"}, {"TYPE"}, {"MANDATORY"}});
        for (const v1::OidInfo& oid : oids) {
          table.AddRow({absl::StrFormat("0x%08X", oid.oid()), oid.name(),
                        absl::StrCat(oid.query() ? "query" : "",
                                     oid.query() && oid.set() ? "," : "",
                                     oid.set() ? "set" : ""),
                        oid.data_type(), oid.mandatory() ? "yes" : "no"});
        }
        return context.PrintList("oids", oids, table.ToString());
      });
}

}  // namespace

void AddOidCommands(CommandTree& tree) {
  CLI::App* noun =
      tree.AddNoun("oid", "OID requests to the stack below a binding.");
  AddQuery(tree, noun);
  AddSet(tree, noun);
  AddList(tree, noun);
}

}  // namespace netbuf::client
