// Retreat and advance, rule by rule (ndis-semantics 6.1, 6.2).

#include "engine/buffer/data_space.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/buffer/fake_mdl_allocator.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/buffer/test_buffer.h"
#include "engine/ndis/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAreArray;

void ExpectSound(const NetBuffer& nb) {
  EXPECT_TRUE(CheckNetBuffer(nb).ok()) << CheckNetBuffer(nb).ToString();
}

class DataSpaceTest : public testing::Test {
 protected:
  RetreatResult Retreat(NetBuffer& nb, uint32_t delta, uint32_t back_fill) {
    const RetreatResult result =
        RetreatNetBufferDataStart(nb, delta, back_fill, allocator_);
    ExpectSound(nb);
    return result;
  }
  NdisStatus Advance(NetBuffer& nb, uint32_t delta, bool free_mdl) {
    const NdisStatus status =
        AdvanceNetBufferDataStart(nb, delta, free_mdl, allocator_);
    ExpectSound(nb);
    return status;
  }

  FakeMdlAllocator allocator_;
};

TEST_F(DataSpaceTest, RetreatUsesTheUnusedSpace) {
  TestBuffer buffer({64}, 20, 30);
  const RetreatResult result = Retreat(buffer.nb, 14, 100);
  EXPECT_EQ(result.status, NdisStatus::kSuccess);
  EXPECT_EQ(result.misses, 0u);
  EXPECT_EQ(buffer.nb.data_offset(), 6u);
  EXPECT_EQ(buffer.nb.data_length(), 44u);
  EXPECT_EQ(buffer.nb.current_mdl_offset(), 6u);
  EXPECT_EQ(allocator_.calls(), 0);
  EXPECT_THAT(buffer.UsedData(), ElementsAreArray(Range(6, 49)));
}

TEST_F(DataSpaceTest, RetreatOfExactlyTheUnusedSpaceNeedsNoMdl) {
  TestBuffer buffer({64}, 14, 30);
  EXPECT_EQ(Retreat(buffer.nb, 14, 100).misses, 0u);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
  EXPECT_EQ(buffer.nb.data_length(), 44u);
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(DataSpaceTest, RetreatMovesTheCurrentMdlBack) {
  TestBuffer buffer({8, 0, 8, 64}, 18, 30);
  ASSERT_EQ(buffer.nb.current_mdl(), buffer.mdl(3));
  Retreat(buffer.nb, 3, 0);
  EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(2));
  EXPECT_EQ(buffer.nb.current_mdl_offset(), 7u);
  Retreat(buffer.nb, 8, 0);
  EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(0));
  EXPECT_EQ(buffer.nb.current_mdl_offset(), 7u);
  EXPECT_THAT(buffer.UsedData(), ElementsAreArray(Range(7, 47)));
}

TEST_F(DataSpaceTest, RetreatWithoutRoomPrependsAnMdl) {
  TestBuffer buffer({64}, 10, 30);
  const RetreatResult result = Retreat(buffer.nb, 14, 32);
  EXPECT_EQ(result.status, NdisStatus::kSuccess);
  EXPECT_EQ(result.misses, 1u);
  EXPECT_EQ(allocator_.last_bytes(), 4u + 32u)
      << "the missing part + back-fill";
  Mdl* const front = buffer.nb.mdl_chain();
  ASSERT_NE(front, buffer.mdl(0));
  EXPECT_EQ(front->next(), buffer.mdl(0));
  EXPECT_TRUE(front->allocated_by_retreat());
  EXPECT_EQ(buffer.nb.current_mdl(), front);
  EXPECT_EQ(buffer.nb.data_offset(), 32u) << "the back-fill exactly (U9)";
  EXPECT_EQ(buffer.nb.data_length(), 44u);
  // The old data and the old unused space follow the new bytes unchanged.
  std::vector<int> expected(4, static_cast<int>(FakeMdlAllocator::kFill));
  for (int value : Range(0, 39)) expected.push_back(value);
  EXPECT_THAT(buffer.UsedData(), ElementsAreArray(expected));
  Advance(buffer.nb, 14, true);
}

