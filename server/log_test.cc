#include "server/log.h"

#include "gtest/gtest.h"

namespace netbuf {
namespace {

TEST(LogTest, PlainValuesStandBare) {
  EXPECT_EQ(FormatEvent("server.started",
                        {{"grpc", "127.0.0.1:50051"}, {"pools", 3}}),
            "server.started grpc=127.0.0.1:50051 pools=3");
}

TEST(LogTest, AnEventWithoutFieldsIsItsName) {
  EXPECT_EQ(FormatEvent("server.stopped", {}), "server.stopped");
}

TEST(LogTest, ValuesThatCouldBeMisreadAreQuoted) {
  EXPECT_EQ(FormatEvent("e", {{"a", ""},
                              {"b", "two words"},
                              {"c", "say \"x\""},
                              {"d", "k=v"},
                              {"e", "line\nbreak"},
                              {"f", "back\\slash"}}),
            "e a=\"\" b=\"two words\" c=\"say \\\"x\\\"\" d=\"k=v\" "
            "e=\"line\\nbreak\" f=\"back\\\\slash\"");
}

TEST(LogTest, LevelsHaveNames) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_TRUE(ParseLogLevel("warning", &level));
  EXPECT_EQ(level, LogLevel::kWarning);
  EXPECT_TRUE(ParseLogLevel("error", &level));
  EXPECT_EQ(level, LogLevel::kError);
  EXPECT_TRUE(ParseLogLevel("info", &level));
  EXPECT_EQ(level, LogLevel::kInfo);
  EXPECT_FALSE(ParseLogLevel("INFO", &level));
  EXPECT_FALSE(ParseLogLevel("", &level));
  EXPECT_EQ(level, LogLevel::kInfo);
}

}  // namespace
}  // namespace netbuf
