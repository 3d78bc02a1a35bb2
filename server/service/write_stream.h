// WriteStream: a server-streaming call that is pumped: it asks its source for
// the next message only when the one before is out, so that nothing queues
// behind a slow client but what the source itself keeps.
//
//   Pump() --> Next() -- message --> StartWrite --> OnWriteDone --> Pump() ...
//                     -- nothing --> waits for the next Pump()
//                     -- end     --> Finish
//
// Lifetime: shared. The source's callbacks hold a weak_ptr and call Pump();
// gRPC's part ends with OnDone.
//
// Thread safety: Pump() and End() may be called from any thread at any time,
// also after the end. Next() and Close() are called by one thread at a time,
// Close() last, without a lock.

#ifndef NETBUFD_SERVER_SERVICE_WRITE_STREAM_H_
#define NETBUFD_SERVER_SERVICE_WRITE_STREAM_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "engine/base/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "server/service/live_streams.h"
#include "server/service/status.h"

namespace netbuf {

template <typename Response>
class WriteStream : public grpc::ServerWriteReactor<Response>,
                    public EndableStream,
                    public std::enable_shared_from_this<WriteStream<Response>> {
 public:
  // `streams` must outlive the call.
  explicit WriteStream(LiveStreams* streams) : streams_(streams) {}

  // The first call: from now on the object belongs to gRPC. Whoever makes the
  // stream returns it to gRPC then, whether it is connected yet or not.
  void Begin() {
    self_ = this->shared_from_this();
    streams_->Add(self_);
  }

  // Once, when the source is connected, or with the error that kept it from
  // being. Until then Pump() does nothing and End() waits.
  void Connected(const absl::Status& opened) {
    // The client learns now that whatever follows will reach it.
    if (opened.ok()) this->StartSendInitialMetadata();
    {
      MutexLock lock(mu_);
      busy_ = false;
      if (!opened.ok() && !end_.has_value()) end_ = opened;
    }
    Pump();
  }

  // Whether the stream has ended or is about to.
  bool ending() {
    MutexLock lock(mu_);
    return end_.has_value() || finished_;
  }

  void Pump() {
    {
      MutexLock lock(mu_);
      again_ = true;
      if (busy_ || finished_) return;
      busy_ = true;
    }
    Work();
  }

  void End(const absl::Status& status) override {
    {
      MutexLock lock(mu_);
      if (!end_.has_value()) end_ = status;
    }
    Pump();
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(mu_);
      busy_ = false;
      if (!ok && !end_.has_value()) end_ = BrokenOff();
    }
    Pump();
  }

  void OnCancel() override { End(BrokenOff()); }

  void OnDone() override {
    streams_->Remove(this);
    Close();
    self_.reset();
  }

 protected:
  enum class Step { kMessage, kNothing, kEnd };
  // Fills `message` (cleared) with what is next. Never blocks.
  virtual Step Next(Response* message) = 0;
  // Disconnects the source. The call is over; no lock is held and no callback
  // of the source runs on this thread, so that this may wait for one that runs
  // on another.
  virtual void Close() = 0;

 private:
  static absl::Status BrokenOff() {
    return absl::CancelledError("the client is gone");
  }

  // REQUIRES: busy_ was set by this thread.
  void Work() {
    while (true) {
      absl::Status end;
      {
        MutexLock lock(mu_);
        again_ = false;
        if (end_.has_value()) {
          finished_ = true;
          end = *end_;
        }
      }
      if (!end.ok()) return this->Finish(ToGrpcStatus(end));
      message_.Clear();
      const Step step = Next(&message_);
      // busy_ stays set: OnWriteDone goes on.
      if (step == Step::kMessage) return this->StartWrite(&message_);
      {
        MutexLock lock(mu_);
        if (step == Step::kEnd) {
          finished_ = true;
        } else if (!again_) {
          busy_ = false;
          return;
        }
      }
      if (step == Step::kEnd) return this->Finish(grpc::Status::OK);
    }
  }

  LiveStreams* const streams_;
  std::shared_ptr<WriteStream> self_;  // From Begin to OnDone.
  Response message_;                   // Of the thread that set busy_.

  Mutex mu_;
  bool busy_ ABSL_GUARDED_BY(mu_) = true;    // Working, or a write is out.
  bool again_ ABSL_GUARDED_BY(mu_) = false;  // Pump() came while busy.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);  // Never OK.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_WRITE_STREAM_H_
