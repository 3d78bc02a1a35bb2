#include "server/service/binding_service.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_binding.h"
#include "server/service/convert_common.h"
#include "server/service/page.h"
#include "server/service/reply.h"
#include "server/service/watch_stream.h"

namespace netbuf {
namespace {

using google::protobuf::Empty;

absl::StatusOr<v1::Binding> ToReply(absl::StatusOr<BindingSnapshot> binding) {
  RETURN_IF_ERROR(binding.status());
  return ToProto(*binding);
}

absl::StatusOr<RestartPolicy> ReadOpen(const v1::OpenBindingRequest& request) {
  if (!request.has_binding()) return MissingField("binding");
  if (request.binding().adapter().empty()) {
    return MissingField("binding.adapter");
  }
  return FromProto(request.binding().restart_policy(),
                   "binding.restart_policy");
}

absl::StatusOr<v1::ListBindingsResponse> List(
    Engine& engine, const v1::ListBindingsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<BindingSnapshot> all,
                   engine.ListBindings(request.parent()));
  ASSIGN_OR_RETURN(
      const Page<BindingSnapshot> page,
      CutPage(PageRequest{"ListBindings", request.parent(), request.page_size(),
                          request.page_token()},
              std::move(all)));
  v1::ListBindingsResponse response;
  for (const BindingSnapshot& binding : page.items) {
    *response.add_bindings() = ToProto(binding);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::Binding> CompleteRestart(
    Engine& engine, const v1::CompleteRestartBindingRequest& request) {
  ASSIGN_OR_RETURN(const NdisStatus status,
                   FromProto(request.ndis_status(), "ndis_status"));
  return ToReply(engine.CompleteRestartBinding(request.name(), status));
}

}  // namespace

absl::StatusOr<v1::Binding> OpenBinding(Engine& engine,
                                        const v1::OpenBindingRequest& request) {
  ASSIGN_OR_RETURN(const RestartPolicy policy, ReadOpen(request));
  return ToReply(engine.OpenBinding(request.parent(), request.binding_id(),
                                    request.binding().adapter(), policy));
}

grpc::ServerUnaryReactor* BindingServiceImpl::OpenBinding(
    grpc::CallbackServerContext* context, const v1::OpenBindingRequest* request,
    v1::Binding* response) {
  return ReplyFromExecutor<v1::Binding>(
      services_, context, response, kDefaultTimeout,
      [engine = services_.engine, request = *request](absl::Duration) {
        return netbuf::OpenBinding(*engine, request);
      });
}

grpc::ServerUnaryReactor* BindingServiceImpl::GetBinding(
    grpc::CallbackServerContext* context, const v1::GetBindingRequest* request,
    v1::Binding* response) {
  return Reply(context, ToReply(services_.engine->GetBinding(request->name())),
               response);
}

grpc::ServerUnaryReactor* BindingServiceImpl::ListBindings(
    grpc::CallbackServerContext* context,
    const v1::ListBindingsRequest* request,
    v1::ListBindingsResponse* response) {
  return Reply(context, List(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BindingServiceImpl::PauseBinding(
    grpc::CallbackServerContext* context,
    const v1::PauseBindingRequest* request, v1::Binding* response) {
  const absl::StatusOr<absl::Duration> timeout = ReadTimeout(*request);
  if (!timeout.ok()) return Reply(context, timeout.status());
  return ReplyFromExecutor<v1::Binding>(
      services_, context, response, *timeout,
      [engine = services_.engine, name = request->name()](absl::Duration left) {
        return ToReply(engine->PauseBinding(name, left));
      });
}

grpc::ServerUnaryReactor* BindingServiceImpl::RestartBinding(
    grpc::CallbackServerContext* context,
    const v1::RestartBindingRequest* request, v1::Binding* response) {
  return ReplyFromExecutor<v1::Binding>(
      services_, context, response, kDefaultTimeout,
      [engine = services_.engine, name = request->name(),
       hold = request->hold()](absl::Duration) {
        return ToReply(engine->RestartBinding(name, hold));
      });
}

grpc::ServerUnaryReactor* BindingServiceImpl::CompleteRestartBinding(
    grpc::CallbackServerContext* context,
    const v1::CompleteRestartBindingRequest* request, v1::Binding* response) {
  return Reply(context, CompleteRestart(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* BindingServiceImpl::CloseBinding(
    grpc::CallbackServerContext* context,
    const v1::CloseBindingRequest* request, Empty* response) {
  const absl::StatusOr<absl::Duration> timeout = ReadTimeout(*request);
  if (!timeout.ok()) return Reply(context, timeout.status());
  return ReplyFromExecutor<Empty>(
      services_, context, response, *timeout,
      [engine = services_.engine,
       name = request->name()](absl::Duration left) -> absl::StatusOr<Empty> {
        RETURN_IF_ERROR(engine->CloseBinding(name, left));
        return Empty();
      });
}

grpc::ServerWriteReactor<v1::BindingEvent>* BindingServiceImpl::WatchBinding(
    grpc::CallbackServerContext* /*context*/,
    const v1::WatchBindingRequest* request) {
  auto stream = std::make_shared<WatchStream>(services_);
  stream->Open(request->name());
  return stream.get();
}

}  // namespace netbuf
