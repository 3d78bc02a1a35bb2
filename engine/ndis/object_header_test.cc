#include "engine/ndis/object_header.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "engine/ndis/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;

constexpr uint16_t kSizes[] = {kSizeofNetBufferListPoolParametersRevision1,
                               kSizeofNetBufferListPoolParametersRevision2};

absl::Status Validate(uint8_t type, uint8_t revision, uint16_t size) {
  return ValidateObjectHeader({type, revision, size}, NdisObjectType::kDefault,
                              kSizes, 2, "parameters.header");
}

void ExpectError(const absl::Status& status, const std::string& reason,
                 const std::string& field) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, reason);
  ASSERT_EQ(info->fields.size(), 1u);
  EXPECT_EQ(info->fields[0].field, field);
  EXPECT_THAT(std::string(status.message()), HasSubstr(field));
}

TEST(ObjectHeaderTest, SizeOfTheStatedRevisionIsEnough) {
  EXPECT_TRUE(Validate(0x80, 1, 16).ok());
  EXPECT_TRUE(Validate(0x80, 2, 20).ok());
}

TEST(ObjectHeaderTest, LargerSizeIsLegal) {
  EXPECT_TRUE(Validate(0x80, 1, 17).ok());
  EXPECT_TRUE(Validate(0x80, 2, 65535).ok());
}

TEST(ObjectHeaderTest, NewerRevisionIsReadAsTheNewestKnown) {
  EXPECT_TRUE(Validate(0x80, 3, 20).ok());
  EXPECT_TRUE(Validate(0x80, 255, 24).ok());
  ExpectError(Validate(0x80, 3, 19), "INVALID_OBJECT_SIZE",
              "parameters.header.size");
}

TEST(ObjectHeaderTest, TooSmallForItsRevisionIsRefused) {
  ExpectError(Validate(0x80, 1, 15), "INVALID_OBJECT_SIZE",
              "parameters.header.size");
  ExpectError(Validate(0x80, 2, 19), "INVALID_OBJECT_SIZE",
              "parameters.header.size");
  const absl::Status status = Validate(0x80, 2, 19);
  EXPECT_EQ(GetErrorInfo(status)->ndis_status, NdisStatus::kInvalidLength);
  EXPECT_EQ(GetErrorInfo(status)->metadata["size"], "19");
  EXPECT_THAT(std::string(status.message()), HasSubstr("at least 20 bytes"));
}

TEST(ObjectHeaderTest, RevisionZeroIsRefused) {
  ExpectError(Validate(0x80, 0, 64), "INVALID_OBJECT_REVISION",
              "parameters.header.revision");
}

TEST(ObjectHeaderTest, ForeignTypeIsRefused) {
  ExpectError(Validate(0x96, 1, 16), "INVALID_OBJECT_TYPE",
              "parameters.header.type");
  EXPECT_THAT(std::string(Validate(0x96, 1, 16).message()),
              HasSubstr("is 150; it must be 128 (0x80)"));
}

TEST(ObjectHeaderTest, ZeroedHeaderIsRefused) {
  EXPECT_FALSE(Validate(0, 0, 0).ok());
}

}  // namespace
}  // namespace netbuf
