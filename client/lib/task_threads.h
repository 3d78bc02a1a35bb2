// A few threads that run tasks in the order they were given.

#ifndef NETBUFD_CLIENT_LIB_TASK_THREADS_H_
#define NETBUFD_CLIENT_LIB_TASK_THREADS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace netbuf::client {

// Thread safety: Run, from any thread.
class TaskThreads {
 public:
  // With one thread, tasks run one after the other.
  explicit TaskThreads(size_t count);

  // Runs what has been given, then ends.
  ~TaskThreads();

  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  void Run(std::function<void()> task);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // Guarded by mutex_.
  bool ending_ = false;                      // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_TASK_THREADS_H_
