#include "engine/pool/buffer_layout.h"

#include <cstdint>

#include "engine/pool/block_pool.h"

namespace netbuf {
namespace {

constexpr uint64_t RoundUp16(uint64_t bytes) { return (bytes + 15) & ~15ull; }

}  // namespace

BufferLayout::BufferLayout(const NetBufferPoolParameters& parameters)
    : data_size_(parameters.data_size) {
  const uint64_t data = RoundUp16(data_size_);
  stride_ = BlockPool::StrideFor(RoundUp16(kMdlOffset + sizeof(Mdl)) + data);
  if (has_data()) data_offset_ = stride_ - data;
}

}  // namespace netbuf
