#include "engine/stack/multicast_list.h"

namespace netbuf {

void MulticastList::Replace(absl::Span<const MacAddress> addresses) {
  entries_.clear();
  for (const MacAddress& address : addresses) {
    bool known = false;
    for (const Entry& entry : entries_) known |= entry.address == address;
    if (!known) entries_.push_back({address, 1});
  }
}

void MulticastList::Add(const MacAddress& address) {
  for (Entry& entry : entries_) {
    if (entry.address == address) {
      ++entry.count;
      return;
    }
  }
  entries_.push_back({address, 1});
}

bool MulticastList::Remove(const MacAddress& address) {
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->address != address) continue;
    if (--it->count == 0) entries_.erase(it);
    return true;
  }
  return false;
}

std::vector<MacAddress> MulticastList::addresses() const {
  std::vector<MacAddress> addresses;
  addresses.reserve(entries_.size());
  for (const Entry& entry : entries_) addresses.push_back(entry.address);
  return addresses;
}

}  // namespace netbuf
