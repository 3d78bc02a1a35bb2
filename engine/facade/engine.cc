// The engine as a whole: making it, watching it, ending it.

#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "engine/base/status_macros.h"
#include "engine/facade/engine_impl.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

void AddOidCounts(std::vector<OidRequestCount>& sums,
                  const std::vector<OidRequestCount>& counts) {
  for (const OidRequestCount& count : counts) {
    auto same = [&count](const OidRequestCount& sum) {
      return sum.set == count.set && sum.status == count.status;
    };
    auto it = std::find_if(sums.begin(), sums.end(), same);
    if (it == sums.end()) {
      sums.push_back(count);
    } else {
      it->requests += count.requests;
    }
  }
}

template <typename Matrix>
void AddTransitions(Matrix& sums, const Matrix& counts) {
  for (size_t from = 0; from < sums.size(); ++from) {
    for (size_t to = 0; to < sums[from].size(); ++to) {
      sums[from][to] += counts[from][to];
    }
  }
}

void AddReport(DeregisterReport& sum, DeregisterReport&& report) {
  sum.leaked_net_buffer_lists += report.leaked_net_buffer_lists;
  sum.leaked_net_buffers += report.leaked_net_buffers;
  for (std::string& name : report.reclaimed_pools) {
    sum.reclaimed_pools.push_back(std::move(name));
  }
  for (std::string& name : report.closed_bindings) {
    sum.closed_bindings.push_back(std::move(name));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(
    const EngineOptions& options) {
  if (options.clock == nullptr) {
    return absl::InvalidArgumentError("EngineOptions.clock is not set");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureDirectory> capture_directory,
                   CaptureDirectory::Open(options.capture_dir));
  return std::make_unique<EngineImpl>(options, std::move(capture_directory));
}

EngineImpl::EngineImpl(const EngineOptions& options,
                       std::unique_ptr<CaptureDirectory> capture_directory)
    : clock_(options.clock),
      quota_(options.memory_limit_bytes),
      capture_directory_(std::move(capture_directory)),
      send_timer_(options.clock),
      reaper_([this] { ReapExpired(); }) {}

EngineImpl::~EngineImpl() {
  Shutdown(absl::InfiniteDuration()).status().IgnoreError();
}

absl::StatusOr<DeregisterReport> EngineImpl::Shutdown(absl::Duration timeout) {
  std::vector<std::shared_ptr<Protocol>> protocols;
  ByName<AdapterEntry> adapters;
  {
    MutexLock lock(mu_);
    stopping_ = true;
    reap_.Signal();
  }
  // The reaper finishes the protocol it is at; the others are left to this.
  if (reaper_.joinable()) reaper_.join();
  {
    MutexLock lock(mu_);
    for (const auto& [name, protocol] : protocols_)
      protocols.push_back(protocol);
    adapters = adapters_;
  }
  DeregisterReport sum;
  absl::Status first_error;
  for (const auto& protocol : protocols) {
    protocol->BeginClosing();
    auto report = TearDown(protocol, timeout);
    if (report.ok()) {
      AddReport(sum, *std::move(report));
    } else {
      first_error.Update(report.status());
    }
  }
  for (const auto& [name, entry] : adapters) {
    first_error.Update(DeleteAdapter(name));
  }
  if (!first_error.ok()) return first_error;
  return sum;
}

void EngineImpl::AddPast(const AdapterInfo& info) {
  AddOidCounts(past_oid_requests_, info.oid_requests);
  AddTransitions(past_transitions_, info.transitions);
  past_pause_times_ += info.pause_times;
}

EngineSnapshot EngineImpl::Snapshot() {
  ByName<AdapterEntry> adapters;
  std::vector<std::shared_ptr<ProtocolBinding>> bindings;
  std::vector<std::shared_ptr<NetBufferListPoolEntry>> list_pools;
  std::vector<std::shared_ptr<NetBufferPoolEntry>> buffer_pools;
  std::vector<OidRequestCount> oid_requests;
  EngineSnapshot snapshot;
  decltype(past_transitions_) transitions;
  {
    MutexLock lock(mu_);
    adapters = adapters_;
    bindings = OfProtocol(bindings_, "");
    list_pools = OfProtocol(list_pools_, "");
    buffer_pools = OfProtocol(buffer_pools_, "");
    oid_requests = past_oid_requests_;
    transitions = past_transitions_;
    snapshot.pause_times = past_pause_times_;
    for (const auto& [name, protocol] : protocols_) {
      snapshot.protocols.push_back(Describe(*protocol));
    }
    snapshot.lease_expiries = lease_expiries_;
    snapshot.leaked_net_buffer_lists = leaked_lists_;
    snapshot.leaked_net_buffers = leaked_buffers_;
  }
  for (const auto& [name, entry] : adapters) {
    const AdapterInfo info = entry->adapter->GetInfo();
    AddOidCounts(oid_requests, info.oid_requests);
    AddTransitions(transitions, info.transitions);
    snapshot.pause_times += info.pause_times;
    snapshot.adapters.push_back(Describe(*entry));
  }
  for (const auto& binding : bindings) {
    snapshot.bindings.push_back(binding->Snapshot());
  }
  for (const auto& entry : list_pools) {
    snapshot.net_buffer_list_pools.push_back(
        {entry->name, entry->pool->parameters(), entry->max_outstanding,
         entry->pool->Statistics()});
  }
  for (const auto& entry : buffer_pools) {
    snapshot.net_buffer_pools.push_back({entry->name, entry->pool->parameters(),
                                         entry->max_outstanding,
                                         entry->pool->Statistics()});
  }
  for (const OidRequestCount& count : oid_requests) {
    snapshot.oid_requests.push_back({count.set, count.status, count.requests});
  }
  for (int from = 0; from < kBindingStateCount; ++from) {
    for (int to = 0; to < kBindingStateCount; ++to) {
      if (transitions[from][to] == 0) continue;
      snapshot.binding_transitions.push_back({static_cast<BindingState>(from),
                                              static_cast<BindingState>(to),
                                              transitions[from][to]});
    }
  }
  snapshot.send_completion_times = send_timer_.Counts();
  snapshot.memory_used_bytes = quota_.used_bytes();
  snapshot.memory_limit_bytes = quota_.limit_bytes();
  return snapshot;
}

}  // namespace netbuf
