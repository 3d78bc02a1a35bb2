#include "client/lib/protocol_session.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace netbuf::client {
namespace {

// Two renewals may fail before the lease runs out.
constexpr int kRenewalsPerLease = 3;

}  // namespace

absl::StatusOr<std::unique_ptr<ProtocolSession>> ProtocolSession::Register(
    const Client& client, absl::string_view protocol_id,
    const Options& options) {
  absl::StatusOr<v1::Protocol> protocol =
      client.RegisterProtocol(protocol_id, options.lease);
  if (!protocol.ok()) return protocol.status();
  const absl::Duration interval =
      options.renewal_interval > absl::ZeroDuration()
          ? options.renewal_interval
          : options.lease / kRenewalsPerLease;
  return std::unique_ptr<ProtocolSession>(
      new ProtocolSession(client, protocol->name(), interval));
}

ProtocolSession::ProtocolSession(const Client& client, std::string name,
                                 absl::Duration interval)
    : client_(client),
      name_(std::move(name)),
      interval_(interval),
      keeper_([this] { KeepAlive(); }) {}

ProtocolSession::~ProtocolSession() { Deregister().status().IgnoreError(); }

absl::Status ProtocolSession::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

absl::StatusOr<v1::DeregisterProtocolResponse> ProtocolSession::Deregister() {
  {
    std::lock_guard lock(mutex_);
    if (deregistered_) {
      return absl::FailedPreconditionError(
          absl::StrCat(name_, " has been deregistered already"));
    }
    deregistered_ = true;
  }
  Stop();
  return client_.DeregisterProtocol(name_);
}

void ProtocolSession::KeepAlive() {
  while (WaitForRenewal()) {
    const absl::Status renewed = client_.KeepAliveProtocol(name_).status();
    if (absl::IsNotFound(renewed)) {
      std::lock_guard lock(mutex_);
      status_ = renewed;
      return;
    }
  }
}

bool ProtocolSession::WaitForRenewal() {
  std::unique_lock lock(mutex_);
  return !stopping_changed_.wait_for(lock, absl::ToChronoNanoseconds(interval_),
                                     [this] { return stopping_; });
}

void ProtocolSession::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopping_changed_.notify_all();
  keeper_.join();
}

}  // namespace netbuf::client
