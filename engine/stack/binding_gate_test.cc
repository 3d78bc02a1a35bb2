#include "engine/stack/binding_gate.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

using S = BindingState;

TEST(BindingGateTest, StartsUnboundAndIdle) {
  BindingGate gate;
  EXPECT_EQ(gate.Look().state(), S::kUnbound);
  EXPECT_TRUE(gate.Look().idle());
}

TEST(BindingGateTest, CountsDoNotTouchEachOtherOrTheState) {
  BindingGate gate;
  gate.Move(S::kClosing);  // All bits of the highest state.
  gate.Enter((BindingGate::kMaxSends - 1) * BindingGate::kOneSend);
  gate.Enter((BindingGate::kMaxCalls - 1) * BindingGate::kOneCall);
  gate.Enter((BindingGate::kMaxReceives - 1) * BindingGate::kOneReceive);
  const BindingGate::View view = gate.Look();
  EXPECT_EQ(view.state(), S::kClosing);
  EXPECT_EQ(view.sends(), BindingGate::kMaxSends - 1);
  EXPECT_EQ(view.calls(), BindingGate::kMaxCalls - 1);
  EXPECT_EQ(view.receives(), BindingGate::kMaxReceives - 1);
}

TEST(BindingGateTest, EnterTellsTheStateBefore) {
  BindingGate gate;
  gate.Move(S::kRunning);
  EXPECT_EQ(gate.Enter(BindingGate::kOneSend).state(), S::kRunning);
  gate.Move(S::kPausing);
  const BindingGate::View before = gate.Enter(BindingGate::kOneSend);
  EXPECT_EQ(before.state(), S::kPausing);
  EXPECT_EQ(before.sends(), 1);
}

TEST(BindingGateTest, MovesWhenIdleOnlyWhenEverythingHasLeft) {
  for (const uint64_t one : {BindingGate::kOneSend, BindingGate::kOneCall,
                             BindingGate::kOneReceive}) {
    BindingGate gate;
    gate.Move(S::kRunning);
    gate.Enter(one);
    gate.Move(S::kPausing);
    EXPECT_FALSE(gate.MoveWhenIdle(S::kPausing, S::kPaused));
    EXPECT_TRUE(gate.Leave(one).idle());
    EXPECT_TRUE(gate.MoveWhenIdle(S::kPausing, S::kPaused));
    EXPECT_EQ(gate.Look().state(), S::kPaused);
  }
}

TEST(BindingGateTest, MovesWhenIdleOnlyFromTheStateGiven) {
  BindingGate gate;
  gate.Move(S::kRunning);
  EXPECT_FALSE(gate.MoveWhenIdle(S::kPausing, S::kPaused));
  EXPECT_EQ(gate.Look().state(), S::kRunning);
}

// What the gate is for: whoever finds it Running may read what was written while
// it was idle, and is not inside when it is written again. ThreadSanitizer judges.
TEST(BindingGateTest, GuardsPlainDataThatChangesWhilePaused) {
  BindingGate gate;
  gate.Move(S::kRunning);
  int data = 0;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  std::atomic<int> reads{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      int last = 0;
      while (!stop) {
        if (gate.Enter(BindingGate::kOneCall).state() == S::kRunning) {
          EXPECT_GE(data, last);
          last = data;
          ++reads;
        }
        gate.Leave(BindingGate::kOneCall);
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    gate.Move(S::kPausing);
    while (!gate.MoveWhenIdle(S::kPausing, S::kPaused)) {
      std::this_thread::yield();
    }
    data = i;
    gate.Move(S::kRunning);
    while (reads < i) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(gate.Look().idle());
}

}  // namespace
}  // namespace netbuf
