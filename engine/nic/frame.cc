#include "engine/nic/frame.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "engine/buffer/net_buffer.h"
#include "engine/ndis/flags.h"

namespace netbuf {

MacAddress DestinationOfSlow(const NetBuffer& nb) {
  MacAddress address = {};
  size_t filled = 0;
  ForEachRun(nb, kMacAddressSize, [&](absl::Span<const std::byte> run) {
    std::memcpy(address.data() + filled, run.data(), run.size());
    filled += run.size();
  });
  return address;
}

uint64_t CountFramesFrom(const NetBuffer* nb) {
  uint64_t frames = 0;
  for (; nb != nullptr; nb = nb->next()) ++frames;
  return frames;
}

}  // namespace netbuf
