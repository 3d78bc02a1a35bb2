#include "engine/ndis/status.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::Not;
using ::testing::StartsWith;

TEST(NdisStatusTest, NamesAreThoseOfWindows) {
  EXPECT_EQ(NdisStatusName(NdisStatus::kSuccess), "NDIS_STATUS_SUCCESS");
  EXPECT_EQ(NdisStatusName(NdisStatus::kInvalidLength),
            "NDIS_STATUS_INVALID_LENGTH");
  EXPECT_EQ(NdisStatusName(NdisStatus::kLowPowerState),
            "NDIS_STATUS_LOW_POWER_STATE");
}

TEST(NdisStatusTest, AbortedSendAndAbortedRequestAreDifferent) {
  EXPECT_EQ(NdisStatusHex(NdisStatus::kSendAborted), "0xC023000C");
  EXPECT_EQ(NdisStatusHex(NdisStatus::kRequestAborted), "0xC001000C");
  EXPECT_EQ(NdisStatusName(NdisStatus{0xC023000C}), "NDIS_STATUS_SEND_ABORTED");
  EXPECT_EQ(NdisStatusName(NdisStatus{0xC001000C}),
            "NDIS_STATUS_REQUEST_ABORTED");
}

TEST(NdisStatusTest, UnknownValueIsNamedByItsNumber) {
  EXPECT_EQ(NdisStatusName(NdisStatus{0xDEADBEEF}), "NDIS_STATUS_0xDEADBEEF");
  EXPECT_EQ(NdisStatusName(NdisStatus{0x1}), "NDIS_STATUS_0x00000001");
  EXPECT_EQ(NdisStatusName(NdisStatus{0xFFFFFFFF}), "NDIS_STATUS_0xFFFFFFFF");
}

TEST(NdisStatusTest, HexHasEightUpperCaseDigits) {
  EXPECT_EQ(NdisStatusHex(NdisStatus::kSuccess), "0x00000000");
  EXPECT_EQ(NdisStatusHex(NdisStatus::kInvalidParameter), "0xC000000D");
}

TEST(NdisStatusTest, AllAreAscendingAndEachHasAName) {
  std::set<std::string> names;
  for (size_t i = 0; i < AllNdisStatuses().size(); ++i) {
    const NdisStatus status = AllNdisStatuses()[i];
    if (i > 0) {
      EXPECT_LT(AllNdisStatuses()[i - 1], status);
    }
    names.insert(NdisStatusName(status));
  }
  EXPECT_EQ(AllNdisStatuses().size(), 38u);
  EXPECT_EQ(names.size(), AllNdisStatuses().size());
  EXPECT_THAT(names, Each(Not(StartsWith("NDIS_STATUS_0x"))));
}

TEST(NdisStatusTest, SendCompletionIndexIsThePositionInTheList) {
  ASSERT_EQ(SendCompletionStatuses().size(), kSendCompletionStatusCount);
  for (int i = 0; i < kSendCompletionStatusCount; ++i) {
    EXPECT_EQ(SendCompletionStatusIndex(SendCompletionStatuses()[i]), i)
        << NdisStatusName(SendCompletionStatuses()[i]);
  }
}

TEST(NdisStatusTest, OtherStatusesCountAsFailedSends) {
  for (NdisStatus status : AllNdisStatuses()) {
    const NdisStatus counted =
        SendCompletionStatuses()[SendCompletionStatusIndex(status)];
    EXPECT_TRUE(counted == status || counted == NdisStatus::kFailure)
        << NdisStatusName(status);
  }
  EXPECT_EQ(SendCompletionStatusIndex(NdisStatus{0x12345678}),
            SendCompletionStatusIndex(NdisStatus::kFailure));
}

}  // namespace
}  // namespace netbuf
