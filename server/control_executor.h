// ControlExecutor: where calls that block run. The reactions of the callback
// API must not block, and some of the engine's calls do (a pause waits for
// frames to drain, a file is opened or written out): they run here, on a few
// threads of their own, behind a bounded queue.
//
// Thread safety: every method may be called from any thread, Submit() also from
// a task.

#ifndef NETBUFD_SERVER_CONTROL_EXECUTOR_H_
#define NETBUFD_SERVER_CONTROL_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/mutex.h"

namespace netbuf {

struct ControlExecutorOptions {
  // The tasks wait rather than work, so there may be many more threads than
  // processors. They start when they are needed.
  size_t max_threads = 16;
  // Enough for a test that opens or closes everything it has at once. A full
  // queue of pauses that all time out is served within minutes, not hours.
  size_t max_queue = 256;
};

class ControlExecutor {
 public:
  explicit ControlExecutor(const ControlExecutorOptions& options = {});
  // Stops, and waits for the tasks that run.
  ~ControlExecutor();
  ControlExecutor(const ControlExecutor&) = delete;
  ControlExecutor& operator=(const ControlExecutor&) = delete;

  // Runs `task` soon, in order of submission. Never blocks. RESOURCE_EXHAUSTED
  // (CONTROL_QUEUE_FULL) when the queue is full, UNAVAILABLE after Stop(); then
  // the task never runs. A task must not throw.
  absl::Status Submit(std::function<void()> task);

  // Takes no more tasks, and destroys those that wait without running them.
  // Those that run go on.
  void Stop();

 private:
  void Run();

  const ControlExecutorOptions options_;
  Mutex mu_;
  CondVar wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mu_);
  size_t idle_threads_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_CONTROL_EXECUTOR_H_
