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
#include <cstring>

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
// leaves alone unless the flags say that something was written there. What is
// seldom used is therefore written through functions.
class NetBufferList {
 public:
  NetBufferList* next = nullptr;  // Any current owner may relink.

 private:
  NetBuffer* first_net_buffer_ = nullptr;

 public:
  void* ndis_pool_handle = nullptr;  // The owning NetBufferListPool.

 private:
  uint32_t flags_ = 0;

 public:
  // In one word with the flags: while the owner writes those, the status or the
  // public flags, or what came with the list, nobody else may change it, not
  // even atomically.
  int32_t child_ref_count = 0;

 private:
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
  // those (ndis-semantics 1.3), and set_flags() does not. Four of them say
  // that some slot of information was written since ClearInfo(), one of the
  // five owner's members below since ClearOwned(), and what came with the list,
  // or the status or public flags, since ClearWords().
  static constexpr uint32_t kInfoWritten = 0x4;
  static constexpr uint32_t kOwnedWritten = 0x8;
  static constexpr uint32_t kBufferWritten = ListMark::kWritten;
  static constexpr uint32_t kStatusWritten = 0x20;
  static constexpr uint32_t kNdisFlags = 0xFFC;

  uint32_t flags() const { return flags_; }
  void set_flags(uint32_t flags) {
    const uint32_t all = (flags_ & kNdisFlags) | (flags & ~kNdisFlags);
    SetFlags((flags_and_child_ref_count() & ~uint64_t{UINT32_MAX}) | all);
  }

  // Of the list as a whole, set by whoever completes it.
  NdisStatus status() const { return status_; }
  void set_status(NdisStatus status) {
    status_ = status;
    SetFlag(kStatusWritten);
  }
  // Public flags, kNblFlags...
  uint32_t nbl_flags() const { return nbl_flags_; }
  void set_nbl_flags(uint32_t nbl_flags) {
    nbl_flags_ = nbl_flags;
    SetFlag(kStatusWritten);
  }

  NetBuffer* first_net_buffer() const { return first_net_buffer_; }
  void set_first_net_buffer(NetBuffer* first) {
    first_net_buffer_ = first;
    SetFlag(kOwnedWritten);
  }
  // Head of the chain: the newest element.
  NetBufferListContext* context() const { return context_; }
  void set_context(NetBufferListContext* context) {
    context_ = context;
    SetFlag(kOwnedWritten);
  }
  // Who gets it back on completion.
  void* source_handle() const { return source_handle_; }
  void set_source_handle(void* handle) {
    source_handle_ = handle;
    SetFlag(kOwnedWritten);
  }
  NetBufferList* parent_net_buffer_list() const {
    return parent_net_buffer_list_;
  }
  void set_parent_net_buffer_list(NetBufferList* parent) {
    parent_net_buffer_list_ = parent;
    SetFlag(kOwnedWritten);
  }
  // Free for the current owner.
  void* scratch() const { return scratch_; }
  void set_scratch(void* scratch) {
    scratch_ = scratch;
    SetFlag(kOwnedWritten);
  }
  // For the pool: all five as in a fresh list, which has these two.
  void ClearOwned(NetBuffer* first_net_buffer, NetBufferListContext* context) {
    first_net_buffer_ = first_net_buffer;
    context_ = context;
    source_handle_ = nullptr;
    parent_net_buffer_list_ = nullptr;
    scratch_ = nullptr;
    ClearFlag(kOwnedWritten);
  }

  // For the pool. From now on, writes to these tell this list. `mdl` may be
  // null. REQUIRES: of where they are, see ListMark::Attach().
  void MarkWritesOf(NetBuffer& nb, Mdl* mdl) {
    nb.mark_.Attach(&flags_);
    if (mdl != nullptr) mdl->mark_.Attach(&flags_);
  }
  bool owned_written() const { return (flags_ & kOwnedWritten) != 0; }
  bool buffer_written() const { return (flags_ & kBufferWritten) != 0; }
  // Two members as one word, for those who only ask whether both are 0.
  uint64_t flags_and_child_ref_count() const {
    uint64_t word;
    const void* const first = &flags_;
    std::memcpy(&word, first, sizeof(word));
    return word;
  }
  // For the pool: both 0, NDIS's own flags too, and so are the status and the
  // public flags.
  void ClearWords() {
    SetFlags(0);
    status_ = NdisStatus::kSuccess;
    nbl_flags_ = 0;
  }

  uint64_t info(NetBufferListInfoId id) const {
    return info_[static_cast<int>(id)];
  }
  void set_info(NetBufferListInfoId id, uint64_t value) {
    info_[static_cast<int>(id)] = value;
    SetFlag(kInfoWritten);
  }
  // True when set_info() was called since ClearInfo(): lets the pool skip 216
  // bytes of clearing for the lists that carry nothing.
  bool info_written() const { return (flags_ & kInfoWritten) != 0; }
  // Zeroes every slot but the protocol id's, which a fresh list has from its
  // pool (ndis-semantics 4).
  void ClearInfo(uint8_t protocol_id = 0) {
    for (uint64_t& slot : info_) slot = 0;
    info_[static_cast<int>(NetBufferListInfoId::kNetBufferListProtocolId)] =
        protocol_id;
    ClearFlag(kInfoWritten);
  }

 private:
  // The flags are always written as they are mostly read, with the count (see
  // ListMark::Set()).
  void SetFlags(uint64_t flags_and_child_ref_count) {
    void* const first = &flags_;
    std::memcpy(first, &flags_and_child_ref_count, sizeof(uint64_t));
  }
  void SetFlag(uint64_t flag) { SetFlags(flags_and_child_ref_count() | flag); }
  void ClearFlag(uint64_t flag) {
    SetFlags(flags_and_child_ref_count() & ~flag);
  }

  uint64_t info_[kMaxNetBufferListInfo] = {};
};
static_assert(sizeof(NetBufferList) == 344, "see the cache line plan");

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_H_
