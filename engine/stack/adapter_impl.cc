// The control path of an adapter but for changes of its stack, which are in
// adapter_change.cc. The data path is in adapter_data.cc.

#include "engine/stack/adapter_impl.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "engine/stack/wait.h"

namespace netbuf {

absl::StatusOr<std::shared_ptr<Adapter>> Adapter::Create(
    const AdapterOptions& options, std::unique_ptr<Nic> nic) {
  auto adapter = std::make_shared<AdapterImpl>(options, std::move(nic));
  RETURN_IF_ERROR(adapter->nic().Initialize(adapter.get()));
  adapter->Start();
  return adapter;
}

AdapterImpl::AdapterImpl(const AdapterOptions& options,
                         std::unique_ptr<Nic> nic)
    : options_(options),
      mdl_allocator_(options.mdl_allocator != nullptr
                         ? *options.mdl_allocator
                         : MdlAllocator::Default()),
      nic_(std::move(nic)),
      oids_(*nic_),
      deleted_(true),
      bindings_(std::make_shared<const Bindings>()),
      halted_(true) {}

AdapterImpl::~AdapterImpl() {
  // Nobody is left to tell what could not be written.
  Delete().IgnoreError();
}

void AdapterImpl::Start() {
  {
    MutexLock lock(control_mu_);
    deleted_ = false;
  }
  {
    MutexLock lock(info_mu_);
    halted_ = false;
  }
  copier_.emplace(nic_->attributes().maximum_total_size());
  BuildStack({});
  RestartModules();
}

absl::Status AdapterImpl::Delete() {
  {
    MutexLock lock(control_mu_);
    while (changing_) control_cv_.Wait(control_mu_);
    if (deleted_) return absl::OkStatus();
    const std::string open = absl::StrJoin(
        *bindings(), ", ", [](std::string* out, const auto& binding) {
          out->append(binding->name());
        });
    if (!open.empty()) {
      return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                          "ADAPTER_IN_USE", NdisStatus::kNotAccepted)
                 .Precondition("ADAPTER_IN_USE", name(),
                               "no binding may be open")
                 .Metadata("bindings", open)
             << name() << " is in use by " << open << "; close them first";
    }
    deleted_ = true;
    while (nic_calls_ != 0) control_cv_.Wait(control_mu_);
  }
  PauseModules();
  {
    MutexLock lock(info_mu_);
    halted_ = true;
  }
  return nic_->Halt();
}

void AdapterImpl::SetLinkState(const LinkState& state) {
  {
    MutexLock lock(control_mu_);
    if (deleted_) return;
    ++nic_calls_;
  }
  nic_->SetLinkState(state);
  MutexLock lock(control_mu_);
  --nic_calls_;
  control_cv_.SignalAll();
}

void AdapterImpl::IndicateLinkState(const LinkState& state) {
  if (oids_.BusyOnThisThread()) {
    // A set of OID_GEN_LINK_PARAMETERS; the bindings may ask for OIDs when they
    // hear of it, so they hear of it when this request is done.
    link_state_deferred_.store(true, std::memory_order_relaxed);
    return;
  }
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) binding->IndicateLinkState(state);
}

// --- Bindings ----------------------------------------------------------------

std::shared_ptr<const AdapterImpl::Bindings> AdapterImpl::bindings() const {
  MutexLock lock(bindings_mu_);
  return bindings_;
}

absl::Status AdapterImpl::WaitForStableStack(absl::Time deadline) {
  while (changing_) {
    if (!WaitUntil(control_cv_, control_mu_, deadline)) {
      return ErrorBuilder(absl::StatusCode::kDeadlineExceeded, "STACK_CHANGING",
                          NdisStatus::kAdapterNotReady)
                 .Resource("netbufd/Adapter", name())
             << "a filter is being attached to or detached from " << name()
             << "; try again when that is done";
    }
  }
  if (deleted_) {
    return ErrorBuilder(absl::StatusCode::kNotFound, "ADAPTER_DELETED",
                        NdisStatus::kAdapterNotFound)
               .Resource("netbufd/Adapter", name())
           << name() << " has been deleted";
  }
  return absl::OkStatus();
}

absl::Status AdapterImpl::WithStableStack(
    absl::Time deadline,
    const std::function<absl::Status(const RestartAttributes&)>& action) {
  MutexLock lock(control_mu_);
  RETURN_IF_ERROR(WaitForStableStack(deadline));
  return action(CurrentAttributes());
}

absl::StatusOr<std::shared_ptr<BindingImpl>> AdapterImpl::AddBinding(
    const BindingOptions& options, BindingClient* client, absl::Time deadline) {
  MutexLock lock(control_mu_);
  RETURN_IF_ERROR(WaitForStableStack(deadline));
  const std::shared_ptr<const Bindings> before = bindings();
  for (const auto& other : *before) {
    if (other->name() != options.name) continue;
    return ErrorBuilder(absl::StatusCode::kAlreadyExists, "BINDING_EXISTS",
                        NdisStatus::kOpenFailed)
               .Resource("netbufd/Binding", options.name)
           << options.name << " is open on " << name() << " already";
  }
  auto binding =
      std::make_shared<BindingImpl>(options, client, shared_from_this());
  binding->BeginOpen(MakeBindParameters());
  auto after = std::make_shared<Bindings>(*before);
  after->push_back(binding);
  MutexLock list_lock(bindings_mu_);
  bindings_ = std::move(after);
  return binding;
}

