#include "engine/ndis/oid_request.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/ndis/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// A request with a buffer of its own, filled with 0xEE.
struct TestRequest {
  explicit TestRequest(size_t size) : buffer(size, 0xEE) {
    request.information_buffer = absl::MakeSpan(buffer);
    // What an earlier use left behind must not survive.
    request.bytes_written = request.bytes_read = request.bytes_needed = 999;
  }
  uint64_t Get(size_t offset, size_t size) const {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= uint64_t{buffer[offset + i]} << (8 * i);
    }
    return value;
  }
  std::vector<uint8_t> buffer;
  OidRequest request;
};

struct AnswerCase {
  const char* name;
  size_t size;
  std::function<NdisStatus(OidRequest&)> answer;
};

class AnswerTest : public testing::TestWithParam<AnswerCase> {};

TEST_P(AnswerTest, ExactBufferIsEnough) {
  TestRequest t(GetParam().size);
  EXPECT_EQ(GetParam().answer(t.request), NdisStatus::kSuccess);
  EXPECT_EQ(t.request.bytes_written, GetParam().size);
}

TEST_P(AnswerTest, LargerBufferKeepsItsTail) {
  TestRequest t(GetParam().size + 3);
  EXPECT_EQ(GetParam().answer(t.request), NdisStatus::kSuccess);
  EXPECT_EQ(t.request.bytes_written, GetParam().size);
  EXPECT_EQ(t.Get(GetParam().size, 3), 0xEEEEEEu);
}

