// Pools, buffers, frames and bindings; each conversion that can fail, and the
// fields that could be mixed up.

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/service/convert_binding.h"
#include "server/service/convert_buffer.h"
#include "server/service/convert_common.h"
#include "server/service/convert_frames.h"
#include "server/service/convert_pool.h"
#include "server/service/field_matcher.h"

namespace netbuf {
namespace {

// --- Pools ------------------------------------------------------------------

TEST(ConvertPoolTest, WithoutAHeaderItIsTheNewestRevision) {
  const auto list = FromProto(v1::NetBufferListPool());
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->header.type, 0x80);
  EXPECT_EQ(list->header.revision, 2);
  EXPECT_EQ(list->header.size, 20);
  const auto buffer = FromProto(v1::NetBufferPool());
  ASSERT_TRUE(buffer.ok()) << buffer.status();
  EXPECT_EQ(buffer->header.size, 16);
}

TEST(ConvertPoolTest, ParametersRoundTrip) {
  v1::NetBufferListPool pool;
  pool.mutable_header()->set_type(0x80);
  pool.mutable_header()->set_revision(1);
  pool.mutable_header()->set_size(16);
  pool.set_protocol_id(2);
  pool.set_allocate_net_buffer(true);
  pool.set_context_size(65520);
  pool.set_pool_tag("Tcp4");
  pool.set_data_size(1u << 20);
  pool.set_verify(true);
  NetBufferListPoolSnapshot snapshot;
  snapshot.name = "protocols/p/netBufferListPools/l";
  snapshot.parameters = *FromProto(pool);
  snapshot.max_outstanding = 77;
  snapshot.statistics.outstanding = 5;
  snapshot.statistics.memory_bytes = 6;
  v1::NetBufferListPool told = ToProto(snapshot);
  EXPECT_EQ(told.name(), snapshot.name);
  EXPECT_EQ(told.max_outstanding(), 77);
  EXPECT_EQ(told.statistics().outstanding(), 5);
  EXPECT_EQ(told.statistics().memory_bytes(), 6);
  told.clear_name();
  told.clear_max_outstanding();
  told.clear_statistics();
  EXPECT_EQ(told.SerializeAsString(), pool.SerializeAsString());
}

TEST(ConvertPoolTest, EveryMistakeIsNamedByItsPath) {
  struct Case {
    const char* field;
    std::function<void(v1::NetBufferListPool&)> spoil;
  };
  using Pool = v1::NetBufferListPool;
  for (const Case& c : {
           Case{"net_buffer_list_pool.header.type",
                [](Pool& p) { p.mutable_header()->set_type(256); }},
           Case{"net_buffer_list_pool.header.revision",
                [](Pool& p) { p.mutable_header()->set_revision(256); }},
           Case{"net_buffer_list_pool.header.size",
                [](Pool& p) { p.mutable_header()->set_size(65536); }},
           Case{"net_buffer_list_pool.protocol_id",
                [](Pool& p) { p.set_protocol_id(256); }},
           Case{"net_buffer_list_pool.context_size",
                [](Pool& p) { p.set_context_size(65536); }},
           Case{"net_buffer_list_pool.pool_tag",
                [](Pool& p) { p.set_pool_tag("12345"); }},
       }) {
    Pool pool;
    c.spoil(pool);
    EXPECT_EQ(FieldOf(FromProto(pool)), c.field);
  }
  v1::NetBufferPool pool;
  pool.mutable_header()->set_size(65536);
  EXPECT_EQ(FieldOf(FromProto(pool)), "net_buffer_pool.header.size");
  pool.clear_header();
  pool.set_pool_tag("12345");
  EXPECT_EQ(FieldOf(FromProto(pool)), "net_buffer_pool.pool_tag");
}

// --- Buffers ----------------------------------------------------------------

TEST(ConvertBufferTest, CountsAreBounded) {
  EXPECT_EQ(*ParseCount(0), 1);
  EXPECT_EQ(*ParseCount(65536), 65536);
  EXPECT_EQ(FieldOf(ParseCount(65537)), "count");
  EXPECT_EQ(FieldOf(ParseCount(0xFFFFFFFF)), "count");
  EXPECT_TRUE(CheckBatchSize(65536, "f").ok());
  EXPECT_EQ(FieldOf(CheckBatchSize(65537, "f")), "f");
}

TEST(ConvertBufferTest, ANetBufferHasTwoNames) {
  v1::NetBufferReference nb;
  nb.set_net_buffer(5);
  EXPECT_EQ(FromProto(nb, "nb")->net_buffer, 5);
  nb.set_net_buffer_list(6);
  nb.set_net_buffer_index(2);
  const auto by_list = FromProto(nb, "nb");
  ASSERT_TRUE(by_list.ok());
  EXPECT_EQ(by_list->net_buffer, 0);
  EXPECT_EQ(by_list->net_buffer_list, 6);
  EXPECT_EQ(by_list->index, 2);
}

TEST(ConvertBufferTest, AReferenceToNothingIsRefused) {
  v1::NetBufferReference nb;
  EXPECT_EQ(FieldOf(FromProto(nb, "nb")), "nb");
  nb.set_net_buffer(0);
  EXPECT_EQ(FieldOf(FromProto(nb, "nb")), "nb.net_buffer");
  nb.set_net_buffer_list(0);
  EXPECT_EQ(FieldOf(FromProto(nb, "nb")), "nb.net_buffer_list");
  nb.set_net_buffer(1);
  nb.set_net_buffer_index(1);
  EXPECT_EQ(FieldOf(FromProto(nb, "nb")), "nb.net_buffer_index");
}

TEST(ConvertBufferTest, ATargetIsOneBufferOrAList) {
  v1::RetreatDataStartRequest request;
  EXPECT_EQ(FieldOf(ReadDataTarget(request)), "target");
  request.set_net_buffer_list(0);
  EXPECT_EQ(FieldOf(ReadDataTarget(request)), "net_buffer_list");
  request.set_net_buffer_list(9);
  const auto list = ReadDataTarget(request);
  ASSERT_TRUE(list.ok());
  EXPECT_FALSE(list->net_buffer.has_value());
  EXPECT_EQ(list->net_buffer_list, 9);
  request.mutable_net_buffer();
  EXPECT_EQ(FieldOf(ReadDataTarget(request)), "net_buffer");
  request.mutable_net_buffer()->set_net_buffer(4);
  EXPECT_EQ(ReadDataTarget(request)->net_buffer->net_buffer, 4);
}

TEST(ConvertBufferTest, ListsAreToldWhole) {
  NetBufferListSnapshot snapshot;
  snapshot.handle = 11;
  snapshot.net_buffers.resize(1);
  snapshot.net_buffers[0].data_offset = 14;
  snapshot.net_buffers[0].data_length = 60;
  snapshot.net_buffers[0].mdl_chain = {{2048, false}, {16, true}};
  snapshot.contexts = {{32, 16, true}};
  snapshot.status = NdisStatus::kPaused;
  snapshot.history = {LifeEvent::kAllocated};
  const v1::NetBufferList told = ToProto(snapshot);
  EXPECT_EQ(told.handle(), 11);
  EXPECT_EQ(told.net_buffers(0).data_offset(), 14);
  EXPECT_EQ(told.net_buffers(0).data_length(), 60);
  EXPECT_EQ(told.net_buffers(0).mdl_chain(1).byte_count(), 16);
  EXPECT_TRUE(told.net_buffers(0).mdl_chain(1).allocated_by_retreat());
  EXPECT_EQ(told.contexts(0).size(), 32);
  EXPECT_EQ(told.contexts(0).offset(), 16);
  EXPECT_TRUE(told.contexts(0).allocated());
  EXPECT_EQ(told.ndis_status(), v1::NDIS_STATUS_PAUSED);
  EXPECT_EQ(told.history(0), LifeEventName(LifeEvent::kAllocated));
}

// --- Frames -----------------------------------------------------------------

TEST(ConvertFramesTest, BothFormsAreTheSameFrames) {
  v1::SendFramesRequest packed;
  packed.set_frame_data("aabbbc");
  packed.add_frame_lengths(2);
  packed.add_frame_lengths(3);
  packed.add_frame_lengths(0);
  packed.add_frame_lengths(1);
  v1::SendFramesRequest typed;
  for (const char* frame : {"aa", "bbb", "", "c"}) typed.add_frames(frame);
  const auto from_packed = FromProto(packed);
  const auto from_typed = FromProto(typed);
  ASSERT_TRUE(from_packed.ok()) << from_packed.status();
  ASSERT_TRUE(from_typed.ok()) << from_typed.status();
  EXPECT_EQ(from_packed->frames, from_typed->frames);
  EXPECT_EQ(from_packed->frames,
            (std::vector<absl::string_view>{"aa", "bbb", "", "c"}));
}

TEST(ConvertFramesTest, AnUnsetOffsetIsNotZero) {
  v1::SendFramesRequest request;
  request.add_frames("x");
  request.set_binding("b");
  request.set_net_buffer_list_pool("p");
  request.set_port_number(3);
  EXPECT_FALSE(FromProto(request)->data_offset.has_value());
  request.set_data_offset(0);
  EXPECT_EQ(FromProto(request)->data_offset, 0);
  EXPECT_EQ(FromProto(request)->binding, "b");
  EXPECT_EQ(FromProto(request)->net_buffer_list_pool, "p");
  EXPECT_EQ(FromProto(request)->port_number, 3);
}

TEST(ConvertFramesTest, EveryMistakeIsNamed) {
  struct Case {
    const char* field;
    std::function<void(v1::SendFramesRequest&)> fill;
  };
  using Request = v1::SendFramesRequest;
  for (const Case& c : {
           Case{"frames", [](Request&) {}},
           Case{"frames",
                [](Request& r) {
                  r.add_frames("a");
                  r.set_frame_data("a");
                  r.add_frame_lengths(1);
                }},
           Case{"frames",
                [](Request& r) {
                  r.add_frames("a");
                  r.add_frame_lengths(0);
                }},
           Case{"frame_lengths", [](Request& r) { r.set_frame_data("abc"); }},
           Case{"frame_lengths",
                [](Request& r) {
                  r.set_frame_data("abc");
                  r.add_frame_lengths(2);
                }},
           Case{"frame_lengths",
                [](Request& r) {
                  r.set_frame_data("abc");
                  r.add_frame_lengths(4);
                }},
           // 2^32 - 1 + 4 is 3 in 32 bits.
           Case{"frame_lengths",
                [](Request& r) {
                  r.set_frame_data("abc");
                  r.add_frame_lengths(0xFFFFFFFF);
                  r.add_frame_lengths(4);
                }},
           Case{"frame_lengths",
                [](Request& r) {
                  for (int i = 0; i < 65537; ++i) r.add_frame_lengths(0);
                }},
           Case{"frames",
                [](Request& r) {
                  for (int i = 0; i < 65537; ++i) r.add_frames("");
                }},
       }) {
    Request request;
    c.fill(request);
    EXPECT_EQ(FieldOf(FromProto(request)), c.field);
  }
}

TEST(ConvertFramesTest, TheLargestBatchPasses) {
  v1::SendFramesRequest request;
  for (int i = 0; i < 65536; ++i) request.add_frame_lengths(1);
  request.set_frame_data(std::string(65536, 'x'));
  const auto arguments = FromProto(request);
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->frames.size(), 65536);
}

