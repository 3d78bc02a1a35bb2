#include "server/command_line.h"

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
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
      Parse({"--address=::1", "--port=0", "--metrics_address=127.0.0.2",
             "--metrics_port", "1234", "--capture_dir=/tmp",
             "--memory_limit=512MiB", "--max_bytes_in_flight=64KiB",
             "--log_level=warning", "--drain_timeout=1m30s"},
            &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->server.address, "::1");
  EXPECT_EQ(line->server.port, 0);
  EXPECT_EQ(line->server.metrics_address, "127.0.0.2");
  EXPECT_EQ(line->server.metrics_port, 1234);
  EXPECT_EQ(line->capture_dir, "/tmp");
  EXPECT_EQ(line->memory_limit_bytes, uint64_t{512} << 20);
  EXPECT_EQ(line->server.max_bytes_in_flight, size_t{64} << 10);
  EXPECT_EQ(line->log_level, LogLevel::kWarning);
  EXPECT_EQ(line->drain_timeout, absl::Seconds(90));
}

// A variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const std::string& name, const std::string& value) : name_(name) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_.c_str()); }

 private:
  const std::string name_;
};

std::string WriteFlags(const std::string& text) {
  const std::string path = testing::TempDir() + "/flags.toml";
  std::ofstream(path) << text;
  return path;
}

TEST(CommandLineTest, EveryFlagIsReadFromTheFileToo) {
  const std::string path = WriteFlags(R"(# What this server is to be.
address = "::1"
port = 1
metrics_address = "127.0.0.2"
metrics_port = 2
channelz = true
capture_dir = "/tmp"
memory_limit = "512MiB"
max_bytes_in_flight = "1MiB"
config = "c.txtpb"
validate_config = true
log_level = "debug"
log_format = "json"
drain_timeout = "3s"
)");
  int exit_code;
  const auto line = Parse({"--flags_file", path.c_str()}, &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->server.address, "::1");
  EXPECT_EQ(line->server.port, 1);
  EXPECT_EQ(line->server.metrics_address, "127.0.0.2");
  EXPECT_EQ(line->server.metrics_port, 2);
  EXPECT_TRUE(line->server.channelz);
  EXPECT_EQ(line->capture_dir, "/tmp");
  EXPECT_EQ(line->memory_limit_bytes, uint64_t{512} << 20);
  EXPECT_EQ(line->server.max_bytes_in_flight, size_t{1} << 20);
  EXPECT_EQ(line->config, "c.txtpb");
  EXPECT_TRUE(line->validate_config);
  EXPECT_EQ(line->log_level, LogLevel::kDebug);
  EXPECT_EQ(line->log_format, LogFormat::kJson);
  EXPECT_EQ(line->drain_timeout, absl::Seconds(3));
}

TEST(CommandLineTest, EveryFlagIsReadFromTheEnvironmentToo) {
  int exit_code;
  const auto defaults = Parse({}, &exit_code);
  ASSERT_TRUE(defaults.has_value());
  const std::map<std::string, std::string> values = {
      {"address", "::1"},
      {"port", "1"},
      {"metrics_address", "127.0.0.2"},
      {"metrics_port", "2"},
      {"channelz", "true"},
      {"capture_dir", "/tmp"},
      {"memory_limit", "512MiB"},
      {"config", "c.txtpb"},
      {"validate_config", "true"},
      {"log_level", "debug"},
      {"log_format", "json"},
      {"drain_timeout", "3s"},
      {"max_bytes_in_flight", "1MiB"},
      {"flags_file", WriteFlags("")},
  };
  std::vector<std::unique_ptr<Variable>> variables;
  for (const auto& [flag, value] : defaults->effective) {
    ASSERT_TRUE(values.count(flag)) << flag << " is not tested here";
    variables.push_back(std::make_unique<Variable>(
        "NETBUFD_" + absl::AsciiStrToUpper(flag), values.at(flag)));
  }
  const auto line = Parse({}, &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ((std::map<std::string, std::string>(line->effective.begin(),
                                                line->effective.end())),
            values);
}

TEST(CommandLineTest, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  const std::string path = WriteFlags(
      "port = 1\nmetrics_port = 1\n"
      "log_level = \"debug\"\n");
  const Variable file("NETBUFD_FLAGS_FILE", path);
  const Variable port("NETBUFD_PORT", "2");
  const Variable metrics_port("NETBUFD_METRICS_PORT", "2");
  int exit_code;
  const auto line = Parse({"--port=3"}, &exit_code);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->server.port, 3);
  EXPECT_EQ(line->server.metrics_port, 2);
  EXPECT_EQ(line->log_level, LogLevel::kDebug);
}

