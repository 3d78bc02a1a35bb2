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

absl::StatusOr<v1::Adapter> Create(Engine& engine, const std::string& id,
                                   const NicSpec& nic) {
  const absl::StatusOr<AdapterSnapshot> adapter = engine.CreateAdapter(id, nic);
  if (!adapter.ok()) return RenameFields(adapter.status(), kNicFields);
  return ToProto(*adapter);
}

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

grpc::ServerUnaryReactor* AdapterServiceImpl::CreateAdapter(
    grpc::CallbackServerContext* context,
    const v1::CreateAdapterRequest* request, v1::Adapter* response) {
  if (!request->has_adapter()) return Reply(context, MissingField("adapter"));
  absl::StatusOr<NicSpec> nic = NicSpecFromProto(request->adapter());
  if (!nic.ok()) return Reply(context, nic.status());
  return ReplyFromExecutor<v1::Adapter>(
      services_, context, response, kDefaultTimeout,
      [engine = services_.engine, id = request->adapter_id(),
       nic = *std::move(nic)](absl::Duration) {
        return Create(*engine, id, nic);
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
  if (!request->has_filter()) return Reply(context, MissingField("filter"));
  absl::StatusOr<FilterSpec> spec = FilterSpecFromProto(request->filter());
  if (!spec.ok()) return Reply(context, spec.status());
  return ReplyFromExecutor<v1::FilterModule>(
      services_, context, response, *timeout,
      [engine = services_.engine, adapter = request->parent(),
       id = request->filter_id(), spec = *std::move(spec),
       position = request->position()](
          absl::Duration left) -> absl::StatusOr<v1::FilterModule> {
        ASSIGN_OR_RETURN(
            const FilterSnapshot filter,
            engine->AttachFilter(adapter, id, spec, position, left));
        return ToProto(filter);
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
