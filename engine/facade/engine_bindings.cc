// Bindings and OIDs.

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/facade/engine_impl.h"
#include "engine/facade/resource_name.h"
#include "engine/ndis/error.h"
#include "engine/ndis/oid.h"

namespace netbuf {
namespace {

// How long opening or restarting a binding waits for a stack change under way.
constexpr absl::Duration kStackChangeWait = absl::Seconds(10);

// The longest information buffer a caller may bring: more than any OID has, and
// little enough that a thousand such calls at once do no harm.
constexpr uint32_t kMaxInformationBuffer = 64 * 1024;

absl::StatusCode OidErrorCode(NdisStatus status) {
  switch (status) {
    case NdisStatus::kInvalidOid:
      return absl::StatusCode::kNotFound;
    case NdisStatus::kNotSupported:
    case NdisStatus::kNotRecognized:
      return absl::StatusCode::kUnimplemented;
    case NdisStatus::kInvalidLength:
    case NdisStatus::kBufferTooShort:
    case NdisStatus::kInvalidData:
    case NdisStatus::kInvalidParameter:
      return absl::StatusCode::kInvalidArgument;
    case NdisStatus::kMulticastFull:
    case NdisStatus::kResources:
      return absl::StatusCode::kResourceExhausted;
    case NdisStatus::kInvalidState:
    case NdisStatus::kClosing:
    case NdisStatus::kClosingIndicating:
    case NdisStatus::kNotAccepted:
      return absl::StatusCode::kFailedPrecondition;
    case NdisStatus::kRequestAborted:
      return absl::StatusCode::kAborted;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status OidError(NdisStatus status, const OidRequest& request,
                      absl::string_view binding) {
  const std::string oid = OidName(request.oid);
  const std::string status_name = NdisStatusName(status);
  // "NDIS_STATUS_INVALID_OID" -> "INVALID_OID"
  ErrorBuilder error(OidErrorCode(status),
                     absl::string_view(status_name).substr(12), status);
  error.Metadata("oid", oid);
  // All that a query sends of the buffer is its length.
  const absl::string_view field =
      request.is_set() ? "information_buffer" : "information_buffer_length";
  error << (request.is_set() ? "setting " : "querying ") << oid
        << " ended with " << status_name;
  switch (OidErrorCode(status)) {
    case absl::StatusCode::kNotFound:
      error.Resource("netbufd/Oid", oid);
      error
          << ": no layer of the stack knows it; ListOids tells which are known";
      break;
    case absl::StatusCode::kUnimplemented:
      error << ": it cannot be " << (request.is_set() ? "set" : "queried");
      break;
    case absl::StatusCode::kInvalidArgument:
      if (status == NdisStatus::kInvalidData ||
          status == NdisStatus::kInvalidParameter) {
        error.Field(field, "holds a value that is out of range");
        error << ": the information buffer holds a value that is out of range";
      } else {
        error.Field(field,
                    absl::StrCat("must be ", request.bytes_needed, " bytes"));
        error.Metadata("bytesNeeded", request.bytes_needed);
        error << ": the information buffer is "
              << request.information_buffer.size() << " bytes and needs "
              << request.bytes_needed;
      }
      break;
    case absl::StatusCode::kResourceExhausted:
      error.Quota(binding,
                  "the adapter's multicast list is full, or the "
                  "address is not a multicast address");
      if (request.bytes_needed != 0) {
        error.Metadata("bytesNeeded", request.bytes_needed);
      }
      error << ": the list is full or holds an address that is not multicast";
      break;
    case absl::StatusCode::kFailedPrecondition:
      error.Precondition("BINDING_STATE", binding,
                         "the binding takes no OID requests now");
      error << ": " << binding << " takes no OID requests in its state";
      break;
    default:
      break;
  }
  return error;
}

}  // namespace

absl::StatusOr<EngineImpl::BindingCall> EngineImpl::EnterBinding(
    absl::string_view name, absl::string_view field) {
  std::shared_ptr<ProtocolBinding> binding;
  {
    MutexLock lock(mu_);
    auto it = bindings_.find(name);
    if (it != bindings_.end()) binding = it->second;
  }
  if (binding != nullptr) {
    if (ProtocolCall call(binding->protocol()); call) {
      return BindingCall{std::move(binding), std::move(call)};
    }
  }
  RETURN_IF_ERROR(ParseChildName(name, kBindings, field).status());
  return NotFound("Binding", name);
}

absl::StatusOr<BindingSnapshot> EngineImpl::OpenBinding(
    absl::string_view protocol, absl::string_view binding_id,
    absl::string_view adapter, RestartPolicy restart_policy) {
  std::shared_ptr<Protocol> owner;
  {
    ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "parent"));
    owner = call.protocol();
  }
  RETURN_IF_ERROR(CheckId(binding_id, "binding_id"));
  ASSIGN_OR_RETURN(const auto entry, FindAdapter(adapter, "binding.adapter"));
  const std::string name =
      absl::StrCat(protocol, "/", kBindings, "/", binding_id);
  {
    MutexLock lock(mu_);
    if (bindings_.contains(name) || !names_in_progress_.insert(name).second) {
      return AlreadyExists("Binding", name);
    }
  }
  const HolderId holder = holders_.Add(name);
  auto binding = std::make_shared<ProtocolBinding>(
      name, entry->name, owner, holder, restart_policy, clock_);
  // The binding stamps lists as its own until SendOperation gives them back.
  auto opened = entry->adapter->OpenBinding(
      {.name = name, .binding_holder = holder, .protocol_holder = holder},
      binding.get(), absl::Now() + kStackChangeWait);
  bool gone = false;
  {
    MutexLock lock(mu_);
    names_in_progress_.erase(name);
    if (opened.ok()) {
      binding->set_binding(*opened);
      gone = owner->closing();
      if (!gone) bindings_.emplace(name, binding);
    }
  }
  if (!opened.ok() || gone) {
    if (opened.ok()) {
      (*opened)->Close(absl::InfiniteFuture()).IgnoreError();
      opened = NotFound("Protocol", protocol);
    }
    holders_.Remove(holder);
    return std::move(opened).status();
  }
  return binding->Snapshot();
}

absl::StatusOr<BindingSnapshot> EngineImpl::GetBinding(absl::string_view name) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
  return call->Snapshot();
}

