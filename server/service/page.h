// Pages of a list (AIP-158): page_size and page_token of the List methods.
//
// A token holds the name of the last resource told and a checksum over it, the
// method and the parent. Resources are told in the order of their names, so a
// page after a token is right even when resources came and went meanwhile: none
// that stayed is told twice or left out. The checksum catches a token that was
// changed, or that belongs to another method or parent; it is no secret.

#ifndef NETBUFD_SERVER_SERVICE_PAGE_H_
#define NETBUFD_SERVER_SERVICE_PAGE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/base/status_macros.h"

namespace netbuf {

// page_size 0, and the most there is.
inline constexpr int32_t kDefaultPageSize = 100;
inline constexpr int32_t kMaxPageSize = 1000;

struct PageRequest {
  absl::string_view method;  // "ListAdapters"
  absl::string_view parent;  // "" when the list has none.
  int32_t size = 0;
  absl::string_view token;
};

struct PagePosition {
  size_t size = 0;    // Resources on the page, at most.
  std::string after;  // Begin behind this name; empty: at the beginning.
};

// INVALID_ARGUMENT (page_size, page_token) for a negative size and for a token
// that was not made for this method and parent.
absl::StatusOr<PagePosition> ParsePageRequest(const PageRequest& request);

// The token of the page behind the resource `last`.
std::string MakePageToken(absl::string_view method, absl::string_view parent,
                          absl::string_view last);

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_page_token;  // Empty on the last page.
};

// Cuts the page asked for out of `items`, structs with a `name`, which it
// sorts.
template <typename T>
absl::StatusOr<Page<T>> CutPage(const PageRequest& request,
                                std::vector<T> items) {
  ASSIGN_OR_RETURN(const PagePosition position, ParsePageRequest(request));
  const auto by_name = [](const T& a, const T& b) { return a.name < b.name; };
  if (!std::is_sorted(items.begin(), items.end(), by_name)) {
    std::sort(items.begin(), items.end(), by_name);
  }
  const auto first =
      std::upper_bound(items.begin(), items.end(), position.after,
                       [](const std::string& after, const T& item) {
                         return after < item.name;
                       });
  const size_t left = static_cast<size_t>(items.end() - first);
  const auto last =
      first + static_cast<ptrdiff_t>(std::min(left, position.size));
  Page<T> page;
  page.items.assign(std::make_move_iterator(first),
                    std::make_move_iterator(last));
  if (last != items.end()) {
    page.next_page_token =
        MakePageToken(request.method, request.parent, page.items.back().name);
  }
  return page;
}

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_PAGE_H_
