#include "server/service/protocol_service.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_binding.h"
#include "server/service/convert_common.h"
#include "server/service/page.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

constexpr absl::Duration kDefaultLease = absl::Seconds(60);
constexpr absl::Duration kMinLease = absl::Seconds(1);
constexpr absl::Duration kMaxLease = absl::Hours(24);

absl::StatusOr<v1::Protocol> ToReply(
    absl::StatusOr<ProtocolSnapshot> protocol) {
  RETURN_IF_ERROR(protocol.status());
  return ToProto(*protocol);
}

absl::StatusOr<v1::ListProtocolsResponse> List(
    Engine& engine, const v1::ListProtocolsRequest& request) {
  ASSIGN_OR_RETURN(const Page<ProtocolSnapshot> page,
                   CutPage(PageRequest{"ListProtocols", "", request.page_size(),
                                       request.page_token()},
                           engine.ListProtocols()));
  v1::ListProtocolsResponse response;
  for (const ProtocolSnapshot& protocol : page.items) {
    *response.add_protocols() = ToProto(protocol);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace

absl::StatusOr<v1::Protocol> RegisterProtocol(
    Engine& engine, const v1::RegisterProtocolRequest& request,
    absl::Duration lease) {
  if (request.protocol().has_lease_duration()) {
    ASSIGN_OR_RETURN(
        lease, ParseDuration(request.protocol().lease_duration(), kMaxLease,
                             "protocol.lease_duration"));
    if (lease < kMinLease) {
      return InvalidField(
          "protocol.lease_duration",
          absl::StrCat("is ", absl::FormatDuration(lease), "; the least is ",
                       absl::FormatDuration(kMinLease)));
    }
  }
  return ToReply(engine.RegisterProtocol(request.protocol_id(), lease));
}

grpc::ServerUnaryReactor* ProtocolServiceImpl::RegisterProtocol(
    grpc::CallbackServerContext* context,
    const v1::RegisterProtocolRequest* request, v1::Protocol* response) {
  return Reply(
      context,
      netbuf::RegisterProtocol(*services_.engine, *request, kDefaultLease),
      response);
}

grpc::ServerUnaryReactor* ProtocolServiceImpl::GetProtocol(
    grpc::CallbackServerContext* context, const v1::GetProtocolRequest* request,
    v1::Protocol* response) {
  return Reply(context, ToReply(services_.engine->GetProtocol(request->name())),
               response);
}

grpc::ServerUnaryReactor* ProtocolServiceImpl::ListProtocols(
    grpc::CallbackServerContext* context,
    const v1::ListProtocolsRequest* request,
    v1::ListProtocolsResponse* response) {
  return Reply(context, List(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* ProtocolServiceImpl::KeepAliveProtocol(
    grpc::CallbackServerContext* context,
    const v1::KeepAliveProtocolRequest* request, v1::Protocol* response) {
  return Reply(context,
               ToReply(services_.engine->KeepAliveProtocol(request->name())),
               response);
}

grpc::ServerUnaryReactor* ProtocolServiceImpl::DeregisterProtocol(
    grpc::CallbackServerContext* context,
    const v1::DeregisterProtocolRequest* request,
    v1::DeregisterProtocolResponse* response) {
  return ReplyFromExecutor<v1::DeregisterProtocolResponse>(
      services_, context, response, kMaxTimeout,
      [engine = services_.engine, name = request->name()](
          absl::Duration) -> absl::StatusOr<v1::DeregisterProtocolResponse> {
        ASSIGN_OR_RETURN(const DeregisterReport report,
                         engine->DeregisterProtocol(name));
        return ToProto(report);
      });
}

}  // namespace netbuf
