#include "client/lib/protocol_session.h"

#include <atomic>
#include <memory>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::NiceMock;

// A renewal is never due; the test is about something else.
constexpr ProtocolSessionOptions kNoRenewal = {.renewal_interval =
                                                   absl::Hours(1)};

// Renewals follow each other as fast as they can.
constexpr ProtocolSessionOptions kFastRenewal = {.renewal_interval =
                                                     absl::Microseconds(100)};

class ProtocolSessionTest : public ::testing::Test {
 protected:
  ProtocolSessionTest() {
    ON_CALL(*connection_, RegisterProtocol)
        .WillByDefault([](const v1::RegisterProtocolRequest& request) {
          v1::Protocol protocol;
          protocol.set_name("protocols/" + request.protocol_id());
          return protocol;
        });
    ON_CALL(*connection_, DeregisterProtocol)
        .WillByDefault([this](const v1::DeregisterProtocolRequest& request) {
          EXPECT_EQ(request.name(), "protocols/p1");
          ++deregistrations_;
          v1::DeregisterProtocolResponse audit;
          audit.set_leaked_net_buffers(3);
          return audit;
        });
    ON_CALL(*connection_, KeepAliveProtocol).WillByDefault([] {
      return v1::Protocol();
    });
  }

  std::unique_ptr<ProtocolSession> Register(
      const ProtocolSessionOptions& options) {
    auto session = ProtocolSession::Register(client_, "p1", options);
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }

  std::atomic<int> deregistrations_ = 0;
  std::shared_ptr<NiceMock<MockConnection>> connection_ =
      std::make_shared<NiceMock<MockConnection>>();
  const Client client_{connection_};
};

TEST_F(ProtocolSessionTest, RegistersWithTheLeaseAskedFor) {
  EXPECT_CALL(*connection_, RegisterProtocol)
      .WillOnce([](const v1::RegisterProtocolRequest& request) {
        EXPECT_EQ(request.protocol_id(), "p1");
        EXPECT_EQ(request.protocol().lease_duration().seconds(), 90);
        v1::Protocol protocol;
        protocol.set_name("protocols/p1");
        return protocol;
      });
  const auto session = Register({.lease = absl::Seconds(90)});
  EXPECT_EQ(session->name(), "protocols/p1");
  EXPECT_TRUE(session->status().ok());
}

TEST_F(ProtocolSessionTest, FailedRegistrationIsTheError) {
  EXPECT_CALL(*connection_, RegisterProtocol).WillOnce([] {
    return absl::AlreadyExistsError("taken");
  });
  EXPECT_CALL(*connection_, DeregisterProtocol).Times(0);
  EXPECT_TRUE(
      absl::IsAlreadyExists(ProtocolSession::Register(client_, "p1").status()));
}

TEST_F(ProtocolSessionTest, LeaseIsRenewedAgainAndAgain) {
  absl::BlockingCounter renewals(3);
  std::atomic<int> calls = 0;
  EXPECT_CALL(*connection_, KeepAliveProtocol)
      .WillRepeatedly([&](const v1::KeepAliveProtocolRequest& request) {
        EXPECT_EQ(request.name(), "protocols/p1");
        if (calls++ < 3) renewals.DecrementCount();
        return v1::Protocol();
      });
  const auto session = Register(kFastRenewal);
  renewals.Wait();
  EXPECT_TRUE(session->status().ok());
}

TEST_F(ProtocolSessionTest, RenewalThatFailsOnceIsTriedAgain) {
  absl::Notification recovered;
  std::atomic<int> calls = 0;
  EXPECT_CALL(*connection_, KeepAliveProtocol)
      .WillRepeatedly([&]() -> absl::StatusOr<v1::Protocol> {
        const int call = calls++;
        if (call == 0) return absl::UnavailableError("away");
        if (call == 1) recovered.Notify();
        return v1::Protocol();
      });
  const auto session = Register(kFastRenewal);
  recovered.WaitForNotification();
  EXPECT_TRUE(session->status().ok());
}

TEST_F(ProtocolSessionTest, LostLeaseShowsInStatusAndEndsTheRenewals) {
  absl::Notification lost;
  EXPECT_CALL(*connection_, KeepAliveProtocol).WillOnce([&] {
    lost.Notify();
    return absl::NotFoundError("protocols/p1 does not exist");
  });
  const auto session = Register(kFastRenewal);
  lost.WaitForNotification();
  // Ends the renewals, so that the status is settled.
  session->Deregister().status().IgnoreError();
  EXPECT_TRUE(absl::IsNotFound(session->status()));
}

TEST_F(ProtocolSessionTest, DestructorDeregisters) {
  Register(kNoRenewal).reset();
  EXPECT_EQ(deregistrations_, 1);
}

TEST_F(ProtocolSessionTest, DeregisterReturnsTheAuditOnce) {
  auto session = Register(kNoRenewal);
  const auto audit = session->Deregister();
  ASSERT_TRUE(audit.ok());
  EXPECT_EQ(audit->leaked_net_buffers(), 3);
  EXPECT_TRUE(absl::IsFailedPrecondition(session->Deregister().status()));
  session.reset();
  EXPECT_EQ(deregistrations_, 1);
}

}  // namespace
}  // namespace netbuf::client
