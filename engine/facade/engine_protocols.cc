// Protocols: registration, leases, and taking everything back.

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/facade/engine_impl.h"
#include "engine/facade/resource_name.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

// A lease of a second can be renewed over any network that is fit for use; a
// day bounds how long a dead client's buffers may be kept.
constexpr absl::Duration kMinLease = absl::Seconds(1);
constexpr absl::Duration kMaxLease = absl::Hours(24);

// How long a protocol's bindings may take to drain before a deregistration
// answers that it did not finish. Longer than a stack change may take.
constexpr absl::Duration kTearDownTimeout = absl::Seconds(90);

}  // namespace

absl::StatusOr<ProtocolCall> EngineImpl::EnterProtocol(
    absl::string_view name, absl::string_view field) {
  std::shared_ptr<Protocol> protocol;
  {
    MutexLock lock(mu_);
    auto it = protocols_.find(name);
    if (it != protocols_.end()) protocol = it->second;
  }
  if (ProtocolCall call(std::move(protocol)); call) return call;
  RETURN_IF_ERROR(ParseProtocolName(name, field).status());
  return NotFound("Protocol", name);
}

ProtocolSnapshot EngineImpl::Describe(const Protocol& protocol) {
  ProtocolSnapshot snapshot;
  snapshot.name = protocol.name();
  snapshot.lease_duration = protocol.lease_duration();
  snapshot.lease_expire_time = protocol.lease_expire_time();
  for (const auto& binding : OfProtocol(bindings_, protocol.name())) {
    snapshot.bindings.push_back(binding->name());
  }
  for (const auto& pool : OfProtocol(list_pools_, protocol.name())) {
    snapshot.net_buffer_list_pools.push_back(pool->name);
  }
  for (const auto& pool : OfProtocol(buffer_pools_, protocol.name())) {
    snapshot.net_buffer_pools.push_back(pool->name);
  }
  return snapshot;
}

absl::StatusOr<ProtocolSnapshot> EngineImpl::RegisterProtocol(
    absl::string_view protocol_id, absl::Duration lease_duration) {
  RETURN_IF_ERROR(CheckId(protocol_id, "protocol_id"));
  const bool forever = lease_duration == absl::InfiniteDuration();
  if (!forever && (lease_duration < kMinLease || lease_duration > kMaxLease)) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "INVALID_LEASE_DURATION", NdisStatus::kInvalidParameter)
               .Field("protocol.lease_duration", "must be from 1 s to 24 h")
           << "protocol.lease_duration is "
           << absl::FormatDuration(lease_duration)
           << "; it must be from 1 s to 24 h";
  }
  const std::string name = ProtocolName(protocol_id);
  auto protocol = std::make_shared<Protocol>(name, holders_.Add(name),
                                             lease_duration, clock_, &quota_);
  MutexLock lock(mu_);
  if (stopping_) return NotFound("Engine", "netbufd");
  if (!protocols_.emplace(name, protocol).second) {
    holders_.Remove(protocol->holder());
    return AlreadyExists("Protocol", name);
  }
  if (!forever) {
    protocol->lease_timer = clock_->ScheduleAt(
        protocol->lease_expire_time(), [this, name] { LeaseTimer(name); });
  }
  return Describe(*protocol);
}

absl::StatusOr<ProtocolSnapshot> EngineImpl::GetProtocol(
    absl::string_view name) {
  {
    MutexLock lock(mu_);
    auto it = protocols_.find(name);
    if (it != protocols_.end() && !it->second->closing()) {
      return Describe(*it->second);
    }
  }
  RETURN_IF_ERROR(ParseProtocolName(name, "name").status());
  return NotFound("Protocol", name);
}

std::vector<ProtocolSnapshot> EngineImpl::ListProtocols() {
  MutexLock lock(mu_);
  std::vector<ProtocolSnapshot> snapshots;
  for (const auto& [name, protocol] : protocols_) {
    if (!protocol->closing()) snapshots.push_back(Describe(*protocol));
  }
  return snapshots;
}

absl::StatusOr<ProtocolSnapshot> EngineImpl::KeepAliveProtocol(
    absl::string_view name) {
  RETURN_IF_ERROR(EnterProtocol(name, "name").status());
  return GetProtocol(name);
}

absl::StatusOr<DeregisterReport> EngineImpl::DeregisterProtocol(
    absl::string_view name) {
  std::shared_ptr<Protocol> protocol;
  {
    ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(name, "name"));
    protocol = call.protocol();
  }
  if (!protocol->BeginClosing()) return NotFound("Protocol", name);
  return TearDown(protocol, kTearDownTimeout);
}

