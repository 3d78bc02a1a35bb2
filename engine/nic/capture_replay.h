// CaptureReplay: plays a capture into a stack as received frames, once, from
// its first frame to its last.
//
// It goes on while it is active (its NIC runs, has a packet filter, and its
// link is up) and stands still otherwise, losing nothing. Frames are indicated
// from the clock's thread, up to kBatch at a time, each in a receive descriptor
// (a list with one NET_BUFFER) that must come back through Return().
//
//   pace        next frame                           no descriptor free
//   kTopSpeed   at once                              waits for one
//   kCaptured   as long after the first as captured  frame dropped and counted
//
// Time during which it stands still does not count for kCaptured: after it, the
// frames are as far apart as before.

#ifndef NETBUFD_ENGINE_NIC_CAPTURE_REPLAY_H_
#define NETBUFD_ENGINE_NIC_CAPTURE_REPLAY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/nic/capture_reader.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/wakeup.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Thread safety: every method may be called from any thread.
class CaptureReplay {
 public:
  // Frames handled in one turn on the clock's thread: some 10 us of it, which
  // other timers wait at most, and enough to spread the cost of the turn.
  static constexpr size_t kBatch = 64;

  struct Options {
    ReplayPace pace = ReplayPace::kTopSpeed;
    uint32_t descriptors = 1024;
    MemoryQuota* quota = nullptr;  // For their memory; may be null.
  };

  // `clock` and `miniport` are not owned and outlive this.
  static absl::StatusOr<std::unique_ptr<CaptureReplay>> Create(
      std::unique_ptr<CaptureReader> reader, const Options& options,
      Clock* clock, Miniport* miniport);
  // REQUIRES: every descriptor is back.
  ~CaptureReplay() = default;
  CaptureReplay(const CaptureReplay&) = delete;
  CaptureReplay& operator=(const CaptureReplay&) = delete;

  // Goes on or stands still. Frames may still be indicated while and shortly
  // after SetActive(false) runs.
  void SetActive(bool active) ABSL_LOCKS_EXCLUDED(mu_);
  // Stands still for certain: waits until no frame is being indicated, unless
  // called from an indication.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // Takes descriptors back. One that the pool refuses, because a context was
  // left on it, say, stays outstanding and may be returned again once mended;
  // the others count as returned.
  void Return(NetBufferListChain chain) ABSL_LOCKS_EXCLUDED(mu_);

  ReplayProgress progress() const ABSL_LOCKS_EXCLUDED(mu_);
  // Descriptors indicated and not returned.
  uint32_t outstanding() const {
    return outstanding_.load(std::memory_order_relaxed);
  }

 private:
  // What became of the frame at hand.
  enum class Step : uint8_t { kConsumed, kNotDue, kNoDescriptor, kNoMemory };

  CaptureReplay(std::unique_ptr<CaptureReader> reader, const Options& options,
                std::unique_ptr<NetBufferListPool> pool, Clock* clock,
                Miniport* miniport);

  // One turn: on the clock's thread only.
  void Play() ABSL_LOCKS_EXCLUDED(mu_);
  // Moves due frames into `chain` and arms the next turn.
  void FillBatch(NetBufferListChain* chain) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Sees to it that a frame is at hand; false at the end.
  bool ReadAhead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Step Take(absl::Time now, NetBufferListChain* chain, TrafficTally* tally)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // A descriptor with the frame at hand; null when there is no memory.
  NetBufferList* Fill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Time DueTime() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Gives the pool what it takes of them.
  void Free(absl::Span<NetBufferList* const> lists);
  // `step` is what the turn ended with.
  void ArmNextTurn(Step step, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  Clock* const clock_;
  Miniport* const miniport_;
  const std::unique_ptr<NetBufferListPool> pool_;

  // Descriptors out, and whether Play() waits for one: both sequentially
  // consistent, so that of a return and a Play() that finds none, one sees the
  // other.
  std::atomic<uint32_t> outstanding_{0};
  std::atomic<bool> starved_{false};

  mutable Mutex mu_;
  const std::unique_ptr<CaptureReader> reader_ ABSL_PT_GUARDED_BY(mu_);
  bool active_ ABSL_GUARDED_BY(mu_) = false;
  bool at_end_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<CapturedFrame> frame_ ABSL_GUARDED_BY(mu_);  // At hand.
  ReplayProgress progress_ ABSL_GUARDED_BY(mu_);
  // kCaptured: a frame is due at epoch_ + (its timestamp - capture_epoch_).
  std::optional<absl::Time> epoch_ ABSL_GUARDED_BY(mu_);
  absl::Time capture_epoch_ ABSL_GUARDED_BY(mu_);
  absl::Time stopped_at_ ABSL_GUARDED_BY(mu_);

  Wakeup wakeup_;  // Last: its work uses all of the above.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_CAPTURE_REPLAY_H_
