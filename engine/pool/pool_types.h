// Words shared by both kinds of pool: parameters, results, who holds a block
// and what happened to it.

#ifndef NETBUFD_ENGINE_POOL_POOL_TYPES_H_
#define NETBUFD_ENGINE_POOL_POOL_TYPES_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/ndis/object_header.h"

namespace netbuf {

// NET_BUFFER_LIST_POOL_PARAMETERS (ndis-semantics 3.1).
struct NetBufferListPoolParameters {
  NdisObjectHeader header{static_cast<uint8_t>(NdisObjectType::kDefault), 2,
                          kSizeofNetBufferListPoolParametersRevision2};
  uint8_t protocol_id = 0;
  bool allocate_net_buffer = false;  // fAllocateNetBuffer
  uint16_t context_size = 0;         // Bytes; a multiple of 16.
  uint32_t pool_tag = 0;             // Four characters, first in the low byte.
  uint32_t data_size = 0;            // Bytes; needs allocate_net_buffer.
  uint32_t flags = 0;  // kPoolFlagVerify; read in revision 2 only.
};

// NET_BUFFER_POOL_PARAMETERS (ndis-semantics 3.1).
struct NetBufferPoolParameters {
  NdisObjectHeader header{static_cast<uint8_t>(NdisObjectType::kDefault), 2,
                          kSizeofNetBufferPoolParametersRevision2};
  uint32_t pool_tag = 0;
  uint32_t data_size = 0;  // 0: NET_BUFFERs only; else each brings MDL + data.
  uint32_t flags = 0;      // kPoolFlagVerify; read in revision 2 only.
};

// "Tcp4" <-> the tag's number; the characters as Windows' tools show them, '.'
// for one that does not print.
std::string PoolTagToString(uint32_t tag);
uint32_t PoolTagFromString(absl::string_view text);  // Up to 4 characters.

// Memory that all pools of an engine may use together. Thread-safe.
class MemoryQuota {
 public:
  static constexpr uint64_t kUnlimited = ~uint64_t{0};
  explicit MemoryQuota(uint64_t limit_bytes = kUnlimited)
      : limit_bytes_(limit_bytes) {}

  // False, and nothing taken, when the limit would be passed.
  bool Reserve(uint64_t bytes) {
    uint64_t used = used_bytes_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_bytes_ - used) return false;
    } while (!used_bytes_.compare_exchange_weak(used, used + bytes,
                                                std::memory_order_relaxed));
    return true;
  }
  void Release(uint64_t bytes) {
    used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  uint64_t used_bytes() const {
    return used_bytes_.load(std::memory_order_relaxed);
  }
  uint64_t limit_bytes() const { return limit_bytes_; }

 private:
  const uint64_t limit_bytes_;
  std::atomic<uint64_t> used_bytes_{0};
};

class SlabMemory;

// What netbufd adds to the NDIS parameters.
struct PoolOptions {
  // Most blocks out at a time; exactly this many can be. 0: no limit but memory
  // and the 16,777,216 blocks a handle can tell apart.
  uint64_t max_outstanding = 0;
  // Not owned; must outlive the pool. Null: unlimited.
  MemoryQuota* quota = nullptr;
  // Where slabs come from. Not owned; must outlive the pool. Null: mmap(2).
  SlabMemory* memory = nullptr;
  // Whether threads keep free blocks of their own. Without, every operation
  // takes the pool's mutex: slow, and what a pool does by itself where the
  // system has no membarrier(2).
  bool thread_caches = true;
};

// Who has a block right now: a protocol, binding, filter or adapter, numbered
// by the engine. 0 is nobody.
using HolderId = uint32_t;
inline constexpr HolderId kNoHolder = 0;

// What happens to a block, of which the last twelve are known.
enum class LifeEvent : uint8_t {
  kNone = 0,
  kAllocated = 1,
  kFreed = 2,
  kSent = 3,       // Handed to the stack by a protocol.
  kFiltered = 4,   // Held or changed by a filter module.
  kQueued = 5,     // In a NIC's transmit ring.
  kCompleted = 6,  // Back with its protocol.
  kIndicated = 7,
  kReturned = 8,
  kClaimed = 9,     // An API call works on it.
  kReclaimed = 10,  // Taken back from a protocol that went away.
};
absl::string_view LifeEventName(LifeEvent event);

enum class PoolStatus : uint8_t {
  kOk = 0,
  kExhausted,         // max_outstanding or memory; steal found nothing.
  kInvalidParameter,  // A size is misaligned, a chain is too short, ...
  kWrongAllocator,    // The pool's parameters ask for another allocator (3.2).
  kWrongPool,         // The block belongs to another pool.
  kDoubleFree,        // The block is free already.
  kStaleHandle,       // The handle's block was freed (and maybe reused).
  kInvalidHandle,     // No block ever had this handle.
  kNotHolder,         // Somebody else holds the block.
  kBusy,              // Another call works on the block.
  kOverrun,           // The bytes in front of the block were overwritten.
  kNetBuffersAttached,   // Free the NET_BUFFERs first (4).
  kContextOutstanding,   // Free the allocated contexts first (4).
  kChildrenOutstanding,  // Derived lists are alive (7).
  kPreallocated,         // This NET_BUFFER goes with its list.
  kCorrupted,            // A freed block of a VERIFY pool was written to.
};
absl::string_view PoolStatusName(PoolStatus status);  // "EXHAUSTED"

// Counters of one pool. A snapshot: each is exact when no thread is inside the
// pool, else off by what is in flight.
struct PoolStatistics {
  uint64_t block_bytes = 0;  // One block with everything in it.
  uint64_t blocks = 0;       // Built so far: outstanding + cached + depot.
  uint64_t outstanding = 0;  // With callers.
  uint64_t cached = 0;       // In threads' magazines.
  uint64_t high_water = 0;   // Most outstanding, sampled at every snapshot and
                             // whenever an allocation needs the pool's mutex:
                             // too low by what threads cache at most.
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t allocation_failures = 0;
  uint64_t depot_refills = 0;  // Magazines taken from the depot.
  uint64_t depot_drains = 0;
  uint64_t steals = 0;        // Times other threads' magazines were taken back.
  uint64_t violations = 0;    // Double frees, wrong pools, overruns, ...
  uint64_t memory_bytes = 0;  // Reserved from the quota.
};

// One block that is out.
struct OutstandingBlock {
  uint64_t handle = 0;
  HolderId holder = kNoHolder;
  std::vector<LifeEvent> history;  // Oldest first.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_POOL_TYPES_H_
