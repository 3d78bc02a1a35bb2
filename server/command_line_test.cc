#include "server/command_line.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace netbuf {
namespace {

// What a run with these arguments reads, and its exit code when nothing.
std::optional<CommandLine> Parse(std::initializer_list<const char*> arguments,
                                 int* exit_code) {
  std::vector<const char*> argv = {"netbufd"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  *exit_code = -1;
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(),
                          exit_code);
}

TEST(CommandLineTest, DefaultsListenOnLoopbackOnly) {
  int exit_code;
  const auto line = Parse({}, &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->server.address, "127.0.0.1");
  EXPECT_EQ(line->server.port, 50051);
  EXPECT_EQ(line->server.metrics_port, 9464);
  EXPECT_EQ(line->capture_dir, "");
  EXPECT_EQ(line->memory_limit_bytes, MemoryQuota::kUnlimited);
  EXPECT_EQ(line->server.max_bytes_in_flight, size_t{256} << 20);
  EXPECT_EQ(line->log_level, LogLevel::kInfo);
  EXPECT_EQ(line->drain_timeout, absl::Seconds(10));
}

TEST(CommandLineTest, EveryFlagArrives) {
  int exit_code;
  const auto line =
      Parse({"--address=::1", "--port=0", "--metrics_port", "1234",
             "--capture_dir=/tmp", "--memory_limit=512MiB",
             "--max_bytes_in_flight=64KiB", "--log_level=warning",
             "--drain_timeout=1m30s"},
            &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->server.address, "::1");
  EXPECT_EQ(line->server.port, 0);
  EXPECT_EQ(line->server.metrics_port, 1234);
  EXPECT_EQ(line->capture_dir, "/tmp");
  EXPECT_EQ(line->memory_limit_bytes, uint64_t{512} << 20);
  EXPECT_EQ(line->server.max_bytes_in_flight, size_t{64} << 10);
  EXPECT_EQ(line->log_level, LogLevel::kWarning);
  EXPECT_EQ(line->drain_timeout, absl::Seconds(90));
}

TEST(CommandLineTest, SizesAndTimesHaveSeveralSpellings) {
  int exit_code;
  EXPECT_EQ(Parse({"--memory_limit=1000"}, &exit_code)->memory_limit_bytes,
            1000);
  EXPECT_EQ(Parse({"--memory_limit=2GiB"}, &exit_code)->memory_limit_bytes,
            uint64_t{2} << 30);
  EXPECT_EQ(Parse({"--memory_limit=0"}, &exit_code)->memory_limit_bytes,
            MemoryQuota::kUnlimited);
  EXPECT_EQ(Parse({"--drain_timeout=0"}, &exit_code)->drain_timeout,
            absl::ZeroDuration());
  EXPECT_EQ(Parse({"--drain_timeout=2.5"}, &exit_code)->drain_timeout,
            absl::Milliseconds(2500));
}

TEST(CommandLineTest, MistakesExitWithTwo) {
  for (const char* argument :
       {"--nonsense", "stray", "--port=65536", "--port=-1", "--port=x",
        "--metrics_port=99999", "--address=nowhere",
        "--address=", "--capture_dir=/no/such/directory", "--memory_limit=much",
        "--memory_limit=-1", "--max_bytes_in_flight=x",
        "--max_bytes_in_flight=0", "--log_level=loud", "--drain_timeout=soon",
        "--drain_timeout=-1s", "--drain_timeout=inf", "--drain_timeout=2h",
        "--port"}) {
    int exit_code;
    EXPECT_FALSE(Parse({argument}, &exit_code).has_value()) << argument;
    EXPECT_EQ(exit_code, 2) << argument;
  }
}

TEST(CommandLineTest, HelpAndVersionExitWithZero) {
  for (const char* argument : {"--help", "-h", "--version"}) {
    int exit_code;
    EXPECT_FALSE(Parse({argument}, &exit_code).has_value()) << argument;
    EXPECT_EQ(exit_code, 0) << argument;
  }
}

}  // namespace
}  // namespace netbuf