TEST_P(AnswerTest, ShortBufferSaysWhatIsNeededAndStaysUntouched) {
  for (size_t size = 0; size < GetParam().size; ++size) {
    TestRequest t(size);
    EXPECT_EQ(GetParam().answer(t.request), NdisStatus::kBufferTooShort);
    EXPECT_EQ(t.request.bytes_written, 0u);
    EXPECT_EQ(t.request.bytes_needed, GetParam().size);
    EXPECT_THAT(t.buffer, Each(0xEE));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, AnswerTest,
    testing::Values(
        AnswerCase{"Bytes", 6,
                   [](OidRequest& r) {
                     return AnswerBytes(r, {2, 0, 0, 0, 0, 1});
                   }},
        AnswerCase{"NoBytes", 0,
                   [](OidRequest& r) { return AnswerBytes(r, {}); }},
        AnswerCase{"U16", 2, [](OidRequest& r) { return AnswerU16(r, 1); }},
        AnswerCase{"U32", 4, [](OidRequest& r) { return AnswerU32(r, 1); }},
        AnswerCase{"U32Array", 12,
                   [](OidRequest& r) {
                     return AnswerU32Array(r, {1, 2, 3});
                   }},
        AnswerCase{"String", 8,
                   [](OidRequest& r) { return AnswerString(r, "netbufd"); }},
        AnswerCase{"EmptyString", 1,
                   [](OidRequest& r) { return AnswerString(r, ""); }},
        AnswerCase{"LinkState", 40,
                   [](OidRequest& r) { return AnswerLinkState(r, {}); }},
        AnswerCase{"Statistics", 152,
                   [](OidRequest& r) { return AnswerStatistics(r, {}); }}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(OidRequestTest, IntegersAreLittleEndian) {
  TestRequest u16(2);
  AnswerU16(u16.request, 0x0102);
  EXPECT_THAT(u16.buffer, ElementsAre(2, 1));
  TestRequest u32(4);
  AnswerU32(u32.request, 0x01020304);
  EXPECT_THAT(u32.buffer, ElementsAre(4, 3, 2, 1));
  TestRequest array(8);
  AnswerU32Array(array.request, {0x01020304, 0xFFFFFFFF});
  EXPECT_THAT(array.buffer, ElementsAre(4, 3, 2, 1, 255, 255, 255, 255));
}

TEST(OidRequestTest, StringEndsWithNul) {
  TestRequest t(4);
  AnswerString(t.request, "abc");
  EXPECT_THAT(t.buffer, ElementsAre('a', 'b', 'c', 0));
}

// The table of ndis-semantics 14.
TEST(OidRequestTest, CounterFitsItselfToTheBuffer) {
  constexpr uint64_t kValue = 0x1122334455667788;
  for (size_t size = 0; size <= 12; ++size) {
    TestRequest t(size);
    const NdisStatus status = AnswerCounter(t.request, kValue);
    if (size >= 8) {
      EXPECT_EQ(status, NdisStatus::kSuccess);
      EXPECT_EQ(t.request.bytes_written, 8u);
      EXPECT_EQ(t.Get(0, 8), kValue);
    } else if (size >= 4) {
      EXPECT_EQ(status, NdisStatus::kSuccess);
      EXPECT_EQ(t.request.bytes_written, 4u);
      EXPECT_EQ(t.request.bytes_needed, 8u);
      EXPECT_EQ(t.Get(0, 4), 0x55667788u);
      if (size > 4) {
        EXPECT_EQ(t.buffer[4], 0xEE);
      }
    } else {
      EXPECT_EQ(status, NdisStatus::kInvalidLength);
      EXPECT_EQ(t.request.bytes_written, 0u);
      EXPECT_EQ(t.request.bytes_needed, 8u);
      EXPECT_THAT(t.buffer, Each(0xEE));
    }
  }
}

TEST(OidRequestTest, ReadU32TakesExactlyFourBytes) {
  for (size_t size : {0, 1, 3, 5, 8}) {
    TestRequest t(size);
    uint32_t value = 77;
    EXPECT_EQ(ReadU32(t.request, &value), NdisStatus::kInvalidLength);
    EXPECT_EQ(value, 77u);
    EXPECT_EQ(t.request.bytes_needed, 4u);
    EXPECT_EQ(t.request.bytes_read, 0u);
  }
  TestRequest t(4);
  t.buffer = {0x04, 0x03, 0x02, 0xF1};
  t.request.information_buffer = absl::MakeSpan(t.buffer);
  uint32_t value = 0;
  EXPECT_EQ(ReadU32(t.request, &value), NdisStatus::kSuccess);
  EXPECT_EQ(value, 0xF1020304u);
  EXPECT_EQ(t.request.bytes_read, 4u);
}

TEST(OidRequestTest, LinkStateHasTheLayoutOfWindows) {
  TestRequest t(kSizeofLinkState);
  AnswerLinkState(t.request, {.connect_state = MediaConnectState::kDisconnected,
                              .duplex_state = MediaDuplexState::kHalf,
                              .xmit_link_speed = 10'000'000'000,
                              .rcv_link_speed = 2'500'000'000});
  EXPECT_EQ(t.buffer[0], 0x80);
  EXPECT_EQ(t.buffer[1], 1);
  EXPECT_EQ(t.Get(2, 2), 40u);
  EXPECT_EQ(t.Get(4, 4), 2u);
  EXPECT_EQ(t.Get(8, 4), 1u);
  EXPECT_EQ(t.Get(12, 4), 0u);
  EXPECT_EQ(t.Get(16, 8), 10'000'000'000u);
  EXPECT_EQ(t.Get(24, 8), 2'500'000'000u);
  EXPECT_EQ(t.Get(32, 8), 0u);
}

TEST(OidRequestTest, StatisticsHaveTheLayoutOfWindows) {
  AdapterStatistics statistics;
  static_assert(sizeof(statistics) == 18 * sizeof(uint64_t));
  uint64_t counters[18];
  for (uint64_t i = 0; i < 18; ++i) counters[i] = (i + 1) << 40 | i;
  std::memcpy(&statistics, counters, sizeof(statistics));
  TestRequest t(kSizeofStatisticsInfo);
  AnswerStatistics(t.request, statistics);
  EXPECT_EQ(t.buffer[0], 0x80);
  EXPECT_EQ(t.buffer[1], 1);
  EXPECT_EQ(t.Get(2, 2), 152u);
  EXPECT_EQ(t.Get(4, 4), 0x3F87FFu);
  for (size_t i = 0; i < 18; ++i) EXPECT_EQ(t.Get(8 + 8 * i, 8), counters[i]);
}

TEST(OidRequestTest, OnlySetInformationIsASet) {
  OidRequest request;
  EXPECT_FALSE(request.is_set());
  request.type = OidRequestType::kQueryStatistics;
  EXPECT_FALSE(request.is_set());
  request.type = OidRequestType::kSetInformation;
  EXPECT_TRUE(request.is_set());
}

}  // namespace
}  // namespace netbuf