absl::StatusOr<std::string> EngineImpl::ListParent(absl::string_view protocol) {
  if (protocol == "protocols/-") return std::string();
  RETURN_IF_ERROR(EnterProtocol(protocol, "parent").status());
  return std::string(protocol);
}

absl::StatusOr<std::vector<BindingSnapshot>> EngineImpl::ListBindings(
    absl::string_view protocol) {
  ASSIGN_OR_RETURN(const std::string parent, ListParent(protocol));
  std::vector<std::shared_ptr<ProtocolBinding>> bindings;
  {
    MutexLock lock(mu_);
    bindings = OfProtocol(bindings_, parent);
  }
  std::vector<BindingSnapshot> snapshots;
  for (const auto& binding : bindings) snapshots.push_back(binding->Snapshot());
  return snapshots;
}

absl::StatusOr<BindingSnapshot> EngineImpl::PauseBinding(
    absl::string_view name, absl::Duration timeout) {
  std::shared_ptr<ProtocolBinding> binding;
  {
    ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
    binding = call.binding;
  }
  const absl::Status status = binding->binding().Pause(absl::Now() + timeout);
  // A pause cannot fail; it can only take longer, and the snapshot says so.
  if (!status.ok() && !absl::IsDeadlineExceeded(status)) return status;
  return binding->Snapshot();
}

