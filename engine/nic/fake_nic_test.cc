#include "engine/nic/fake_nic.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/fake_nic_client.h"
#include "engine/nic/test_frames.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class FakeNicTest : public ::testing::Test {
 protected:
  void Start() {
    ASSERT_TRUE(nic_.Initialize(&client_).ok());
    nic_.Restart();
  }
  NdisStatus Request(OidRequestType type, Oid oid, std::vector<uint8_t>* data) {
    OidRequest request;
    request.type = type;
    request.oid = static_cast<uint32_t>(oid);
    request.information_buffer = absl::MakeSpan(*data);
    return nic_.OidRequest(request);
  }

  TestLists lists_;
  FakeNicClient client_;
  FakeNic nic_;
};

TEST_F(FakeNicTest, HoldsWhatIsSentUntilItIsCompleted) {
  Start();
  nic_.SendNetBufferLists(
      lists_.MakeChain({TestFrame(60, 1), TestFrame(61, 2), TestFrame(62, 3)}));
  EXPECT_EQ(nic_.held(), 3);
  EXPECT_EQ(nic_.transmit_queue_length(), 3);
  EXPECT_THAT(
      nic_.sent_frames(),
      ElementsAre(TestFrame(60, 1), TestFrame(61, 2), TestFrame(62, 3)));
  EXPECT_TRUE(nic_.Complete(1, NdisStatus::kFailure));
  EXPECT_FALSE(nic_.Complete(2));
  EXPECT_EQ(nic_.CompleteAll(), 2);
  EXPECT_THAT(client_.statuses(),
              ElementsAre(NdisStatus::kFailure, NdisStatus::kSuccess,
                          NdisStatus::kSuccess));
}

TEST_F(FakeNicTest, CompletesAtOnceWhenAsked) {
  nic_.auto_complete = true;
  Start();
  nic_.SendNetBufferLists(lists_.MakeChain({TestFrame(60, 1)}));
  EXPECT_EQ(client_.completed(), 1);
  EXPECT_EQ(nic_.held(), 0);
}

TEST_F(FakeNicTest, RefusesWhatARealNicRefuses) {
  ASSERT_TRUE(nic_.Initialize(&client_).ok());
  nic_.SendNetBufferLists(lists_.MakeChain({TestFrame(60, 1)}));
  nic_.Restart();
  nic_.SendNetBufferLists(lists_.MakeChain({TestFrame(1515, 2)}));
  EXPECT_THAT(client_.statuses(),
              ElementsAre(NdisStatus::kPaused, NdisStatus::kInvalidLength));
}

TEST_F(FakeNicTest, InjectedFramesComeBack) {
  Start();
  nic_.Receive({TestFrame(60, 1), TestFrame(61, 2)});
  EXPECT_THAT(client_.received(),
              ElementsAre(TestFrame(60, 1), TestFrame(61, 2)));
  EXPECT_EQ(nic_.outstanding_receives(), 2);
  client_.ReturnAll(nic_);
  EXPECT_EQ(nic_.outstanding_receives(), 0);
}

TEST_F(FakeNicTest, AnswersOidsAsAMiniportOrAsTold) {
  Start();
  std::vector<uint8_t> data = {0x01, 0, 0, 0};
  EXPECT_EQ(Request(OidRequestType::kSetInformation,
                    Oid::kGenCurrentPacketFilter, &data),
            NdisStatus::kSuccess);
  EXPECT_EQ(nic_.packet_filter(), kPacketTypeDirected);
  nic_.AnswerOid(static_cast<uint32_t>(Oid::kGenVendorId), NdisStatus::kSuccess,
                 "abcd");
  EXPECT_EQ(
      Request(OidRequestType::kQueryInformation, Oid::kGenVendorId, &data),
      NdisStatus::kSuccess);
  EXPECT_THAT(data, ElementsAre('a', 'b', 'c', 'd'));
  nic_.AnswerOid(static_cast<uint32_t>(Oid::kGenVendorId),
                 NdisStatus::kNotAccepted);
  EXPECT_EQ(
      Request(OidRequestType::kQueryInformation, Oid::kGenVendorId, &data),
      NdisStatus::kNotAccepted);
  EXPECT_THAT(
      nic_.oid_requests(),
      ElementsAre(
          Pair(static_cast<uint32_t>(Oid::kGenCurrentPacketFilter), true),
          Pair(static_cast<uint32_t>(Oid::kGenVendorId), false),
          Pair(static_cast<uint32_t>(Oid::kGenVendorId), false)));
}

TEST_F(FakeNicTest, CancelGivesBackWhatMatches) {
  Start();
  NetBufferListChain chain = lists_.MakeChain({TestFrame(60, 1)});
  NetBufferList* const nbl = lists_.Make({TestFrame(60, 2)});
  nbl->set_source_handle(&client_);
  chain.Append(nbl);
  nic_.SendNetBufferLists(std::move(chain));
  nic_.CancelSends(&client_, 0);
  EXPECT_EQ(client_.StatusOf(nbl), NdisStatus::kSendAborted);
  EXPECT_EQ(client_.completed(), 1);
  nic_.CompleteAll();
}

TEST_F(FakeNicTest, LinkChangesReachTheClient) {
  Start();
  nic_.SetLinkState(
      {MediaConnectState::kDisconnected, MediaDuplexState::kFull, 0, 0});
  EXPECT_EQ(client_.link_states().size(), 1);
  EXPECT_EQ(nic_.link_state().connect_state, MediaConnectState::kDisconnected);
}

}  // namespace
}  // namespace netbuf
