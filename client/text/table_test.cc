#include "client/text/table.h"

#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"NAME"}, Numbers("MTU"), {"STATE"}});
  table.AddRow({"adapters/a1", "1500", "RUNNING"});
  table.AddRow({"adapters/long-name", "9000", "PAUSED"});
  EXPECT_EQ(table.ToString(),
            "NAME                 MTU  STATE\n"
            "adapters/a1         1500  RUNNING\n"
            "adapters/long-name  9000  PAUSED\n");
}

TEST(TableTest, WithoutRowsOnlyTheTitlesShow) {
  EXPECT_EQ(Table({{"NAME"}, Numbers("MTU")}).ToString(), "NAME  MTU\n");
}

TEST(TableTest, EmptyCellIsADash) {
  Table table({{"NAME"}, {"FILTERS"}});
  table.AddRow({"adapters/a1", ""});
  EXPECT_EQ(table.ToString(),
            "NAME         FILTERS\n"
            "adapters/a1  -\n");
}

TEST(TableTest, ControlCharactersCannotBreakTheTable) {
  Table table({{"NAME"}});
  table.AddRow({"a\nb\x1b[31m\x7f"});
  EXPECT_EQ(table.ToString(),
            "NAME\n"
            "a\\x0ab\\x1b[31m\\x7f\n");
}

TEST(FactListTest, ValuesAreBelowEachOther) {
  FactList facts;
  facts.Add("name", "adapters/a1");
  facts.Add("mac address", "02:00:00:00:00:01");
  facts.Add("filters", "");
  facts.AddIfAny("replay error", "");
  EXPECT_EQ(facts.ToString(),
            "name:         adapters/a1\n"
            "mac address:  02:00:00:00:00:01\n"
            "filters:      -\n");
}

}  // namespace
}  // namespace netbuf::client
