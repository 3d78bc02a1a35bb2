// NET_BUFFER_LIST: one or more NET_BUFFERs that travel together, with
// out-of-band information and a completion status (ndis-semantics 2.2).
//
//   NetBufferList --next--> NetBufferList --next--> null      a chain of lists
//      |      \.
//      |       context -> [NetBufferListContext] -> ...        see its header
//      first_net_buffer -> NetBuffer --next--> NetBuffer -> null

#ifndef NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_H_
#define NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_H_

#include <cstdint>

#include "engine/buffer/list_mark.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list_context.h"
#include "engine/ndis/status.h"

namespace netbuf {

// Slots of out-of-band information (ndis-semantics 2.4).
enum class NetBufferListInfoId : uint8_t {
  kTcpIpChecksum = 0,
  kTcpLargeSend = 2,
  kClassificationHandle = 3,
  kIeee8021Q = 4,
  kNetBufferListCancelId = 5,
  kMediaSpecificInformation = 6,
  kNetBufferListProtocolId = 7,  // Send; the frame type on receive.
  kNetBufferListHashValue = 8,
  kNetBufferListHashInfo = 9,
};
inline constexpr int kMaxNetBufferListInfo = 27;

// Plain data with one owner at a time; not thread-safe. The order of the
// members is the pool's cache line plan (engine/pool/list_layout.h): with 24
// bytes of block header in front, the first group ends one line, which every
// allocation and every free goes to; the second fills the next, which freeing
// leaves alone unless marks say that something was written there. All but
// `next` and the reserved areas is therefore written through functions. The
// marks are in the word that tells the pool, so that one compare tells it that
// a list is its own and that nobody touched it:
//
//   63          60 59                                     0
//   [ what: 4     ][ the pool's address, or 0              ]
class NetBufferList {
 public:
  NetBufferList() = default;
  NetBufferList(const NetBufferList&) = default;
  NetBufferList& operator=(const NetBufferList&) = delete;  // As NetBuffer's.

  NetBufferList* next = nullptr;  // Any current owner may relink.

 private:
  NetBuffer* first_net_buffer_ = nullptr;
  uint64_t pool_and_marks_ = 0;
  uint32_t flags_ = 0;
  int32_t child_ref_count_ = 0;
  NdisStatus status_ = NdisStatus::kSuccess;
  uint32_t nbl_flags_ = 0;

 public:
  void* protocol_reserved[4] = {};  // Scratch of the protocol.

 private:
  NetBufferListContext* context_ = nullptr;
  void* source_handle_ = nullptr;
  NetBufferList* parent_net_buffer_list_ = nullptr;
  void* scratch_ = nullptr;

 public:
  void* ndis_reserved = nullptr;  // The pool's own.
  void* miniport_reserved[2] = {};

  // Of the flags, 0xFFF00003 are the protocol's, 0xF0000 the current owner's,
  // 0xF000 the miniport's, and the rest NDIS's own: nobody else may change
  // those (ndis-semantics 1.3), and set_flags() does not.
  static constexpr uint32_t kNdisFlags = 0xFFC;

  uint32_t flags() const { return flags_; }
  void set_flags(uint32_t flags) {
    flags_ = (flags_ & kNdisFlags) | (flags & ~kNdisFlags);
    Mark(kWordsWritten);
  }

  // How many lists derived from this one are out. While the owner writes
  // anything here, nobody else may change it, not even atomically.
  int32_t child_ref_count() const { return child_ref_count_; }
  void set_child_ref_count(int32_t count) {
    child_ref_count_ = count;
    Mark(kWordsWritten);
  }

  // Of the list as a whole, set by whoever completes it.
  NdisStatus status() const { return status_; }
  void set_status(NdisStatus status) {
    status_ = status;
    Mark(kWordsWritten);
  }
  // Public flags, kNblFlags...
  uint32_t nbl_flags() const { return nbl_flags_; }
  void set_nbl_flags(uint32_t nbl_flags) {
    nbl_flags_ = nbl_flags;
    Mark(kWordsWritten);
  }

