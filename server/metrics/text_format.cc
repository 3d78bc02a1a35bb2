#include "server/metrics/text_format.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/strings/match.h"

namespace netbuf {
namespace {

// A double holds every integer up to here.
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

constexpr absl::string_view kEscaped = "\\\"\n";

// Three passes of memchr(), which is what is behind it, are several times as
// fast as one that compares each character with three.
bool NeedsEscape(absl::string_view value) {
  for (char c : kEscaped) {
    if (absl::StrContains(value, c)) return true;
  }
  return false;
}

}  // namespace

void AppendLabelValue(absl::string_view value, std::string& text) {
  if (!NeedsEscape(value)) {
    text.append(value.data(), value.size());
    return;
  }
  for (char c : value) {
    if (absl::StrContains(kEscaped, c)) text += '\\';
    text += c == '\n' ? 'n' : c;
  }
}

void AppendNumber(double value, std::string& text) {
  if (std::isnan(value)) {
    text += "NaN";
    return;
  }
  if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  char digits[32];  // The shortest form of a double has 24 characters at most.
  const int64_t integer =
      std::abs(value) <= kExactIntegers ? static_cast<int64_t>(value) : 0;
  const std::to_chars_result end =
      static_cast<double>(integer) == value
          ? std::to_chars(digits, std::end(digits), integer)
          : std::to_chars(digits, std::end(digits), value,
                          std::chars_format::general);
  text.append(digits, end.ptr - digits);
}

}  // namespace netbuf
