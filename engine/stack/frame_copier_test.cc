#include "engine/stack/frame_copier.h"

#include <string>
#include <vector>

#include "engine/buffer/data_space.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(FrameCopierTest, CopiesTheBytesOfAScatteredFrame) {
  FrameCopier copier(200);
  TestList list({Frame(200, 5)},
                {.data_offset = 9, .mdl_size = [](uint32_t) { return 13; }});
  NetBufferList* const copy =
      copier.Copy(*list.nbl.first_net_buffer(), 0x8000, 42);
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(FrameBytes(*copy->first_net_buffer()), Frame(200, 5));
  EXPECT_EQ(CheckNetBuffer(*copy->first_net_buffer()).message(), "");
  EXPECT_EQ(copy->nbl_flags(), 0x8000);
  EXPECT_EQ(NetBufferListPool::GetHolder(copy), 42);
  NetBufferListChain chain;
  chain.Append(copy);
  copier.TakeBack(chain);
  EXPECT_TRUE(chain.empty());
}

TEST(FrameCopierTest, TakesBackItsOwnOnly) {
  FrameCopier copier(100);
  TestList a({Frame(60, 1)});
  TestList b({Frame(60, 2)});
  NetBufferListChain chain;
  chain.Append(&a.nbl);
  chain.Append(copier.Copy(*a.nbl.first_net_buffer(), 0, 0));
  chain.Append(&b.nbl);
  copier.TakeBack(chain);
  ASSERT_EQ(chain.size(), 2);
  EXPECT_EQ(chain.PopFront(), &a.nbl);
  EXPECT_EQ(chain.PopFront(), &b.nbl);
}

TEST(FrameCopierTest, LimitIsExactAndCopiesAreReused) {
  FrameCopier copier(60);
  TestList list({Frame(60)});
  for (int round = 0; round < 2; ++round) {
    NetBufferListChain chain;
    while (NetBufferList* const copy =
               copier.Copy(*list.nbl.first_net_buffer(), round, 0)) {
      EXPECT_EQ(copy->nbl_flags(), round) << "flags of an earlier use";
      chain.Append(copy);
    }
    EXPECT_EQ(chain.size(), FrameCopier::kMaxCopies);
    copier.TakeBack(chain);
  }
}

TEST(FrameCopierTest, FrameThatIsTooLongIsNotCopied) {
  FrameCopier copier(59);
  TestList list({Frame(60)});
  EXPECT_EQ(copier.Copy(*list.nbl.first_net_buffer(), 0, 0), nullptr);
}

}  // namespace
}  // namespace netbuf
