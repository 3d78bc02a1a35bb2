// Adapters, their filters and their NICs.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/facade/engine_impl.h"
#include "engine/facade/resource_name.h"
#include "engine/ndis/error.h"
#include "engine/nic/nic_factory.h"

namespace netbuf {
namespace {

FilterSnapshot Describe(absl::string_view adapter, const FilterInfo& info) {
  FilterSnapshot snapshot;
  snapshot.name = absl::StrCat(adapter, "/", kFilters, "/", info.name);
  snapshot.spec = info.spec;
  snapshot.requirements = info.requirements;
  snapshot.frames_sent = info.sent.frames;
  snapshot.bytes_sent = info.sent.bytes;
  snapshot.frames_received = info.received.frames;
  snapshot.bytes_received = info.received.bytes;
  snapshot.data_back_fill_hits = info.back_fill.data_hits;
  snapshot.data_back_fill_misses = info.back_fill.data_misses;
  snapshot.context_back_fill_hits = info.back_fill.context_hits;
  snapshot.context_back_fill_misses = info.back_fill.context_misses;
  return snapshot;
}

}  // namespace

absl::StatusOr<std::shared_ptr<EngineImpl::AdapterEntry>>
EngineImpl::FindAdapter(absl::string_view name, absl::string_view field) {
  {
    MutexLock lock(mu_);
    auto it = adapters_.find(name);
    if (it != adapters_.end()) return it->second;
  }
  RETURN_IF_ERROR(ParseAdapterName(name, field).status());
  return NotFound("Adapter", name);
}

AdapterSnapshot EngineImpl::Describe(const AdapterEntry& entry,
                                     const AdapterInfo& info) {
  AdapterSnapshot snapshot;
  snapshot.name = entry.name;
  snapshot.nic = entry.nic;
  snapshot.mac_address = info.current_address;
  snapshot.running = info.state == ModuleState::kRunning;
  snapshot.link_state = info.link_state;
  for (const FilterInfo& filter : info.filters) {
    snapshot.filters.push_back(netbuf::Describe(entry.name, filter));
  }
  snapshot.requirements = info.requirements;
  snapshot.mtu = info.mtu;
  snapshot.maximum_total_size = info.maximum_total_size;
  snapshot.bindings = info.bindings;
  std::sort(snapshot.bindings.begin(), snapshot.bindings.end());
  snapshot.statistics = info.statistics;
  snapshot.transmit_queue_length = info.transmit_queue_length;
  if (const auto progress = entry.adapter->nic().replay_progress()) {
    snapshot.capture_replay =
        CaptureReplaySnapshot{progress->frames_indicated, progress->finished,
                              std::string(progress->error.message())};
  }
  return snapshot;
}

absl::StatusOr<AdapterSnapshot> EngineImpl::CreateAdapter(
    absl::string_view adapter_id, const NicSpec& nic) {
  RETURN_IF_ERROR(CheckId(adapter_id, "adapter_id"));
  auto entry = std::make_shared<AdapterEntry>();
  entry->name = AdapterName(adapter_id);
  entry->nic = nic;
  {
    // Taken first, so that two calls cannot open the same files.
    MutexLock lock(mu_);
    if (stopping_) return NotFound("Engine", "netbufd");
    if (adapters_.contains(entry->name) ||
        !names_in_progress_.insert(entry->name).second) {
      return AlreadyExists("Adapter", entry->name);
    }
  }
  auto adapter = [&]() -> absl::StatusOr<std::shared_ptr<Adapter>> {
    ASSIGN_OR_RETURN(std::unique_ptr<Nic> made,
                     CreateNic(std::string(adapter_id),
                               {.clock = clock_,
                                .captures = capture_directory_.get(),
                                .quota = &quota_},
                               &entry->nic));
    return Adapter::Create({.name = entry->name, .clock = clock_},
                           std::move(made));
  }();
  {
    MutexLock lock(mu_);
    names_in_progress_.erase(entry->name);
    if (!adapter.ok()) return std::move(adapter).status();
    entry->adapter = *std::move(adapter);
    adapters_.emplace(entry->name, entry);
  }
  return Describe(*entry);
}

absl::StatusOr<AdapterSnapshot> EngineImpl::GetAdapter(absl::string_view name) {
  ASSIGN_OR_RETURN(const auto entry, FindAdapter(name, "name"));
  return Describe(*entry);
}

std::vector<AdapterSnapshot> EngineImpl::ListAdapters() {
  ByName<AdapterEntry> adapters;
  {
    MutexLock lock(mu_);
    adapters = adapters_;
  }
  std::vector<AdapterSnapshot> snapshots;
  for (const auto& [name, entry] : adapters) {
    snapshots.push_back(Describe(*entry));
  }
  return snapshots;
}

absl::Status EngineImpl::DeleteAdapter(absl::string_view name) {
  ASSIGN_OR_RETURN(const auto entry, FindAdapter(name, "name"));
  absl::Status status = entry->adapter->Delete();
  // Any other error is about what it left on disk: the adapter is gone.
  if (absl::IsFailedPrecondition(status)) return status;
  const AdapterInfo info = entry->adapter->GetInfo();
  MutexLock lock(mu_);
  if (adapters_.erase(entry->name) == 1) AddPast(info);
  return status;
}

absl::StatusOr<FilterSnapshot> EngineImpl::AttachFilter(
    absl::string_view adapter, absl::string_view filter_id,
    const FilterSpec& spec, uint32_t position, absl::Duration timeout) {
  ASSIGN_OR_RETURN(const auto entry, FindAdapter(adapter, "parent"));
  RETURN_IF_ERROR(CheckId(filter_id, "filter_id"));
  RETURN_IF_ERROR(entry->adapter->AttachFilter(filter_id, spec, position,
                                               absl::Now() + timeout));
  for (const FilterInfo& filter : entry->adapter->GetFilters()) {
    if (filter.name == filter_id) return netbuf::Describe(entry->name, filter);
  }
  // Somebody detached it again at once.
  return NotFound("Filter",
                  absl::StrCat(entry->name, "/", kFilters, "/", filter_id));
}

absl::Status EngineImpl::DetachFilter(absl::string_view name,
                                      absl::Duration timeout) {
  ASSIGN_OR_RETURN(const ChildName parsed,
                   ParseChildName(name, kFilters, "name"));
  ASSIGN_OR_RETURN(const auto entry,
                   FindAdapter(AdapterName(parsed.parent_id), "name"));
  return entry->adapter->DetachFilter(parsed.id, absl::Now() + timeout);
}

absl::StatusOr<AdapterSnapshot> EngineImpl::SetLinkState(
    absl::string_view name, const LinkState& state) {
  ASSIGN_OR_RETURN(const auto entry, FindAdapter(name, "name"));
  entry->adapter->SetLinkState(state);
  return Describe(*entry);
}

}  // namespace netbuf
