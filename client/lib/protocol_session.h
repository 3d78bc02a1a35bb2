// A registered protocol whose lease is kept alive for as long as this object
// lives.
//
// Example:
//   ASSIGN_OR_RETURN(auto session, ProtocolSession::Register(client, "p1"));
//   client.OpenBinding(session->name(), "b1", binding);
//   ...
//   absl::StatusOr<v1::DeregisterProtocolResponse> audit =
//       session->Deregister();  // What this protocol left behind.

#ifndef NETBUFD_CLIENT_LIB_PROTOCOL_SESSION_H_
#define NETBUFD_CLIENT_LIB_PROTOCOL_SESSION_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/lib/client.h"

namespace netbuf::client {

struct ProtocolSessionOptions {
  // How long the server keeps the protocol after this process is gone.
  absl::Duration lease = absl::Seconds(30);

  // Between renewals. Zero: a third of the lease, so that two may fail.
  absl::Duration renewal_interval = absl::ZeroDuration();
};

// Thread safety: all methods, from any thread.
class ProtocolSession {
 public:
  using Options = ProtocolSessionOptions;

  static absl::StatusOr<std::unique_ptr<ProtocolSession>> Register(
      const Client& client, absl::string_view protocol_id,
      const Options& options = {});

  // Deregisters, unless Deregister has been called. The server then closes and
  // frees what is left.
  ~ProtocolSession();

  ProtocolSession(const ProtocolSession&) = delete;
  ProtocolSession& operator=(const ProtocolSession&) = delete;

  // protocols/{protocol}
  const std::string& name() const { return name_; }

  // OK while the lease is kept. Else why it was lost: NOT_FOUND when the server
  // no longer knows the protocol. A renewal that failed for another reason is
  // tried again.
  absl::Status status() const;

  // Ends the renewals and deregisters; returns the audit. The second time:
  // FAILED_PRECONDITION.
  absl::StatusOr<v1::DeregisterProtocolResponse> Deregister();

 private:
  ProtocolSession(const Client& client, std::string name,
                  absl::Duration interval);

  void KeepAlive();
  // Waits for one interval; false when it is time to stop.
  bool WaitForRenewal();
  void Stop();

  const Client client_;
  const std::string name_;
  const absl::Duration interval_;

  mutable std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;      // Guarded by mutex_.
  bool deregistered_ = false;  // Guarded by mutex_.
  absl::Status status_;        // Guarded by mutex_.

  std::thread keeper_;  // Joined by Stop.
};

}  // namespace netbuf::client

namespace netbuf {
using client::ProtocolSession;
}  // namespace netbuf

#endif  // NETBUFD_CLIENT_LIB_PROTOCOL_SESSION_H_
