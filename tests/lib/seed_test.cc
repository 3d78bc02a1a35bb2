#include "tests/lib/seed.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

// Each statement runs in a process of its own, since a seed lasts for one.
int SeedIs(const char* text, uint64_t expected) {
  setenv("NETBUFD_TEST_SEED", text, 1);
  const bool same = TestSeed() == expected && TestSeed() == expected;
  return same ? 0 : 1;
}

TEST(SeedDeathTest, IsTheOneInTheEnvironmentAndIsPrinted) {
  EXPECT_EXIT(std::exit(SeedIs("18446744073709551615", UINT64_MAX)),
              testing::ExitedWithCode(0),
              "NETBUFD_TEST_SEED=18446744073709551615");
  EXPECT_EXIT(std::exit(SeedIs("0x2A", 42)), testing::ExitedWithCode(0),
              "NETBUFD_TEST_SEED=42");
}

TEST(SeedDeathTest, WithoutEnvironmentIsRandomButPrintedAndFixed) {
  const auto exit_zero_if_fixed = [] {
    unsetenv("NETBUFD_TEST_SEED");
    std::exit(TestSeed() == TestSeed() ? 0 : 1);
  };
  EXPECT_EXIT(exit_zero_if_fixed(), testing::ExitedWithCode(0),
              "NETBUFD_TEST_SEED=[0-9]+");
}

TEST(SeedDeathTest, NonsenseEndsTheProcess) {
  for (const char* text : {"seven", "12x", "-1", "99999999999999999999"}) {
    EXPECT_EXIT(std::exit(SeedIs(text, 0)), testing::ExitedWithCode(2),
                "is no 64-bit number");
  }
}

}  // namespace
}  // namespace netbuf
