#include "server/service/page.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// FNV-1a, 64 bits: the same in every process, so that a token outlives a
// restart of the server.
uint64_t Checksum(absl::string_view method, absl::string_view parent,
                  absl::string_view last) {
  uint64_t hash = 0xCBF29CE484222325;
  const auto add = [&hash](uint8_t byte) {
    hash = (hash ^ byte) * 0x100000001B3;
  };
  for (const absl::string_view part : {method, parent, last}) {
    for (const char c : part) add(static_cast<uint8_t>(c));
    add(0);  // No name has one: the parts cannot run into each other.
  }
  return hash;
}

constexpr size_t kChecksumDigits = 16;

}  // namespace

std::string MakePageToken(absl::string_view method, absl::string_view parent,
                          absl::string_view last) {
  return absl::WebSafeBase64Escape(absl::StrCat(
      absl::Hex(Checksum(method, parent, last), absl::kZeroPad16), last));
}

absl::StatusOr<PagePosition> ParsePageRequest(const PageRequest& request) {
  if (request.size < 0) {
    return InvalidField("page_size", absl::StrCat("is ", request.size,
                                                  "; use 0 for the default of ",
                                                  kDefaultPageSize));
  }
  PagePosition position;
  position.size = static_cast<size_t>(
      request.size == 0 ? kDefaultPageSize
                        : std::min(request.size, kMaxPageSize));
  if (request.token.empty()) return position;
  std::string plain;
  if (!absl::WebSafeBase64Unescape(request.token, &plain) ||
      plain.size() <= kChecksumDigits ||
      MakePageToken(request.method, request.parent,
                    absl::string_view(plain).substr(kChecksumDigits)) !=
          request.token) {
    return InvalidField("page_token",
                        "is not the next_page_token of an answer to the same "
                        "method and parent; begin without one");
  }
  position.after = plain.substr(kChecksumDigits);
  return position;
}

}  // namespace netbuf
