// An INVALID_ARGUMENT names the field that is wrong by its path in the request,
// as the caller wrote it: "adapter.pcap.receive_file".

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/lib/connection.h"
#include "client/lib/error.h"
#include "client/lib/stream_reader.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "tests/component/real_server_fixture.h"

namespace netbuf {
namespace {

using client::Connection;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
template <typename T>
absl::Status StatusOf(const std::unique_ptr<client::StreamReader<T>>& stream) {
  return stream->Finish();
}

template <typename Request>
Request Parse(const std::string& text) {
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request))
      << text;
  return request;
}

// Whether `path` leads from the message to a field, or to a oneof of which
// nothing was set. "net_buffers[3]" is an element.
bool Leads(const Descriptor* message, absl::string_view path) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    if (message == nullptr) return false;
    const std::string name = names[i].substr(0, names[i].find('['));
    const FieldDescriptor* const field = message->FindFieldByName(name);
    if (field == nullptr) {
      return i + 1 == names.size() && message->FindOneofByName(name) != nullptr;
    }
    if (absl::StrContains(names[i], '[') && !field->is_repeated()) return false;
    message = field->message_type();
  }
  return true;
}

class ErrorFieldTest : public RealServerFixture {
 protected:
  ErrorFieldTest() {
    connection_ = client::MakeConnection({.address = server_->grpc_endpoint()});
  }

  // adapters/a, protocols/p with binding b, list pool l and buffer pool n.
  void BringUp() {
    Call(&Connection::CreateAdapter,
         "adapter_id: 'a' adapter { simulated {} }");
    Call(&Connection::RegisterProtocol, "protocol_id: 'p'");
    Call(&Connection::OpenBinding,
         "parent: 'protocols/p' binding_id: 'b' "
         "binding { adapter: 'adapters/a' }");
    Call(&Connection::RestartBinding, "name: 'protocols/p/bindings/b'");
    Call(&Connection::CreateNetBufferListPool,
         "parent: 'protocols/p' net_buffer_list_pool_id: 'l' "
         "net_buffer_list_pool { allocate_net_buffer: true data_size: 512 }");
    Call(&Connection::CreateNetBufferPool,
         "parent: 'protocols/p' net_buffer_pool_id: 'n' net_buffer_pool {}");
  }

  template <typename Response, typename Request>
  void Call(absl::StatusOr<Response> (Connection::*method)(const Request&),
            const std::string& text, Response* out = nullptr) {
    absl::StatusOr<Response> response =
        ((*connection_).*method)(Parse<Request>(text));
    ASSERT_TRUE(response.ok()) << response.status();
    if (out != nullptr) *out = *std::move(response);
  }

  // The call fails and names this field.
  template <typename Response, typename Request>
  void Refused(Response (Connection::*method)(const Request&),
               const std::string& text, absl::string_view field) {
    SCOPED_TRACE(absl::StrCat(Request::descriptor()->name(), " ", text));
    const absl::Status status =
        StatusOf(((*connection_).*method)(Parse<Request>(text)));
    ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    const client::ErrorDetails details = client::GetErrorDetails(status);
    ASSERT_TRUE(details.bad_request.has_value());
    ASSERT_EQ(details.bad_request->field_violations_size(), 1);
    const std::string named = details.bad_request->field_violations(0).field();
    EXPECT_EQ(named, field);
    EXPECT_TRUE(Leads(Request::descriptor(), named)) << named;
    if (!details.metadata("field").empty()) {
      EXPECT_EQ(details.metadata("field"), field);
    }
  }

  // A list with one NET_BUFFER, as text.
  std::string List() {
    v1::AllocateNetBufferListsResponse lists;
    Call(&Connection::AllocateNetBufferLists,
         "pool: 'protocols/p/netBufferListPools/l'", &lists);
    return absl::StrCat(lists.net_buffer_lists(0));
  }

  std::shared_ptr<Connection> connection_;
};

