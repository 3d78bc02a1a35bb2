#include "engine/pool/pool_parameters.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/ndis/error.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/net_buffer_pool.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ListParameters = NetBufferListPoolParameters;

// The field that is refused, or "" when the pool is made.
std::string Refused(const ListParameters& parameters) {
  const auto pool = NetBufferListPool::Create(parameters);
  if (pool.ok()) return "";
  EXPECT_EQ(pool.status().code(), absl::StatusCode::kInvalidArgument);
  return GetErrorInfo(pool.status())->fields.at(0).field;
}
std::string Refused(const NetBufferPoolParameters& parameters) {
  const auto pool = NetBufferPool::Create(parameters);
  if (pool.ok()) return "";
  EXPECT_EQ(pool.status().code(), absl::StatusCode::kInvalidArgument);
  return GetErrorInfo(pool.status())->fields.at(0).field;
}

template <typename Parameters>
Parameters WithHeader(uint8_t type, uint8_t revision, uint16_t size) {
  Parameters parameters;
  parameters.header = {type, revision, size};
  return parameters;
}

TEST(PoolParametersTest, DefaultsAreValid) {
  EXPECT_EQ(Refused(ListParameters()), "");
  EXPECT_EQ(Refused(NetBufferPoolParameters()), "");
}

TEST(PoolParametersTest, HeadersFollowTheRulesOfVersionedStructures) {
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x81, 1, 16)), "header.type");
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x80, 0, 16)),
            "header.revision");
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x80, 1, 15)), "header.size");
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x80, 2, 19)), "header.size");
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x80, 1, 16)), "");
  EXPECT_EQ(Refused(WithHeader<ListParameters>(0x80, 9, 40)), "");
  EXPECT_EQ(Refused(WithHeader<NetBufferPoolParameters>(0x80, 1, 11)),
            "header.size");
  EXPECT_EQ(Refused(WithHeader<NetBufferPoolParameters>(0x80, 1, 12)), "");
  EXPECT_EQ(Refused(WithHeader<NetBufferPoolParameters>(0x80, 2, 15)),
            "header.size");
}

TEST(PoolParametersTest, ProtocolIdHasFourBits) {
  ListParameters parameters;
  parameters.protocol_id = 0xF;
  EXPECT_EQ(Refused(parameters), "");
  parameters.protocol_id = 0x10;
  EXPECT_EQ(Refused(parameters), "protocol_id");
}

TEST(PoolParametersTest, ContextSizeIsAMultipleOfSixteen) {
  ListParameters parameters;
  for (int size : {0, 16, 65520}) {
    parameters.context_size = size;
    EXPECT_EQ(Refused(parameters), "") << size;
  }
  for (int size : {1, 8, 24, 65535}) {
    parameters.context_size = size;
    EXPECT_EQ(Refused(parameters), "context_size") << size;
  }
}

TEST(PoolParametersTest, DataNeedANetBuffer) {
  ListParameters parameters;
  parameters.data_size = 1;
  EXPECT_EQ(Refused(parameters), "data_size");
  parameters.allocate_net_buffer = true;
  EXPECT_EQ(Refused(parameters), "");
}

TEST(PoolParametersTest, UnknownFlagsAreRefusedInRevision2AndIgnoredIn1) {
  ListParameters list;
  list.flags = 0x2;
  EXPECT_EQ(Refused(list), "flags");
  list.flags = 0x1;
  EXPECT_EQ(Refused(list), "");
  list.flags = 0xFFFFFFFF;
  list.header.revision = 1;
  EXPECT_EQ(Refused(list), "");
  EXPECT_FALSE(WantsVerify(list));
  NetBufferPoolParameters buffer;
  buffer.flags = 0x3;
  EXPECT_EQ(Refused(buffer), "flags");
  buffer.flags = 0x1;
  EXPECT_TRUE(WantsVerify(buffer));
}

TEST(PoolParametersTest, ATagIsNotNeeded) {
  ListParameters parameters;
  parameters.pool_tag = 0;
  EXPECT_EQ(Refused(parameters), "");
}

TEST(PoolParametersTest, MoreBlocksThanAHandleCanNameAreRefused) {
  PoolOptions options;
  options.max_outstanding = BlockHandle::kMaxBlocks;
  EXPECT_TRUE(NetBufferListPool::Create({}, options).ok());
  options.max_outstanding = uint64_t{BlockHandle::kMaxBlocks} + 1;
  const auto pool = NetBufferListPool::Create({}, options);
  ASSERT_FALSE(pool.ok());
  EXPECT_EQ(GetErrorInfo(pool.status())->fields.at(0).field, "max_outstanding");
}

TEST(PoolParametersTest, WhenEverySlotIsTakenPoolsAreExhausted) {
  std::vector<std::unique_ptr<NetBufferPool>> pools;
  absl::Status status;
  for (;;) {
    auto pool = NetBufferPool::Create({});
    if (!pool.ok()) {
      status = pool.status();
      break;
    }
    pools.push_back(*std::move(pool));
  }
  EXPECT_EQ(pools.size(), 16383);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetErrorInfo(status)->reason, "TOO_MANY_POOLS");
  pools.pop_back();
  EXPECT_TRUE(NetBufferListPool::Create({}).ok());
}

}  // namespace
}  // namespace netbuf
