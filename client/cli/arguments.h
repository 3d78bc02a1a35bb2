// Arguments in the forms people type, as CLI11 options that set a value or
// refuse it with a message that names the option.

#ifndef NETBUFD_CLIENT_CLI_ARGUMENTS_H_
#define NETBUFD_CLIENT_CLI_ARGUMENTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "netbuf/v1/buffer_service.pb.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf::client {

// The collections that names go through, for AddName.
inline constexpr char kAdapters[] = "adapters";
inline constexpr char kFilters[] = "adapters/filters";
inline constexpr char kProtocols[] = "protocols";
inline constexpr char kBindings[] = "protocols/bindings";
inline constexpr char kListPools[] = "protocols/netBufferListPools";
inline constexpr char kBufferPools[] = "protocols/netBufferPools";

// A resource by its name, or by its ids alone: one a collection.
//   kAdapters: "a1" -> "adapters/a1"
//   kBindings: "p1/b1" -> "protocols/p1/bindings/b1"
CLI::Option* AddName(CLI::App* command, const std::string& option,
                     const std::string& collections, std::string* name,
                     const std::string& description);

// A number for a setter of a message: AddNumber<uint32_t>(c, "--mtu", ...).
template <typename Number>
CLI::Option* AddNumber(CLI::App* command, const std::string& option,
                       std::function<void(const Number&)> set,
                       const std::string& description) {
  CLI::Option* added =
      command->add_option_function<Number>(option, std::move(set), description);
  if constexpr (std::is_unsigned_v<Number> && sizeof(Number) > 1) {
    added->type_name(absl::StrCat("UINT", 8 * sizeof(Number)));
  }
  return added;
}

// "500ms", "2s", "1m30s"; a bare number is seconds. More than 0.
CLI::Option* AddDuration(CLI::App* command, const std::string& option,
                         std::function<void(absl::Duration)> set,
                         const std::string& description);

// One of the names, in any case, and the value it stands for.
template <typename Value>
CLI::Option* AddChoice(CLI::App* command, const std::string& option,
                       std::vector<std::pair<std::string, Value>> choices,
                       std::function<void(Value)> set,
                       const std::string& description) {
  std::vector<std::string> names;
  for (const auto& choice : choices) names.push_back(choice.first);
  return command
      ->add_option_function<std::string>(
          option,
          [choices = std::move(choices),
           set = std::move(set)](const std::string& name) {
            for (const auto& [choice, value] : choices) {
              if (choice == name) set(value);
            }
          },
          description)
      ->transform(CLI::IsMember(std::move(names), CLI::ignore_case));
}

// Bytes in hexadecimal; "0x", colons and spaces are allowed.
CLI::Option* AddHexBytes(CLI::App* command, const std::string& option,
                         std::string* bytes, const std::string& description);

// An NDIS status by name, with or without NDIS_STATUS_, or by number.
CLI::Option* AddNdisStatus(CLI::App* command, const std::string& option,
                           std::function<void(v1::NdisStatus)> set,
                           const std::string& description);

// How a command names a NET_BUFFER: --nb HANDLE, or --nbl HANDLE and --index N.
void AddBufferReference(CLI::App* command, v1::NetBufferReference* reference);

void SetDuration(absl::Duration duration, google::protobuf::Duration* message);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_ARGUMENTS_H_
