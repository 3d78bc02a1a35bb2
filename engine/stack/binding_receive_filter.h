// Which received frames a binding wants: its packet filter and multicast list
// (ndis-semantics 13.2).

#ifndef NETBUFD_ENGINE_STACK_BINDING_RECEIVE_FILTER_H_
#define NETBUFD_ENGINE_STACK_BINDING_RECEIVE_FILTER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ndis/flags.h"

namespace netbuf {

// A value; the list is shared and never changes.
struct BindingReceiveFilter {
  uint32_t packet_types = 0;  // kPacketType...; 0: nothing.
  // May be null.
  std::shared_ptr<const std::vector<MacAddress>> multicast_list;

  // Whether a frame to `destination` passes, on an adapter with address `own`.
  // O(1), but for a multicast frame with MULTICAST alone: O(list).
  bool Passes(const MacAddress& destination, const MacAddress& own) const;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_RECEIVE_FILTER_H_
