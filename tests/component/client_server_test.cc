// The real client against the real server and engine: promises of the API that
// cross the wire.

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "client/lib/stream_reader.h"
#include "gtest/gtest.h"
#include "netbuf/v1/adapter_service.pb.h"
#include "netbuf/v1/binding_service.pb.h"
#include "netbuf/v1/buffer_service.pb.h"
#include "netbuf/v1/data_path_service.pb.h"
#include "netbuf/v1/oid_service.pb.h"
#include "netbuf/v1/pool_service.pb.h"
#include "netbuf/v1/protocol_service.pb.h"
#include "server/server.h"
#include "tests/component/real_server_fixture.h"

namespace netbuf {
namespace {

class ClientServerTest : public RealServerFixture {
 protected:
  static constexpr absl::string_view kBinding = "protocols/p1/bindings/b1";
  static constexpr absl::string_view kPool =
      "protocols/p1/netBufferListPools/l1";

  ClientServerTest() {
    client::ClientOptions client_options;
    client_options.address = server_->grpc_endpoint();
    client_ = std::make_unique<client::Client>(
        client::Client::Connect(client_options));
  }

  void BringUp(const v1::Adapter& adapter) {
    ASSERT_TRUE(client_->CreateAdapter("a1", adapter).ok());
    v1::RegisterProtocolRequest protocol;
    ASSERT_TRUE(client_->RegisterProtocol("p1", absl::Seconds(60)).ok());
    v1::Binding binding;
    binding.set_adapter("adapters/a1");
    ASSERT_TRUE(client_->OpenBinding("protocols/p1", "b1", binding).ok());
    v1::NetBufferListPool pool;
    pool.set_allocate_net_buffer(true);
    pool.set_data_size(2048);
    pool.set_context_size(64);
    ASSERT_TRUE(
        client_->CreateNetBufferListPool("protocols/p1", "l1", pool).ok());
    ASSERT_TRUE(client_->RestartBinding(kBinding).ok());
  }
  absl::StatusOr<std::vector<v1::NdisStatus>> Send(
      const std::vector<std::string>& frames) {
    v1::SendFramesRequest request;
    request.set_binding(std::string(kBinding));
    request.set_net_buffer_list_pool(std::string(kPool));
    for (const std::string& frame : frames) request.add_frames(frame);
    return client_->SendFrames(request);
  }
  static std::string Frame(size_t length, char fill) {
    return std::string("\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xb5", 14) +
           std::string(length - 14, fill);
  }

