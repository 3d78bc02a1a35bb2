// Protocol: a registered protocol driver, played by a client. It owns bindings,
// pools and buffers, and lives as long as its lease is renewed.
//
// Thread safety: any thread.

#ifndef NETBUFD_ENGINE_FACADE_PROTOCOL_H_
#define NETBUFD_ENGINE_FACADE_PROTOCOL_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/rundown.h"
#include "engine/facade/owned_mdl_chain.h"
#include "engine/facade/quota_mdl_allocator.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class Protocol {
 public:
  Protocol(std::string name, HolderId holder, absl::Duration lease_duration,
           Clock* clock, MemoryQuota* quota)
      : name_(std::move(name)),
        holder_(holder),
        lease_duration_(lease_duration),
        clock_(clock),
        mdl_chains_(quota),
        retreat_mdls_(quota) {
    Renew();
  }

  const std::string& name() const { return name_; }
  HolderId holder() const { return holder_; }
  absl::Duration lease_duration() const { return lease_duration_; }

  void Renew() {
    expire_nanos_.store(absl::ToUnixNanos(clock_->Now() + lease_duration_),
                        std::memory_order_relaxed);
  }
  // Infinite with an infinite lease.
  absl::Time lease_expire_time() const {
    if (lease_duration_ == absl::InfiniteDuration()) {
      return absl::InfiniteFuture();
    }
    return absl::FromUnixNanos(expire_nanos_.load(std::memory_order_relaxed));
  }

  // Calls in progress. Deregistration closes it: no call enters any more, and
  // those inside have left when CloseAndWait() returns.
  Rundown& calls() { return calls_; }
  // True from the moment that deregistration has begun.
  bool closing() const { return closing_.load(std::memory_order_acquire); }
  // False when somebody else began it.
  bool BeginClosing() {
    return !closing_.exchange(true, std::memory_order_acq_rel);
  }

  OwnedMdlChains& mdl_chains() { return mdl_chains_; }
  MdlAllocator& retreat_mdls() { return retreat_mdls_; }

  // The lease's timer; guarded by the engine.
  Clock::TimerId lease_timer = 0;

 private:
  const std::string name_;
  const HolderId holder_;
  const absl::Duration lease_duration_;
  Clock* const clock_;
  OwnedMdlChains mdl_chains_;
  QuotaMdlAllocator retreat_mdls_;
  std::atomic<int64_t> expire_nanos_{0};
  std::atomic<bool> closing_{false};
  Rundown calls_;
};

// A call of a protocol under way: keeps the protocol, and what it owns, from
// being torn down. Empty when the protocol is going.
class ProtocolCall {
 public:
  ProtocolCall() = default;
  explicit ProtocolCall(std::shared_ptr<Protocol> protocol) {
    if (protocol != nullptr && protocol->calls().TryAcquire()) {
      protocol_ = std::move(protocol);
      protocol_->Renew();
    }
  }
  ProtocolCall(ProtocolCall&& other) noexcept = default;
  ProtocolCall& operator=(ProtocolCall&& other) noexcept {
    std::swap(protocol_, other.protocol_);
    return *this;
  }
  ~ProtocolCall() {
    if (protocol_ != nullptr) protocol_->calls().Release();
  }

  explicit operator bool() const { return protocol_ != nullptr; }
  Protocol* operator->() const { return protocol_.get(); }
  const std::shared_ptr<Protocol>& protocol() const { return protocol_; }

 private:
  std::shared_ptr<Protocol> protocol_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_PROTOCOL_H_
