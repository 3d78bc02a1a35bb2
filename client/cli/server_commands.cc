// netbufctl health and netbufctl version

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/command.h"
#include "client/cli/version.h"
#include "client/lib/status_macros.h"
#include "google/protobuf/struct.pb.h"

namespace netbuf::client {
namespace {

absl::string_view StatusText(ServingStatus status) {
  switch (status) {
    case ServingStatus::kServing:
      return "SERVING";
    case ServingStatus::kNotServing:
      return "NOT_SERVING";
    case ServingStatus::kServiceUnknown:
      return "SERVICE_UNKNOWN";
    case ServingStatus::kUnknown:
      break;
  }
  return "UNKNOWN";
}

absl::Status PrintField(CommandContext& context, const std::string& name,
                        absl::string_view value) {
  google::protobuf::Struct document;
  (*document.mutable_fields())[name].set_string_value(std::string(value));
  return context.Print(document, absl::StrCat(value, "\n"));
}

}  // namespace

void AddServerCommands(CommandTree& tree) {
  auto service = std::make_shared<std::string>();
  CLI::App* health = tree.AddCommand(
      nullptr, "health", "Ask whether the server serves; exit 0 if it does.",
      [service](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const ServingStatus status,
                         context.client().CheckHealth(*service));
        RETURN_IF_ERROR(PrintField(context, "status", StatusText(status)));
        if (status == ServingStatus::kServing) return absl::OkStatus();
        return absl::UnavailableError(
            absl::StrCat("the server at ", context.options().address,
                         " answers, but does not serve"));
      });
  health->add_option("service", *service,
                     "One service, such as netbuf.v1.AdapterService");

  tree.AddCommand(nullptr, "version", "Print the version of this program.",
                  [](CommandContext& context) {
                    return PrintField(context, "version", VersionText());
                  });
}

}  // namespace netbuf::client
