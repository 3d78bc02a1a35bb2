// Changes of the stack (ndis-semantics 10): pause from the top down, change,
// recompute what the stack needs from the bottom up, restart.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "engine/ndis/oid.h"
#include "engine/stack/adapter_impl.h"
#include "engine/stack/filter_factory.h"

namespace netbuf {
namespace {

// The least MTU that IPv4 works with (RFC 791).
constexpr uint32_t kMinimumMtu = 68;
// The back-fill sizes are USHORTs to NDIS (ndis-semantics 8.1).
constexpr uint32_t kMaximumBackFill = 0xFFFF;

uint32_t HeaderBytes(
    const std::vector<std::shared_ptr<FilterModule>>& filters) {
  uint32_t bytes = 0;
  for (const auto& filter : filters) bytes += filter->header_size();
  return bytes;
}

void Add(StackRequirements& sum, const StackRequirements& more) {
  sum.data_back_fill_size += more.data_back_fill_size;
  sum.context_back_fill_size += more.context_back_fill_size;
}

StackRequirements NicRequirements(const NicAttributes& attributes) {
  return {.data_back_fill_size = attributes.data_back_fill_size,
          .context_back_fill_size = attributes.context_back_fill_size};
}

}  // namespace

absl::Status AdapterImpl::AttachFilter(absl::string_view filter_name,
                                       const FilterSpec& spec,
                                       uint32_t position, absl::Time deadline) {
  RETURN_IF_ERROR(ValidateFilterSpec(spec));
  auto filter = MakeFilterModule(
      std::string(filter_name),
      ResolveFilterSpec(spec, nic_->attributes().current_address),
      mdl_allocator_);
  return ChangeStack(
      StateChangeReason::kFilterAttach, deadline,
      [&](Filters filters) -> absl::StatusOr<Filters> {
        for (const auto& other : filters) {
          if (other->name() != filter_name) continue;
          const std::string resource =
              absl::StrCat(name(), "/filters/", filter_name);
          return ErrorBuilder(absl::StatusCode::kAlreadyExists, "FILTER_EXISTS",
                              NdisStatus::kNotAccepted)
                     .Resource("netbufd/FilterModule", resource)
                 << resource << " exists; choose another name";
        }
        const size_t index = std::min<size_t>(position, filters.size());
        filters.insert(filters.begin() + static_cast<ptrdiff_t>(index), filter);
        return filters;
      });
}

absl::Status AdapterImpl::DetachFilter(absl::string_view filter_name,
                                       absl::Time deadline) {
  return ChangeStack(
      StateChangeReason::kFilterDetach, deadline,
      [&](Filters filters) -> absl::StatusOr<Filters> {
        const size_t before = filters.size();
        filters.erase(std::remove_if(filters.begin(), filters.end(),
                                     [&](const auto& filter) {
                                       return filter->name() == filter_name;
                                     }),
                      filters.end());
        if (filters.size() != before) return filters;
        const std::string resource =
            absl::StrCat(name(), "/filters/", filter_name);
        return ErrorBuilder(absl::StatusCode::kNotFound, "FILTER_NOT_FOUND",
                            NdisStatus::kFailure)
                   .Resource("netbufd/FilterModule", resource)
               << resource << " does not exist";
      });
}

absl::Status AdapterImpl::ChangeStack(
    StateChangeReason reason, absl::Time deadline,
    const std::function<absl::StatusOr<Filters>(Filters)>& plan) {
  Filters filters;
  {
    MutexLock lock(control_mu_);
    RETURN_IF_ERROR(WaitForStableStack(deadline));
    ASSIGN_OR_RETURN(filters, plan(CurrentFilters()));
    RETURN_IF_ERROR(CheckStack(filters));
    changing_ = true;
  }
  absl::Status paused = PauseBindings(reason, deadline);
  if (paused.ok()) {
    PauseModules();
    BuildStack(std::move(filters));
    RestartModules();
  }
  EndChange(paused.ok());
  return paused;
}

absl::Status AdapterImpl::CheckStack(const Filters& filters) const {
  const uint32_t headers = HeaderBytes(filters);
  const uint32_t mtu = nic_->attributes().mtu;
  StackRequirements sum = NicRequirements(nic_->attributes());
  for (const auto& filter : filters) Add(sum, filter->requirements());
  if (headers + kMinimumMtu <= mtu &&
      sum.data_back_fill_size <= kMaximumBackFill &&
      sum.context_back_fill_size <= kMaximumBackFill) {
    return absl::OkStatus();
  }
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "STACK_TOO_DEEP",
                      NdisStatus::kNotAccepted)
             .Precondition("MTU", name(), "headers of all filters must fit")
             .Metadata("mtu", mtu)
             .Metadata("headerBytes", headers)
             .Metadata("minimumMtu", kMinimumMtu)
         << name() << " has an MTU of " << mtu << "; filters with " << headers
         << " bytes of headers would leave less than " << kMinimumMtu
         << ", or need more than " << kMaximumBackFill
         << " bytes of back-fill; detach a filter first";
}