TEST_F(ErrorFieldTest, OfAdapters) {
  const auto create = [this](const std::string& adapter,
                             absl::string_view field) {
    Refused(&Connection::CreateAdapter,
            absl::StrCat("adapter_id: 'a' adapter { ", adapter, " }"), field);
  };
  Refused(&Connection::CreateAdapter, "adapter_id: 'a'", "adapter");
  Refused(&Connection::CreateAdapter,
          "adapter_id: 'A' adapter { simulated {} }", "adapter_id");
  create("", "adapter.nic");
  create("simulated {} mtu: 67", "adapter.mtu");
  create("simulated {} mac_address: 'x'", "adapter.mac_address");
  create("simulated {} mac_address: '01:00:00:00:00:01'",
         "adapter.mac_address");
  create("simulated {} data_back_fill_size: 65536",
         "adapter.data_back_fill_size");
  create("simulated {} context_back_fill_size: 65536",
         "adapter.context_back_fill_size");
  create("simulated { transmit_descriptors: 65537 }",
         "adapter.simulated.transmit_descriptors");
  create("pcap { receive_descriptors: 65537 }",
         "adapter.pcap.receive_descriptors");
  create("pcap { transmit_file: '../x' }", "adapter.pcap.transmit_file");
  create("pcap { receive_file: '/x' }", "adapter.pcap.receive_file");
  Refused(&Connection::GetAdapter, "name: 'x'", "name");
  Refused(&Connection::ListAdapters, "page_size: -1", "page_size");
  Refused(&Connection::ListAdapters, "page_token: 'x'", "page_token");
  Refused(&Connection::DeleteAdapter, "name: 'x'", "name");
  Refused(&Connection::SetLinkState, "name: 'adapters/a'", "link_state");
  Refused(&Connection::SetLinkState, "name: 'x' link_state {}", "name");
}

TEST_F(ErrorFieldTest, OfFilters) {
  BringUp();
  const auto attach = [this](const std::string& filter,
                             absl::string_view field) {
    Refused(&Connection::AttachFilter,
            absl::StrCat("parent: 'adapters/a' filter_id: 'f' filter { ",
                         filter, " }"),
            field);
  };
  Refused(&Connection::AttachFilter, "parent: 'adapters/a' filter_id: 'f'",
          "filter");
  Refused(&Connection::AttachFilter,
          "parent: 'x' filter_id: 'f' filter { observer {} }", "parent");
  Refused(&Connection::AttachFilter,
          "parent: 'adapters/a' filter_id: 'F' filter { observer {} }",
          "filter_id");
  Refused(&Connection::AttachFilter,
          "parent: 'adapters/a' filter_id: 'f' filter { observer {} } "
          "timeout { seconds: -1 }",
          "timeout");
  attach("", "filter.kind");
  attach("vlan { vlan_id: 4095 }", "filter.vlan.vlan_id");
  attach("vlan { vlan_id: 65536 }", "filter.vlan.vlan_id");
  attach("vlan { priority: 8 }", "filter.vlan.priority");
  attach("vxlan { vni: 16777216 }", "filter.vxlan.vni");
  attach("vxlan { local_mac_address: 'x' }", "filter.vxlan.local_mac_address");
  attach("vxlan { local_mac_address: '01:00:00:00:00:01' }",
         "filter.vxlan.local_mac_address");
  attach("vxlan { remote_mac_address: 'x' }",
         "filter.vxlan.remote_mac_address");
  attach("vxlan { local_ip_address: 'x' }", "filter.vxlan.local_ip_address");
  attach("vxlan { remote_ip_address: 'x' }", "filter.vxlan.remote_ip_address");
  attach("vxlan { destination_port: 65536 }", "filter.vxlan.destination_port");
  attach("vxlan { ttl: 256 }", "filter.vxlan.ttl");
  Refused(&Connection::DetachFilter, "name: 'adapters/a'", "name");
}