TEST(ConvertFramesTest, SuccessesAreCounted) {
  v1::SendFramesResponse response;
  WriteStatuses({NdisStatus::kSuccess, NdisStatus::kPaused,
                 NdisStatus::kSuccess, NdisStatus::kInvalidLength},
                response);
  EXPECT_EQ(response.succeeded(), 2);
  ASSERT_EQ(response.ndis_statuses_size(), 4);
  EXPECT_EQ(response.ndis_statuses(1), v1::NDIS_STATUS_PAUSED);
  EXPECT_EQ(response.ndis_statuses(3), v1::NDIS_STATUS_INVALID_LENGTH);
}

// --- Bindings ---------------------------------------------------------------

TEST(ConvertBindingTest, EveryStateHasItsName) {
  for (int i = 0; i < kBindingStateCount; ++i) {
    const auto state = static_cast<BindingState>(i);
    EXPECT_EQ(v1::Binding::State_Name(ToProto(state)),
              "STATE_" + std::string(BindingStateName(state)));
  }
}

TEST(ConvertBindingTest, UnspecifiedPolicyIsAutomatic) {
  using Binding = v1::Binding;
  EXPECT_EQ(*FromProto(Binding::RESTART_POLICY_UNSPECIFIED, "p"),
            RestartPolicy::kAutomatic);
  EXPECT_EQ(*FromProto(Binding::RESTART_POLICY_MANUAL, "p"),
            RestartPolicy::kManual);
  EXPECT_EQ(FieldOf(FromProto(static_cast<Binding::RestartPolicy>(3), "p")),
            "p");
}