  NetBuffer* first_net_buffer() const { return first_net_buffer_; }
  void set_first_net_buffer(NetBuffer* first) {
    first_net_buffer_ = first;
    Mark(kOwnedWritten);
  }
  // Head of the chain: the newest element.
  NetBufferListContext* context() const { return context_; }
  void set_context(NetBufferListContext* context) {
    context_ = context;
    Mark(kOwnedWritten);
  }
  // Who gets it back on completion.
  void* source_handle() const { return source_handle_; }
  void set_source_handle(void* handle) {
    source_handle_ = handle;
    Mark(kOwnedWritten);
  }
  NetBufferList* parent_net_buffer_list() const {
    return parent_net_buffer_list_;
  }
  void set_parent_net_buffer_list(NetBufferList* parent) {
    parent_net_buffer_list_ = parent;
    Mark(kOwnedWritten);
  }
  // Free for the current owner.
  void* scratch() const { return scratch_; }
  void set_scratch(void* scratch) {
    scratch_ = scratch;
    Mark(kOwnedWritten);
  }
  // For the pool: all five as in a fresh list, which has these two.
  void ClearOwned(NetBuffer* first_net_buffer, NetBufferListContext* context) {
    first_net_buffer_ = first_net_buffer;
    context_ = context;
    source_handle_ = nullptr;
    parent_net_buffer_list_ = nullptr;
    scratch_ = nullptr;
  }

  // The owning NetBufferListPool; null: of none.
  void* ndis_pool_handle() const {
    return reinterpret_cast<void*>(pool_and_marks_ & ~kMarks);
  }
  // For the pool, whose list is as a fresh one: without a mark from now on.
  void set_ndis_pool_handle(const void* pool) {
    pool_and_marks_ = reinterpret_cast<uintptr_t>(pool);
  }
  // Of this pool, and without a mark.
  bool IsUntouchedOf(const void* pool) const {
    return pool_and_marks_ == reinterpret_cast<uintptr_t>(pool);
  }
  // Of this pool, and with no mark but that of what came with the list.
  bool IsOnlyBufferWrittenOf(const void* pool) const {
    return pool_and_marks_ ==
           (reinterpret_cast<uintptr_t>(pool) | kBufferWritten);
  }
  // Of this pool, and without that of information.
  bool IsWithoutInfoOf(const void* pool) const {
    constexpr uint64_t kOthers = kMarks & ~kInfoWritten;
    return ((pool_and_marks_ ^ reinterpret_cast<uintptr_t>(pool)) & ~kOthers) ==
           0;
  }

  // For the pool. From now on, writes to these tell this list. `mdl` may be
  // null. REQUIRES: of where they are, see ListMark::Attach().
  void MarkWritesOf(NetBuffer& nb, Mdl* mdl) {
    nb.mark_.Attach(&pool_and_marks_);
    if (mdl != nullptr) mdl->mark_.Attach(&pool_and_marks_);
  }
  // What was written since the pool said whose it is: one of the five owner's
  // members; what came with the list; status, count or flags; information,
  // which lets the pool skip 216 bytes of clearing for those that carry none.
  bool owned_written() const { return HasMark(kOwnedWritten); }
  bool buffer_written() const { return HasMark(kBufferWritten); }
  bool words_written() const { return HasMark(kWordsWritten); }
  bool info_written() const { return HasMark(kInfoWritten); }
  // For the pool: status, count and flags, NDIS's own too, as in a fresh list.
  void ClearWords() {
    flags_ = 0;
    child_ref_count_ = 0;
    status_ = NdisStatus::kSuccess;
    nbl_flags_ = 0;
  }

  uint64_t info(NetBufferListInfoId id) const {
    return info_[static_cast<int>(id)];
  }
  void set_info(NetBufferListInfoId id, uint64_t value) {
    info_[static_cast<int>(id)] = value;
    Mark(kInfoWritten);
  }
  // Zeroes every slot but the protocol id's, which a fresh list has from its
  // pool (ndis-semantics 4).
  void ClearInfo(uint8_t protocol_id = 0) {
    for (uint64_t& slot : info_) slot = 0;
    info_[static_cast<int>(NetBufferListInfoId::kNetBufferListProtocolId)] =
        protocol_id;
  }

 private:
  // No address of a process reaches these, unless its pointers carry tags.
  static constexpr uint64_t kInfoWritten = uint64_t{1} << 60;
  static constexpr uint64_t kOwnedWritten = uint64_t{1} << 61;
  static constexpr uint64_t kBufferWritten = ListMark::kWritten;
  static constexpr uint64_t kWordsWritten = uint64_t{1} << 63;
  static constexpr uint64_t kMarks =
      kInfoWritten | kOwnedWritten | kBufferWritten | kWordsWritten;

  bool HasMark(uint64_t mark) const { return (pool_and_marks_ & mark) != 0; }
  void Mark(uint64_t mark) { pool_and_marks_ |= mark; }

  uint64_t info_[kMaxNetBufferListInfo] = {};
};
static_assert(sizeof(NetBufferList) == 344, "see the cache line plan");

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_H_