absl::StatusOr<BindingSnapshot> EngineImpl::RestartBinding(
    absl::string_view name, bool hold) {
  std::shared_ptr<ProtocolBinding> binding;
  {
    ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
    binding = call.binding;
  }
  ASSIGN_OR_RETURN(
      const RestartAttributes attributes,
      binding->binding().Restart(hold, absl::Now() + kStackChangeWait));
  binding->Learn(attributes);
  return binding->Snapshot();
}

absl::StatusOr<BindingSnapshot> EngineImpl::CompleteRestartBinding(
    absl::string_view name, NdisStatus status) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
  RETURN_IF_ERROR(call->binding().CompleteRestart(status));
  return call->Snapshot();
}

absl::Status EngineImpl::CloseBinding(absl::string_view name,
                                      absl::Duration timeout) {
  std::shared_ptr<ProtocolBinding> binding;
  {
    ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
    binding = call.binding;
  }
  return CloseAndForget(binding, absl::Now() + timeout);
}

absl::Status EngineImpl::CloseAndForget(
    const std::shared_ptr<ProtocolBinding>& binding, absl::Time deadline) {
  if (const auto entry = FindAdapter(binding->adapter(), ""); entry.ok()) {
    (*entry)->adapter->nic().CancelSends(binding->binding().handle(), 0);
  }
  RETURN_IF_ERROR(binding->binding().Close(deadline));
  MutexLock lock(mu_);
  // Two closers may both succeed; only one finds it.
  if (bindings_.erase(binding->name()) == 1) holders_.Remove(binding->holder());
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Subscription>> EngineImpl::WatchBinding(
    absl::string_view name, std::function<void(const BindingEvent&)> callback) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(name, "name"));
  return call->Watch(std::move(callback));
}

// --- OIDs -------------------------------------------------------------------

absl::StatusOr<OidQueryResult> EngineImpl::QueryOid(
    absl::string_view binding, uint32_t oid, std::optional<uint32_t> length) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(binding, "binding"));
  if (length.has_value() && *length > kMaxInformationBuffer) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "INVALID_BUFFER_LENGTH", NdisStatus::kInvalidParameter)
               .Field("information_buffer_length",
                      absl::StrCat("must be at most ", kMaxInformationBuffer))
           << "information_buffer_length is " << *length
           << "; it must be at most " << kMaxInformationBuffer;
  }
  // Enough for every OID of fixed size; a longer answer says how long it is.
  OidQueryResult result;
  result.oid = oid;
  result.information_buffer.resize(length.value_or(256));
  OidRequest request;
  for (;;) {
    request = {};
    request.oid = oid;
    request.information_buffer = absl::MakeSpan(result.information_buffer);
    const NdisStatus status = call->binding().OidRequest(request);
    const bool too_short = status == NdisStatus::kBufferTooShort ||
                           status == NdisStatus::kInvalidLength;
    if (too_short && !length.has_value() &&
        request.bytes_needed > result.information_buffer.size() &&
        request.bytes_needed <= kMaxInformationBuffer) {
      result.information_buffer.resize(request.bytes_needed);
      continue;
    }
    if (status != NdisStatus::kSuccess) {
      return OidError(status, request, binding);
    }
    break;
  }
  result.bytes_written = request.bytes_written;
  result.bytes_needed = request.bytes_needed;
  result.information_buffer.resize(request.bytes_written);
  return result;
}

absl::StatusOr<uint32_t> EngineImpl::SetOid(absl::string_view binding,
                                            uint32_t oid,
                                            absl::Span<const uint8_t> data) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(binding, "binding"));
  // The stack may write into the buffer of a request; the caller's is const.
  std::vector<uint8_t> buffer(data.begin(), data.end());
  OidRequest request;
  request.type = OidRequestType::kSetInformation;
  request.oid = oid;
  request.information_buffer = absl::MakeSpan(buffer);
  const NdisStatus status = call->binding().OidRequest(request);
  if (status != NdisStatus::kSuccess) return OidError(status, request, binding);
  return request.bytes_read;
}

}  // namespace netbuf
