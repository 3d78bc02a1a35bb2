#include "engine/nic/test_frames.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/nic/frame.h"

namespace netbuf {

std::string TestFrame(size_t size, uint32_t id, const MacAddress& destination) {
  std::string frame(destination.begin(), destination.end());
  frame.append({0x02, 0, 0, 0, 0, 0x02});
  frame.append({static_cast<char>(0x88), static_cast<char>(0xB5)});
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<char>(id >> shift));
  }
  while (frame.size() < size) {
    frame.push_back(static_cast<char>(frame.size() * 7 + id));
  }
  frame.resize(size);
  return frame;
}

std::string BytesOf(const NetBuffer& nb) {
  std::string bytes;
  ForEachRun(nb, nb.data_length(), [&](absl::Span<const std::byte> run) {
    bytes.append(reinterpret_cast<const char*>(run.data()), run.size());
  });
  return bytes;
}

NetBufferList* TestLists::Make(const std::vector<std::string>& frames,
                               uint32_t mdl_size, uint32_t data_offset) {
  NetBufferList& nbl = lists_.emplace_back();
  NetBuffer* last_nb = nullptr;
  for (const std::string& frame : frames) {
    NetBuffer& nb = net_buffers_.emplace_back();
    if (last_nb == nullptr) {
      nbl.set_first_net_buffer(&nb);
    } else {
      last_nb->set_next(&nb);
    }
    last_nb = &nb;
    const uint32_t size = static_cast<uint32_t>(frame.size());
    const uint32_t total = std::max<uint32_t>(data_offset + size, 1);
    const uint32_t step = mdl_size == 0 ? total : mdl_size;
    Mdl* last_mdl = nullptr;
    for (uint32_t at = 0; at < total; at += step) {
      const uint32_t bytes = std::min(step, total - at);
      Mdl& mdl = mdls_.emplace_back(
          memory_.emplace_back(new std::byte[bytes]).get(), bytes);
      if (last_mdl == nullptr) {
        nb.set_mdl_chain(&mdl);
      } else {
        last_mdl->set_next(&mdl);
      }
      last_mdl = &mdl;
    }
    SetNetBufferDataSpace(nb, data_offset, size);
    WriteNetBufferData(nb, 0, size,
                       reinterpret_cast<const std::byte*>(frame.data()));
  }
  return &nbl;
}

NetBufferListChain TestLists::MakeChain(
    const std::vector<std::string>& frames) {
  NetBufferListChain chain;
  for (const std::string& frame : frames) chain.Append(Make({frame}));
  return chain;
}

}  // namespace netbuf
