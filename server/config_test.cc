// A configuration file from text to an engine, and where its errors point.

#include "server/config.h"

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/clock.h"
#include "engine/engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kWhole[] = R"(# All kinds of entries.
adapters { adapter_id: "a1" adapter { simulated {} mtu: 9000 } }
filters {
  parent: "adapters/a1"
  filter_id: "tunnel"
  filter { vxlan { vni: 42 } }
}
filters { parent: "adapters/a1" filter_id: "tag" filter { vlan { vlan_id: 7 } } }
protocols { protocol_id: "p1" }
protocols { protocol_id: "p2" protocol { lease_duration { seconds: 30 } } }
bindings {
  parent: "protocols/p1"
  binding_id: "b1"
  binding { adapter: "adapters/a1" }
}
bindings {
  parent: "protocols/p1"
  binding_id: "b2"
  binding { adapter: "adapters/a1" state: STATE_PAUSED }
}
net_buffer_list_pools {
  parent: "protocols/p1"
  net_buffer_list_pool_id: "l1"
  net_buffer_list_pool { allocate_net_buffer: true data_size: 2048 }
}
net_buffer_pools {
  parent: "protocols/p1"
  net_buffer_pool_id: "n1"
  net_buffer_pool { data_size: 256 }
}
)";

class ConfigTest : public ::testing::Test {
 protected:
  EngineOptions Options() {
    EngineOptions options;
    options.clock = &clock_;
    options.capture_dir = testing::TempDir();
    return options;
  }

  // What is wrong with a file of this text, found when it is read or checked.
  absl::Status Wrong(const std::string& text) {
    const absl::StatusOr<Config> config = Config::Parse("f.txtpb", text);
    return config.ok() ? config->Check(Options()) : config.status();
  }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(testing::TempDir(), "/", name);
    std::ofstream(path) << text;
    return path;
  }

  RealClock clock_;
};

TEST_F(ConfigTest, WhatIsDeclaredIsThereAndRuns) {
  const auto config = Config::ReadFile(Write("whole.txtpb", kWhole));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->Summary(),
            "1 adapter, 2 filters, 2 protocols, 2 bindings, 1 net buffer list "
            "pool, 1 net buffer pool");
  ASSERT_TRUE(config->Check(Options()).ok());
  const auto engine = *Engine::Create(Options());
  ASSERT_TRUE(config->ApplyTo(*engine).ok());

  const auto adapter = engine->GetAdapter("adapters/a1");
  ASSERT_TRUE(adapter.ok());
  ASSERT_EQ(adapter->filters.size(), 2);
  EXPECT_EQ(adapter->filters[0].name, "adapters/a1/filters/tag");
  EXPECT_EQ(engine->GetBinding("protocols/p1/bindings/b1")->state,
            BindingState::kRunning);
  EXPECT_EQ(engine->GetBinding("protocols/p1/bindings/b2")->state,
            BindingState::kPaused);
  EXPECT_TRUE(
      engine->GetNetBufferListPool("protocols/p1/netBufferListPools/l1").ok());
  EXPECT_TRUE(engine->GetNetBufferPool("protocols/p1/netBufferPools/n1").ok());
}

TEST_F(ConfigTest, ADeclaredProtocolHasTheLeaseItAsksForOrNone) {
  const auto config = Config::Parse("f.txtpb", kWhole);
  ASSERT_TRUE(config.ok());
  const auto engine = *Engine::Create(Options());
  ASSERT_TRUE(config->ApplyTo(*engine).ok());
  EXPECT_EQ(engine->GetProtocol("protocols/p1")->lease_duration,
            absl::InfiniteDuration());
  EXPECT_EQ(engine->GetProtocol("protocols/p2")->lease_duration,
            absl::Seconds(30));
}

TEST_F(ConfigTest, AnEmptyFileDeclaresNothing) {
  const auto config = Config::ReadFile(Write("empty.txtpb", ""));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->Check(Options()).ok());
}

