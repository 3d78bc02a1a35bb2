// Buffers by handle: who may use them, in what order they are freed.

#include <algorithm>

#include "engine/facade/engine_test_fixture.h"

namespace netbuf {
namespace {

class EngineBuffersTest : public EngineTest {
 protected:
  static constexpr absl::string_view kBuffers =
      "protocols/p1/netBufferPools/n1";
  static constexpr absl::string_view kData = "protocols/p1/netBufferPools/d1";
  static constexpr absl::string_view kBare =
      "protocols/p1/netBufferListPools/bare";
  static constexpr absl::string_view kCombined =
      "protocols/p1/netBufferListPools/combined";

  EngineBuffersTest() {
    Register();
    CreatePool(256);  // kPool
    NetBufferListPoolParameters bare;
    EXPECT_TRUE(
        engine_->CreateNetBufferListPool(kProtocol, "bare", bare, 0).ok());
    NetBufferListPoolParameters combined;
    combined.allocate_net_buffer = true;
    EXPECT_TRUE(
        engine_->CreateNetBufferListPool(kProtocol, "combined", combined, 0)
            .ok());
    NetBufferPoolParameters buffers;
    EXPECT_TRUE(engine_->CreateNetBufferPool(kProtocol, "n1", buffers, 0).ok());
    buffers.data_size = 128;
    EXPECT_TRUE(engine_->CreateNetBufferPool(kProtocol, "d1", buffers, 0).ok());
  }
  uint64_t Outstanding(absl::string_view pool) {
    if (auto p = engine_->GetNetBufferListPool(pool); p.ok()) {
      return p->statistics.outstanding;
    }
    return engine_->GetNetBufferPool(pool)->statistics.outstanding;
  }
};

TEST_F(EngineBuffersTest, EachAllocatorServesThePoolsItIsFor) {
  EXPECT_TRUE(engine_->AllocateNetBufferLists(kBare, 1, 0, 0).ok());
  EXPECT_TRUE(engine_->AllocateNetBufferLists(kPool, 1, 0, 0).ok());
  EXPECT_TRUE(engine_->AllocateNetBufferLists(kCombined, 1, 0, 0).ok());
  EXPECT_TRUE(
      engine_->AllocateNetBufferAndNetBufferLists(kCombined, 1, 0, 0, {}).ok());
  EXPECT_TRUE(engine_->AllocateNetBuffers(kBuffers, 1, {}, 0).ok());
  EXPECT_TRUE(engine_->AllocateNetBufferMdlAndData(kData, 1, 0).ok());
  for (const absl::Status& status :
       {engine_->AllocateNetBufferAndNetBufferLists(kBare, 1, 0, 0, {})
            .status(),
        engine_->AllocateNetBufferAndNetBufferLists(kPool, 1, 0, 0, {})
            .status(),
        engine_->AllocateNetBuffers(kData, 1, {}, 0).status(),
        engine_->AllocateNetBufferMdlAndData(kBuffers, 1, 0).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(status), "WRONG_ALLOCATOR");
  }
}

TEST_F(EngineBuffersTest, CombinedListsGetTheirOwnMdlChain) {
  const auto lists = engine_->AllocateNetBufferAndNetBufferLists(
      kCombined, 2, 0, 0, {{10, 20}, 5, 20});
  ASSERT_TRUE(lists.ok()) << lists.status();
  ASSERT_TRUE(engine_
                  ->WriteData(kProtocol, {0, (*lists)[0], 0}, 0,
                              "abcdefghijklmnopqrst", false)
                  .ok());
  EXPECT_EQ(*engine_->ReadData(kProtocol, {0, (*lists)[0], 0}, 0, 0),
            "abcdefghijklmnopqrst");
  EXPECT_EQ(*engine_->ReadData(kProtocol, {0, (*lists)[1], 0}, 0, 0),
            std::string(20, '\0'));
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, *lists).ok());
}

