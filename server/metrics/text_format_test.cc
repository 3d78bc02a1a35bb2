#include "server/metrics/text_format.h"

#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

std::string Number(double value) {
  std::string text;
  AppendNumber(value, text);
  return text;
}

std::string LabelValue(absl::string_view value) {
  std::string text;
  AppendLabelValue(value, text);
  return text;
}

TEST(TextFormatTest, NumbersAreSpeltAsPrometheusReadsThem) {
  struct Row {
    const char* name;
    double value;
    const char* text;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Row& row : {
           Row{"zero", 0, "0"},
           Row{"one", 1, "1"},
           Row{"negative", -17, "-17"},
           Row{"a fraction", 0.25, "0.25"},
           Row{"few digits", 0.1, "0.1"},
           Row{"a bound", 50e-6, "5e-05"},
           Row{"another", 100e-6, "0.0001"},
           Row{"a million", 1e6, "1000000"},
           Row{"above 32 bits", 4294967297, "4294967297"},
           Row{"the last exact integer", 9007199254740992, "9007199254740992"},
           Row{"its negative", -9007199254740992, "-9007199254740992"},
           Row{"above it", 18446744073709551616.0, "1.8446744073709552e+19"},
           Row{"large", 1e300, "1e+300"},
           Row{"infinite", kInfinity, "+Inf"},
           Row{"negative and infinite", -kInfinity, "-Inf"},
           Row{"no number", std::nan(""), "NaN"},
       }) {
    EXPECT_EQ(Number(row.value), row.text) << row.name;
  }
}

TEST(TextFormatTest, EveryDoubleIsReadBackAsItself) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value) || std::isinf(value)) continue;
    double read = 0;
    ASSERT_TRUE(absl::SimpleAtod(Number(value), &read)) << Number(value);
    EXPECT_EQ(read, value) << Number(value);
  }
}

TEST(TextFormatTest, OfALabelJustBackslashesQuotesAndLineFeedsAreEscaped) {
  struct Row {
    absl::string_view value;
    absl::string_view text;
  };
  for (const Row& row : {
           Row{"", ""},
           Row{"protocols/p1/bindings/b1", "protocols/p1/bindings/b1"},
           Row{"\\", "\\\\"},
           Row{"\"", "\\\""},
           Row{"\n", "\\n"},
           Row{"\\n", "\\\\n"},
           Row{"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
           Row{"\"\"", "\\\"\\\""},
           Row{"{}=,# \t\r", "{}=,# \t\r"},
           Row{"\xc3\xa9", "\xc3\xa9"},
           Row{absl::string_view("a\0b", 3), absl::string_view("a\0b", 3)},
       }) {
    EXPECT_EQ(LabelValue(row.value), row.text) << row.value;
  }
}

TEST(TextFormatTest, WhatStandsInTheTextStays) {
  std::string text = "a";
  AppendLabelValue("b\n", text);
  AppendNumber(1.5, text);
  EXPECT_EQ(text, "ab\\n1.5");
}

}  // namespace
}  // namespace netbuf
