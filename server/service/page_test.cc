#include "server/service/page.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/service/field_matcher.h"

namespace netbuf {
namespace {

struct Item {
  std::string name;
};

std::vector<Item> Items(int count) {
  std::vector<Item> items;
  for (int i = 0; i < count; ++i) {
    items.push_back({absl::StrCat("adapters/a", 10'000 + i)});
  }
  return items;
}

PageRequest Request(int32_t size, absl::string_view token = "") {
  return PageRequest{"ListAdapters", "", size, token};
}

TEST(PageTest, PagesTellEverythingOnceInOrder) {
  for (const int size : {1, 2, 3, 7, 10, 11}) {
    std::vector<std::string> seen;
    std::string token;
    int pages = 0;
    do {
      const auto page = CutPage(Request(size, token), Items(10));
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->items.size(), size);
      for (const Item& item : page->items) seen.push_back(item.name);
      token = page->next_page_token;
      ++pages;
    } while (!token.empty());
    EXPECT_EQ(pages, (10 + size - 1) / size);
    ASSERT_EQ(seen.size(), 10);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST(PageTest, SizeZeroIsAHundredAndTheMostIsAThousand) {
  EXPECT_EQ(CutPage(Request(0), Items(1500))->items.size(), 100);
  EXPECT_EQ(CutPage(Request(1000), Items(1500))->items.size(), 1000);
  EXPECT_EQ(CutPage(Request(1001), Items(1500))->items.size(), 1000);
  EXPECT_EQ(CutPage(Request(2147483647), Items(1500))->items.size(), 1000);
}

TEST(PageTest, ANegativeSizeIsRefused) {
  EXPECT_EQ(FieldOf(CutPage(Request(-1), Items(3))), "page_size");
}

TEST(PageTest, AnEmptyListIsOneEmptyPage) {
  const auto page = CutPage(Request(5), Items(0));
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->items.empty());
  EXPECT_EQ(page->next_page_token, "");
}

TEST(PageTest, ItemsComeInOrderWhateverTheirs) {
  const auto page = CutPage(Request(2), std::vector<Item>{{"c"}, {"a"}, {"b"}});
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 2);
  EXPECT_EQ(page->items[0].name, "a");
  EXPECT_EQ(page->items[1].name, "b");
}

TEST(PageTest, WhatStaysIsToldOnceWhileOthersComeAndGo) {
  const auto first =
      CutPage(Request(2), std::vector<Item>{{"a"}, {"b"}, {"d"}, {"e"}});
  ASSERT_TRUE(first.ok());
  // b, where the token stands, is gone; c came.
  const auto second = CutPage(Request(5, first->next_page_token),
                              std::vector<Item>{{"a"}, {"c"}, {"d"}, {"e"}});
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->items.size(), 3);
  EXPECT_EQ(second->items[0].name, "c");
  EXPECT_EQ(second->items[2].name, "e");
}

TEST(PageTest, ATokenOfAnotherMethodOrParentIsRefused) {
  const std::string token = MakePageToken("ListBindings", "protocols/p", "x");
  const auto with = [&](absl::string_view method, absl::string_view parent) {
    return FieldOf(ParsePageRequest(PageRequest{method, parent, 1, token}));
  };
  EXPECT_EQ(with("ListBindings", "protocols/p"), "(OK)");
  EXPECT_EQ(with("ListBindings", "protocols/q"), "page_token");
  EXPECT_EQ(with("ListNetBufferPools", "protocols/p"), "page_token");
}

TEST(PageTest, EveryChangedByteOfATokenIsNoticed) {
  const std::string token = MakePageToken("ListAdapters", "", "adapters/a1");
  ASSERT_TRUE(ParsePageRequest(Request(1, token)).ok());
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(FieldOf(ParsePageRequest(Request(1, changed))), "page_token")
        << i;
    EXPECT_EQ(FieldOf(ParsePageRequest(Request(1, token.substr(0, i)))),
              i == 0 ? "(OK)" : "page_token");
  }
  for (const char* nonsense :
       {"x", "====", "\xFF\xFF", "AAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_EQ(FieldOf(ParsePageRequest(Request(1, nonsense))), "page_token");
  }
}

}  // namespace
}  // namespace netbuf
