#include "client/cli/replay_target.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/lib/status_macros.h"

namespace netbuf::client {
namespace {

// "protocols/p/bindings/b" -> "protocols/p"
std::string ProtocolOf(absl::string_view binding) {
  return std::string(binding.substr(0, binding.find("/bindings/")));
}

// Context sizes are multiples of 16 (ndis-semantics 3.1).
uint32_t RoundUpTo16(uint32_t size) { return (size + 15) / 16 * 16; }

}  // namespace

absl::StatusOr<std::unique_ptr<ReplayTarget>> ReplayTarget::Prepare(
    const Client& client, const ReplayTargetOptions& options) {
  // Its destructor removes what was made before something failed.
  std::unique_ptr<ReplayTarget> target(new ReplayTarget(client));
  RETURN_IF_ERROR(target->FindOrMake(options));
  return target;
}

ReplayTarget::~ReplayTarget() { Remove().IgnoreError(); }

absl::Status ReplayTarget::FindOrMake(const ReplayTargetOptions& options) {
  if (!options.binding.empty()) {
    ASSIGN_OR_RETURN(const v1::Binding binding,
                     client_.GetBinding(options.binding));
    binding_ = binding.name();
    protocol_ = ProtocolOf(binding_);
    attributes_ = binding.has_restart_attributes()
                      ? binding.restart_attributes()
                      : binding.bind_parameters();
  } else {
    RETURN_IF_ERROR(MakeBinding(options));
  }
  if (!options.pool.empty()) {
    pool_ = options.pool;
  } else {
    RETURN_IF_ERROR(MakePool(options));
  }
  if (own_binding_) return client_.RestartBinding(binding_).status();
  return absl::OkStatus();
}

absl::Status ReplayTarget::MakeBinding(const ReplayTargetOptions& options) {
  if (options.protocol.empty()) {
    ASSIGN_OR_RETURN(session_, ProtocolSession::Register(client_, options.id));
    protocol_ = session_->name();
  } else {
    protocol_ = options.protocol;
  }
  v1::Binding request;
  request.set_adapter(options.adapter);
  ASSIGN_OR_RETURN(const v1::Binding binding,
                   client_.OpenBinding(protocol_, options.id, request));
  binding_ = binding.name();
  attributes_ = binding.bind_parameters();
  own_binding_ = true;
  return absl::OkStatus();
}

absl::Status ReplayTarget::MakePool(const ReplayTargetOptions& options) {
  v1::NetBufferListPool sizes;
  sizes.set_allocate_net_buffer(true);
  sizes.set_data_size(attributes_.maximum_total_size() +
                      attributes_.requirements().data_back_fill_size());
  sizes.set_context_size(
      RoundUpTo16(attributes_.requirements().context_back_fill_size()));
  sizes.set_pool_tag("Rply");
  ASSIGN_OR_RETURN(
      const v1::NetBufferListPool pool,
      client_.CreateNetBufferListPool(protocol_, options.id, sizes));
  pool_ = pool.name();
  own_pool_ = true;
  return absl::OkStatus();
}

absl::Status ReplayTarget::Remove() {
  absl::Status status;
  if (std::exchange(own_binding_, false)) {
    status.Update(client_.CloseBinding(binding_));
  }
  if (std::exchange(own_pool_, false)) {
    status.Update(client_.DeleteNetBufferListPool(pool_));
  }
  if (session_ != nullptr) {
    status.Update(session_->Deregister().status());
    session_.reset();
  }
  return status;
}

}  // namespace netbuf::client
