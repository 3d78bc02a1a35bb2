#include "client/cli/arguments.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace netbuf::client {
namespace {

// Empty when the text is not hexadecimal.
bool ParseHex(absl::string_view text, std::string* bytes) {
  const std::string digits =
      absl::StrReplaceAll(absl::StripPrefix(absl::AsciiStrToLower(text), "0x"),
                          {{":", ""}, {" ", ""}});
  if (digits.size() % 2 != 0) return false;
  for (const char digit : digits) {
    if (!absl::ascii_isxdigit(digit)) return false;
  }
  *bytes = absl::HexStringToBytes(digits);
  return true;
}

bool ParseStatus(const std::string& text, v1::NdisStatus* status) {
  const std::string upper = absl::AsciiStrToUpper(text);
  for (const absl::string_view prefix : {"", "NDIS_STATUS_"}) {
    if (v1::NdisStatus_Parse(absl::StrCat(prefix, upper), status)) return true;
  }
  uint32_t number = 0;
  if (!absl::StartsWith(upper, "0X") || !absl::SimpleHexAtoi(text, &number)) {
    return false;
  }
  *status = static_cast<v1::NdisStatus>(static_cast<int32_t>(number));
  return true;
}

}  // namespace

CLI::Option* AddName(CLI::App* command, const std::string& option,
                     const std::string& collections, std::string* name,
                     const std::string& description) {
  return command->add_option_function<std::string>(
      option,
      [collections, name](const std::string& text) {
        const std::vector<std::string> path = absl::StrSplit(collections, '/');
        const std::vector<std::string> ids = absl::StrSplit(text, '/');
        if (ids.size() != path.size()) {
          *name = text;
          return;
        }
        name->clear();
        for (size_t i = 0; i < ids.size(); ++i) {
          absl::StrAppend(name, i == 0 ? "" : "/", path[i], "/", ids[i]);
        }
      },
      description);
}

CLI::Option* AddDuration(CLI::App* command, const std::string& option,
                         std::function<void(absl::Duration)> set,
                         const std::string& description) {
  return command
      ->add_option_function<std::string>(
          option,
          [option, set = std::move(set)](const std::string& text) {
            absl::Duration duration;
            double seconds = 0;
            if (absl::SimpleAtod(text, &seconds)) {
              duration = absl::Seconds(seconds);
            } else if (!absl::ParseDuration(text, &duration)) {
              throw CLI::ValidationError(
                  option, absl::StrCat(text,
                                       " is not a duration; give one "
                                       "such as 500ms, 10s or 2m"));
            }
            if (duration <= absl::ZeroDuration() ||
                duration == absl::InfiniteDuration()) {
              throw CLI::ValidationError(
                  option,
                  absl::StrCat(text, " is not more than zero and finite"));
            }
            set(duration);
          },
          description)
      ->type_name("DURATION");
}

CLI::Option* AddHexBytes(CLI::App* command, const std::string& option,
                         std::string* bytes, const std::string& description) {
  return command
      ->add_option_function<std::string>(
          option,
          [option, bytes](const std::string& text) {
            if (!ParseHex(text, bytes)) {
              throw CLI::ValidationError(
                  option, absl::StrCat(text,
                                       " is not hexadecimal; give two "
                                       "digits a byte, such as 0badcafe"));
            }
          },
          description)
      ->type_name("HEX");
}

CLI::Option* AddNdisStatus(CLI::App* command, const std::string& option,
                           std::function<void(v1::NdisStatus)> set,
                           const std::string& description) {
  return command
      ->add_option_function<std::string>(
          option,
          [option, set = std::move(set)](const std::string& text) {
            v1::NdisStatus status;
            if (!ParseStatus(text, &status)) {
              throw CLI::ValidationError(
                  option, absl::StrCat(text,
                                       " is not an NDIS status; give one "
                                       "such as SUCCESS or 0xC0000001"));
            }
            set(status);
          },
          description)
      ->type_name("STATUS");
}

void AddBufferReference(CLI::App* command, v1::NetBufferReference* reference) {
  CLI::Option* buffer = AddNumber<uint64_t>(
      command, "--nb",
      [reference](uint64_t handle) { reference->set_net_buffer(handle); },
      "The NET_BUFFER, by its own handle");
  CLI::Option* list = AddNumber<uint64_t>(
      command, "--nbl",
      [reference](uint64_t handle) { reference->set_net_buffer_list(handle); },
      "The list that the NET_BUFFER is on");
  CLI::Option* index = AddNumber<uint32_t>(
      command, "--index",
      [reference](uint32_t value) { reference->set_net_buffer_index(value); },
      "Which NET_BUFFER of the list; 0, the first, unless given");
  buffer->type_name("HANDLE");
  list->type_name("HANDLE")->excludes(buffer);
  index->needs(list);
}

void SetDuration(absl::Duration duration, google::protobuf::Duration* message) {
  const int64_t nanos = absl::ToInt64Nanoseconds(duration);
  message->set_seconds(nanos / 1'000'000'000);
  message->set_nanos(nanos % 1'000'000'000);
}

}  // namespace netbuf::client
