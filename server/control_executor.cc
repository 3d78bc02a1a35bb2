#include "server/control_executor.h"

#include <system_error>
#include <utility>

#include "absl/time/time.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// How long a client should wait before it tries again: about what a pause takes
// that does not time out.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(200);

absl::Status QueueFullError(size_t max_queue) {
  return ErrorBuilder(absl::StatusCode::kResourceExhausted,
                      "CONTROL_QUEUE_FULL", NdisStatus::kResources)
             .Quota("control operations",
                    "operations that wait for the server's control threads",
                    kRetryDelay)
             .Metadata("maxQueue", max_queue)
         << "more than " << max_queue
         << " control operations (pause, close, attach, ...) are waiting; try "
            "again later";
}

}  // namespace

ControlExecutor::ControlExecutor(const ControlExecutorOptions& options)
    : options_(options) {}

ControlExecutor::~ControlExecutor() {
  Stop();
  std::vector<std::thread> threads;
  {
    MutexLock lock(mu_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

absl::Status ControlExecutor::Submit(std::function<void()> task) {
  MutexLock lock(mu_);
  if (stopped_) return ShuttingDownError();
  if (queue_.size() >= options_.max_queue) {
    return QueueFullError(options_.max_queue);
  }
  if (queue_.size() >= idle_threads_ &&
      threads_.size() < options_.max_threads) {
    try {
      threads_.emplace_back([this] { Run(); });
    } catch (const std::system_error&) {
      // The machine gives no more threads: the task waits for one there is.
      if (threads_.empty()) return QueueFullError(0);
    }
  }
  queue_.push_back(std::move(task));
  wake_.Signal();
  return absl::OkStatus();
}

void ControlExecutor::Stop() {
  std::deque<std::function<void()>> dropped;  // Destroyed without the lock.
  MutexLock lock(mu_);
  stopped_ = true;
  dropped.swap(queue_);
  wake_.SignalAll();
}

void ControlExecutor::Run() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mu_);
      ++idle_threads_;
      while (queue_.empty() && !stopped_) wake_.Wait(mu_);
      --idle_threads_;
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace netbuf
