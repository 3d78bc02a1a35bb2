// NetBufferListPool: NdisAllocateNetBufferListPool and its allocators
// (ndis-semantics 3, 4). One block holds everything the parameters ask for, so
// an allocation is one pop from the calling thread's magazine:
//
//   [ block header | NetBufferList | Mdl | NetBuffer | context | data ]
//     always                         allocate_         context_  data_
//                                    net_buffer        size > 0  size > 0
//
// A fresh list is as ndis-semantics 4 says, status and out-of-band slots zero
// (U5); the reserved areas of lists and NET_BUFFERs, which are scratch, hold
// whatever their last user left there.
//
// Ownership: the pool owns its blocks; a caller borrows one from allocation
// until it frees it. Thread safety: every method may be called from any thread;
// a block may be freed by another thread than the one that allocated it.

#ifndef NETBUFD_ENGINE_POOL_NET_BUFFER_LIST_POOL_H_
#define NETBUFD_ENGINE_POOL_NET_BUFFER_LIST_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/pool/block_pool.h"
#include "engine/pool/handle.h"
#include "engine/pool/list_layout.h"
#include "engine/pool/placed_pool.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class NetBufferListPool final : public PlacedPool {
 public:
  // Checks every parameter (INVALID_ARGUMENT names the field, prefixed by
  // nothing: "context_size") and takes a pool slot for handles
  // (RESOURCE_EXHAUSTED when all are in use). No block is built yet.
  static absl::StatusOr<std::unique_ptr<NetBufferListPool>> Create(
      const NetBufferListPoolParameters& parameters,
      const PoolOptions& options = {});

  // NdisFreeNetBufferListPool has an outcome here: see CheckFreeable().
  // REQUIRES: no block is out.
  ~NetBufferListPool();
  NetBufferListPool(const NetBufferListPool&) = delete;
  NetBufferListPool& operator=(const NetBufferListPool&) = delete;

  const NetBufferListPoolParameters& parameters() const { return parameters_; }
  uint32_t slot() const;  // The pool part of its handles.

  // NdisAllocateNetBufferList: both sizes multiples of 16. Fills all of `out`
  // or none of it (all or nothing). The context's capacity is the larger of the
  // pool's context_size and the sum, of which `context_size` bytes are used
  // (U6); more than the pool's context_size costs an allocation of its own a
  // list. With data_size > 0 the NET_BUFFER's data_offset and data_length are 0
  // (U2).
  PoolStatus AllocateNetBufferLists(uint16_t context_size,
                                    uint16_t context_back_fill, HolderId holder,
                                    absl::Span<NetBufferList*> out);

  // NdisAllocateNetBufferAndNetBufferList. REQUIRES of the pool:
  // allocate_net_buffer and data_size 0 (else kWrongAllocator). The chain is
  // the caller's and may be null, offset and length then 0 (else
  // kInvalidParameter). The same chain goes to every list of `out`.
  PoolStatus AllocateNetBufferAndNetBufferLists(
      uint16_t context_size, uint16_t context_back_fill, Mdl* mdl_chain,
      uint32_t data_offset, uint32_t data_length, HolderId holder,
      absl::Span<NetBufferList*> out);

  // NdisFreeNetBufferList, for all of `lists` or none: every one is checked
  // first. Takes with it what came with the list (4), and MDLs of the default
  // MdlAllocator that a retreat put in front and no advance took away; those of
  // another allocator must be advanced away before. Refused: lists with
  // attached NET_BUFFERs from a NetBufferPool, contexts or children. When it is
  // not kOk, `*failed` (if not null) is the index of the list at fault.
  //
  // A list that is twice in `lists` is a double free too. Two threads that free
  // the same list within the same few nanoseconds may both succeed; that is
  // found when it is next handed out, and it is handed out once. What names
  // lists by handles, and claims them before it frees them, cannot get there.
  PoolStatus FreeNetBufferLists(absl::Span<NetBufferList* const> lists,
                                size_t* failed = nullptr);

  // Whether FreeNetBufferList(nbl) would succeed; changes nothing but counters
  // of violations. For callers that free lists of several pools, all or none.
  PoolStatus CheckNetBufferList(NetBufferList* nbl) const;

  // One list; null when the allocation failed.
  NetBufferList* AllocateNetBufferList(uint16_t context_size,
                                       uint16_t context_back_fill,
                                       HolderId holder);
  NetBufferList* AllocateNetBufferAndNetBufferList(
      uint16_t context_size, uint16_t context_back_fill, Mdl* mdl_chain,
      uint32_t data_offset, uint32_t data_length, HolderId holder);
  PoolStatus FreeNetBufferList(NetBufferList* nbl);

  // The NET_BUFFER, MDL and data that came with a list; null where the pool's
  // parameters ask for none.
  NetBuffer* PreallocatedNetBuffer(NetBufferList* nbl) const;
  Mdl* PreallocatedMdl(NetBufferList* nbl) const;

  // Handles. Claim() is how an API call takes hold of a block for its duration:
  // it succeeds for the holder only (kNotHolder), one call at a time (kBusy),
  // and only while the handle is fresh (kStaleHandle, kInvalidHandle).
  // Release() gives it to `holder`. A claimed block may be freed instead, or
  // passed on with SetHolder(), which ends the claim as well.
  PoolStatus Claim(BlockHandle handle, HolderId holder, NetBufferList** out);
  void Release(NetBufferList* nbl, HolderId holder);
  static BlockHandle Handle(const NetBufferList* nbl);

  // Stamps who has it now and what happened. For lists that are out, by their
  // current owner only; a list that is free stays as it is.
  static void SetHolder(NetBufferList* nbl, HolderId holder, LifeEvent event);
  static HolderId GetHolder(const NetBufferList* nbl);

  // FAILED_PRECONDITION (POOL_NOT_EMPTY), saying how many blocks are out and
  // naming the first holders, unless all are free. O(blocks) when some are out.
  absl::Status CheckFreeable() const;
  // Blocks that are out, from index `first` on, at most `limit`. O(blocks).
  std::vector<OutstandingBlock> Outstanding(uint32_t first, size_t limit) const;
  // Frees every block that `holder` holds, whatever is attached to it: context
  // elements go too, NET_BUFFERs of a NetBufferPool are for that pool's
  // Reclaim(). Blocks that an API call has claimed are left. One whose header
  // was written over, so that nobody knows whose it is, or whether a call has
  // claimed it, is never used again. Returns how many. O(blocks).
  uint64_t Reclaim(HolderId holder);

  // Gives unused memory back to the system: whole pages that hold only free
  // blocks. Returns the bytes.
  uint64_t Trim();
  PoolStatistics Statistics() const;

 private:
  NetBufferListPool(const NetBufferListPoolParameters& parameters,
                    const PoolOptions& options, const PoolSlots::Slot& slot);

  // Most lists that come back are out, whole and unclaimed, with the NET_BUFFER
  // they came with, over the chain they were given, nothing else attached and
  // without out-of-band information: usual. Some of those are as they
  // were when they were allocated, but for `next` and the data: untouched.
  // Freeing these is inline; all others, and all that is wrong with any, go the
  // long way. Of others who sends has mostly set where the data are and how
  // much, and nothing else: sent. `tag`: what the block's was, when true.
  bool IsUsual(const NetBufferList* nbl, uint64_t* tag) const;
  bool IsUntouched(const NetBufferList* nbl, const uint32_t& usual_mark,
                   uint64_t* tag) const;
  bool IsUsuallyWritten(const NetBufferList* nbl) const;
  bool IsSent(const NetBufferList* nbl, uint64_t* tag) const;
  ABSL_ATTRIBUTE_COLD bool IsUntouchedAndOdd(const NetBufferList* nbl,
                                             uint64_t* tag) const;
  void ResetUsual(NetBufferList* nbl) const;
  PoolStatus FreeTouched(NetBufferList* nbl);
  ABSL_ATTRIBUTE_NOINLINE PoolStatus FreeOtherwiseTouched(NetBufferList* nbl);
  ABSL_ATTRIBUTE_NOINLINE PoolStatus FreeUnusual(NetBufferList* nbl);
  PoolStatus FreeTouchedLists(absl::Span<NetBufferList* const> lists,
                              size_t begun, size_t* failed);

  PoolStatus CheckChain(const Mdl* mdl_chain, uint32_t data_offset,
                        uint32_t data_length) const;
  void SetChain(NetBufferList* nbl, Mdl* mdl_chain, uint32_t data_offset,
                uint32_t data_length) const;
  ABSL_ATTRIBUTE_COLD NetBufferList* AllocateSlow(HolderId holder);
  NetBufferList* AllocateWithContext(uint16_t context_size,
                                     uint16_t context_back_fill,
                                     HolderId holder);
  PoolStatus SetContexts(uint16_t context_size, uint16_t context_back_fill,
                         absl::Span<NetBufferList*> lists);
  NetBufferListContext* OwnContext(NetBufferList* nbl) const;
  PoolStatus CheckList(NetBufferList* nbl) const;
  PoolStatus CheckAttached(NetBufferList* nbl) const;
  void Reset(NetBufferList* nbl) const;

  BlockPool blocks_;  // First: at the pool's place.
  const NetBufferListPoolParameters parameters_;
  const ListLayout layout_;
  // What the tag of a usual one begins with. In a pool whose lists cannot be,
  // because they have no NET_BUFFER or come with a context, what no tag begins
  // with, nor one that was written over or whose page was given back: the
  // pool's cookie with all states at once.
  const uint32_t usual_mark_;
};
static_assert(sizeof(NetBufferListPool) <= kPlaceBytes);

