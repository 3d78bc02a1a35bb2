// Lists to send, over memory of their own, that can tell whether they came back
// exactly as they went; for tests of the stack.
//
// Example:
//   TestList list({Frame(60)}, {.data_offset = 54});
//   ... send list.chain(), complete it ...
//   EXPECT_EQ(list.Changes(), "");

#ifndef NETBUFD_ENGINE_STACK_TEST_LISTS_H_
#define NETBUFD_ENGINE_STACK_TEST_LISTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"

namespace netbuf {

// The used data, MDL by MDL.
std::string FrameBytes(const NetBuffer& nb);

// "02 00 ..." and back; spaces and line ends between bytes do not matter.
std::string Hex(absl::string_view bytes);
std::string FromHex(absl::string_view hex);

inline constexpr MacAddress kPeerAddress = {0x02, 0, 0, 0, 0, 0x77};

// An Ethernet frame of `size` bytes with an experimental EtherType, whose
// payload depends on `id`.
std::string Frame(size_t size, uint32_t id = 0,
                  const MacAddress& destination = kPeerAddress);

struct TestListOptions {
  uint32_t data_offset = 0;        // Back-fill in front of each frame.
  uint32_t tail = 0;               // Unused bytes behind each frame.
  uint16_t context_back_fill = 0;  // A multiple of 16.
  // The size of the next MDL, of which `left` bytes are to be covered; null:
  // one MDL. 0 makes an empty MDL.
  std::function<uint32_t(uint32_t left)> mdl_size = nullptr;
};

class TestList {
 public:
  explicit TestList(const std::vector<std::string>& frames,
                    const TestListOptions& options = {});
  TestList(const TestList&) = delete;

  NetBufferList nbl;

  // A chain with just this list, from `source_handle`.
  NetBufferListChain chain(void* source_handle) {
    nbl.set_source_handle(source_handle);
    NetBufferListChain chain;
    chain.Append(&nbl);
    return chain;
  }

  // What is not as it was when the list was made: links, offsets, lengths,
  // bytes of used data and behind it, context. Empty when nothing. The bytes in
  // front of the data are anybody's.
  std::string Changes() const;

 private:
  struct Saved {
    NetBuffer nb;
    std::vector<Mdl> mdls;
    std::string bytes;  // Of the whole chain.
  };

  std::vector<std::unique_ptr<NetBuffer>> net_buffers_;
  std::vector<std::unique_ptr<Mdl>> mdls_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<std::byte> context_memory_;
  NetBufferListContext* context_ = nullptr;
  std::vector<Saved> saved_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_TEST_LISTS_H_
