// BindingGate: a binding's state and everything that is inside the stack on its
// account, in one 64-bit atomic (rundown protection).
//
//   63  62      60 59            41 40        28 27                    0
//   [ 0 | state: 3 | receives: 19  | calls: 13  | sends: 28            ]
//
//   sends     lists handed down and not yet back with the client
//   receives  lists the client has and has not returned yet
//   calls     threads inside the stack or inside a callback of the client
//
// To enter is one addition, whose old value tells the state; to leave is one
// subtraction. Who wants the stack to itself changes the state and waits until
// a subtraction leaves all three counts at zero: whoever entered before the
// change is counted, whoever comes later sees the new state and backs out.
//
// Memory order: Enter() acquires, so that who finds Running sees the stack as
// it was built before the state became Running (Move() releases). Leave()
// releases, so that MoveWhenIdle(), which acquires, comes after all that was
// done inside. All are read-modify-writes of one word, so each release reaches
// every later acquire through the release sequence.
//
// Why calls are counted besides lists: a list can come back on another thread
// while the one that sent it is still on its way out of the stack.

#ifndef NETBUFD_ENGINE_STACK_BINDING_GATE_H_
#define NETBUFD_ENGINE_STACK_BINDING_GATE_H_

#include <atomic>
#include <cstdint>

#include "engine/stack/binding_state.h"

namespace netbuf {

class BindingGate {
 public:
  static constexpr int kSendBits = 28;
  static constexpr int kCallBits = 13;
  static constexpr int kReceiveBits = 19;
  static constexpr uint64_t kOneSend = 1;
  static constexpr uint64_t kOneCall = uint64_t{1} << kSendBits;
  static constexpr uint64_t kOneReceive = kOneCall << kCallBits;

  // Half of each range: who finds more inside must back out. The other half is
  // for those that are adding at the same moment; each adds one call and at
  // most kMaxChain lists, so it would take hundreds of threads in that one
  // instruction to overflow. (2^27 lists in flight would occupy 60 GB.)
  static constexpr uint32_t kMaxSends = 1u << (kSendBits - 1);
  static constexpr uint32_t kMaxCalls = 1u << (kCallBits - 1);
  static constexpr uint32_t kMaxReceives = 1u << (kReceiveBits - 1);
  static constexpr uint32_t kMaxChain = 1u << 16;

  struct View {
    uint64_t word;

    BindingState state() const {
      return static_cast<BindingState>(word >> kStateShift);
    }
    uint32_t sends() const { return word & (kOneCall - 1); }
    uint32_t calls() const {
      return word >> kSendBits & ((1u << kCallBits) - 1);
    }
    uint32_t receives() const {
      return word >> (kSendBits + kCallBits) & ((1u << kReceiveBits) - 1);
    }
    bool idle() const { return (word & (kOneState - 1)) == 0; }
  };

  // Adds; returns what was there before.
  View Enter(uint64_t amount) {
    return {word_.fetch_add(amount, std::memory_order_acquire)};
  }
  // Subtracts; returns what is left.
  View Leave(uint64_t amount) {
    return {word_.fetch_sub(amount, std::memory_order_release) - amount};
  }
  View Look() const { return {word_.load(std::memory_order_acquire)}; }

  // Changes the state, whatever is inside. One caller at a time.
  void Move(BindingState to) {
    uint64_t word = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(
        word, (word & (kOneState - 1)) | Encode(to), std::memory_order_acq_rel,
        std::memory_order_relaxed)) {
    }
  }
  // Changes the state only when nothing is inside.
  bool MoveWhenIdle(BindingState from, BindingState to) {
    uint64_t word = Encode(from);
    return word_.compare_exchange_strong(
        word, Encode(to), std::memory_order_acq_rel, std::memory_order_relaxed);
  }

 private:
  static constexpr int kStateShift = kSendBits + kCallBits + kReceiveBits;
  static constexpr uint64_t kOneState = uint64_t{1} << kStateShift;
  static_assert(kStateShift == 60);

  static constexpr uint64_t Encode(BindingState state) {
    return static_cast<uint64_t>(state) << kStateShift;
  }

  // A line of its own: every send and every completion writes it.
  alignas(64) std::atomic<uint64_t> word_{Encode(BindingState::kUnbound)};
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_BINDING_GATE_H_