TEST_F(ErrorFieldTest, OfProtocolsAndBindings) {
  BringUp();
  Refused(&Connection::RegisterProtocol, "protocol_id: ''", "protocol_id");
  Refused(&Connection::RegisterProtocol,
          "protocol_id: 'q' protocol { lease_duration { nanos: 1 } }",
          "protocol.lease_duration");
  Refused(&Connection::GetProtocol, "name: 'x'", "name");
  Refused(&Connection::KeepAliveProtocol, "name: 'x'", "name");
  Refused(&Connection::DeregisterProtocol, "name: 'x'", "name");
  Refused(&Connection::ListProtocols, "page_size: -1", "page_size");
  const std::string open = "parent: 'protocols/p' binding_id: 'c' ";
  Refused(&Connection::OpenBinding, open, "binding");
  Refused(&Connection::OpenBinding, open + "binding {}", "binding.adapter");
  Refused(&Connection::OpenBinding, open + "binding { adapter: 'x' }",
          "binding.adapter");
  Refused(&Connection::OpenBinding,
          "parent: 'x' binding_id: 'c' binding { adapter: 'adapters/a' }",
          "parent");
  Refused(&Connection::OpenBinding,
          "parent: 'protocols/p' binding { adapter: 'adapters/a' }",
          "binding_id");
  Refused(&Connection::GetBinding, "name: 'x'", "name");
  Refused(&Connection::ListBindings, "parent: 'x'", "parent");
  Refused(&Connection::PauseBinding, "name: 'x'", "name");
  Refused(&Connection::PauseBinding,
          "name: 'protocols/p/bindings/b' timeout { seconds: -1 }", "timeout");
  Refused(&Connection::RestartBinding, "name: 'x'", "name");
  Refused(&Connection::CompleteRestartBinding, "name: 'x'", "name");
  Refused(&Connection::CloseBinding, "name: 'x'", "name");
  Refused(&Connection::WatchBinding, "name: 'x'", "name");
}

TEST_F(ErrorFieldTest, OfPools) {
  BringUp();
  const auto list_pool = [this](const std::string& pool,
                                absl::string_view field) {
    Refused(&Connection::CreateNetBufferListPool,
            absl::StrCat("parent: 'protocols/p' net_buffer_list_pool_id: 'q' ",
                         "net_buffer_list_pool { ", pool, " }"),
            absl::StrCat("net_buffer_list_pool.", field));
  };
  list_pool("header { type: 1 revision: 1 size: 40 }", "header.type");
  list_pool("header { type: 128 revision: 256 }", "header.revision");
  list_pool("header { type: 128 revision: 1 size: 1 }", "header.size");
  list_pool("protocol_id: 16", "protocol_id");
  list_pool("context_size: 7", "context_size");
  list_pool("pool_tag: 'much too long'", "pool_tag");
  list_pool("data_size: 1", "data_size");
  list_pool("max_outstanding: 16777217", "max_outstanding");
  const auto buffer_pool = [this](const std::string& pool,
                                  absl::string_view field) {
    Refused(&Connection::CreateNetBufferPool,
            absl::StrCat("parent: 'protocols/p' net_buffer_pool_id: 'q' ",
                         "net_buffer_pool { ", pool, " }"),
            absl::StrCat("net_buffer_pool.", field));
  };
  buffer_pool("header { type: 1 revision: 1 size: 16 }", "header.type");
  buffer_pool("pool_tag: 'much too long'", "pool_tag");
  buffer_pool("max_outstanding: 16777217", "max_outstanding");
  Refused(&Connection::CreateNetBufferListPool,
          "parent: 'x' net_buffer_list_pool_id: 'q' net_buffer_list_pool {}",
          "parent");
  Refused(&Connection::CreateNetBufferListPool,
          "parent: 'protocols/p' net_buffer_list_pool {}",
          "net_buffer_list_pool_id");
  Refused(&Connection::CreateNetBufferPool,
          "parent: 'protocols/p' net_buffer_pool {}", "net_buffer_pool_id");
  Refused(&Connection::GetNetBufferListPool, "name: 'x'", "name");
  Refused(&Connection::DeleteNetBufferPool, "name: 'x'", "name");
  Refused(&Connection::ListNetBufferPools, "parent: 'x'", "parent");
  Refused(&Connection::TrimPool, "name: 'x'", "name");
}

TEST_F(ErrorFieldTest, OfAllocationsAndFrees) {
  BringUp();
  const std::string lists = "pool: 'protocols/p/netBufferListPools/l' ";
  Refused(&Connection::AllocateNetBufferLists, "pool: 'x'", "pool");
  Refused(&Connection::AllocateNetBufferLists, lists + "count: 4000000000",
          "count");
  Refused(&Connection::AllocateNetBufferLists, lists + "context_size: 7",
          "context_size");
  Refused(&Connection::AllocateNetBufferLists, lists + "context_back_fill: 7",
          "context_back_fill");
  const std::string buffers = "pool: 'protocols/p/netBufferPools/n' ";
  Refused(&Connection::AllocateNetBuffers, buffers + "mdl_sizes: 0",
          "mdl_sizes");
  Refused(&Connection::AllocateNetBuffers,
          buffers + "mdl_sizes: 64 data_length: 65", "data_length");
  Refused(&Connection::FreeNetBufferLists, "protocol: 'x'", "protocol");
  const std::string list = List();
  Refused(&Connection::FreeNetBufferLists,
          absl::StrCat("protocol: 'protocols/p' net_buffer_lists: [", list,
                       ", ", list, "]"),
          "net_buffer_lists[1]");
}