// --- What is done millions of times a second.

inline NetBufferList* NetBufferListPool::AllocateNetBufferList(
    uint16_t context_size, uint16_t context_back_fill, HolderId holder) {
  if ((context_size | context_back_fill) != 0) {
    return AllocateWithContext(context_size, context_back_fill, holder);
  }
  void* const list = blocks_.AllocateOne(holder, ListLayout::kFrameLine);
  if (list == nullptr) [[unlikely]]
    return AllocateSlow(holder);
  return static_cast<NetBufferList*>(list);
}

inline bool NetBufferListPool::IsUntouched(const NetBufferList* nbl,
                                           const uint32_t& usual_mark,
                                           uint64_t* tag) const {
  // The pool first, and before anything in front of the list is read: it may
  // not be one of a pool at all.
  if (nbl == nullptr || !nbl->IsUntouchedOf(this)) [[unlikely]]
    return false;
  *tag = Block::FromObject(nbl)->tag.load(std::memory_order_relaxed);
  return Block::Mark(*tag) == usual_mark;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline PoolStatus
NetBufferListPool::FreeNetBufferList(NetBufferList* nbl) {
  uint64_t tag;
  if (!IsUntouched(nbl, usual_mark_, &tag)) [[unlikely]]
    return FreeTouched(nbl);
  blocks_.FreePlain(Block::FromObject(nbl), tag, [] {});
  return PoolStatus::kOk;
}

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_NET_BUFFER_LIST_POOL_H_