TEST(ConvertBindingTest, SnapshotsAreToldWhole) {
  BindingSnapshot snapshot;
  snapshot.name = "protocols/p/bindings/b";
  snapshot.adapter = "adapters/a";
  snapshot.state = BindingState::kPausing;
  snapshot.bind_parameters.mtu = 1500;
  snapshot.bind_parameters.requirements = {54, 48};
  snapshot.bind_parameters.filter_module_names = {"top", "bottom"};
  snapshot.outstanding_sends = 3;
  snapshot.outstanding_receives = 1;
  snapshot.waiting_for = "3 sends and 1 receive";
  snapshot.statistics
      .completions[SendCompletionStatusIndex(NdisStatus::kPaused)] = 9;
  snapshot.statistics.pause_time = absl::Milliseconds(1500);
  v1::Binding told = ToProto(snapshot);
  EXPECT_EQ(told.state(), v1::Binding::STATE_PAUSING);
  EXPECT_EQ(told.bind_parameters().maximum_total_size(), 1514);
  EXPECT_EQ(told.bind_parameters().requirements().data_back_fill_size(), 54);
  EXPECT_EQ(told.bind_parameters().requirements().context_back_fill_size(), 48);
  EXPECT_EQ(told.bind_parameters().filter_modules(1), "bottom");
  EXPECT_FALSE(told.has_restart_attributes());
  EXPECT_EQ(told.outstanding_sends(), 3);
  EXPECT_EQ(told.outstanding_receives(), 1);
  EXPECT_EQ(told.waiting_for(), "3 sends and 1 receive");
  ASSERT_EQ(told.statistics().completions_size(), 1);
  EXPECT_EQ(told.statistics().completions(0).ndis_status(),
            v1::NDIS_STATUS_PAUSED);
  EXPECT_EQ(told.statistics().completions(0).net_buffer_lists(), 9);
  EXPECT_EQ(told.statistics().pause_time().seconds(), 1);
  EXPECT_EQ(told.statistics().pause_time().nanos(), 500'000'000);

  snapshot.restart_attributes = RestartAttributes{};
  snapshot.restart_attributes->mtu = 1450;
  told = ToProto(snapshot);
  EXPECT_EQ(told.restart_attributes().mtu(), 1450);
}

TEST(ConvertBindingTest, EventsAreToldByTheirKind) {
  BindingEvent event;
  event.time = absl::FromUnixSeconds(100);
  event.event = BindingEvent::StateChange{BindingState::kPausing,
                                          BindingState::kPaused, "drained"};
  v1::BindingEvent told = ToProto(event);
  EXPECT_EQ(told.time().seconds(), 100);
  EXPECT_EQ(told.state_change().from(), v1::Binding::STATE_PAUSING);
  EXPECT_EQ(told.state_change().to(), v1::Binding::STATE_PAUSED);
  EXPECT_EQ(told.state_change().cause(), "drained");
  RestartAttributes attributes;
  attributes.mtu = 1446;
  event.event = attributes;
  EXPECT_EQ(ToProto(event).restart().mtu(), 1446);
  LinkState link;
  link.connect_state = MediaConnectState::kDisconnected;
  event.event = link;
  EXPECT_EQ(ToProto(event).link_state().connect_state(),
            v1::LinkState::CONNECT_STATE_DISCONNECTED);
}

}  // namespace
}  // namespace netbuf