  std::unique_ptr<client::Client> client_;
};

TEST_F(ClientServerTest, ListsBuiltByHandleAreSentAndComeBack) {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  BringUp(adapter);
  v1::AllocateNetBufferListsRequest allocate;
  allocate.set_pool(std::string(kPool));
  allocate.set_count(2);
  const auto lists = client_->AllocateNetBufferLists(allocate);
  ASSERT_TRUE(lists.ok()) << lists.status();
  ASSERT_EQ(lists->size(), 2);
  for (uint64_t list : *lists) {
    v1::WriteDataRequest write;
    write.set_protocol("protocols/p1");
    write.mutable_net_buffer()->set_net_buffer_list(list);
    write.set_data(Frame(100, 'x'));
    write.set_resize(true);
    ASSERT_TRUE(client_->WriteData(write).ok());
  }
  v1::SendNetBufferListsRequest send;
  send.set_binding(std::string(kBinding));
  for (uint64_t list : *lists) send.add_net_buffer_lists(list);
  const auto statuses = client_->SendNetBufferLists(send);
  ASSERT_TRUE(statuses.ok()) << statuses.status();
  EXPECT_EQ(*statuses, std::vector<v1::NdisStatus>(2, v1::NDIS_STATUS_SUCCESS));
  EXPECT_TRUE(client_->FreeNetBufferLists("protocols/p1", *lists).ok());
  const absl::Status again =
      client_->FreeNetBufferLists("protocols/p1", *lists);
  EXPECT_EQ(again.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client::GetErrorDetails(again).error_info->reason(),
            "STALE_HANDLE");
}

TEST_F(ClientServerTest, AMistakeNamesItsFieldReasonAndNdisStatus) {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  BringUp(adapter);
  v1::NetBufferListPool pool;
  pool.set_context_size(7);
  const absl::Status status =
      client_->CreateNetBufferListPool("protocols/p1", "bad", pool).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const client::ErrorDetails details = client::GetErrorDetails(status);
  ASSERT_TRUE(details.error_info.has_value());
  EXPECT_EQ(details.error_info->domain(), "netbufd");
  EXPECT_TRUE(details.error_info->metadata().contains("ndisStatus"));
  ASSERT_TRUE(details.bad_request.has_value());
  ASSERT_EQ(details.bad_request->field_violations_size(), 1);
  EXPECT_EQ(details.bad_request->field_violations(0).field(),
            "net_buffer_list_pool.context_size");
}

TEST_F(ClientServerTest, AWatcherSeesAFilterArriveAndWhatTheStackNeedsThen) {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  BringUp(adapter);
  auto events = client_->WatchBinding(kBinding);
  v1::BindingEvent event;
  ASSERT_TRUE(events->Read(&event));
  EXPECT_EQ(event.snapshot().state(), v1::Binding::STATE_RUNNING);
  v1::AttachFilterRequest attach;
  attach.set_parent("adapters/a1");
  attach.set_filter_id("f1");
  attach.mutable_filter()->mutable_vxlan()->set_vni(42);
  ASSERT_TRUE(client_->AttachFilter(attach).ok());
  std::vector<v1::Binding::State> states;
  uint32_t needs = 0;
  while (states.empty() || states.back() != v1::Binding::STATE_RUNNING) {
    ASSERT_TRUE(events->Read(&event));
    if (event.has_state_change()) states.push_back(event.state_change().to());
    if (event.has_restart()) {
      needs = event.restart().requirements().data_back_fill_size();
    }
  }
  EXPECT_EQ(states,
            (std::vector<v1::Binding::State>{
                v1::Binding::STATE_PAUSING, v1::Binding::STATE_PAUSED,
                v1::Binding::STATE_RESTARTING, v1::Binding::STATE_RUNNING}));
  EXPECT_EQ(needs, 50);
  events->Cancel();
  EXPECT_EQ(events->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(ClientServerTest, WhatOneCaptureTookAnotherAdapterReplays) {
  std::vector<std::string> frames;
  for (int i = 0; i < 500; ++i) {
    frames.push_back(Frame(60 + i, static_cast<char>(i)));
  }
  {
    v1::Adapter writer;
    writer.mutable_pcap()->set_transmit_file("replayed.pcap");
    BringUp(writer);
    ASSERT_TRUE(Send(frames).ok());
    ASSERT_TRUE(client_->DeregisterProtocol("protocols/p1").ok());
    ASSERT_TRUE(client_->DeleteAdapter("adapters/a1").ok());
  }
  v1::Adapter reader;
  reader.mutable_pcap()->set_receive_file("replayed.pcap");
  BringUp(reader);
  auto stream = client_->ReceiveFrames(kBinding);
  // The packet filter stays closed until the stream is there.
  stream->AwaitOpen();
  v1::SetOidRequest filter;
  filter.set_binding(std::string(kBinding));
  filter.set_oid_name("OID_GEN_CURRENT_PACKET_FILTER");
  filter.set_information_buffer(std::string("\x20\0\0\0", 4));
  ASSERT_TRUE(client_->SetOid(filter).ok());
  std::vector<std::string> received;
  v1::ReceiveFramesResponse message;
  while (received.size() < frames.size() && stream->Read(&message)) {
    size_t at = 0;
    for (uint32_t length : message.frame_lengths()) {
      received.push_back(message.frame_data().substr(at, length));
      at += length;
    }
  }
  EXPECT_EQ(received, frames);
  stream->Cancel();
  stream->Finish().IgnoreError();
}

TEST_F(ClientServerTest, AShutdownEndsStreamsAndTakesEverythingBack) {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  BringUp(adapter);
  v1::AllocateNetBufferListsRequest allocate;
  allocate.set_pool(std::string(kPool));
  allocate.set_count(3);
  ASSERT_TRUE(client_->AllocateNetBufferLists(allocate).ok());
  auto events = client_->WatchBinding(kBinding);
  v1::BindingEvent event;
  ASSERT_TRUE(events->Read(&event));
  const auto report = server_->Shutdown(absl::Seconds(5));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->leaked_net_buffer_lists, 3);
  while (events->Read(&event)) {
  }
  EXPECT_EQ(events->Finish().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace netbuf
