#include "client/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

TEST(InterruptTest, HandlerIsCalledOnce) {
  Interrupt interrupt;
  int calls = 0;
  Interrupt::Scope scope(interrupt, [&calls] { ++calls; });
  EXPECT_TRUE(interrupt.Trigger());
  EXPECT_FALSE(interrupt.Trigger());
  EXPECT_EQ(calls, 1);
}

TEST(InterruptTest, WithoutAHandlerNothingTakesIt) {
  Interrupt interrupt;
  EXPECT_FALSE(interrupt.Trigger());
  {
    Interrupt::Scope scope(interrupt, [] { FAIL(); });
  }
  EXPECT_FALSE(interrupt.Trigger());
}

// In processes of their own, since signals end them.

TEST(InterruptDeathTest, SignalEndsAProcessThatHandlesNothing) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        HandleSignals(interrupt);
        kill(getpid(), SIGINT);
        while (true) pause();
      },
      testing::ExitedWithCode(130), "");
}

TEST(InterruptDeathTest, FirstSignalGoesToTheHandlerAndTheSecondEnds) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        HandleSignals(interrupt);
        Interrupt::Scope scope(interrupt, [] { kill(getpid(), SIGTERM); });
        kill(getpid(), SIGTERM);
        while (true) pause();
      },
      testing::ExitedWithCode(143), "");
}

}  // namespace
}  // namespace netbuf::client