TEST_F(EngineBuffersTest, AttachedBuffersMustBeFreedBeforeTheirList) {
  const auto list = engine_->AllocateNetBufferLists(kBare, 1, 0, 0);
  const auto buffers =
      engine_->AllocateNetBufferMdlAndData(kData, 3, (*list)[0]);
  ASSERT_TRUE(buffers.ok()) << buffers.status();
  EXPECT_EQ(
      engine_->GetNetBufferList(kProtocol, (*list)[0])->net_buffers.size(), 3);
  const absl::Status refused = engine_->FreeNetBufferLists(kProtocol, *list);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "NET_BUFFERS_ATTACHED");
  EXPECT_EQ(Outstanding(kBare), 1);
  // In any order; the rest stay linked.
  EXPECT_TRUE(engine_->FreeNetBuffers(kProtocol, {(*buffers)[1]}).ok());
  const auto left = engine_->GetNetBufferList(kProtocol, (*list)[0]);
  ASSERT_EQ(left->net_buffers.size(), 2);
  EXPECT_EQ(left->net_buffers[0].handle, (*buffers)[0]);
  EXPECT_EQ(left->net_buffers[1].handle, (*buffers)[2]);
  EXPECT_TRUE(
      engine_->FreeNetBuffers(kProtocol, {(*buffers)[2], (*buffers)[0]}).ok());
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, *list).ok());
  EXPECT_EQ(Outstanding(kBare), 0);
  EXPECT_EQ(Outstanding(kData), 0);
}

TEST_F(EngineBuffersTest, AllocatedContextMustBeFreedBeforeItsList) {
  const auto list = engine_->AllocateNetBufferLists(kBare, 1, 0, 0);
  ASSERT_TRUE(*engine_->AllocateContext(kProtocol, (*list)[0], 32, 0,
                                        PoolTagFromString("test")));
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol, *list)),
            "CONTEXT_OUTSTANDING");
  EXPECT_EQ(ReasonOf(engine_->FreeContext(kProtocol, (*list)[0], 64)),
            "INVALID_CONTEXT_SIZE");
  EXPECT_TRUE(engine_->FreeContext(kProtocol, (*list)[0], 32).ok());
  EXPECT_TRUE(engine_->FreeNetBufferLists(kProtocol, *list).ok());
}

TEST_F(EngineBuffersTest, AFreedHandleIsStaleForEverything) {
  const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  ASSERT_TRUE(engine_->FreeNetBufferLists(kProtocol, *list).ok());
  const uint64_t handle = (*list)[0];
  for (const absl::Status& status :
       {engine_->FreeNetBufferLists(kProtocol, {handle}),
        engine_->GetNetBufferList(kProtocol, handle).status(),
        engine_->ReadData(kProtocol, {0, handle, 0}, 0, 0).status(),
        engine_->AllocateContext(kProtocol, handle, 16, 0, 0).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    EXPECT_EQ(ReasonOf(status), "STALE_HANDLE");
  }
  // Also when the block is out again.
  const auto again = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  EXPECT_NE((*again)[0], handle);
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol, {handle})),
            "STALE_HANDLE");
}

TEST_F(EngineBuffersTest, AnotherProtocolsHandleIsOutOfReach) {
  const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  Register("p2");
  const absl::Status status =
      engine_->FreeNetBufferLists("protocols/p2", *list);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "NOT_HOLDER");
  EXPECT_EQ(
      ReasonOf(
          engine_->ReadData("protocols/p2", {0, (*list)[0], 0}, 0, 0).status()),
      "NOT_HOLDER");
  EXPECT_EQ(Outstanding(kPool), 1);
}

TEST_F(EngineBuffersTest, AFailedFreeOfSeveralFreesNone) {
  const auto a = engine_->AllocateNetBufferLists(kPool, 2, 0, 0);
  const auto b = engine_->AllocateNetBufferLists(kBare, 1, 0, 0);
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol,
                                                 {(*a)[0], (*b)[0], (*a)[0]})),
            "DUPLICATE_HANDLE");
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol,
                                                 {(*a)[0], (*b)[0], 12345})),
            "STALE_HANDLE");
  EXPECT_EQ(Outstanding(kPool), 2);
  EXPECT_EQ(Outstanding(kBare), 1);
  EXPECT_TRUE(
      engine_->FreeNetBufferLists(kProtocol, {(*a)[0], (*b)[0], (*a)[1]}).ok());
}

