#include "client/demo/story.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace netbuf::client {

// Flushed line by line: the story is read while it happens.

void Story::Step(absl::string_view title) {
  out_ << absl::StrFormat("\n%2d. %s", ++steps_, title) << std::endl;
}

void Story::Line(absl::string_view text) {
  out_ << "    " << text << std::endl;
}

void Story::Fact(absl::string_view name, absl::string_view value) {
  // As wide as the longest OID the demo asks for.
  const std::string line = absl::StrFormat("    %-30s %s", name, value);
  out_ << absl::StripTrailingAsciiWhitespace(line) << std::endl;
}

void Story::Plain(absl::string_view text) { out_ << text << std::endl; }

}  // namespace netbuf::client
