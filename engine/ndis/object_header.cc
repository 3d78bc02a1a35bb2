#include "engine/ndis/object_header.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"

namespace netbuf {
namespace {

ErrorBuilder HeaderError(absl::string_view reason, NdisStatus status,
                         absl::string_view field, absl::string_view member,
                         absl::string_view description, int value) {
  const std::string path = absl::StrCat(field, ".", member);
  ErrorBuilder error(absl::StatusCode::kInvalidArgument, reason, status);
  error.Field(path, description).Metadata(member, value);
  error << path << " is " << value << "; it " << description;
  return error;
}

}  // namespace

absl::Status ValidateObjectHeader(const NdisObjectHeader& header,
                                  NdisObjectType type, const uint16_t* sizes,
                                  int known_revisions,
                                  absl::string_view field) {
  if (header.type != static_cast<uint8_t>(type)) {
    return HeaderError("INVALID_OBJECT_TYPE", NdisStatus::kInvalidParameter,
                       field, "type",
                       absl::StrCat("must be ", static_cast<int>(type), " (0x",
                                    absl::Hex(static_cast<int>(type)), ")"),
                       header.type);
  }
  if (header.revision == 0) {
    return HeaderError("INVALID_OBJECT_REVISION",
                       NdisStatus::kUnsupportedRevision, field, "revision",
                       absl::StrCat("must be at least 1; the newest known is ",
                                    known_revisions),
                       header.revision);
  }
  const int revision = std::min<int>(header.revision, known_revisions);
  const uint16_t needed = sizes[revision - 1];
  if (header.size < needed) {
    return HeaderError("INVALID_OBJECT_SIZE", NdisStatus::kInvalidLength, field,
                       "size",
                       absl::StrCat("must be at least ", needed,
                                    " bytes for revision ", header.revision),
                       header.size);
  }
  return absl::OkStatus();
}

}  // namespace netbuf
