// Where a replay sends: a binding that runs and a pool that fits, either those
// named by the user or made for the occasion and removed again.

#ifndef NETBUFD_CLIENT_CLI_REPLAY_TARGET_H_
#define NETBUFD_CLIENT_CLI_REPLAY_TARGET_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/lib/client.h"
#include "client/lib/protocol_session.h"

namespace netbuf::client {

struct ReplayTargetOptions {
  std::string adapter = {};   // For a binding of our own.
  std::string protocol = {};  // Use this protocol instead of one of our own.
  std::string binding = {};   // Use this binding, which must be running.
  std::string pool = {};      // Use this pool.

  // Of what we make.
  std::string id = "replay";
};

class ReplayTarget {
 public:
  static absl::StatusOr<std::unique_ptr<ReplayTarget>> Prepare(
      const Client& client, const ReplayTargetOptions& options);

  // Removes what was made, if Remove has not been called.
  ~ReplayTarget();

  ReplayTarget(const ReplayTarget&) = delete;
  ReplayTarget& operator=(const ReplayTarget&) = delete;

  const std::string& binding() const { return binding_; }
  const std::string& pool() const { return pool_; }

  // Closes, frees and deregisters what Prepare made, all of it even if one
  // fails; the first error.
  absl::Status Remove();

 private:
  explicit ReplayTarget(const Client& client) : client_(client) {}

  absl::Status FindOrMake(const ReplayTargetOptions& options);
  absl::Status MakeBinding(const ReplayTargetOptions& options);
  absl::Status MakePool(const ReplayTargetOptions& options);

  const Client client_;
  std::unique_ptr<ProtocolSession> session_;  // Null: the protocol is not ours.
  std::string protocol_;
  std::string binding_;
  std::string pool_;
  v1::RestartAttributes attributes_;
  bool own_binding_ = false;
  bool own_pool_ = false;
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_REPLAY_TARGET_H_
