#include "client/cli/suggest.h"

#include <algorithm>
#include <utility>

namespace netbuf::client {

size_t EditDistance(absl::string_view a, absl::string_view b) {
  // Optimal string alignment; three rows are enough for swaps.
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::vector<std::string> Suggest(absl::string_view word,
                                 absl::Span<const std::string> candidates) {
  // A third of the letters may be wrong, and one always: more is another word.
  const size_t tolerance = std::max<size_t>(1, word.size() / 3);
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance <= tolerance) near.emplace_back(distance, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> suggestions;
  for (auto& [distance, candidate] : near) {
    suggestions.push_back(std::move(candidate));
  }
  return suggestions;
}

}  // namespace netbuf::client
