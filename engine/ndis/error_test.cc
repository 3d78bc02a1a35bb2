#include "engine/ndis/error.h"

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/ndis/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr absl::string_view kTypeUrl = "netbufd/error-info";

// Every part filled, with bytes that would end or split a textual encoding.
ErrorBuilder FullError() {
  ErrorBuilder error(absl::StatusCode::kInvalidArgument, "INVALID_SIZE",
                     NdisStatus::kInvalidLength);
  error.Field("data_size", "too large")
      .Field("", std::string("\0\xff\n\"", 4))
      .Precondition("POOL_IN_USE", "pools/p1", "3 buffers are out")
      .Resource("netbufd/Adapter", "adapters/a1")
      .Quota("protocols/p", "memory", absl::Milliseconds(1500))
      .Metadata("size", 7)
      .Metadata("", std::string("\xC3\x28;,\0=", 6));
  error << "data_size is " << 7 << "; use " << 8;
  return error;
}

TEST(ErrorTest, CarriesCodeAndMessage) {
  const absl::Status status = FullError();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "data_size is 7; use 8");
}

TEST(ErrorTest, EveryPartSurvivesWhateverItsBytes) {
  const std::optional<ErrorInfo> info = GetErrorInfo(FullError());
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "INVALID_SIZE");
  EXPECT_EQ(info->ndis_status, NdisStatus::kInvalidLength);
  EXPECT_THAT(info->metadata,
              ElementsAre(Pair("", std::string("\xC3\x28;,\0=", 6)),
                          Pair("size", "7")));
  ASSERT_EQ(info->fields.size(), 2u);
  EXPECT_EQ(info->fields[0].field, "data_size");
  EXPECT_EQ(info->fields[0].description, "too large");
  EXPECT_EQ(info->fields[1].field, "");
  EXPECT_EQ(info->fields[1].description, std::string("\0\xff\n\"", 4));
  ASSERT_EQ(info->preconditions.size(), 1u);
  EXPECT_EQ(info->preconditions[0].type, "POOL_IN_USE");
  EXPECT_EQ(info->preconditions[0].subject, "pools/p1");
  EXPECT_EQ(info->preconditions[0].description, "3 buffers are out");
  EXPECT_EQ(info->resource_type, "netbufd/Adapter");
  EXPECT_EQ(info->resource_name, "adapters/a1");
  EXPECT_EQ(info->quota_subject, "protocols/p");
  EXPECT_EQ(info->quota_description, "memory");
  EXPECT_EQ(info->retry_delay, absl::Milliseconds(1500));
}

TEST(ErrorTest, EmptyPartsStayEmpty) {
  const std::optional<ErrorInfo> info = GetErrorInfo(
      ErrorBuilder(absl::StatusCode::kNotFound, "", NdisStatus::kFailure));
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "");
  EXPECT_THAT(info->metadata, IsEmpty());
  EXPECT_THAT(info->fields, IsEmpty());
  EXPECT_THAT(info->preconditions, IsEmpty());
  EXPECT_EQ(info->retry_delay, absl::ZeroDuration());
}

TEST(ErrorTest, LastValueOfAMetadataKeyWins) {
  ErrorBuilder error(absl::StatusCode::kInternal, "R", NdisStatus::kFailure);
  error.Metadata("key", 1).Metadata("key", "two");
  EXPECT_THAT(GetErrorInfo(error)->metadata, ElementsAre(Pair("key", "two")));
}

TEST(ErrorTest, ConvertsToStatusOr) {
  const auto fail = []() -> absl::StatusOr<int> {
    return ErrorBuilder(absl::StatusCode::kResourceExhausted, "POOL_EXHAUSTED",
                        NdisStatus::kResources)
           << "no buffer left";
  };
  const absl::StatusOr<int> result = fail();
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetErrorInfo(result.status())->reason, "POOL_EXHAUSTED");
}

TEST(ErrorTest, AnErrorIsNeverOk) {
  const absl::Status status =
      ErrorBuilder(absl::StatusCode::kOk, "R", NdisStatus::kSuccess);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST(ErrorTest, OtherStatusesHaveNoInfo) {
  EXPECT_FALSE(GetErrorInfo(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetErrorInfo(absl::NotFoundError("x")).has_value());
}

TEST(ErrorTest, HugeRetryDelayIsCutNotWrapped) {
  ErrorBuilder error(absl::StatusCode::kUnavailable, "R",
                     NdisStatus::kResources);
  error.Quota("s", "d", absl::InfiniteDuration());
  EXPECT_GT(GetErrorInfo(error)->retry_delay, absl::Hours(24 * 365 * 200));
}

// A payload cut short, extended or damaged anywhere is refused or read as other
// text; it never crashes or allocates without bound.
TEST(ErrorTest, DamagedPayloadIsHarmless) {
  const std::string good(*absl::Status(FullError()).GetPayload(kTypeUrl));
  const auto info_of = [](absl::string_view bytes) {
    absl::Status status = absl::InternalError("x");
    status.SetPayload(kTypeUrl, absl::Cord(bytes));
    return GetErrorInfo(status);
  };
  ASSERT_TRUE(info_of(good).has_value());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(info_of(absl::string_view(good).substr(0, size)).has_value());
  }
  EXPECT_FALSE(info_of(good + "x").has_value());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0xff);
    const std::optional<ErrorInfo> info = info_of(bad);
    if (info.has_value()) {
      EXPECT_LE(info->reason.size(), good.size());
    }
  }
}

}  // namespace
}  // namespace netbuf
