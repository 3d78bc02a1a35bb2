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
                              {"f", "back\\slash"},
                              {"g", "it's a \\'"}}),
            "e a=\"\" b=\"two words\" c=\"say \\\"x\\\"\" d=\"k=v\" "
            "e=\"line\\nbreak\" f=\"back\\\\slash\" "
            "g=\"it's a \\\\'\"");
}

TEST(LogTest, JsonHasNumbersWhereNumbersWereGiven) {
  EXPECT_EQ(FormatJsonEvent("server.started", {{"grpc", "127.0.0.1:50051"},
                                               {"pools", 3},
                                               {"lost", -1},
                                               {"text", "3"}}),
            R"("event":"server.started","grpc":"127.0.0.1:50051","pools":3,)"
            R"("lost":-1,"text":"3")");
  EXPECT_EQ(FormatJsonEvent("server.stopped", {}),
            R"("event":"server.stopped")");
}

TEST(LogTest, JsonEscapesWhatItMust) {
  EXPECT_EQ(FormatJsonEvent("e", {{"a", "say \"x\" \\"},
                                  {"b", "line\nbreak\x7f"},
                                  {"c", "gr\xc3\xb6\xc3\x9f\xe2\x82\xac"}}),
            "\"event\":\"e\",\"a\":\"say \\\"x\\\" \\\\\","
            "\"b\":\"line\\u000abreak\\u007f\","
            "\"c\":\"gr\xc3\xb6\xc3\x9f\xe2\x82\xac\"");
}

TEST(LogTest, JsonReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(FormatJsonEvent("e", {{"a", "x\xff\xc3"}, {"b", "\xe2\x82z"}}),
            "\"event\":\"e\",\"a\":\"x\\ufffd\\ufffd\","
            "\"b\":\"\\ufffd\\ufffdz\"");
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
