#include "server/control_executor.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/ndis/error.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// A door that tasks wait at.
class Gate {
 public:
  void Wait() {
    MutexLock lock(mu_);
    ++waiting_;
    changed_.SignalAll();
    while (!open_) changed_.Wait(mu_);
  }
  void Open() {
    MutexLock lock(mu_);
    open_ = true;
    changed_.SignalAll();
  }
  void AwaitWaiting(int count) {
    MutexLock lock(mu_);
    while (waiting_ < count) changed_.Wait(mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  int waiting_ ABSL_GUARDED_BY(mu_) = 0;
  bool open_ ABSL_GUARDED_BY(mu_) = false;
};

TEST(ControlExecutorTest, TasksThatWaitDoNotKeepOthersWaiting) {
  Gate gate;
  Gate done;
  ControlExecutor executor({.max_threads = 3, .max_queue = 10});
  ASSERT_TRUE(executor.Submit([&] { gate.Wait(); }).ok());
  ASSERT_TRUE(executor.Submit([&] { gate.Wait(); }).ok());
  gate.AwaitWaiting(2);
  ASSERT_TRUE(executor.Submit([&] { done.Open(); }).ok());
  done.Wait();
  gate.Open();
}

TEST(ControlExecutorTest, OneThreadRunsTasksInOrder) {
  std::vector<int> order;
  {
    Gate last;
    ControlExecutor executor({.max_threads = 1, .max_queue = 100});
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(executor.Submit([&order, i] { order.push_back(i); }).ok());
    }
    ASSERT_TRUE(executor.Submit([&] { last.Open(); }).ok());
    last.Wait();
  }
  ASSERT_EQ(order.size(), 50);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

TEST(ControlExecutorTest, AFullQueueRefusesAndRecovers) {
  Gate gate;
  std::atomic<int> ran{0};
  ControlExecutor executor({.max_threads = 2, .max_queue = 3});
  const auto task = [&] {
    gate.Wait();
    ++ran;
  };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(executor.Submit(task).ok());
  gate.AwaitWaiting(2);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(executor.Submit(task).ok());
  const absl::Status refused = executor.Submit(task);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  const std::optional<ErrorInfo> info = GetErrorInfo(refused);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "CONTROL_QUEUE_FULL");
  EXPECT_GT(info->retry_delay, absl::ZeroDuration());
  EXPECT_NE(info->quota_subject, "");
  gate.Open();
  while (ran < 5) std::this_thread::yield();
  EXPECT_TRUE(executor.Submit([] {}).ok());
}

TEST(ControlExecutorTest, StopDropsWhatWaitsAndTakesNoMore) {
  Gate gate;
  std::atomic<int> ran{0};
  // Tells when a task that never runs is destroyed.
  auto owned = std::make_shared<int>(0);
  ControlExecutor executor({.max_threads = 1, .max_queue = 10});
  ASSERT_TRUE(executor
                  .Submit([&] {
                    gate.Wait();
                    ++ran;
                  })
                  .ok());
  gate.AwaitWaiting(1);
  ASSERT_TRUE(executor.Submit([&ran, owned] { ran += 100; }).ok());
  EXPECT_EQ(owned.use_count(), 2);
  executor.Stop();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_TRUE(absl::IsUnavailable(executor.Submit([&] { ran += 100; })));
  gate.Open();
  while (ran == 0) std::this_thread::yield();
  EXPECT_EQ(ran, 1);
}

TEST(ControlExecutorTest, TheEndWaitsForTasksThatRun) {
  std::atomic<bool> finished{false};
  {
    Gate started;
    ControlExecutor executor;
    ASSERT_TRUE(executor
                    .Submit([&] {
                      started.Open();
                      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
                      finished = true;
                    })
                    .ok());
    started.Wait();
  }
  EXPECT_TRUE(finished);
}

TEST(ControlExecutorTest, TasksMaySubmitTasks) {
  Gate done;
  ControlExecutor executor({.max_threads = 1, .max_queue = 2});
  ASSERT_TRUE(executor
                  .Submit([&] {
                    EXPECT_TRUE(executor.Submit([&] { done.Open(); }).ok());
                  })
                  .ok());
  done.Wait();
}

TEST(ControlExecutorTest, EveryTaskTakenFromManyThreadsRunsOnce) {
  std::atomic<int> ran{0};
  std::atomic<int> taken{0};
  {
    ControlExecutor executor({.max_threads = 4, .max_queue = 64});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          if (executor.Submit([&] { ++ran; }).ok()) ++taken;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    while (ran < taken) std::this_thread::yield();
  }
  EXPECT_EQ(ran, taken);
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace netbuf
