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
// allocation and every free writes; the second fills the next, which freeing
// reads, and writes only if its owners did.
class NetBufferList {
 public:
  NetBufferList* next = nullptr;  // Any current owner may relink.
  NetBuffer* first_net_buffer = nullptr;
  void* ndis_pool_handle = nullptr;  // The owning NetBufferListPool.
  void* protocol_reserved[4] = {};   // Scratch; the last two in the next group.

  NetBufferListContext* context = nullptr;  // Head: the newest element.
  int32_t child_ref_count = 0;
  uint32_t flags = 0;             // Private: kInfoWritten.
  void* source_handle = nullptr;  // Who gets it back on completion.
  NetBufferList* parent_net_buffer_list = nullptr;
  void* scratch = nullptr;                   // Free for the current owner.
  NdisStatus status = NdisStatus::kSuccess;  // Written by whoever completes.
  uint32_t nbl_flags = 0;                    // Public flags, kNblFlags...

  void* ndis_reserved = nullptr;  // The pool's own.
  void* miniport_reserved[2] = {};

  // The bit of `flags` that says that some slot of information was written.
  static constexpr uint32_t kInfoWritten = 0x80000000;

  // Two members each as one word, for those who only ask whether both are 0.
  uint64_t child_ref_count_and_flags() const { return Word(&child_ref_count); }
  uint64_t status_and_nbl_flags() const { return Word(&status); }

  uint64_t info(NetBufferListInfoId id) const {
    return info_[static_cast<int>(id)];
  }
  void set_info(NetBufferListInfoId id, uint64_t value) {
    info_[static_cast<int>(id)] = value;
    flags |= kInfoWritten;
  }
  // True when set_info() was called since ClearInfo(): lets the pool skip 216
  // bytes of clearing for the lists that carry nothing.
  bool info_written() const { return (flags & kInfoWritten) != 0; }
  // Zeroes every slot but the protocol id's, which a fresh list has from its
  // pool (ndis-semantics 4).
  void ClearInfo(uint8_t protocol_id = 0) {
    for (uint64_t& slot : info_) slot = 0;
    info_[static_cast<int>(NetBufferListInfoId::kNetBufferListProtocolId)] =
        protocol_id;
    flags &= ~kInfoWritten;
  }

 private:
  static uint64_t Word(const void* first) {
    uint64_t word;
    std::memcpy(&word, first, sizeof(word));
    return word;
  }

  uint64_t info_[kMaxNetBufferListInfo] = {};
};
static_assert(sizeof(NetBufferList) == 344, "see the cache line plan");

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_NET_BUFFER_LIST_H_
