// WatchStream: one WatchBinding call. Keeps what happens to the binding until
// the client takes it, as much as kMaxQueuedEvents; of more, the oldest are
// lost, and the client is told how many. The first message is the binding as it
// is; what happened while that was looked up may be told again after it.
//
// Thread safety: as WriteStream.

#ifndef NETBUFD_SERVER_SERVICE_WATCH_STREAM_H_
#define NETBUFD_SERVER_SERVICE_WATCH_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"
#include "engine/base/mutex.h"
#include "engine/engine.h"
#include "netbuf/v1/binding_service.pb.h"
#include "server/service/service_context.h"
#include "server/service/write_stream.h"

namespace netbuf {

class WatchStream final : public WriteStream<v1::BindingEvent> {
 public:
  // Ten passes of a stack through pause and restart, for a client that stalls
  // meanwhile; a few hundred bytes each.
  static constexpr size_t kMaxQueuedEvents = 64;

  explicit WatchStream(const ServiceContext& services)
      : WriteStream(services.streams), services_(services) {}

  // Watches `binding`, or ends the call with the error.
  void Open(absl::string_view binding);

 private:
  absl::Status Connect(absl::string_view binding);
  void OnEvent(const BindingEvent& event);
  Step Next(v1::BindingEvent* message) override;
  void Close() override;

  const ServiceContext services_;
  std::unique_ptr<Subscription> subscription_;  // From Open to Close.

  Mutex mu_;
  std::optional<BindingSnapshot> snapshot_ ABSL_GUARDED_BY(mu_);  // To be told.
  std::deque<BindingEvent> events_ ABSL_GUARDED_BY(mu_);
  uint64_t lost_ ABSL_GUARDED_BY(mu_) = 0;
  bool unbound_ ABSL_GUARDED_BY(mu_) = false;  // Nothing comes any more.
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_WATCH_STREAM_H_