TEST_F(ErrorFieldTest, OfBuffers) {
  BringUp();
  const std::string list = absl::StrCat("net_buffer_list: ", List());
  const std::string protocol = "protocol: 'protocols/p' ";
  const std::string nb = absl::StrCat(protocol, "net_buffer { ", list, " } ");
  Refused(&Connection::GetNetBufferList, "protocol: 'x'", "protocol");
  Refused(&Connection::GetNetBuffer, protocol, "net_buffer");
  Refused(&Connection::GetNetBuffer, protocol + "net_buffer { net_buffer: 0 }",
          "net_buffer.net_buffer");
  Refused(
      &Connection::GetNetBuffer,
      absl::StrCat(protocol, "net_buffer { ", list, " net_buffer_index: 1 }"),
      "net_buffer.net_buffer_index");
  Refused(&Connection::WriteData, nb + "data: 'x'", "data");
  Refused(&Connection::ReadData, nb + "offset: 1", "offset");
  Refused(&Connection::ReadData, nb + "length: 1", "length");
  Refused(&Connection::SetDataSpace, nb + "data_length: 513", "data_length");
  Refused(&Connection::RetreatDataStart, protocol, "target");
  Refused(&Connection::RetreatDataStart,
          absl::StrCat(protocol, list, " data_offset_delta: 4000000000"),
          "data_offset_delta");
  Refused(&Connection::RetreatDataStart,
          absl::StrCat(protocol, list, " data_back_fill: 4000000000"),
          "data_back_fill");
  Refused(&Connection::AdvanceDataStart,
          absl::StrCat(protocol, list, " data_offset_delta: 1"),
          "data_offset_delta");
  Refused(&Connection::AllocateContext,
          absl::StrCat(protocol, list, " context_size: 7"), "context_size");
  Refused(&Connection::AllocateContext,
          absl::StrCat(protocol, list, " pool_tag: 'much too long'"),
          "pool_tag");
  Refused(&Connection::FreeContext,
          absl::StrCat(protocol, list, " context_size: 8"), "context_size");
}

TEST_F(ErrorFieldTest, OfOidsAndTheDataPath) {
  BringUp();
  const std::string binding = "binding: 'protocols/p/bindings/b' ";
  Refused(&Connection::QueryOid, binding, "oid");
  Refused(&Connection::QueryOid, "binding: 'x' oid_name: 'OID_GEN_LINK_STATE'",
          "binding");
  Refused(
      &Connection::QueryOid,
      binding + "oid_name: 'OID_GEN_LINK_STATE' information_buffer_length: 1",
      "information_buffer_length");
  const std::string filter = "oid_name: 'OID_GEN_CURRENT_PACKET_FILTER' ";
  Refused(&Connection::SetOid, binding + filter, "information_buffer");
  Refused(&Connection::SetOid,
          absl::StrCat("binding: 'x' ", filter, "information_buffer: '1234'"),
          "binding");
  Refused(&Connection::SendNetBufferLists, binding, "net_buffer_lists");
  Refused(&Connection::SendNetBufferLists, "binding: 'x' net_buffer_lists: 1",
          "binding");
  Refused(&Connection::SendFrames, binding, "frames");
  Refused(&Connection::SendFrames, binding + "frame_data: 'x' frame_lengths: 2",
          "frame_lengths");
  Refused(&Connection::SendFrames,
          binding + "net_buffer_list_pool: 'x' frames: 'x'",
          "net_buffer_list_pool");
  Refused(&Connection::SendFrames,
          "binding: 'x' frames: 'x' "
          "net_buffer_list_pool: 'protocols/p/netBufferListPools/l'",
          "binding");
  Refused(&Connection::ReceiveFrames, "binding: 'x'", "binding");
}

}  // namespace
}  // namespace netbuf
