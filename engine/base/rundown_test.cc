#include "engine/base/rundown.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(RundownTest, LetsIn) {
  Rundown rundown;
  ASSERT_TRUE(rundown.TryAcquire());
  ASSERT_TRUE(rundown.TryAcquire());
  EXPECT_EQ(rundown.holders(), 2);
  rundown.Release();
  rundown.Release();
  EXPECT_EQ(rundown.holders(), 0);
}

TEST(RundownTest, LetsNobodyInOnceClosed) {
  Rundown rundown;
  rundown.CloseAndWait();
  EXPECT_FALSE(rundown.TryAcquire());
  EXPECT_EQ(rundown.holders(), 0);
  rundown.CloseAndWait();
}

TEST(RundownTest, CanBeMadeClosedAndOpenedLater) {
  Rundown rundown(Rundown::State::kClosed);
  EXPECT_FALSE(rundown.TryAcquire());
  rundown.Reopen();
  EXPECT_TRUE(rundown.TryAcquire());
  rundown.Release();
}

TEST(RundownTest, CloseWaitsForTheLastOneInside) {
  Rundown rundown;
  ASSERT_TRUE(rundown.TryAcquire());
  std::atomic<bool> left{false};
  std::thread closer([&] {
    rundown.CloseAndWait();
    EXPECT_TRUE(left.load());
  });
  while (rundown.TryAcquire()) rundown.Release();  // Until it is closing.
  left = true;
  rundown.Release();
  closer.join();
}

// The thing guarded is freed as soon as CloseAndWait() returns: whoever got in
// must never see it gone.
TEST(RundownTest, NobodyIsInsideWhenTheGuardedThingGoes) {
  for (int round = 0; round < 200; ++round) {
    Rundown rundown;
    auto guarded = std::make_unique<int>(7);
    std::vector<std::thread> users;
    for (int i = 0; i < 3; ++i) {
      users.emplace_back([&] {
        while (rundown.TryAcquire()) {
          EXPECT_EQ(*guarded, 7);
          rundown.Release();
        }
      });
    }
    rundown.CloseAndWait();
    guarded.reset();
    for (std::thread& user : users) user.join();
  }
}

}  // namespace
}  // namespace netbuf