TEST_F(EngineBuffersTest, ABufferIsNotAList) {
  const auto list = engine_->AllocateNetBufferLists(kBare, 1, 0, 0);
  const auto nb = engine_->AllocateNetBuffers(kBuffers, 1, {}, 0);
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol, *nb)),
            "INVALID_HANDLE");
  EXPECT_EQ(ReasonOf(engine_->FreeNetBuffers(kProtocol, *list)),
            "INVALID_HANDLE");
}

TEST_F(EngineBuffersTest, DataIsReadBackAsWrittenAcrossRetreatAndAdvance) {
  const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  const NetBufferReference nb{0, (*list)[0], 0};
  ASSERT_TRUE(engine_->SetDataSpace(kProtocol, nb, 20, 0).ok());
  ASSERT_TRUE(engine_->WriteData(kProtocol, nb, 0, "payload", true).ok());
  EXPECT_EQ(*engine_->RetreatDataStart(kProtocol, {nb, 0}, 4, 0), 0);  // Hit.
  ASSERT_TRUE(engine_->WriteData(kProtocol, nb, 0, "HEAD", false).ok());
  EXPECT_EQ(*engine_->ReadData(kProtocol, nb, 0, 0), "HEADpayload");
  EXPECT_EQ(*engine_->RetreatDataStart(kProtocol, {nb, 0}, 40, 8), 1);  // Miss.
  const auto snapshot = engine_->GetNetBuffer(kProtocol, nb);
  EXPECT_EQ(snapshot->data_length, 51);
  EXPECT_EQ(snapshot->data_offset, 8);
  EXPECT_TRUE(snapshot->mdl_chain[0].allocated_by_retreat);
  ASSERT_TRUE(engine_->AdvanceDataStart(kProtocol, {nb, 0}, 44, true).ok());
  EXPECT_EQ(*engine_->ReadData(kProtocol, nb, 0, 0), "payload");
  EXPECT_EQ(ReasonOf(engine_->AdvanceDataStart(kProtocol, {nb, 0}, 8, true)),
            "INVALID_DATA_OFFSET_DELTA");
}

TEST_F(EngineBuffersTest, WritesOutsideOfTheDataAreRefused) {
  const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  const NetBufferReference nb{0, (*list)[0], 0};
  EXPECT_EQ(ReasonOf(engine_->WriteData(kProtocol, nb, 0, "x", false).status()),
            "INVALID_DATA_SPACE");
  EXPECT_EQ(
      ReasonOf(engine_->WriteData(kProtocol, nb, 0, std::string(257, 'x'), true)
                   .status()),
      "INVALID_DATA_SPACE");
  EXPECT_TRUE(
      engine_->WriteData(kProtocol, nb, 0, std::string(256, 'x'), true).ok());
  EXPECT_EQ(
      ReasonOf(
          engine_->WriteData(kProtocol, nb, 0xFFFFFFFF, "xy", true).status()),
      "INVALID_DATA_SPACE");
  EXPECT_EQ(ReasonOf(engine_->ReadData(kProtocol, nb, 257, 0).status()),
            "INVALID_DATA_SPACE");
  EXPECT_EQ(ReasonOf(engine_->ReadData(kProtocol, nb, 1, 0xFFFFFFFF).status()),
            "INVALID_DATA_SPACE");
  EXPECT_EQ(
      ReasonOf(engine_->SetDataSpace(kProtocol, nb, 0xFFFFFFFF, 2).status()),
      "INVALID_DATA_SPACE");
  EXPECT_EQ(
      ReasonOf(engine_->ReadData(kProtocol, {0, (*list)[0], 1}, 0, 0).status()),
      "NO_SUCH_NET_BUFFER");
}

