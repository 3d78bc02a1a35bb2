// One binding's multicast addresses, each with how often it was added
// (ndis-semantics 13.2).

#ifndef NETBUFD_ENGINE_STACK_MULTICAST_LIST_H_
#define NETBUFD_ENGINE_STACK_MULTICAST_LIST_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/ndis/flags.h"

namespace netbuf {

// A value. Not thread-safe. Operations are O(addresses): a list has a few dozen
// at most, the adapter's limit.
class MulticastList {
 public:
  // Replaces everything; duplicates count once.
  void Replace(absl::Span<const MacAddress> addresses);
  // One more of an address; n adds need n removes.
  void Add(const MacAddress& address);
  // False when it is not there.
  bool Remove(const MacAddress& address);

  // Each address once, in the order they came.
  std::vector<MacAddress> addresses() const;

 private:
  struct Entry {
    MacAddress address;
    uint32_t count;
  };
  std::vector<Entry> entries_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_MULTICAST_LIST_H_
