#include "engine/ndis/stack_requirements.h"

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

constexpr StackRequirements kRequirements = {.data_back_fill_size = 0x01020304,
                                             .context_back_fill_size = 48};

TEST(StackRequirementsTest, AnswersTwoLittleEndianSizes) {
  std::vector<uint8_t> buffer(9, 0xEE);
  OidRequest request;
  request.information_buffer = absl::MakeSpan(buffer);
  EXPECT_EQ(AnswerStackRequirements(request, kRequirements),
            NdisStatus::kSuccess);
  EXPECT_EQ(request.bytes_written, kSizeofStackRequirements);
  EXPECT_THAT(buffer, ElementsAre(4, 3, 2, 1, 48, 0, 0, 0, 0xEE));
}

TEST(StackRequirementsTest, ShortBufferSaysHowMuchIsNeeded) {
  std::vector<uint8_t> buffer(7, 0xEE);
  OidRequest request;
  request.information_buffer = absl::MakeSpan(buffer);
  EXPECT_EQ(AnswerStackRequirements(request, kRequirements),
            NdisStatus::kBufferTooShort);
  EXPECT_EQ(request.bytes_needed, 8u);
  EXPECT_EQ(request.bytes_written, 0u);
  EXPECT_THAT(buffer, testing::Each(0xEE));
}

TEST(StackRequirementsTest, EqualWhenBothSizesAre) {
  EXPECT_EQ(kRequirements, (StackRequirements{0x01020304, 48}));
  EXPECT_FALSE(kRequirements == (StackRequirements{0x01020304, 32}));
  EXPECT_FALSE(kRequirements == (StackRequirements{4, 48}));
}

}  // namespace
}  // namespace netbuf
