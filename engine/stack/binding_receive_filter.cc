#include "engine/stack/binding_receive_filter.h"

#include <algorithm>

#include "engine/stack/ethernet.h"

namespace netbuf {

bool BindingReceiveFilter::Passes(const MacAddress& destination,
                           const MacAddress& own) const {
  // ALL_LOCAL asks for what local protocols send and all that the NIC indicates.
  if ((packet_types & (kPacketTypePromiscuous | kPacketTypeAllLocal)) != 0) {
    return true;
  }
  if (!IsMulticastAddress(destination)) {
    return (packet_types & kPacketTypeDirected) != 0 && destination == own;
  }
  if (destination == kBroadcastAddress) {
    return (packet_types & kPacketTypeBroadcast) != 0;
  }
  if ((packet_types & kPacketTypeAllMulticast) != 0) return true;
  return (packet_types & kPacketTypeMulticast) != 0 &&
         multicast_list != nullptr &&
         std::find(multicast_list->begin(), multicast_list->end(),
                   destination) != multicast_list->end();
}

}  // namespace netbuf
