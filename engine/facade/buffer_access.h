// Taking hold of buffers by handle. A call claims every structure it works on,
// so that two calls never touch one at the same time and a buffer in flight is
// out of reach; whatever it has not freed or sent goes back when the claims
// die.
//
// Thread safety: one Claims object belongs to one call.

#ifndef NETBUFD_ENGINE_FACADE_BUFFER_ACCESS_H_
#define NETBUFD_ENGINE_FACADE_BUFFER_ACCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "engine/facade/protocol.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "engine/pool/pool_table.h"

namespace netbuf {

// The error for a handle that could not be used. `field` names it in the
// request.
absl::Status HandleError(PoolStatus status, uint64_t handle,
                         absl::string_view field);

class Claims {
 public:
  // Both outlive this.
  Claims(PoolTable& pools, Protocol& protocol)
      : pools_(pools), protocol_(protocol) {}
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // Claims the list and every attached NET_BUFFER that has a handle.
  // INVALID_ARGUMENT (INVALID_HANDLE, NOT_A_NET_BUFFER_LIST, DUPLICATE_HANDLE),
  // NOT_FOUND (STALE_HANDLE), PERMISSION_DENIED (NOT_HOLDER) or ABORTED
  // (BUFFER_BUSY).
  absl::StatusOr<NetBufferList*> ClaimList(uint64_t handle,
                                           absl::string_view field);
  // Claims the NET_BUFFER, and the list it is attached to with all of its
  // NET_BUFFERs.
  absl::StatusOr<NetBuffer*> ClaimBuffer(uint64_t handle,
                                         absl::string_view field);
  // What the reference names, claimed with its whole list.
  absl::StatusOr<NetBuffer*> Claim(const NetBufferReference& reference,
                                   absl::string_view field);

  // What is held; lists in the order they were claimed.
  const std::vector<NetBufferList*>& lists() const { return lists_; }
  const absl::flat_hash_map<uint64_t, NetBuffer*>& buffers() const {
    return buffers_;
  }
  // No longer this call's to give back: freed, or sent.
  void ForgetLists() { lists_.clear(); }
  void ForgetBuffers() { buffers_.clear(); }
  void ForgetBuffer(uint64_t handle) { buffers_.erase(handle); }

 private:
  absl::Status ClaimAttached(NetBufferList* list, const NetBuffer* except,
                             absl::string_view field);

  PoolTable& pools_;
  Protocol& protocol_;
  std::vector<NetBufferList*> lists_;
  absl::flat_hash_map<uint64_t, NetBuffer*> buffers_;  // By handle.
};

// The list a NET_BUFFER from a pool is attached to, as a handle; 0 for none.
// Kept in the NET_BUFFER's protocol_reserved[0].
uint64_t AttachedTo(const NetBuffer& nb);

// Links NET_BUFFERs to the end of the list, in order, or takes those out that
// `gone` holds. All are claimed. O(NET_BUFFERs of the list + those given).
void AttachNetBuffers(NetBufferList& list,
                      absl::Span<NetBuffer* const> buffers);
void DetachNetBuffers(NetBufferList& list,
                      const absl::flat_hash_set<NetBuffer*>& gone);

// Gives back what the engine holds for the client under a NET_BUFFER: MDLs that
// retreats added and chains of OwnedMdlChains. The NET_BUFFER has no chain
// then, unless it came with one.
void ReleaseChain(NetBuffer& nb, Protocol& protocol);

// What contexts that were allocated for the client count against the engine's
// memory, in bytes.
uint64_t AllocatedContextBytes(const NetBufferList& list);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_BUFFER_ACCESS_H_
