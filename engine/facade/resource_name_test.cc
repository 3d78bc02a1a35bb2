#include "engine/facade/resource_name.h"

#include <string>

#include "engine/ndis/error.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(ResourceNameTest, AnIdIsLowerCaseLettersDigitsAndInnerHyphens) {
  for (const char* id : {"a", "a1", "adapter-1", "x-y-z"}) {
    EXPECT_TRUE(CheckId(id, "adapter_id").ok()) << id;
  }
  EXPECT_TRUE(CheckId(std::string(63, 'a'), "adapter_id").ok());
  for (const std::string& id :
       {std::string(), std::string("1a"), std::string("A"), std::string("a-"),
        std::string("-a"), std::string("a_b"), std::string("a/b"),
        std::string("a b"), std::string(64, 'a'), std::string("a\0b", 3)}) {
    const absl::Status status = CheckId(id, "adapter_id");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << id;
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->reason, "INVALID_ID");
    ASSERT_EQ(info->fields.size(), 1);
    EXPECT_EQ(info->fields[0].field, "adapter_id");
  }
}

TEST(ResourceNameTest, NamesParseToTheirIds) {
  EXPECT_EQ(ParseAdapterName("adapters/a1", "name").value(), "a1");
  EXPECT_EQ(ParseProtocolName("protocols/p1", "name").value(), "p1");
  const ChildName binding =
      ParseChildName("protocols/p1/bindings/b1", kBindings, "name").value();
  EXPECT_EQ(binding.parent_id, "p1");
  EXPECT_EQ(binding.id, "b1");
  const ChildName filter =
      ParseChildName("adapters/a1/filters/f1", kFilters, "name").value();
  EXPECT_EQ(filter.parent_id, "a1");
  EXPECT_EQ(filter.id, "f1");
}

TEST(ResourceNameTest, AMalformedNameIsRefusedWithTheFormItShouldHave) {
  for (const char* name : {"", "/", "adapters", "adapters/", "adapters/A",
                           "adapters/a/b", "protocols/a", "xadapters/a"}) {
    const absl::Status status = ParseAdapterName(name, "name").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find("adapters/{adapter}"), std::string::npos);
  }
  EXPECT_FALSE(ParseChildName("adapters/a/bindings/b", kBindings, "name").ok());
  EXPECT_FALSE(
      ParseChildName("protocols/p/netBufferPools/b", kBindings, "name").ok());
}

TEST(ResourceNameTest, ALongNameIsCutInTheMessage) {
  const absl::Status status =
      ParseAdapterName(std::string(1 << 20, 'x'), "name").status();
  EXPECT_LT(status.message().size(), 1000);
}

TEST(ResourceNameTest, LookupErrorsNameTypeAndResource) {
  const auto missing = GetErrorInfo(NotFound("Adapter", "adapters/a1"));
  ASSERT_TRUE(missing.has_value());
  EXPECT_EQ(missing->reason, "ADAPTER_NOT_FOUND");
  EXPECT_EQ(missing->ndis_status, NdisStatus::kAdapterNotFound);
  EXPECT_EQ(missing->resource_type, "netbufd/Adapter");
  EXPECT_EQ(missing->resource_name, "adapters/a1");
  const auto taken = GetErrorInfo(AlreadyExists("Protocol", "protocols/p"));
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->reason, "PROTOCOL_ALREADY_EXISTS");
}

}  // namespace
}  // namespace netbuf