absl::StatusOr<std::shared_ptr<Binding>> AdapterImpl::OpenBinding(
    const BindingOptions& options, BindingClient* client, absl::Time deadline) {
  if (std::find(options.media.begin(), options.media.end(), kMedium802_3) ==
      options.media.end()) {
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                        "UNSUPPORTED_MEDIA", NdisStatus::kUnsupportedMedia)
               .Precondition("MEDIUM", name(), "must be offered 802.3")
           << name() << " is an Ethernet adapter; offer medium 802.3 ("
           << kMedium802_3 << ")";
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<BindingImpl> binding,
                   AddBinding(options, client, deadline));
  oids_.Add(binding.get());  // The open has completed (X4).
  const NdisStatus status = binding->Bind();
  if (status != NdisStatus::kSuccess) {
    RefuseOids(*binding);
    Forget(*binding);
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "BIND_FAILED",
                        status)
               .Precondition("BIND", options.name, "was refused")
           << "the protocol refused to bind " << options.name << " to "
           << name() << ": " << NdisStatusName(status);
  }
  return binding;
}

void AdapterImpl::RefuseOids(BindingImpl& binding) { oids_.Remove(&binding); }

void AdapterImpl::Forget(BindingImpl& binding) {
  MutexLock lock(bindings_mu_);
  auto after = std::make_shared<Bindings>();
  for (const auto& other : *bindings_) {
    if (other.get() != &binding) after->push_back(other);
  }
  bindings_ = std::move(after);
}

std::optional<NdisStatus> AdapterImpl::HandleOid(BindingImpl& binding,
                                                 OidRequest& request) {
  const std::optional<NdisStatus> status = oids_.Handle(&binding, request);
  // Whoever takes the mark tells the newest state, so it does not matter which
  // of several threads does.
  if (link_state_deferred_.exchange(false, std::memory_order_relaxed)) {
    IndicateLinkState(nic_->link_state());
  }
  return status;
}

void AdapterImpl::CountTransition(BindingState from, BindingState to) {
  transitions_[static_cast<int>(from)][static_cast<int>(to)].fetch_add(
      1, std::memory_order_relaxed);
}

// --- Looking -----------------------------------------------------------------

RestartAttributes AdapterImpl::CurrentAttributes() const {
  MutexLock lock(info_mu_);
  return attributes_;
}

AdapterImpl::Filters AdapterImpl::CurrentFilters() const {
  MutexLock lock(info_mu_);
  return info_filters_;
}

BindParameters AdapterImpl::MakeBindParameters() {
  const NicAttributes& nic = nic_->attributes();
  BindParameters parameters;
  parameters.attributes = CurrentAttributes();
  parameters.permanent_address = nic.permanent_address;
  parameters.current_address = nic.current_address;
  parameters.link_state = nic_->link_state();
  parameters.driver_version = nic.driver_version;
  parameters.active_ports = {kDefaultPortNumber};
  return parameters;
}

std::vector<FilterInfo> AdapterImpl::GetFilters() {
  std::vector<FilterInfo> infos;
  for (const auto& filter : CurrentFilters()) {
    infos.push_back(filter->GetInfo());
  }
  return infos;
}

StackRequirements AdapterImpl::requirements() {
  return CurrentAttributes().requirements;
}

AdapterInfo AdapterImpl::GetInfo() {
  AdapterInfo info;
  info.name = name();
  info.state = state_.load(std::memory_order_relaxed);
  info.current_address = nic_->attributes().current_address;
  {
    MutexLock lock(info_mu_);
    info.mtu = attributes_.mtu;
    info.maximum_total_size = attributes_.maximum_total_size();
    info.requirements = attributes_.requirements;
    info.stack_generation = attributes_.stack_generation;
    info.stack_changes = stack_changes_;
    info.stack_changes_undone = stack_changes_undone_;
    // A NIC answers until it is halted. Its getters are quick.
    if (!halted_) {
      info.link_state = nic_->link_state();
      info.statistics = nic_->statistics();
      info.transmit_queue_length = nic_->transmit_queue_length();
    }
  }
  info.filters = GetFilters();
  const std::shared_ptr<const Bindings> all = bindings();
  for (const auto& binding : *all) {
    info.bindings.push_back(binding->name());
  }
  info.packet_filter = oids_.packet_filter();
  info.multicast_list = oids_.multicast_list();
  info.receives_unclaimed = receives_unclaimed_.load(std::memory_order_relaxed);
  info.oid_requests = oids_.RequestCounts();
  for (int from = 0; from < kBindingStateCount; ++from) {
    for (int to = 0; to < kBindingStateCount; ++to) {
      info.transitions[from][to] =
          transitions_[from][to].load(std::memory_order_relaxed);
    }
  }
  info.pause_times = pause_times_.Counts();
  return info;
}

}  // namespace netbuf
