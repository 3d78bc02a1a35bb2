// Messages of a server stream, one by one.
//
// Example:
//   std::unique_ptr<BindingEventReader> events = *client.WatchBinding(name);
//   v1::BindingEvent event;
//   while (events->Read(&event)) ...;
//   absl::Status why_it_ended = events->Finish();

#ifndef NETBUFD_CLIENT_LIB_STREAM_READER_H_
#define NETBUFD_CLIENT_LIB_STREAM_READER_H_

#include "absl/status/status.h"

namespace netbuf::v1 {
class BindingEvent;
class ReceiveFramesResponse;
}  // namespace netbuf::v1

namespace netbuf::client {

// Thread safety: one thread waits and reads; Cancel may be called from any,
// while the reader lives. The destructor cancels.
template <typename Message>
class StreamReader {
 public:
  virtual ~StreamReader() = default;

  // Waits until the stream is open at the server, so that nothing which happens
  // afterwards escapes it; or until it has ended instead, as Read tells then.
  // Need not be called.
  virtual void AwaitOpen() = 0;

  // Waits for the next message. False: the stream ended, Finish says why.
  virtual bool Read(Message* message) = 0;

  // OK when the server ended the stream, CANCELLED after Cancel. Reads past
  // what is still coming. The same answer every time.
  virtual absl::Status Finish() = 0;

  // Makes an AwaitOpen that waits return soon, and a Read that waits, and every
  // later one, return false.
  virtual void Cancel() = 0;
};

using BindingEventReader = StreamReader<v1::BindingEvent>;
using FrameReader = StreamReader<v1::ReceiveFramesResponse>;

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_STREAM_READER_H_
