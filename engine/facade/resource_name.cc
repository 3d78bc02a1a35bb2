#include "engine/facade/resource_name.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

// 63, because that is what a DNS label holds: ids become labels of metrics and
// names of hosts.
constexpr size_t kMaxIdLength = 63;

bool IsId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength) return false;
  if (!absl::ascii_islower(id.front()) || id.back() == '-') return false;
  for (char c : id) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') {
      return false;
    }
  }
  return true;
}

// What a caller sent, short enough to stand in a message.
std::string Quoted(absl::string_view text) {
  constexpr size_t kMost = 128;
  return absl::StrCat("'", text.substr(0, kMost),
                      text.size() > kMost ? "...'" : "'");
}

absl::Status BadName(absl::string_view name, absl::string_view form,
                     absl::string_view field) {
  return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                      "INVALID_RESOURCE_NAME", NdisStatus::kInvalidParameter)
             .Field(field, absl::StrCat("must be ", form))
             .Metadata("expected", form)
         << field << " is " << Quoted(name) << "; it must be " << form
         << ", ids being a-z, 0-9 and '-'";
}

absl::string_view ParentCollection(absl::string_view collection) {
  return collection == kFilters ? "adapters" : "protocols";
}

absl::StatusOr<std::string> ParseTopName(absl::string_view name,
                                         absl::string_view collection,
                                         absl::string_view placeholder,
                                         absl::string_view field) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != collection || !IsId(parts[1])) {
    return BadName(name, absl::StrCat(collection, "/", placeholder), field);
  }
  return std::string(parts[1]);
}

}  // namespace

absl::Status CheckId(absl::string_view id, absl::string_view field) {
  if (IsId(id)) return absl::OkStatus();
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_ID",
                      NdisStatus::kInvalidParameter)
             .Field(field,
                    "must be 1 to 63 characters of a-z, 0-9 and '-', beginning "
                    "with a letter and not ending with '-'")
         << field << " is " << Quoted(id)
         << "; use 1 to 63 characters of a-z, 0-9 and '-', beginning with a "
            "letter and not ending with '-'";
}

absl::StatusOr<std::string> ParseAdapterName(absl::string_view name,
                                             absl::string_view field) {
  return ParseTopName(name, "adapters", "{adapter}", field);
}

absl::StatusOr<std::string> ParseProtocolName(absl::string_view name,
                                              absl::string_view field) {
  return ParseTopName(name, "protocols", "{protocol}", field);
}

absl::StatusOr<ChildName> ParseChildName(absl::string_view name,
                                         absl::string_view collection,
                                         absl::string_view field) {
  const absl::string_view top = ParentCollection(collection);
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != top || !IsId(parts[1]) ||
      parts[2] != collection || !IsId(parts[3])) {
    return BadName(name,
                   absl::StrCat(top, "/{", top.substr(0, top.size() - 1), "}/",
                                collection, "/{id}"),
                   field);
  }
  return ChildName{std::string(parts[1]), std::string(parts[3])};
}

std::string AdapterName(absl::string_view adapter_id) {
  return absl::StrCat("adapters/", adapter_id);
}

std::string ProtocolName(absl::string_view protocol_id) {
  return absl::StrCat("protocols/", protocol_id);
}

std::string ChildResourceName(absl::string_view parent_id,
                              absl::string_view collection,
                              absl::string_view id) {
  return absl::StrCat(ParentCollection(collection), "/", parent_id, "/",
                      collection, "/", id);
}

absl::Status NotFound(absl::string_view type, absl::string_view name) {
  return ErrorBuilder(absl::StatusCode::kNotFound,
                      absl::StrCat(absl::AsciiStrToUpper(type), "_NOT_FOUND"),
                      type == "Adapter" ? NdisStatus::kAdapterNotFound
                                        : NdisStatus::kInvalidParameter)
             .Resource(absl::StrCat("netbufd/", type), name)
             .Metadata("resource", name)
         << "there is no " << name;
}

absl::Status AlreadyExists(absl::string_view type, absl::string_view name) {
  return ErrorBuilder(
             absl::StatusCode::kAlreadyExists,
             absl::StrCat(absl::AsciiStrToUpper(type), "_ALREADY_EXISTS"),
             NdisStatus::kInvalidParameter)
             .Resource(absl::StrCat("netbufd/", type), name)
             .Metadata("resource", name)
         << name << " exists already; choose another id or delete it first";
}

}  // namespace netbuf
