// A pair of fences for two sides that meet rarely: the frequent side's costs
// nothing, the rare side pays for both with a system call.
//
// The problem they solve is Dekker's: each side writes its own word, then reads
// the other's, and at least one of them must see the other. Processors let a
// read overtake an earlier write, so both sides need a full fence between the
// two: some 20 cycles on each, millions of times a second on the frequent side.
//
//   frequent side                      rare side
//     mine.store(x)                      theirs.store(y)
//     AsymmetricFence::Light()           AsymmetricFence::Heavy()
//     theirs.load()                      mine.load()
//
// Heavy() runs membarrier(2), which makes every running thread of the process
// execute a full fence at whatever instruction it happens to be at: before its
// store, between store and load, or after its load. Each of the three is fine,
// as long as the compiler keeps the two in order, and that is all Light() asks
// for.
//
// Thread safety: everything may be called from any thread.

#ifndef NETBUFD_ENGINE_BASE_ASYMMETRIC_FENCE_H_
#define NETBUFD_ENGINE_BASE_ASYMMETRIC_FENCE_H_

#include <atomic>

namespace netbuf {

class AsymmetricFence {
 public:
  // False where the kernel has no private expedited membarrier (before Linux
  // 4.14) or a sandbox forbids it. Without it the two fences order nothing, and
  // the caller must do without: netbufd's pools then do without thread caches.
  // The first call registers the process; the others are one load.
  static bool Supported();

  static void Light() { std::atomic_signal_fence(std::memory_order_seq_cst); }

  // About half a microsecond, and an interrupt for every other running thread
  // of the process. REQUIRES: Supported().
  static void Heavy();
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BASE_ASYMMETRIC_FENCE_H_
