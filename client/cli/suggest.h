// "Did you mean ...?"

#ifndef NETBUFD_CLIENT_CLI_SUGGEST_H_
#define NETBUFD_CLIENT_CLI_SUGGEST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace netbuf::client {

// How many single-character changes (insert, delete, replace, swap neighbours)
// make one word the other. O(product of the lengths).
size_t EditDistance(absl::string_view a, absl::string_view b);

// The candidates near enough to be a misspelling of `word`, nearest first.
std::vector<std::string> Suggest(absl::string_view word,
                                 absl::Span<const std::string> candidates);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_SUGGEST_H_
