// Placing, reaching, copying and checking data (ndis-semantics 6.3, 2.1).

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/buffer/data_space.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/test_buffer.h"
#include "engine/ndis/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

std::vector<int> Ints(const std::byte* bytes, int count) {
  std::vector<int> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<int>(bytes[i]));
  return values;
}

std::string Finding(const NetBuffer& nb) {
  return std::string(CheckNetBuffer(nb).message());
}

// ---- SetNetBufferDataSpace, AdjustNetBufferCurrentMdl.

TEST(SetDataSpaceTest, DerivesTheCurrentMdlAtEveryOffset) {
  TestBuffer buffer({3, 0, 5, 1}, 0, 0);
  for (uint32_t offset = 0; offset <= 9; ++offset) {
    ASSERT_EQ(SetNetBufferDataSpace(buffer.nb, offset, 9 - offset),
              NdisStatus::kSuccess);
    EXPECT_TRUE(CheckNetBuffer(buffer.nb).ok());
    EXPECT_EQ(buffer.nb.data_length(), 9 - offset);
    // At an MDL's end, the next one that has bytes; at the chain's, the last.
    const int mdl = offset < 3 ? 0 : offset < 8 ? 2 : 3;
    const uint32_t starts[] = {0, 3, 3, 8};
    EXPECT_EQ(buffer.nb.current_mdl(), buffer.mdl(mdl)) << offset;
    EXPECT_EQ(buffer.nb.current_mdl_offset(), offset - starts[mdl]) << offset;
  }
}

TEST(SetDataSpaceTest, PastTheChainIsRefusedAndChangesNothing) {
  TestBuffer buffer({3, 5}, 1, 2);
  const NetBufferState before(buffer.nb);
  for (auto [offset, length] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 9}, {9, 0}, {4, 5}, {UINT32_MAX, 9}, {1, UINT32_MAX}}) {
    EXPECT_EQ(SetNetBufferDataSpace(buffer.nb, offset, length),
              NdisStatus::kInvalidParameter);
    EXPECT_EQ(NetBufferState(buffer.nb), before);
  }
}

TEST(SetDataSpaceTest, WithoutChainOnlyNothingFits) {
  NetBuffer nb;
  EXPECT_EQ(SetNetBufferDataSpace(nb, 0, 0), NdisStatus::kSuccess);
  EXPECT_EQ(SetNetBufferDataSpace(nb, 0, 1), NdisStatus::kInvalidParameter);
  EXPECT_EQ(SetNetBufferDataSpace(nb, 1, 0), NdisStatus::kInvalidParameter);
  EXPECT_TRUE(CheckNetBuffer(nb).ok());
}

TEST(AdjustCurrentMdlTest, FollowsARepointedChain) {
  TestBuffer first({16}, 4, 8);
  TestBuffer second({3, 13}, 0, 0);
  NetBuffer nb = first.nb;
  nb.set_mdl_chain(second.nb.mdl_chain());
  EXPECT_FALSE(CheckNetBuffer(nb).ok());
  AdjustNetBufferCurrentMdl(nb);
  EXPECT_TRUE(CheckNetBuffer(nb).ok());
  EXPECT_EQ(nb.current_mdl(), second.mdl(1));
  EXPECT_EQ(nb.current_mdl_offset(), 1u);
}

// ---- GetDataBuffer.

TEST(GetDataBufferTest, ContiguousBytesAreGivenInPlace) {
  TestBuffer buffer({10, 30}, 12, 28);
  std::byte storage[28];
  std::byte* const start = buffer.mdl(1)->mapped_system_va() + 2;
  EXPECT_EQ(GetDataBuffer(buffer.nb, 28, storage), start);
  EXPECT_EQ(GetDataBuffer(buffer.nb, 1, nullptr), start);
  EXPECT_EQ(GetDataBuffer(buffer.nb, 0, nullptr), start);
}

TEST(GetDataBufferTest, ScatteredBytesAreCopiedToStorage) {
  TestBuffer buffer({10, 0, 3, 30}, 8, 20);
  std::byte storage[20];
  EXPECT_EQ(GetDataBuffer(buffer.nb, 20, storage), storage);
  EXPECT_THAT(Ints(storage, 20), ElementsAreArray(Range(8, 27)));
  EXPECT_EQ(GetDataBuffer(buffer.nb, 2, storage),
            buffer.mdl(0)->mapped_system_va() + 8)
      << "the first two are contiguous";
}

