#include "engine/stack/multicast_list.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr MacAddress kA = {1, 0, 0, 0, 0, 0xA};
constexpr MacAddress kB = {1, 0, 0, 0, 0, 0xB};

TEST(MulticastListTest, ReplaceDropsDuplicates) {
  MulticastList list;
  list.Add(kB);
  list.Replace({kA, kB, kA});
  EXPECT_THAT(list.addresses(), ElementsAre(kA, kB));
  EXPECT_TRUE(list.Remove(kA));
  EXPECT_THAT(list.addresses(), ElementsAre(kB));
}

TEST(MulticastListTest, AsManyRemovesAsAdds) {
  MulticastList list;
  list.Add(kA);
  list.Add(kA);
  EXPECT_TRUE(list.Remove(kA));
  EXPECT_THAT(list.addresses(), ElementsAre(kA));
  EXPECT_TRUE(list.Remove(kA));
  EXPECT_THAT(list.addresses(), IsEmpty());
  EXPECT_FALSE(list.Remove(kA));
}

TEST(MulticastListTest, ReplaceForgetsCounts) {
  MulticastList list;
  list.Add(kA);
  list.Add(kA);
  list.Replace({kA});
  EXPECT_TRUE(list.Remove(kA));
  EXPECT_FALSE(list.Remove(kA));
}

}  // namespace
}  // namespace netbuf