TEST_F(EngineBuffersTest, BadSizesAreRefusedWithTheirField) {
  EXPECT_EQ(
      ReasonOf(engine_->AllocateNetBufferLists(kPool, 65537, 0, 0).status()),
      "INVALID_COUNT");
  EXPECT_EQ(ReasonOf(engine_->AllocateNetBufferLists(kPool, 1, 7, 0).status()),
            "INVALID_CONTEXT_SIZE");
  EXPECT_EQ(ReasonOf(engine_->AllocateNetBufferLists(kPool, 1, 0, 8).status()),
            "INVALID_CONTEXT_BACK_FILL");
  EXPECT_EQ(
      ReasonOf(engine_->AllocateNetBufferLists(kPool, 1, 65536, 0).status()),
      "INVALID_CONTEXT_SIZE");
  EXPECT_EQ(
      ReasonOf(
          engine_->AllocateNetBuffers(kBuffers, 1, {{0}, 0, 0}, 0).status()),
      "INVALID_MDL_CHAIN");
  EXPECT_EQ(
      ReasonOf(
          engine_->AllocateNetBuffers(kBuffers, 1, {{10}, 5, 6}, 0).status()),
      "INVALID_DATA_SPACE");
  EXPECT_EQ(
      ReasonOf(
          engine_->AllocateNetBuffers(kBuffers, 1, {{}, 0, 1}, 0).status()),
      "INVALID_DATA_SPACE");
}

TEST_F(EngineBuffersTest, AnExhaustedPoolGivesNothingAndSaysSo) {
  CreatePool(64, 10, "small");
  constexpr absl::string_view kSmall = "protocols/p1/netBufferListPools/small";
  ASSERT_TRUE(engine_->AllocateNetBufferLists(kSmall, 8, 0, 0).ok());
  const absl::Status status =
      engine_->AllocateNetBufferLists(kSmall, 3, 0, 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "POOL_EXHAUSTED");
  EXPECT_EQ(Outstanding(kSmall), 8);
  EXPECT_TRUE(engine_->AllocateNetBufferLists(kSmall, 2, 0, 0).ok());
}

TEST_F(EngineBuffersTest, APoolInUseIsNotDeletedAndSaysWhoHoldsIt) {
  const auto list = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  const absl::Status status = engine_->DeleteNetBufferListPool(kPool);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "POOL_NOT_EMPTY");
  EXPECT_NE(status.message().find(std::string(kProtocol)), std::string::npos)
      << status;
  // And goes on working.
  const auto more = engine_->AllocateNetBufferLists(kPool, 1, 0, 0);
  ASSERT_TRUE(more.ok());
  EXPECT_TRUE(
      engine_->FreeNetBufferLists(kProtocol, {(*list)[0], (*more)[0]}).ok());
  EXPECT_TRUE(engine_->DeleteNetBufferListPool(kPool).ok());
  EXPECT_EQ(ReasonOf(engine_->FreeNetBufferLists(kProtocol, *list)),
            "STALE_HANDLE");
  EXPECT_EQ(ReasonOf(engine_->GetNetBufferListPool(kPool).status()),
            "NETBUFFERLISTPOOL_NOT_FOUND");
}

TEST_F(EngineBuffersTest, TheMemoryLimitHoldsForAllPoolsTogether) {
  EngineOptions options;
  options.memory_limit_bytes = 4 << 20;
  Restart(options);
  Register();
  CreatePool(2048);
  uint64_t got = 0;
  while (engine_->AllocateNetBufferLists(kPool, 64, 0, 0).ok()) {
    ASSERT_LT(++got, 1000);
  }
  EXPECT_GT(got, 0);
  EXPECT_LE(engine_->Snapshot().memory_used_bytes, 4 << 20);
  ASSERT_TRUE(engine_->DeregisterProtocol(kProtocol).ok());
  EXPECT_EQ(engine_->Snapshot().memory_used_bytes, 0);
}

}  // namespace
}  // namespace netbuf
