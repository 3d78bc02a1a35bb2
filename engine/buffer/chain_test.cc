#include "engine/buffer/chain.h"

#include <utility>
#include <vector>

#include "engine/buffer/net_buffer_list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<const NetBufferList*> Lists(const NetBufferListChain& chain) {
  std::vector<const NetBufferList*> lists;
  for (const NetBufferList* nbl = chain.head(); nbl != nullptr;
       nbl = nbl->next) {
    lists.push_back(nbl);
  }
  EXPECT_EQ(lists.size(), chain.size());
  EXPECT_EQ(lists.empty(), chain.empty());
  return lists;
}

TEST(NetBufferListChainTest, IsFirstInFirstOut) {
  NetBufferList a, b, c;
  NetBufferListChain chain;
  EXPECT_EQ(chain.PopFront(), nullptr);
  chain.Append(&a);
  chain.Append(&b);
  EXPECT_EQ(chain.PopFront(), &a);
  EXPECT_EQ(a.next, nullptr);
  chain.Append(&c);
  EXPECT_THAT(Lists(chain), ElementsAre(&b, &c));
  EXPECT_EQ(chain.PopFront(), &b);
  EXPECT_EQ(chain.PopFront(), &c);
  EXPECT_EQ(chain.PopFront(), nullptr);
  chain.Append(&a);  // Usable again after it ran empty.
  EXPECT_THAT(Lists(chain), ElementsAre(&a));
}

TEST(NetBufferListChainTest, AppendCutsWhatAListWasLinkedTo) {
  NetBufferList a, b;
  a.next = &b;
  NetBufferListChain chain;
  chain.Append(&a);
  EXPECT_THAT(Lists(chain), ElementsAre(&a));
}

TEST(NetBufferListChainTest, AppendsAWholeChainAndEmptiesIt) {
  NetBufferList a, b, c, d;
  NetBufferListChain front;
  NetBufferListChain back;
  back.Append(&a);
  back.Append(&b);
  front.Append(std::move(back));  // To an empty one.
  EXPECT_THAT(Lists(front), ElementsAre(&a, &b));
  EXPECT_THAT(Lists(back), IsEmpty());
  back.Append(&c);
  back.Append(&d);
  front.Append(std::move(back));
  EXPECT_THAT(Lists(front), ElementsAre(&a, &b, &c, &d));
  EXPECT_THAT(Lists(back), IsEmpty());
  front.Append(std::move(back));  // Of an empty one.
  EXPECT_THAT(Lists(front), ElementsAre(&a, &b, &c, &d));
}

TEST(NetBufferListChainTest, TakesOverALinkedList) {
  NetBufferList a, b, c;
  a.next = &b;
  b.next = &c;
  NetBufferListChain chain = NetBufferListChain::FromListSlow(&a);
  EXPECT_THAT(Lists(chain), ElementsAre(&a, &b, &c));
  EXPECT_TRUE(NetBufferListChain::FromListSlow(nullptr).empty());
}

TEST(NetBufferListChainTest, ReleaseGivesTheLinksAway) {
  NetBufferList a, b;
  NetBufferListChain chain;
  chain.Append(&a);
  chain.Append(&b);
  EXPECT_EQ(chain.Release(), &a);
  EXPECT_EQ(a.next, &b);
  EXPECT_EQ(b.next, nullptr);
  EXPECT_THAT(Lists(chain), IsEmpty());
}

TEST(NetBufferListChainTest, MoveLeavesTheSourceEmpty) {
  NetBufferList a;
  NetBufferListChain chain;
  chain.Append(&a);
  NetBufferListChain moved(std::move(chain));
  EXPECT_THAT(Lists(moved), ElementsAre(&a));
  EXPECT_THAT(Lists(chain), IsEmpty());
  chain = std::move(moved);
  EXPECT_THAT(Lists(chain), ElementsAre(&a));
  EXPECT_THAT(Lists(moved), IsEmpty());
}

}  // namespace
}  // namespace netbuf
