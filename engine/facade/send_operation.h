// SendOperation: one SendNetBufferLists or SendFrames call between the moment
// its lists go down the stack and the moment the last has come back.
//
// Each list carries its operation and its place in it in protocol_reserved[0]
// and [1], the protocol's scratch, which is the engine's while it plays the
// protocol.

#ifndef NETBUFD_ENGINE_FACADE_SEND_OPERATION_H_
#define NETBUFD_ENGINE_FACADE_SEND_OPERATION_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/buffer/chain.h"
#include "engine/engine.h"
#include "engine/facade/pool_entry.h"
#include "engine/facade/protocol.h"
#include "engine/stack/latency_histogram.h"

namespace netbuf {

// How long sends take, from the moment a call has its lists to the completion
// of the last of them. Measured once a call, whatever the number of
// frames: two readings of the clock and one recording, together some 100 ns,
// where the call itself looks names up, takes lists from a pool and may come
// over a network. A time of each list would cost as much as sending it.
//
// Thread safety: any thread.
class SendTimer {
 public:
  explicit SendTimer(Clock* clock) : clock_(clock) {}

  absl::Time Now() { return clock_->Now(); }
  void CompletedSince(absl::Time start) {
    times_.Record(clock_->Now() - start);
  }
  LatencyCounts Counts() const { return times_.Counts(); }

 private:
  Clock* const clock_;
  LatencyHistogram times_;
};

// Owns itself from Start() to the last completion. Thread safety: Completed()
// may run on several threads for different lists.
class SendOperation {
 public:
  // `statuses` holds what is already known (frames that were never sent);
  // `remaining` lists will complete, which `timer` is told; it outlives the
  // operation. `pool` is set when they are to be freed
  // into it then, null when they go back to the protocol.
  SendOperation(std::shared_ptr<Protocol> protocol,
                std::shared_ptr<NetBufferListPoolEntry> pool,
                std::vector<NdisStatus> statuses, size_t remaining,
                SendTimer* timer, Engine::SendDone done)
      : protocol_(std::move(protocol)),
        pool_(std::move(pool)),
        statuses_(std::move(statuses)),
        remaining_(remaining),
        timer_(timer),
        start_(timer->Now()),
        done_(std::move(done)) {}

  // Marks `nbl` as the list whose status is statuses[index].
  void Attach(NetBufferList* nbl, size_t index) {
    nbl->protocol_reserved[0] = this;
    nbl->protocol_reserved[1] = reinterpret_cast<void*>(index);
  }

  // Before the lists are sent.
  NdisStatus status(size_t index) const { return statuses_[index]; }

  // ProtocolSendNetBufferListsComplete: takes lists of any operations, frees
  // them or gives them back to their protocols, and finishes the operations
  // whose last list this was.
  static void CompleteChain(NetBufferListChain chain);

 private:
  void Completed(NetBufferList* nbl);
  // Done with `count` lists; calls back and deletes itself after the last.
  void Finish(size_t count);

  const std::shared_ptr<Protocol> protocol_;
  const std::shared_ptr<NetBufferListPoolEntry> pool_;
  std::vector<NdisStatus> statuses_;
  std::atomic<size_t> remaining_;
  SendTimer* const timer_;
  const absl::Time start_;
  Engine::SendDone done_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_SEND_OPERATION_H_
