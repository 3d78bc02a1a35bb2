// A NET_BUFFER over memory of its own, for tests.
//
// Example:
//   TestBuffer buffer({8, 0, 24}, /*data_offset=*/10, /*data_length=*/20);
//   EXPECT_THAT(buffer.UsedData(), ...);   // Bytes 10, 11, ... 29.

#ifndef NETBUFD_ENGINE_BUFFER_TEST_BUFFER_H_
#define NETBUFD_ENGINE_BUFFER_TEST_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"

namespace netbuf {

// The i-th byte of the whole chain has the value i mod 256. Every MDL has a
// heap block of its exact size. Not thread-safe.
class TestBuffer {
 public:
  TestBuffer(const std::vector<uint32_t>& mdl_sizes, uint32_t data_offset,
             uint32_t data_length);

  NetBuffer nb;

  // The i-th MDL it was made with.
  Mdl* mdl(int i) { return mdls_[i].get(); }
  // Bytes of the used data, and of the whole chain, read MDL by MDL.
  std::vector<int> UsedData() const;
  std::vector<int> WholeChain() const;

 private:
  std::vector<std::unique_ptr<Mdl>> mdls_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
};

// {first, first + 1, ... last}.
std::vector<int> Range(int first, int last);

// Every member a data-space operation may touch, to tell that none did.
struct NetBufferState {
  explicit NetBufferState(const NetBuffer& nb);

  Mdl* mdl_chain;
  Mdl* current_mdl;
  uint32_t current_mdl_offset;
  uint32_t data_offset;
  uint32_t data_length;
  std::vector<const Mdl*> mdls;

  friend bool operator==(const NetBufferState&,
                         const NetBufferState&) = default;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_TEST_BUFFER_H_
