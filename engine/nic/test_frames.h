// Ethernet frames and lists of them, over memory of their own, for NIC tests.
//
// Example:
//   TestLists lists;
//   NetBufferListChain chain;
//   chain.Append(lists.Make({TestFrame(60, 1), TestFrame(1514, 2)}));

#ifndef NETBUFD_ENGINE_NIC_TEST_FRAMES_H_
#define NETBUFD_ENGINE_NIC_TEST_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/buffer/chain.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"

namespace netbuf {

inline constexpr MacAddress kTestUnicast = {0x02, 0, 0, 0, 0, 0x01};
inline constexpr MacAddress kTestMulticast = {0x01, 0, 0x5E, 0, 0, 0x01};
inline constexpr MacAddress kTestBroadcast = {0xFF, 0xFF, 0xFF,
                                              0xFF, 0xFF, 0xFF};

// `size` bytes: destination, a source, an experimental EtherType, then bytes
// that depend on `id`, the first four being the id itself (as far as there is
// room).
std::string TestFrame(size_t size, uint32_t id,
                      const MacAddress& destination = kTestUnicast);

// The used data, MDL by MDL.
std::string BytesOf(const NetBuffer& nb);

// Makes lists and owns them. Not thread-safe.
class TestLists {
 public:
  // One NET_BUFFER a frame. Each frame's data begins `data_offset` into an MDL
  // chain whose MDLs hold `mdl_size` bytes each (0: one MDL for all).
  NetBufferList* Make(const std::vector<std::string>& frames,
                      uint32_t mdl_size = 0, uint32_t data_offset = 0);
  // A chain of one list a frame.
  NetBufferListChain MakeChain(const std::vector<std::string>& frames);

 private:
  // Deques, because addresses must not change.
  std::deque<NetBufferList> lists_;
  std::deque<NetBuffer> net_buffers_;
  std::deque<Mdl> mdls_;
  std::deque<std::unique_ptr<std::byte[]>> memory_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_TEST_FRAMES_H_
