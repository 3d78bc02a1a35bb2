#include "server/service/adapter_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_adapter.h"
#include "server/service/convert_common.h"
#include "server/service/page.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

using google::protobuf::Empty;

// Where the NICs' options stand in a CreateAdapterRequest.
constexpr FieldPath kNicFields[] = {
    {"mac_address", "adapter.mac_address"},
    {"mtu", "adapter.mtu"},
    {"link_speed_bps", "adapter.link_speed_bps"},
    {"data_back_fill_size", "adapter.data_back_fill_size"},
    {"context_back_fill_size", "adapter.context_back_fill_size"},
    {"max_multicast_list_size", "adapter.max_multicast_list_size"},
    {"transmit_descriptors", "adapter.simulated.transmit_descriptors"},
    {"transmit_file", "adapter.pcap.transmit_file"},
    {"receive_file", "adapter.pcap.receive_file"},
    {"receive_descriptors", "adapter.pcap.receive_descriptors"},
};

absl::StatusOr<v1::Adapter> ToReply(absl::StatusOr<AdapterSnapshot> adapter) {
  RETURN_IF_ERROR(adapter.status());
  return ToProto(*adapter);
}

absl::StatusOr<v1::ListAdaptersResponse> List(
    Engine& engine, const v1::ListAdaptersRequest& request) {
  ASSIGN_OR_RETURN(const Page<AdapterSnapshot> page,
                   CutPage(PageRequest{"ListAdapters", "", request.page_size(),
                                       request.page_token()},
                           engine.ListAdapters()));
  v1::ListAdaptersResponse response;
  for (const AdapterSnapshot& adapter : page.items) {
    *response.add_adapters() = ToProto(adapter);
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::Adapter> SetState(Engine& engine,
                                     const v1::SetLinkStateRequest& request) {
  if (!request.has_link_state()) return MissingField("link_state");
  ASSIGN_OR_RETURN(const LinkState state,
                   FromProto(request.link_state(), "link_state"));
  return ToReply(engine.SetLinkState(request.name(), state));
}

}  // namespace

absl::StatusOr<v1::Adapter> CreateAdapter(
    Engine& engine, const v1::CreateAdapterRequest& request) {
  if (!request.has_adapter()) return MissingField("adapter");
  ASSIGN_OR_RETURN(const NicSpec nic, NicSpecFromProto(request.adapter()));
  const absl::StatusOr<AdapterSnapshot> adapter =
      engine.CreateAdapter(request.adapter_id(), nic);
  if (!adapter.ok()) return RenameFields(adapter.status(), kNicFields);
  return ToProto(*adapter);
}

absl::StatusOr<v1::FilterModule> AttachFilter(
    Engine& engine, const v1::AttachFilterRequest& request,
    absl::Duration timeout) {
  if (!request.has_filter()) return MissingField("filter");
  ASSIGN_OR_RETURN(const FilterSpec spec,
                   FilterSpecFromProto(request.filter()));
  ASSIGN_OR_RETURN(const FilterSnapshot filter,
                   engine.AttachFilter(request.parent(), request.filter_id(),
                                       spec, request.position(), timeout));
  return ToProto(filter);
}

grpc::ServerUnaryReactor* AdapterServiceImpl::CreateAdapter(
    grpc::CallbackServerContext* context,
    const v1::CreateAdapterRequest* request, v1::Adapter* response) {
  return ReplyFromExecutor<v1::Adapter>(
      services_, context, response, kDefaultTimeout,
      [engine = services_.engine, request = *request](absl::Duration) {
        return netbuf::CreateAdapter(*engine, request);
      });
}

grpc::ServerUnaryReactor* AdapterServiceImpl::GetAdapter(
    grpc::CallbackServerContext* context, const v1::GetAdapterRequest* request,
    v1::Adapter* response) {
  return Reply(context, ToReply(services_.engine->GetAdapter(request->name())),
               response);
}

grpc::ServerUnaryReactor* AdapterServiceImpl::ListAdapters(
    grpc::CallbackServerContext* context,
    const v1::ListAdaptersRequest* request,
    v1::ListAdaptersResponse* response) {
  return Reply(context, List(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* AdapterServiceImpl::DeleteAdapter(
    grpc::CallbackServerContext* context,
    const v1::DeleteAdapterRequest* request, Empty* response) {
  return ReplyFromExecutor<Empty>(
      services_, context, response, kDefaultTimeout,
      [engine = services_.engine,
       name = request->name()](absl::Duration) -> absl::StatusOr<Empty> {
        RETURN_IF_ERROR(engine->DeleteAdapter(name));
        return Empty();
      });
}

grpc::ServerUnaryReactor* AdapterServiceImpl::AttachFilter(
    grpc::CallbackServerContext* context,
    const v1::AttachFilterRequest* request, v1::FilterModule* response) {
  const absl::StatusOr<absl::Duration> timeout = ReadTimeout(*request);
  if (!timeout.ok()) return Reply(context, timeout.status());
  return ReplyFromExecutor<v1::FilterModule>(
      services_, context, response, *timeout,
      [engine = services_.engine, request = *request](absl::Duration left) {
        return netbuf::AttachFilter(*engine, request, left);
      });
}

grpc::ServerUnaryReactor* AdapterServiceImpl::DetachFilter(
    grpc::CallbackServerContext* context,
    const v1::DetachFilterRequest* request, Empty* response) {
  const absl::StatusOr<absl::Duration> timeout = ReadTimeout(*request);
  if (!timeout.ok()) return Reply(context, timeout.status());
  return ReplyFromExecutor<Empty>(
      services_, context, response, *timeout,
      [engine = services_.engine,
       name = request->name()](absl::Duration left) -> absl::StatusOr<Empty> {
        RETURN_IF_ERROR(engine->DetachFilter(name, left));
        return Empty();
      });
}

grpc::ServerUnaryReactor* AdapterServiceImpl::SetLinkState(
    grpc::CallbackServerContext* context,
    const v1::SetLinkStateRequest* request, v1::Adapter* response) {
  return Reply(context, SetState(*services_.engine, *request), response);
}

}  // namespace netbuf