TEST_F(DataSpaceTest, RetreatGivesANetBufferWithoutChainItsFirstMdl) {
  TestBuffer buffer({}, 0, 0);
  EXPECT_EQ(Retreat(buffer.nb, 14, 0).misses, 1u);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
  EXPECT_EQ(buffer.nb.data_length(), 14u);
  EXPECT_EQ(Advance(buffer.nb, 14, true), NdisStatus::kSuccess);
  EXPECT_EQ(buffer.nb.mdl_chain(), nullptr);
  EXPECT_EQ(buffer.nb.current_mdl(), nullptr);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(DataSpaceTest, BackFillOfOneMissServesTheNextLayers) {
  TestBuffer buffer({64}, 0, 64);
  EXPECT_EQ(Retreat(buffer.nb, 4, 50).misses, 1u);
  EXPECT_EQ(Retreat(buffer.nb, 30, 50).misses, 0u);
  EXPECT_EQ(Retreat(buffer.nb, 20, 50).misses, 0u);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
  EXPECT_EQ(allocator_.calls(), 1);
  EXPECT_EQ(Advance(buffer.nb, 54, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(DataSpaceTest, RetreatByNothingChangesNothing) {
  for (auto sizes : {std::vector<uint32_t>{}, {64}, {8, 8}}) {
    TestBuffer buffer(sizes, 0, 0);
    const NetBufferState before(buffer.nb);
    EXPECT_EQ(Retreat(buffer.nb, 0, 100).status, NdisStatus::kSuccess);
    EXPECT_EQ(NetBufferState(buffer.nb), before);
  }
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(DataSpaceTest, LargerMdlThanAskedForIsMoreHeadRoom) {
  TestBuffer buffer({64}, 0, 64);
  allocator_.set_extra_bytes(7);
  Retreat(buffer.nb, 4, 10);
  EXPECT_EQ(buffer.nb.data_offset(), 17u);
  EXPECT_EQ(buffer.nb.data_length(), 68u);
  Advance(buffer.nb, 4, true);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
  EXPECT_THAT(buffer.UsedData(), ElementsAreArray(Range(0, 63)));
}

TEST_F(DataSpaceTest, SmallerMdlThanAskedForIsAFailureAndGivenBack) {
  TestBuffer buffer({64}, 0, 64);
  const NetBufferState before(buffer.nb);
  allocator_.set_extra_bytes(-1);
  EXPECT_EQ(Retreat(buffer.nb, 4, 10).status, NdisStatus::kResources);
  EXPECT_EQ(NetBufferState(buffer.nb), before);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(DataSpaceTest, FailedRetreatLeavesTheNetBufferUnchanged) {  // U8
  TestBuffer buffer({16, 64}, 10, 40);
  const NetBufferState before(buffer.nb);
  allocator_.FailAtCall(1);
  const RetreatResult result = Retreat(buffer.nb, 11, 32);
  EXPECT_EQ(result.status, NdisStatus::kResources);
  EXPECT_EQ(result.misses, 1u);
  EXPECT_EQ(NetBufferState(buffer.nb), before);
  EXPECT_THAT(buffer.WholeChain(), ElementsAreArray(Range(0, 79)));
}

TEST_F(DataSpaceTest, LengthPast32BitsIsRefused) {
  // An MDL that only claims its 4 GiB; nothing touches them.
  std::byte byte;
  Mdl huge(&byte, UINT32_MAX);
  NetBuffer nb;
  nb.set_mdl_chain(&huge);
  ASSERT_EQ(SetNetBufferDataSpace(nb, 10, UINT32_MAX - 10),
            NdisStatus::kSuccess);
  EXPECT_EQ(Retreat(nb, 11, 0).status, NdisStatus::kInvalidParameter);
  EXPECT_EQ(nb.data_offset(), 10u);
  EXPECT_EQ(Retreat(nb, 10, 0).status, NdisStatus::kSuccess);
  EXPECT_EQ(nb.data_length(), UINT32_MAX);
  EXPECT_EQ(Retreat(nb, 1, 0).status, NdisStatus::kInvalidParameter);
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(DataSpaceTest, BackFillPast32BitsHasNoMemory) {
  TestBuffer buffer({64}, 0, 8);
  const NetBufferState before(buffer.nb);
  EXPECT_EQ(Retreat(buffer.nb, 1, UINT32_MAX).status, NdisStatus::kResources);
  EXPECT_EQ(NetBufferState(buffer.nb), before);
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(DataSpaceTest, AdvanceUndoesARetreatIntoTheUnusedSpace) {
  TestBuffer buffer({8, 8, 64}, 20, 30);
  const NetBufferState before(buffer.nb);
  for (bool free_mdl : {false, true}) {
    Retreat(buffer.nb, 18, 0);
    EXPECT_EQ(Advance(buffer.nb, 18, free_mdl), NdisStatus::kSuccess);
    EXPECT_EQ(NetBufferState(buffer.nb), before);
  }
}

TEST_F(DataSpaceTest, FreeingAdvanceUndoesARetreatThatAllocated) {
  TestBuffer buffer({8, 64}, 10, 30);
  const NetBufferState before(buffer.nb);
  Retreat(buffer.nb, 14, 32);
  ASSERT_EQ(allocator_.live(), 1);
  EXPECT_EQ(Advance(buffer.nb, 14, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
  EXPECT_EQ(NetBufferState(buffer.nb), before);
}

TEST_F(DataSpaceTest, AdvanceWithoutFreeingKeepsTheMdlForALaterRetreat) {
  TestBuffer buffer({64}, 0, 30);
  Retreat(buffer.nb, 14, 32);
  EXPECT_EQ(Advance(buffer.nb, 14, false), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 1);
  EXPECT_EQ(buffer.nb.data_offset(), 46u);
  EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(0));
  EXPECT_EQ(Retreat(buffer.nb, 40, 32).misses, 0u);
  EXPECT_EQ(Advance(buffer.nb, 40, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
}

TEST_F(DataSpaceTest, FreeingAdvanceByNothingFreesWhatWasLeftBehind) {
  TestBuffer buffer({64}, 0, 30);
  Retreat(buffer.nb, 14, 0);
  Advance(buffer.nb, 14, false);
  EXPECT_EQ(Advance(buffer.nb, 0, false), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 1);
  EXPECT_EQ(Advance(buffer.nb, 0, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(DataSpaceTest, FreeingAdvanceKeepsMdlsThatNoRetreatMade) {
  TestBuffer buffer({8, 8, 64}, 0, 80);
  EXPECT_EQ(Advance(buffer.nb, 20, true), NdisStatus::kSuccess);
  EXPECT_EQ(buffer.nb.mdl_chain(), buffer.mdl(0));
  EXPECT_EQ(buffer.nb.data_offset(), 20u);
  EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(2));
  EXPECT_EQ(buffer.nb.current_mdl_offset(), 4u);
}

TEST_F(DataSpaceTest, FreeingAdvanceKeepsMdlsThatStillHoldData) {
  TestBuffer buffer({64}, 0, 64);
  Retreat(buffer.nb, 10, 0);
  Retreat(buffer.nb, 20, 0);
  ASSERT_EQ(allocator_.live(), 2);
  EXPECT_EQ(Advance(buffer.nb, 19, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 2) << "one byte of the first is used";
  EXPECT_EQ(buffer.nb.data_offset(), 19u);
  EXPECT_EQ(Advance(buffer.nb, 1, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 1);
  EXPECT_EQ(buffer.nb.data_offset(), 0u);
  EXPECT_EQ(Advance(buffer.nb, 40, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
  EXPECT_EQ(buffer.nb.data_offset(), 30u);
}

TEST_F(DataSpaceTest, FreeingAdvanceSkipsADriversMdlPutInFrontOfARetreats) {
  TestBuffer buffer({64}, 0, 64);
  Retreat(buffer.nb, 10, 0);
  std::byte memory[5] = {};
  Mdl own(memory, sizeof(memory), buffer.nb.mdl_chain());
  buffer.nb.set_mdl_chain(&own);
  ASSERT_EQ(SetNetBufferDataSpace(buffer.nb, 0, 79), NdisStatus::kSuccess);
  EXPECT_EQ(Advance(buffer.nb, 16, true), NdisStatus::kSuccess);
  EXPECT_EQ(allocator_.live(), 0);
  EXPECT_EQ(buffer.nb.mdl_chain(), &own);
  EXPECT_EQ(own.next(), buffer.mdl(0));
  EXPECT_EQ(buffer.nb.data_offset(), 6u) << "5 of the driver's MDL + 1";
}

TEST_F(DataSpaceTest, AdvanceBeyondTheDataIsRefused) {  // U11
  TestBuffer buffer({64}, 10, 30);
  const NetBufferState before(buffer.nb);
  for (bool free_mdl : {false, true}) {
    EXPECT_EQ(Advance(buffer.nb, 31, free_mdl), NdisStatus::kInvalidParameter);
    EXPECT_EQ(Advance(buffer.nb, UINT32_MAX, free_mdl),
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(NetBufferState(buffer.nb), before);
  }
}

TEST_F(DataSpaceTest, AdvanceOverAllDataIsAllowed) {
  TestBuffer buffer({8, 8}, 4, 12);
  EXPECT_EQ(Advance(buffer.nb, 12, true), NdisStatus::kSuccess);
  EXPECT_EQ(buffer.nb.data_length(), 0u);
  EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(1)) << "there is no next one";
  EXPECT_EQ(buffer.nb.current_mdl_offset(), 8u);
  Retreat(buffer.nb, 12, 0);
  EXPECT_THAT(buffer.UsedData(), ElementsAreArray(Range(4, 15)));
}

TEST_F(DataSpaceTest, OffsetPast32BitsIsRefusedUnlessFreeingLowersIt) {
  std::byte byte;
  Mdl back(&byte, UINT32_MAX);
  Mdl front(&byte, UINT32_MAX, &back);
  NetBuffer nb;
  nb.set_mdl_chain(&front);
  ASSERT_EQ(SetNetBufferDataSpace(nb, UINT32_MAX, 5), NdisStatus::kSuccess);
  EXPECT_EQ(Advance(nb, 5, false), NdisStatus::kInvalidParameter);
  EXPECT_EQ(Advance(nb, 5, true), NdisStatus::kInvalidParameter);
  EXPECT_EQ(nb.data_offset(), UINT32_MAX);

  Mdl* const made = allocator_.Allocate(1);
  made->set_allocated_by_retreat();
  made->set_next(&front);
  nb.set_mdl_chain(made);
  ASSERT_EQ(SetNetBufferDataSpace(nb, UINT32_MAX, 1), NdisStatus::kSuccess);
  EXPECT_EQ(Advance(nb, 1, false), NdisStatus::kInvalidParameter);
  EXPECT_EQ(Advance(nb, 1, true), NdisStatus::kSuccess);
  EXPECT_EQ(nb.mdl_chain(), &front);
  EXPECT_EQ(nb.data_offset(), UINT32_MAX);
  EXPECT_EQ(nb.current_mdl(), &back);
}

// Lists: three NET_BUFFERs, of which the first and the third lack room for 14.
class ListDataSpaceTest : public DataSpaceTest {
 protected:
  ListDataSpaceTest() {
    nbl_.set_first_net_buffer(&a_.nb);
    a_.nb.set_next(&b_.nb);
    b_.nb.set_next(&c_.nb);
  }
  std::vector<NetBufferState> States() const {
    return {NetBufferState(a_.nb), NetBufferState(b_.nb),
            NetBufferState(c_.nb)};
  }

  TestBuffer a_{{32}, 13, 10};
  TestBuffer b_{{10, 32}, 14, 10};
  TestBuffer c_{{}, 0, 0};
  NetBufferList nbl_;
};

TEST_F(ListDataSpaceTest, RetreatMovesEveryNetBufferAndCountsTheMisses) {
  const RetreatResult result =
      RetreatNetBufferListDataStart(nbl_, 14, 8, allocator_);
  EXPECT_EQ(result.status, NdisStatus::kSuccess);
  EXPECT_EQ(result.misses, 2u);
  EXPECT_EQ(allocator_.live(), 2);
  EXPECT_EQ(a_.nb.data_length(), 24u);
  EXPECT_EQ(a_.nb.data_offset(), 8u);
  EXPECT_EQ(a_.nb.mdl_chain()->byte_count(), 9u);
  EXPECT_EQ(b_.nb.data_length(), 24u);
  EXPECT_EQ(b_.nb.data_offset(), 0u);
  EXPECT_EQ(c_.nb.data_length(), 14u);
  EXPECT_EQ(c_.nb.data_offset(), 8u);
  EXPECT_EQ(c_.nb.mdl_chain()->byte_count(), 22u);
  for (const TestBuffer* buffer : {&a_, &b_, &c_}) ExpectSound(buffer->nb);
  EXPECT_EQ(AdvanceNetBufferListDataStart(nbl_, 14, true, allocator_),
            NdisStatus::kSuccess);
}

TEST_F(ListDataSpaceTest, AdvanceUndoesTheRetreat) {
  const auto before = States();
  RetreatNetBufferListDataStart(nbl_, 14, 8, allocator_);
  EXPECT_EQ(AdvanceNetBufferListDataStart(nbl_, 14, true, allocator_),
            NdisStatus::kSuccess);
  EXPECT_EQ(States(), before);
  EXPECT_EQ(allocator_.live(), 0);
}

TEST_F(ListDataSpaceTest, RetreatIsAllOrNothingWhicheverAllocationFails) {
  const auto before = States();
  int failures = 0;
  for (int n = 1;; ++n) {
    allocator_.FailAtCall(n);
    const RetreatResult result =
        RetreatNetBufferListDataStart(nbl_, 14, 8, allocator_);
    if (result.status == NdisStatus::kSuccess) break;
    ++failures;
    EXPECT_EQ(result.status, NdisStatus::kResources);
    EXPECT_EQ(result.misses, 2u);
    EXPECT_EQ(States(), before) << "failed at call " << n;
    EXPECT_EQ(allocator_.live(), 0);
  }
  EXPECT_EQ(failures, 2);
  AdvanceNetBufferListDataStart(nbl_, 14, true, allocator_);
}

TEST_F(ListDataSpaceTest, FailedRetreatKeepsMdlsOfEarlierRetreats) {
  // An MDL that holds no data now but was kept on purpose.
  Retreat(a_.nb, 14, 0);
  Advance(a_.nb, 14, false);
  const auto before = States();
  allocator_.FailAtCall(1);
  EXPECT_EQ(RetreatNetBufferListDataStart(nbl_, 14, 8, allocator_).status,
            NdisStatus::kResources);
  EXPECT_EQ(States(), before);
  EXPECT_EQ(allocator_.live(), 1);
  Advance(a_.nb, 0, true);
}

TEST_F(ListDataSpaceTest, RetreatThatOneNetBufferRefusesTouchesNone) {
  std::byte byte;
  Mdl huge(&byte, UINT32_MAX);
  c_.nb.set_mdl_chain(&huge);
  ASSERT_EQ(SetNetBufferDataSpace(c_.nb, 0, UINT32_MAX), NdisStatus::kSuccess);
  const auto before = States();
  EXPECT_EQ(RetreatNetBufferListDataStart(nbl_, 1, 8, allocator_).status,
            NdisStatus::kInvalidParameter);
  EXPECT_EQ(States(), before);
  EXPECT_EQ(allocator_.calls(), 0);
}

TEST_F(ListDataSpaceTest, AdvanceThatOneNetBufferRefusesTouchesNone) {
  const auto before = States();
  for (bool free_mdl : {false, true}) {
    EXPECT_EQ(AdvanceNetBufferListDataStart(nbl_, 1, free_mdl, allocator_),
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(States(), before);
  }
}

TEST_F(ListDataSpaceTest, ListWithoutNetBuffersHasNothingToMove) {
  NetBufferList empty;
  EXPECT_EQ(RetreatNetBufferListDataStart(empty, 14, 8, allocator_).status,
            NdisStatus::kSuccess);
  EXPECT_EQ(AdvanceNetBufferListDataStart(empty, 14, true, allocator_),
            NdisStatus::kSuccess);
}

TEST_F(ListDataSpaceTest, DefaultAllocatorServesAndTakesBack) {
  const auto before = States();
  ASSERT_EQ(RetreatNetBufferListDataStart(nbl_, 14, 8).status,
            NdisStatus::kSuccess);
  for (uint32_t i = 0; i < c_.nb.data_length(); ++i) {
    EXPECT_EQ(c_.UsedData()[i], 0) << "no stale heap contents";
  }
  ASSERT_EQ(AdvanceNetBufferListDataStart(nbl_, 14, true),
            NdisStatus::kSuccess);
  EXPECT_EQ(States(), before);
}

}  // namespace
}  // namespace netbuf
