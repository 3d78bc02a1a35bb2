// LiveStreams: the streams that are open, so that the server's end can tell
// their clients instead of cutting them off.

#ifndef NETBUFD_SERVER_SERVICE_LIVE_STREAMS_H_
#define NETBUFD_SERVER_SERVICE_LIVE_STREAMS_H_

#include <memory>
#include <unordered_map>

#include "absl/status/status.h"
#include "engine/base/mutex.h"

namespace netbuf {

class EndableStream {
 public:
  virtual ~EndableStream() = default;
  // Ends the stream with `status` as soon as the message on its way is out.
  // Does nothing to a stream that is ending. Never blocks.
  virtual void End(const absl::Status& status) = 0;
};

// Thread safety: every method may be called from any thread.
class LiveStreams {
 public:
  // Ends `stream` at once when EndAll() has been called.
  void Add(const std::shared_ptr<EndableStream>& stream);
  void Remove(const EndableStream* stream);
  // Ends every stream there is and every one that comes. O(streams).
  void EndAll(const absl::Status& status);

  size_t count() const;

 private:
  mutable Mutex mu_;
  std::unordered_map<const EndableStream*, std::weak_ptr<EndableStream>>
      streams_ ABSL_GUARDED_BY(mu_);
  absl::Status ended_ ABSL_GUARDED_BY(mu_);  // Not OK after EndAll().
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_LIVE_STREAMS_H_
