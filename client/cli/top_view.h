// What netbufctl top shows: the bindings and pools of a server, busiest first,
// with the rates between two looks at it.

#ifndef NETBUFD_CLIENT_CLI_TOP_VIEW_H_
#define NETBUFD_CLIENT_CLI_TOP_VIEW_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/lib/client.h"

namespace netbuf::client {

// A server at one moment.
struct TopSnapshot {
  absl::Time time;
  std::vector<v1::Binding> bindings;
  std::vector<v1::NetBufferListPool> list_pools;
  std::vector<v1::NetBufferPool> buffer_pools;
};

absl::StatusOr<TopSnapshot> TakeTopSnapshot(const Client& client,
                                            absl::Time now);

// The page, a newline behind each line. `rows`: lines it may have, the least
// busy left out and counted; 0: as many as it takes.
std::string TopPage(const std::string& address, const TopSnapshot& before,
                    const TopSnapshot& after, size_t rows);

// What of a page stands on a screen of this size: lines that are too long are
// cut, as are those below.
std::string FitToScreen(absl::string_view page, size_t rows, size_t columns);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_TOP_VIEW_H_