TEST(CommandLineTest, MistakesInTheFileAndTheEnvironmentExitWithTwo) {
  int exit_code;
  for (const char* text : {"prot = 1\n", "port = \"x\"\n", "port = 70000\n",
                           "[server]\nport = 1\n"}) {
    const std::string path = WriteFlags(text);
    EXPECT_FALSE(Parse({"--flags_file", path.c_str()}, &exit_code).has_value())
        << text;
    EXPECT_EQ(exit_code, 2) << text;
  }
  EXPECT_FALSE(Parse({"--flags_file=/no/such/file"}, &exit_code).has_value());
  EXPECT_EQ(exit_code, 2);
  {
    const Variable file("NETBUFD_FLAGS_FILE", "/no/such/file");
    EXPECT_FALSE(Parse({}, &exit_code).has_value());
    EXPECT_EQ(exit_code, 2);
  }
  const Variable port("NETBUFD_PORT", "x");
  EXPECT_FALSE(Parse({}, &exit_code).has_value());
  EXPECT_EQ(exit_code, 2);
}

// What a run with these arguments says on stderr.
std::string Complaint(std::initializer_list<const char*> arguments) {
  testing::internal::CaptureStderr();
  int exit_code;
  EXPECT_FALSE(Parse(arguments, &exit_code).has_value());
  const std::string said = testing::internal::GetCapturedStderr();
  return said.substr(0, said.find('\n'));
}

TEST(CommandLineTest, AMistakeInTheFileIsCalledByItsKey) {
  const std::string none = "', which is none of its flags";
  for (const auto& [text, key] : std::map<std::string, std::string>{
           {"prot = 1\n", "prot"},
           {"[server]\nport = 1\n", "server"},
           {"log_level debug\n", "log_level debug"},
           {"flags_file = \"x\"\n", "flags_file"},
           {"help = true\n", "help"},
           {"\xff\xfe\xfd\n", "\xff\xfe\xfd"}}) {
    const std::string path = WriteFlags(text);
    EXPECT_EQ(Complaint({"--flags_file", path.c_str()}),
              "the flags file sets '" + key + none);
  }
}

TEST(CommandLineTest, AMistakeSaysWhereItStands) {
  const std::string mistake =
      "--log_level: is not one of debug, info, warning, error";
  const std::string path = WriteFlags("log_level = \"loud\"\n");
  EXPECT_EQ(Complaint({"--flags_file", path.c_str()}),
            mistake + "; it stands in the flags file");
  EXPECT_EQ(Complaint({"--log_level", "loud"}), mistake);
  const Variable variable("NETBUFD_LOG_LEVEL", "loud");
  EXPECT_EQ(Complaint({}), mistake + "; it stands in NETBUFD_LOG_LEVEL");
  EXPECT_EQ(Complaint({"--log_level=quiet"}), mistake);
}

TEST(CommandLineTest, ASwitchThatIsNeitherSaysWhereItStands) {
  const Variable variable("NETBUFD_CHANNELZ", "maybe");
  EXPECT_EQ(Complaint({}),
            "Could not convert: --channelz = maybe; it stands in "
            "NETBUFD_CHANNELZ");
}

TEST(CommandLineTest, WhatIsInForceIsToldFlagByFlag) {
  int exit_code;
  const auto line = Parse({"--port=0", "--drain_timeout=1m"}, &exit_code);
  ASSERT_TRUE(line.has_value());
  const std::map<std::string, std::string> effective(line->effective.begin(),
                                                     line->effective.end());
  EXPECT_EQ(effective.at("port"), "0");
  EXPECT_EQ(effective.at("metrics_port"), "9464");
  EXPECT_EQ(effective.at("drain_timeout"), "1m");
  EXPECT_EQ(effective.at("channelz"), "false");
  EXPECT_EQ(effective.at("config"), "");
  EXPECT_EQ(effective.count("help"), 0);
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
  for (const char* argument : {"--nonsense",
                               "stray",
                               "--port=65536",
                               "--port=-1",
                               "--port=x",
                               "--metrics_port=99999",
                               "--metrics_address=::1",
                               "--address=nowhere",
                               "--address=",
                               "--capture_dir=/no/such/directory",
                               "--memory_limit=much",
                               "--memory_limit=-1",
                               "--max_bytes_in_flight=x",
                               "--max_bytes_in_flight=0",
                               "--log_level=loud",
                               "--drain_timeout=soon",
                               "--drain_timeout=-1s",
                               "--drain_timeout=inf",
                               "--drain_timeout=2h",
                               "--port",
                               "--log_format=xml",
                               "--validate_config",
                               "--flags_file"}) {
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