TEST(GetDataBufferTest, ScatteredBytesWithoutStorageAreNull) {
  TestBuffer buffer({10, 30}, 8, 20);
  EXPECT_EQ(GetDataBuffer(buffer.nb, 3, nullptr), nullptr);
}

TEST(GetDataBufferTest, MoreThanTheDataIsNull) {
  TestBuffer buffer({64}, 8, 20);
  std::byte storage[64];
  EXPECT_EQ(GetDataBuffer(buffer.nb, 21, storage), nullptr);
  EXPECT_EQ(GetDataBuffer(buffer.nb, UINT32_MAX, storage), nullptr);
  NetBuffer empty;
  EXPECT_EQ(GetDataBuffer(empty, 1, storage), nullptr);
  EXPECT_EQ(GetDataBuffer(empty, 0, storage), storage);
}

TEST(GetDataBufferTest, MisalignedBytesAreCopied) {
  alignas(64) std::byte memory[64] = {};
  Mdl mdl(memory, sizeof(memory));
  NetBuffer nb;
  nb.set_mdl_chain(&mdl);
  std::byte storage[8];
  for (uint32_t offset = 0; offset < 32; ++offset) {
    ASSERT_EQ(SetNetBufferDataSpace(nb, offset, 8), NdisStatus::kSuccess);
    for (uint32_t multiple : {1, 2, 4, 8, 16, 64}) {
      for (uint32_t align_offset : {0, 1, 2, 14}) {
        const bool aligned = offset % multiple == align_offset % multiple;
        EXPECT_EQ(GetDataBuffer(nb, 8, storage, multiple, align_offset),
                  aligned ? memory + offset : storage)
            << offset << " " << multiple << " " << align_offset;
        EXPECT_EQ(GetDataBuffer(nb, 8, nullptr, multiple, align_offset),
                  aligned ? memory + offset : nullptr);
      }
    }
  }
}

// ---- CopyFromNetBufferToNetBuffer.

TEST(CopyTest, CountsOffsetsFromEachDataStart) {
  TestBuffer source({7, 30}, 5, 25);
  TestBuffer destination({4, 4, 40}, 6, 20);
  const NetBufferState before(destination.nb);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 3, 10, source.nb, 2),
            10u);
  EXPECT_EQ(NetBufferState(destination.nb), before) << "lengths do not change";
  std::vector<int> expected = Range(0, 47);
  for (int i = 0; i < 10; ++i) expected[6 + 3 + i] = 5 + 2 + i;
  EXPECT_THAT(destination.WholeChain(), ElementsAreArray(expected));
  EXPECT_THAT(source.WholeChain(), ElementsAreArray(Range(0, 36)));
}

TEST(CopyTest, StopsEarlyWhereTheSourceDataEnds) {
  TestBuffer source({64}, 5, 10);  // More bytes follow, but are not data.
  TestBuffer destination({64}, 0, 64);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 0, 64, source.nb, 4),
            6u);
  EXPECT_EQ(destination.UsedData()[5], 14);
  EXPECT_EQ(destination.UsedData()[6], 6) << "not overwritten";
}

TEST(CopyTest, StopsEarlyWhereTheDestinationChainEnds) {
  TestBuffer source({64}, 0, 64);
  TestBuffer destination({8, 8}, 4, 2);  // Its space goes on after its data.
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 1, 64, source.nb, 40),
            11u);
  std::vector<int> expected = Range(0, 4);
  for (int value : Range(40, 50)) expected.push_back(value);
  EXPECT_THAT(destination.WholeChain(), ElementsAreArray(expected));
}

TEST(CopyTest, OffsetsBeyondTheEndsCopyNothing) {
  TestBuffer source({8}, 0, 8);
  TestBuffer destination({8}, 0, 8);
  NetBuffer empty;
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 0, 8, source.nb, 8),
            0u);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 0, UINT32_MAX,
                                         source.nb, UINT32_MAX),
            0u);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 8, 8, source.nb, 0),
            0u);
  EXPECT_EQ(
      CopyFromNetBufferToNetBuffer(destination.nb, UINT32_MAX, 8, source.nb, 0),
      0u);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(destination.nb, 0, 8, empty, 0), 0u);
  EXPECT_EQ(CopyFromNetBufferToNetBuffer(empty, 0, 8, source.nb, 0), 0u);
  EXPECT_THAT(destination.UsedData(), ElementsAreArray(Range(0, 7)));
}

