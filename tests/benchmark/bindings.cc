// What a binding's rundown protection costs a send.

#include <atomic>
#include <cstdint>

#include "engine/stack/binding_gate.h"
#include "tests/benchmark/registry.h"
#include "tests/benchmark/workload.h"

namespace netbuf::bench {
namespace {

double Gate(uint64_t pairs) {
  BindingGate gate;
  gate.Move(BindingState::kRunning);
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    const BindingGate::View before =
        gate.Enter(BindingGate::kOneCall + BindingGate::kOneSend);
    if (before.state() != BindingState::kRunning) break;
    const BindingGate::View left =
        gate.Leave(BindingGate::kOneCall + BindingGate::kOneSend);
    if (left.idle() && left.state() != BindingState::kRunning) break;
  }
  return watch.Seconds();
}

double TwoAdds(uint64_t pairs) {
  std::atomic<uint64_t> word{0};
  const Stopwatch watch;
  for (uint64_t i = 0; i < pairs; ++i) {
    word.fetch_add(1, std::memory_order_acquire);
    word.fetch_sub(1, std::memory_order_release);
  }
  return watch.Seconds();
}

}  // namespace

void AddBindings(Measurements* measurements) {
  constexpr uint64_t kPairs = 1 << 16;
  measurements->push_back({"binding/netbufd", kPairs, Gate});
  measurements->push_back({"binding/two_adds", kPairs, TwoAdds});
}

}  // namespace netbuf::bench
