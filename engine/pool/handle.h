// A block's name outside the process: 64 bits that are checked in O(1) without
// a map or a lock, and that go stale when the block is freed.
//
//   63        50 49                 26 25                       0
//   [ pool: 14 ][ block index: 24     ][ generation: 26         ]
//
// 16,383 pools at once (slot 0 is never used, so that no handle is 0);
// 16,777,216 blocks a pool; a block's generation grows at every free, so an old
// handle meets its own generation again only after 67,108,864 reuses of that
// block, and even then the holder check keeps it from touching another client's
// buffer.

#ifndef NETBUFD_ENGINE_POOL_HANDLE_H_
#define NETBUFD_ENGINE_POOL_HANDLE_H_

#include <cstdint>

namespace netbuf {

struct BlockHandle {
  static constexpr int kPoolBits = 14;
  static constexpr int kIndexBits = 24;
  static constexpr int kGenerationBits = 26;
  static constexpr uint32_t kMaxPools = 1u << kPoolBits;
  static constexpr uint32_t kMaxBlocks = 1u << kIndexBits;
  static constexpr uint32_t kGenerationMask = (1u << kGenerationBits) - 1;

  uint64_t value = 0;

  static constexpr BlockHandle Make(uint32_t pool, uint32_t index,
                                    uint32_t generation) {
    return {uint64_t{pool} << (kIndexBits + kGenerationBits) |
            uint64_t{index} << kGenerationBits |
            (generation & kGenerationMask)};
  }
  constexpr uint32_t pool() const {
    return static_cast<uint32_t>(value >> (kIndexBits + kGenerationBits));
  }
  constexpr uint32_t index() const {
    return static_cast<uint32_t>(value >> kGenerationBits) & (kMaxBlocks - 1);
  }
  constexpr uint32_t generation() const {
    return static_cast<uint32_t>(value) & kGenerationMask;
  }
  friend constexpr bool operator==(BlockHandle, BlockHandle) = default;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_HANDLE_H_
