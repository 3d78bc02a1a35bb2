#include "client/cli/replay_target.h"

#include <memory>

#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::InSequence;
using ::testing::StrictMock;

class ReplayTargetTest : public ::testing::Test {
 protected:
  void ExpectRegister() {
    EXPECT_CALL(*connection_, RegisterProtocol)
        .WillOnce([](const v1::RegisterProtocolRequest& request) {
          v1::Protocol protocol;
          protocol.set_name("protocols/" + request.protocol_id());
          return protocol;
        });
  }

  void ExpectOpen() {
    EXPECT_CALL(*connection_, OpenBinding)
        .WillOnce([](const v1::OpenBindingRequest& request) {
          EXPECT_EQ(request.parent(), "protocols/r");
          EXPECT_EQ(request.binding().adapter(), "adapters/a1");
          return Binding();
        });
  }

  void ExpectCreatePool() {
    EXPECT_CALL(*connection_, CreateNetBufferListPool)
        .WillOnce([](const v1::CreateNetBufferListPoolRequest& request) {
          EXPECT_TRUE(request.net_buffer_list_pool().allocate_net_buffer());
          EXPECT_EQ(request.net_buffer_list_pool().data_size(), 1464 + 50);
          EXPECT_EQ(request.net_buffer_list_pool().context_size(), 32);
          v1::NetBufferListPool pool;
          pool.set_name(request.parent() + "/netBufferListPools/" +
                        request.net_buffer_list_pool_id());
          return pool;
        });
  }

  // One whose stack wants 50 bytes of data back-fill and 24 of context.
  static v1::Binding Binding() {
    v1::Binding binding;
    binding.set_name("protocols/r/bindings/r");
    binding.mutable_bind_parameters()->set_maximum_total_size(1464);
    auto* wants = binding.mutable_bind_parameters()->mutable_requirements();
    wants->set_data_back_fill_size(50);
    wants->set_context_back_fill_size(24);
    return binding;
  }

  std::shared_ptr<StrictMock<MockConnection>> connection_ =
      std::make_shared<StrictMock<MockConnection>>();
  const Client client_{connection_};
};

TEST_F(ReplayTargetTest, MakesAllItNeedsAndRemovesIt) {
  InSequence sequence;
  ExpectRegister();
  ExpectOpen();
  ExpectCreatePool();
  EXPECT_CALL(*connection_, RestartBinding).WillOnce([] { return Binding(); });
  EXPECT_CALL(*connection_, CloseBinding)
      .WillOnce([](const v1::CloseBindingRequest& request) {
        EXPECT_EQ(request.name(), "protocols/r/bindings/r");
        return absl::OkStatus();
      });
  EXPECT_CALL(*connection_, DeleteNetBufferListPool)
      .WillOnce([](const v1::DeleteNetBufferListPoolRequest& request) {
        EXPECT_EQ(request.name(), "protocols/r/netBufferListPools/r");
        return absl::OkStatus();
      });
  EXPECT_CALL(*connection_, DeregisterProtocol).WillOnce([] {
    return v1::DeregisterProtocolResponse();
  });
  const auto target =
      ReplayTarget::Prepare(client_, {.adapter = "adapters/a1", .id = "r"});
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ((*target)->binding(), "protocols/r/bindings/r");
  EXPECT_EQ((*target)->pool(), "protocols/r/netBufferListPools/r");
  EXPECT_TRUE((*target)->Remove().ok());
}

TEST_F(ReplayTargetTest, FailureRemovesWhatWasMadeBefore) {
  InSequence sequence;
  ExpectRegister();
  ExpectOpen();
  EXPECT_CALL(*connection_, CreateNetBufferListPool).WillOnce([] {
    return absl::ResourceExhaustedError("no memory");
  });
  EXPECT_CALL(*connection_, CloseBinding).WillOnce([] {
    return absl::OkStatus();
  });
  EXPECT_CALL(*connection_, DeregisterProtocol).WillOnce([] {
    return v1::DeregisterProtocolResponse();
  });
  EXPECT_EQ(
      ReplayTarget::Prepare(client_, {.adapter = "adapters/a1", .id = "r"})
          .status(),
      absl::ResourceExhaustedError("no memory"));
}

TEST_F(ReplayTargetTest, OneFailedRemovalDoesNotKeepTheOthers) {
  ExpectRegister();
  ExpectOpen();
  ExpectCreatePool();
  EXPECT_CALL(*connection_, RestartBinding).WillOnce([] { return Binding(); });
  EXPECT_CALL(*connection_, CloseBinding).WillOnce([] {
    return absl::DeadlineExceededError("still out");
  });
  EXPECT_CALL(*connection_, DeleteNetBufferListPool).WillOnce([] {
    return absl::FailedPreconditionError("not empty");
  });
  EXPECT_CALL(*connection_, DeregisterProtocol).WillOnce([] {
    return v1::DeregisterProtocolResponse();
  });
  const auto target =
      ReplayTarget::Prepare(client_, {.adapter = "adapters/a1", .id = "r"});
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ((*target)->Remove(), absl::DeadlineExceededError("still out"));
}

TEST_F(ReplayTargetTest, BindingThatIsNamedIsUsedAndLeft) {
  InSequence sequence;
  EXPECT_CALL(*connection_, GetBinding).WillOnce([] { return Binding(); });
  ExpectCreatePool();
  EXPECT_CALL(*connection_, DeleteNetBufferListPool).WillOnce([] {
    return absl::OkStatus();
  });
  const auto target = ReplayTarget::Prepare(
      client_, {.binding = "protocols/r/bindings/r", .id = "r"});
  ASSERT_TRUE(target.ok()) << target.status();
}

TEST_F(ReplayTargetTest, PoolThatIsNamedIsUsedAndLeft) {
  EXPECT_CALL(*connection_, GetBinding).WillOnce([] { return Binding(); });
  const auto target = ReplayTarget::Prepare(
      client_, {.binding = "protocols/r/bindings/r", .pool = "mine"});
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ((*target)->pool(), "mine");
}

}  // namespace
}  // namespace netbuf::client