TEST_F(ConfigTest, FilesThatCannotBeReadAreNamed) {
  for (const std::string& path :
       {std::string("/no/such/file.txtpb"), testing::TempDir()}) {
    const absl::Status status = Config::ReadFile(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << path;
    EXPECT_THAT(std::string(status.message()), StartsWith(path));
  }
}

TEST_F(ConfigTest, EveryErrorOfTheTextIsTold) {
  const absl::Status status =
      Wrong("adapters { adapter_id: 7 }\nnonsense: 1\n");
  EXPECT_THAT(std::string(status.message()), StartsWith("f.txtpb:1:24: "));
}

TEST_F(ConfigTest, FieldsNobodyKnowsAreErrors) {
  EXPECT_THAT(std::string(Wrong("# comment\n\n  nonsense: 1\n").message()),
              StartsWith("f.txtpb:3:"));
  EXPECT_THAT(
      std::string(Wrong("adapters {\n  adapter { speed: 1 }\n}\n").message()),
      HasSubstr("speed"));
}

TEST_F(ConfigTest, AWrongValueIsNamedWithItsPlace) {
  const absl::Status status = Wrong(R"(
adapters { adapter_id: "a1" adapter { simulated {} } }
adapters {
  adapter_id: "a2"
  adapter {
    simulated {}
    mtu: 70000
  }
}
)");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              StartsWith("f.txtpb:7:5: adapters[1].adapter.mtu is 70000"));
}

TEST_F(ConfigTest, AMissingFieldPointsAtItsEntry) {
  EXPECT_THAT(std::string(Wrong(R"(
protocols { protocol_id: "p1" }
net_buffer_pools {
  parent: "protocols/p1"
  net_buffer_pool_id: "n1"
}
)")
                              .message()),
              StartsWith("f.txtpb:3:1: net_buffer_pools[0].net_buffer_pool"));
}

TEST_F(ConfigTest, AnErrorThatIsNoFieldsIsTheEntrys) {
  EXPECT_THAT(std::string(Wrong("protocols { protocol_id: \"p\" }\n"
                                "protocols { protocol_id: \"p\" }\n")
                              .message()),
              StartsWith("f.txtpb:2:1: protocols[1]: protocols/p "));
  EXPECT_THAT(
      std::string(Wrong("protocols { protocol_id: \"p\" }\n"
                        "bindings { parent: \"protocols/p\" binding_id: \"b\""
                        " binding { adapter: \"adapters/none\" } }\n")
                      .message()),
      StartsWith("f.txtpb:2:1: bindings[0]: there is no adapters/none"));
}

TEST_F(ConfigTest, ABindingIsDeclaredRunningOrPaused) {
  const absl::Status status = Wrong(R"(
adapters { adapter_id: "a" adapter { simulated {} } }
protocols { protocol_id: "p" }
bindings { parent: "protocols/p" binding_id: "b"
  binding { adapter: "adapters/a" state: STATE_CLOSING } }
)");
  EXPECT_THAT(
      std::string(status.message()),
      StartsWith("f.txtpb:5:35: bindings[0].binding.state is STATE_CLOSING"));
}

TEST_F(ConfigTest, LeasesAreCheckedAsThoseOfClientsAre) {
  EXPECT_THAT(
      std::string(Wrong("protocols { protocol_id: \"p\"\n"
                        "  protocol { lease_duration { nanos: 1 } } }\n")
                      .message()),
      StartsWith("f.txtpb:2:14: protocols[0].protocol.lease_duration is 1ns"));
}

TEST_F(ConfigTest, CheckingWritesNoFile) {
  const auto config = Config::Parse("f.txtpb", R"(
adapters { adapter_id: "a" adapter { pcap { transmit_file: "kept.pcap" } } }
)");
  ASSERT_TRUE(config.ok());
  const std::string path = Write("kept.pcap", "what was captured");
  EXPECT_TRUE(config->Check(Options()).ok());
  struct stat before {};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  EXPECT_EQ(before.st_size, 17);
}

TEST_F(ConfigTest, ATransmitFileIsNamedOnce) {
  for (const char* second : {"transmit_file", "receive_file"}) {
    const absl::StatusOr<Config> config = Config::Parse(
        "c.txtpb",
        absl::StrCat("adapters {\n  adapter_id: \"a1\"\n"
                     "  adapter { pcap { transmit_file: \"x.pcap\" } }\n}\n"
                     "adapters {\n  adapter_id: \"a2\"\n  adapter { pcap { ",
                     second, ": \"x.pcap\" } }\n}\n"));
    ASSERT_TRUE(config.ok()) << config.status();
    EngineOptions options;
    options.capture_dir = testing::TempDir();
    EXPECT_EQ(config->Check(options).message(),
              "c.txtpb:3:20: adapters[0].adapter.pcap.transmit_file is x.pcap, "
              "which is named elsewhere too; a transmit file is written by one "
              "adapter and read by none");
  }
}

TEST_F(ConfigTest, CapturesWantACaptureDirectory) {
  const auto config = Config::Parse("f.txtpb", R"(
adapters { adapter_id: "a" adapter { pcap { transmit_file: "x.pcap" } } }
)");
  ASSERT_TRUE(config.ok());
  EngineOptions options = Options();
  options.capture_dir = "";
  EXPECT_THAT(std::string(config->Check(options).message()),
              HasSubstr("--capture_dir"));
}

}  // namespace
}  // namespace netbuf