absl::StatusOr<DeregisterReport> EngineImpl::TearDown(
    const std::shared_ptr<Protocol>& protocol, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  protocol->calls().CloseAndWait();
  Clock::TimerId lease_timer = 0;
  std::vector<std::shared_ptr<ProtocolBinding>> bindings;
  {
    MutexLock lock(mu_);
    lease_timer = std::exchange(protocol->lease_timer, 0);
    bindings = OfProtocol(bindings_, protocol->name());
  }
  if (lease_timer != 0) clock_->Cancel(lease_timer);

  DeregisterReport report;
  for (const auto& binding : bindings) {
    const absl::Status closed = CloseAndForget(binding, deadline);
    if (!closed.ok()) {
      // Not finished: the reaper goes on where this stopped.
      MutexLock lock(mu_);
      expired_.push_back(protocol);
      reap_.Signal();
      return closed;
    }
    report.closed_bindings.push_back(binding->name());
  }
  ReclaimPools(*protocol, report);

  MutexLock lock(mu_);
  leaked_lists_ += report.leaked_net_buffer_lists;
  leaked_buffers_ += report.leaked_net_buffers;
  protocols_.erase(protocol->name());
  holders_.Remove(protocol->holder());
  return report;
}

void EngineImpl::ReclaimPools(Protocol& protocol, DeregisterReport& report) {
  std::vector<std::shared_ptr<NetBufferListPoolEntry>> list_pools;
  std::vector<std::shared_ptr<NetBufferPoolEntry>> buffer_pools;
  {
    MutexLock lock(mu_);
    list_pools = OfProtocol(list_pools_, protocol.name());
    buffer_pools = OfProtocol(buffer_pools_, protocol.name());
  }
  for (const auto& entry : list_pools) {
    for (const OutstandingBlock& block :
         entry->pool->Outstanding(0, BlockHandle::kMaxBlocks)) {
      Claims claims(pool_table_, protocol);
      const auto list = claims.ClaimList(block.handle, "");
      if (!list.ok()) continue;
      absl::flat_hash_set<NetBuffer*> attached;
      for (const auto& [handle, nb] : claims.buffers()) attached.insert(nb);
      DetachNetBuffers(**list, attached);
      for (NetBuffer* nb = (*list)->first_net_buffer(); nb != nullptr;
           nb = nb->next()) {
        ReleaseChain(*nb, protocol);
      }
      quota_.Release(AllocatedContextBytes(**list));
      FreeAllocatedContexts(**list);
    }
    report.leaked_net_buffer_lists += entry->pool->Reclaim(protocol.holder());
  }
  for (const auto& entry : buffer_pools) {
    for (const OutstandingBlock& block :
         entry->pool->Outstanding(0, BlockHandle::kMaxBlocks)) {
      Claims claims(pool_table_, protocol);
      const auto nb = claims.ClaimBuffer(block.handle, "");
      if (nb.ok()) ReleaseChain(**nb, protocol);
    }
    report.leaked_net_buffers += entry->pool->Reclaim(protocol.holder());
  }
  for (const auto& entry : list_pools) {
    report.reclaimed_pools.push_back(entry->name);
    DeletePool(entry).IgnoreError();
  }
  for (const auto& entry : buffer_pools) {
    report.reclaimed_pools.push_back(entry->name);
    DeletePool(entry).IgnoreError();
  }
}

// --- Leases -----------------------------------------------------------------

void EngineImpl::LeaseTimer(const std::string& name) {
  MutexLock lock(mu_);
  auto it = protocols_.find(name);
  if (it == protocols_.end() || it->second->closing()) return;
  const std::shared_ptr<Protocol>& protocol = it->second;
  if (protocol->lease_expire_time() > clock_->Now()) {
    // Renewed since: renewing is an atomic store, and only the timer, once a
    // lease, looks at it.
    protocol->lease_timer = clock_->ScheduleAt(
        protocol->lease_expire_time(), [this, name] { LeaseTimer(name); });
    return;
  }
  protocol->lease_timer = 0;
  if (!protocol->BeginClosing()) return;
  ++lease_expiries_;
  expired_.push_back(protocol);
  reap_.Signal();
}

void EngineImpl::ReapExpired() {
  for (;;) {
    std::shared_ptr<Protocol> protocol;
    {
      MutexLock lock(mu_);
      while (expired_.empty() && !stopping_) reap_.Wait(mu_);
      if (expired_.empty()) return;
      protocol = std::move(expired_.back());
      expired_.pop_back();
      if (stopping_) continue;
    }
    TearDown(protocol, kTearDownTimeout).status().IgnoreError();
  }
}

}  // namespace netbuf