absl::Status AdapterImpl::PauseBindings(StateChangeReason reason,
                                        absl::Time deadline) {
  // No binding begins to restart now, and one that is opened meanwhile is
  // Paused until it does.
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) binding->PauseForStack(reason);
  for (const auto& binding : *all) {
    do {
      if (!binding->WaitUntilSettled(deadline)) return PauseTimeout(*all);
      // A restart that was pending has ended in Running.
      binding->PauseForStack(reason);
    } while (binding->state() == BindingState::kPausing);
  }
  return absl::OkStatus();
}

absl::Status AdapterImpl::PauseTimeout(const Bindings& all) const {
  std::vector<std::string> waiting;
  std::vector<std::string> names;
  for (const auto& binding : all) {
    const std::string what = binding->WaitingFor();
    const BindingState state = binding->state();
    if (state != BindingState::kPausing && state != BindingState::kRestarting) {
      continue;
    }
    names.push_back(binding->name());
    waiting.push_back(absl::StrCat(
        binding->name(), " (", what.empty() ? "about to finish" : what, ")"));
  }
  return ErrorBuilder(absl::StatusCode::kDeadlineExceeded,
                      "STACK_PAUSE_TIMEOUT", NdisStatus::kPending)
             .Resource("netbufd/Adapter", name())
             .Metadata("bindings", absl::StrJoin(names, ", "))
         << "the stack of " << name()
         << " did not pause in time and is as it was; it waited for "
         << absl::StrJoin(waiting, ", ");
}

void AdapterImpl::PauseModules() {
  state_.store(ModuleState::kPausing, std::memory_order_relaxed);
  for (const auto& filter : filters_) filter->Pause();
  nic_->Pause();
  state_.store(ModuleState::kPaused, std::memory_order_relaxed);
}

void AdapterImpl::BuildStack(Filters filters) {
  filters_ = std::move(filters);
  RestartAttributes attributes;
  {
    MutexLock lock(info_mu_);
    attributes_ = MakeAttributes(filters_, attributes_.stack_generation + 1);
    info_filters_ = filters_;
    attributes = attributes_;
  }
  maximum_total_size_ = attributes.maximum_total_size();
  oids_.SetStack(filters_, attributes);
}

void AdapterImpl::RestartModules() {
  state_.store(ModuleState::kRestarting, std::memory_order_relaxed);
  // Filters before the miniport would be ready sooner, but NDIS goes from the
  // bottom up, because each layer learns what those below it need. The NIC's
  // own frames can arrive while filters restart: receiving is not refused.
  StackRequirements below = NicRequirements(nic_->attributes());
  nic_->Restart();
  for (size_t i = filters_.size(); i-- > 0;) {
    filters_[i]->Restart(below);
    Add(below, filters_[i]->requirements());
  }
  state_.store(ModuleState::kRunning, std::memory_order_relaxed);
}

void AdapterImpl::EndChange(bool done) {
  {
    MutexLock lock(info_mu_);
    ++(done ? stack_changes_ : stack_changes_undone_);
  }
  {
    MutexLock lock(control_mu_);
    changing_ = false;
    control_cv_.SignalAll();
  }
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) RestartIfDue(*binding);
}

void AdapterImpl::RestartIfDue(BindingImpl& binding) {
  RestartAttributes attributes;
  uint64_t restart = 0;
  {
    MutexLock lock(control_mu_);
    if (changing_) return;  // The change restarts it when it is done.
    attributes = CurrentAttributes();
    restart = binding.BeginRestartForStack(attributes);
  }
  if (restart != 0) binding.AskToRestart(restart, attributes);
}

void AdapterImpl::BindingIdle() {
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) {
    binding->FinishWhenIdle();
    RestartIfDue(*binding);
  }
}

RestartAttributes AdapterImpl::MakeAttributes(const Filters& filters,
                                              uint64_t generation) const {
  const NicAttributes& nic = nic_->attributes();
  RestartAttributes attributes;
  attributes.stack_generation = generation;
  attributes.mtu = nic.mtu - HeaderBytes(filters);
  attributes.max_xmit_link_speed = nic.max_xmit_link_speed;
  attributes.max_rcv_link_speed = nic.max_rcv_link_speed;
  attributes.lookahead_size =
      nic.lookahead_size == 0 ? attributes.mtu
                              : std::min(nic.lookahead_size, attributes.mtu);
  attributes.mac_options = nic.mac_options;
  attributes.supported_packet_filters = nic.supported_packet_filters;
  attributes.max_multicast_list_size = nic.max_multicast_list_size;
  attributes.requirements = NicRequirements(nic);
  for (const auto& filter : filters) {
    Add(attributes.requirements, filter->requirements());
    attributes.filter_module_names.push_back(filter->name());
  }
  for (const OidInfo& oid : AllOids()) {
    if (oid.listed) {
      attributes.supported_oids.push_back(static_cast<uint32_t>(oid.oid));
    }
  }
  return attributes;
}

}  // namespace netbuf