// ---- Read and write.

TEST(ReadWriteTest, ReadGathersAcrossMdls) {
  TestBuffer buffer({3, 0, 4, 1, 20}, 2, 20);
  std::byte bytes[20];
  ReadNetBufferData(buffer.nb, 0, 20, bytes);
  EXPECT_THAT(Ints(bytes, 20), ElementsAreArray(Range(2, 21)));
  ReadNetBufferData(buffer.nb, 4, 3, bytes);
  EXPECT_THAT(Ints(bytes, 3), ElementsAreArray(Range(6, 8)));
  ReadNetBufferData(buffer.nb, 20, 0, nullptr);
}

TEST(ReadWriteTest, WriteScattersAcrossMdlsAndTouchesNothingElse) {
  TestBuffer buffer({3, 0, 4, 1, 20}, 2, 20);
  const std::vector<std::byte> bytes(7, std::byte{0xEE});
  WriteNetBufferData(buffer.nb, 3, 7, bytes.data());
  std::vector<int> expected = Range(0, 27);
  for (int i = 5; i < 12; ++i) expected[i] = 0xEE;
  EXPECT_THAT(buffer.WholeChain(), ElementsAreArray(expected));
}

// ---- CheckNetBuffer.

TEST(CheckNetBufferTest, SoundBuffersPass) {
  EXPECT_TRUE(CheckNetBuffer(NetBuffer()).ok());
  EXPECT_TRUE(CheckNetBuffer(TestBuffer({0}, 0, 0).nb).ok());
  EXPECT_TRUE(CheckNetBuffer(TestBuffer({4, 0, 4}, 4, 4).nb).ok());
  EXPECT_TRUE(CheckNetBuffer(TestBuffer({4, 4}, 8, 0).nb).ok());
}

TEST(CheckNetBufferTest, FindsDataBeyondTheChain) {
  TestBuffer buffer({8, 8}, 4, 12);
  buffer.nb.set_data(buffer.nb.data_offset(), 13);
  EXPECT_THAT(Finding(buffer.nb), HasSubstr("exceeds the 16 bytes"));
  buffer.nb.set_data(buffer.nb.data_offset(), UINT32_MAX);
  EXPECT_THAT(Finding(buffer.nb), HasSubstr("exceeds the 16 bytes"));
  NetBuffer without_chain;
  without_chain.set_data(0, 1);
  EXPECT_THAT(Finding(without_chain), HasSubstr("exceeds the 0 bytes"));
}

TEST(CheckNetBufferTest, FindsAWrongCurrentMdl) {
  TestBuffer buffer({8, 8}, 8, 8);
  buffer.nb.set_current(buffer.nb.current_mdl(), 1);
  EXPECT_THAT(Finding(buffer.nb), HasSubstr("the right MDL"));
  buffer.nb.set_current(buffer.mdl(0), 8);  // Its end, though there is a next.
  EXPECT_THAT(Finding(buffer.nb), HasSubstr("the wrong MDL"));
  NetBuffer without_chain;
  without_chain.set_current(buffer.mdl(0), 0);
  EXPECT_FALSE(CheckNetBuffer(without_chain).ok());
}

TEST(CheckNetBufferTest, FindsACircularChain) {
  for (int last : {0, 1, 2}) {
    TestBuffer buffer({8, 8, 8}, 0, 8);
    buffer.mdl(2)->set_next(buffer.mdl(last));
    EXPECT_THAT(Finding(buffer.nb), HasSubstr("circular"));
  }
}

TEST(CheckNetBufferTest, FindsAnMdlWithoutMemory) {
  Mdl mdl(nullptr, 8);
  NetBuffer nb;
  nb.set_mdl_chain(&mdl);
  ASSERT_EQ(SetNetBufferDataSpace(nb, 0, 8), NdisStatus::kSuccess);
  EXPECT_THAT(Finding(nb), HasSubstr("no memory"));
}

}  // namespace
}  // namespace netbuf
