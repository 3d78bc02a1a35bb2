#include "client/cli/suggest.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SuggestTest, DistanceCountsSingleCharacterChanges) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("adapter", "adapter"), 0);
  EXPECT_EQ(EditDistance("", "oid"), 3);
  EXPECT_EQ(EditDistance("adaptr", "adapter"), 1);
  EXPECT_EQ(EditDistance("adaptter", "adapter"), 1);
  EXPECT_EQ(EditDistance("adopter", "adapter"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(SuggestTest, SwappedNeighboursAreOneChange) {
  EXPECT_EQ(EditDistance("lsit", "list"), 1);
  EXPECT_EQ(EditDistance("nlb-pool", "nbl-pool"), 1);
}

TEST(SuggestTest, DistanceIsTheSameBothWays) {
  EXPECT_EQ(EditDistance("receive", "replay"),
            EditDistance("replay", "receive"));
}

TEST(SuggestTest, NearestComesFirst) {
  EXPECT_THAT(Suggest("nb-pol", {"nbl-pool", "nb-pool", "adapter"}),
              ElementsAre("nb-pool", "nbl-pool"));
}

TEST(SuggestTest, AnotherWordIsNotAMisspelling) {
  EXPECT_THAT(Suggest("frobnicate", {"adapter", "list", "replay"}), IsEmpty());
  EXPECT_THAT(Suggest("x", {"nbl", "nb", "oid"}), IsEmpty());
}

}  // namespace
}  // namespace netbuf::client
