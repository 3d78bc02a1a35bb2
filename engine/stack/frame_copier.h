// FrameCopier: copies of frames for bindings that get a frame besides another one,
// and for frames looped back. The copies are ordinary lists from a pool.

#ifndef NETBUFD_ENGINE_STACK_FRAME_COPIER_H_
#define NETBUFD_ENGINE_STACK_FRAME_COPIER_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Thread safety: every method may be called from any thread.
class FrameCopier {
 public:
  // Copies out at a time: what a receive ring commonly holds. More than that, and
  // their receiver is too slow to be served from a shared adapter.
  static constexpr uint64_t kMaxCopies = 1024;

  // `max_frame_size` bytes; nothing is allocated before the first copy.
  explicit FrameCopier(uint32_t max_frame_size)
      : max_frame_size_(max_frame_size) {}

  // A list with one NET_BUFFER that holds the same bytes, or null when too many
  // are out.
  NetBufferList* Copy(const NetBuffer& frame, uint32_t nbl_flags,
                      HolderId holder);

  // Moves the copies out of `chain` and frees them.
  void TakeBack(NetBufferListChain& chain);

 private:
  NetBufferListPool* Pool();

  const uint32_t max_frame_size_;
  Mutex mu_;
  std::unique_ptr<NetBufferListPool> owned_ ABSL_GUARDED_BY(mu_);
  // owned_, once it is there. Released by who makes it, acquired by all others.
  std::atomic<NetBufferListPool*> pool_{nullptr};
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FRAME_COPIER_H_
