// netbufctl from arguments to output and exit code, without a server: commands,
// errors, help.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "client/cli/app_test_fixture.h"

namespace netbuf::client {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(AppTest, ListPrintsATable) {
  EXPECT_CALL(*connection_, ListAdapters).WillOnce([] {
    v1::ListAdaptersResponse response;
    *response.add_adapters() = ExampleAdapter();
    return response;
  });
  EXPECT_EQ(Run({"adapter", "list"}), 0);
  EXPECT_EQ(out_.str(),
            "NAME         STATE    LINK       NIC    MTU  FILTERS  DATA "
            "BACK-FILL  CONTEXT  BINDINGS  QUEUED\n"
            "adapters/a1  RUNNING  connected  pcap  1500  tunnel           "
            "    50       16         0       0\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AppTest, ListPrintsJsonAMessageALine) {
  EXPECT_CALL(*connection_, ListProtocols).WillRepeatedly([] {
    v1::ListProtocolsResponse response;
    response.add_protocols()->set_name("protocols/p1");
    response.add_protocols()->set_name("protocols/p2");
    return response;
  });
  EXPECT_EQ(Run({"protocol", "list", "--json"}), 0);
  EXPECT_EQ(out_.str(),
            "{\"protocols\": [\n"
            "{\"name\":\"protocols/p1\",\"bindings\":[],"
            "\"netBufferListPools\":[],\"netBufferPools\":[]},\n"
            "{\"name\":\"protocols/p2\",\"bindings\":[],"
            "\"netBufferListPools\":[],\"netBufferPools\":[]}\n"
            "]}\n");
}

TEST_F(AppTest, EmptyListIsEmptyJson) {
  EXPECT_CALL(*connection_, ListBindings).WillOnce([] {
    return v1::ListBindingsResponse();
  });
  EXPECT_EQ(Run({"--json", "binding", "list"}), 0);
  EXPECT_EQ(out_.str(), "{\"bindings\": []}\n");
}

TEST_F(AppTest, GetPrintsFacts) {
  EXPECT_CALL(*connection_, GetAdapter)
      .WillOnce([](const v1::GetAdapterRequest& request) {
        EXPECT_EQ(request.name(), "adapters/a1");
        return ExampleAdapter();
      });
  EXPECT_EQ(Run({"adapter", "get", "a1"}), 0);
  EXPECT_EQ(out_.str(),
            "name:                 adapters/a1\n"
            "state:                RUNNING\n"
            "link:                 connected\n"
            "nic:                  pcap\n"
            "transmit file:        out.pcap\n"
            "mac address:          02:00:00:00:00:01\n"
            "mtu:                  1500\n"
            "largest frame:        1464 bytes\n"
            "filters:              tunnel\n"
            "back-fill wanted:     data 50, context 16 bytes\n"
            "bindings:             -\n"
            "sent:                 1,000 frames, 64,000 bytes\n"
            "received:             0 frames, 0 bytes\n"
            "discards and errors:  out 0, in 0\n"
            "transmit queue:       0\n");
}

TEST_F(AppTest, CreatePutsOptionsInTheRequestAndTellsWhatIsNext) {
  EXPECT_CALL(*connection_, CreateAdapter)
      .WillOnce([](const v1::CreateAdapterRequest& request) {
        EXPECT_EQ(request.adapter_id(), "a1");
        EXPECT_EQ(request.adapter().pcap().transmit_file(), "out.pcap");
        EXPECT_EQ(request.adapter().pcap().transmit_precision(),
                  v1::PcapNic::TIMESTAMP_PRECISION_MICROSECONDS);
        EXPECT_EQ(request.adapter().mtu(), 9000);
        EXPECT_EQ(request.adapter().link_down_policy(),
                  v1::LINK_DOWN_POLICY_QUEUE);
        EXPECT_TRUE(request.adapter().has_pad_short_frames());
        EXPECT_FALSE(request.adapter().pad_short_frames());
        return ExampleAdapter();
      });
  EXPECT_EQ(Run({"adapter", "create", "a1", "--transmit-file", "out.pcap",
                 "--transmit-precision", "us", "--mtu", "9000",
                 "--link-down-policy", "QUEUE", "--pad-short-frames", "false"}),
            0);
  EXPECT_EQ(err_.str(),
            "created adapters/a1; bind to it with: netbufctl binding open "
            "PROTOCOL BINDING --adapter a1\n");
}

TEST_F(AppTest, AdapterIsSimulatedUnlessSaidOtherwise) {
  EXPECT_CALL(*connection_, CreateAdapter)
      .WillOnce([](const v1::CreateAdapterRequest& request) {
        EXPECT_TRUE(request.adapter().has_simulated());
        return ExampleAdapter();
      });
  EXPECT_EQ(Run({"-q", "adapter", "create", "a1"}), 0);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AppTest, FilterOptionsChooseTheKind) {
  EXPECT_CALL(*connection_, AttachFilter)
      .WillOnce([](const v1::AttachFilterRequest& request) {
        EXPECT_EQ(request.parent(), "adapters/a1");
        EXPECT_EQ(request.filter_id(), "tunnel");
        EXPECT_EQ(request.filter().vxlan().vni(), 42);
        EXPECT_EQ(request.filter().vxlan().remote_ip_address(), "10.0.0.2");
        EXPECT_EQ(request.position(), 1);
        EXPECT_EQ(request.timeout().seconds(), 3);
        return v1::FilterModule();
      });
  EXPECT_EQ(
      Run({"filter", "attach", "a1", "tunnel", "--vxlan", "42", "--remote-ip",
           "10.0.0.2", "--position", "1", "--pause-timeout", "3s"}),
      0);
}

TEST_F(AppTest, HandlesAreReadInHexadecimal) {
  EXPECT_CALL(*connection_, FreeNetBufferLists)
      .WillOnce([](const v1::FreeNetBufferListsRequest& request) {
        EXPECT_EQ(request.protocol(), "protocols/p1");
        EXPECT_THAT(request.net_buffer_lists(),
                    ElementsAre(0xfedcba9876543210, 17));
        return v1::FreeNetBufferListsResponse();
      });
  EXPECT_EQ(Run({"nbl", "free", "p1", "0xfedcba9876543210", "17"}), 0);
  EXPECT_EQ(err_.str(), "freed 2\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(AppTest, AllocationPrintsAHandleALine) {
  EXPECT_CALL(*connection_, AllocateNetBufferAndNetBufferLists)
      .WillOnce(
          [](const v1::AllocateNetBufferAndNetBufferListsRequest& request) {
            EXPECT_THAT(request.mdl_sizes(), ElementsAre(64, 1500));
            EXPECT_EQ(request.data_offset(), 64);
            v1::AllocateNetBufferListsResponse response;
            response.add_net_buffer_lists(0x10);
            response.add_net_buffer_lists(0xabc);
            return response;
          });
  EXPECT_EQ(Run({"nbl", "allocate-with-nb", "protocols/p/pool", "--mdl-size",
                 "64", "--mdl-size", "1500", "--data-offset", "64"}),
            0);
  EXPECT_EQ(out_.str(), "0x0000000000000010\n0x0000000000000abc\n");
}

TEST_F(AppTest, BytesAreReadInHexadecimal) {
  EXPECT_CALL(*connection_, WriteData)
      .WillOnce([](const v1::WriteDataRequest& request) {
        EXPECT_EQ(request.data(), "\x0b\xad\xca\xfe");
        EXPECT_EQ(request.net_buffer().net_buffer_list(), 5);
        EXPECT_EQ(request.net_buffer().net_buffer_index(), 1);
        EXPECT_TRUE(request.resize());
        return v1::NetBuffer();
      });
  EXPECT_EQ(Run({"nb", "write", "p1", "--nbl", "5", "--index", "1", "--hex",
                 "0x0bad:CAFE", "--resize"}),
            0);
}

TEST_F(AppTest, OidsGoByNameOrNumber) {
  std::vector<v1::QueryOidRequest> requests;
  EXPECT_CALL(*connection_, QueryOid)
      .WillRepeatedly([&requests](const v1::QueryOidRequest& request) {
        requests.push_back(request);
        v1::QueryOidResponse response;
        response.mutable_value()->set_mac_address("02:00:00:00:00:01");
        return response;
      });
  for (const char* oid : {"OID_802_3_CURRENT_ADDRESS", "0x01010102", "7"}) {
    EXPECT_EQ(Run({"oid", "query", "protocols/p/bindings/b", oid}), 0);
    EXPECT_EQ(out_.str(), "02:00:00:00:00:01\n");
  }
  EXPECT_EQ(requests[0].oid_name(), "OID_802_3_CURRENT_ADDRESS");
  EXPECT_EQ(requests[1].oid_value(), 0x01010102);
  EXPECT_EQ(requests[2].oid_value(), 7);
}

TEST_F(AppTest, NumberForAnOidIsLittleEndian) {
  EXPECT_CALL(*connection_, SetOid)
      .WillOnce([](const v1::SetOidRequest& request) {
        EXPECT_EQ(request.information_buffer(),
                  std::string("\x05\x01\x00\x00", 4));
        return v1::SetOidResponse();
      });
  EXPECT_EQ(Run({"oid", "set", "protocols/p/bindings/b",
                 "OID_GEN_CURRENT_PACKET_FILTER", "--u32", "0x105"}),
            0);
}

TEST_F(AppTest, StatusesGoByShortName) {
  EXPECT_CALL(*connection_, CompleteRestartBinding)
      .WillOnce([](const v1::CompleteRestartBindingRequest& request) {
        EXPECT_EQ(request.ndis_status(), v1::NDIS_STATUS_RESOURCES);
        return v1::Binding();
      });
  EXPECT_EQ(Run({"binding", "complete-restart", "protocols/p/bindings/b",
                 "--status", "resources"}),
            0);
}

TEST_F(AppTest, WatchTellsEachEventUntilTheBindingCloses) {
  v1::BindingEvent snapshot;
  snapshot.mutable_time()->set_seconds(1767323045);
  snapshot.mutable_snapshot()->set_name("protocols/p/bindings/b");
  snapshot.mutable_snapshot()->set_state(v1::Binding::STATE_RUNNING);
  v1::BindingEvent change;
  change.mutable_time()->set_seconds(1767323046);
  change.mutable_state_change()->set_from(v1::Binding::STATE_RUNNING);
  change.mutable_state_change()->set_to(v1::Binding::STATE_PAUSING);
  change.mutable_state_change()->set_cause("filter attach");
  v1::BindingEvent restart;
  restart.mutable_time()->set_seconds(1767323047);
  restart.mutable_restart()->set_mtu(1450);
  restart.mutable_restart()->set_maximum_total_size(1464);
  restart.mutable_restart()->add_filter_modules("tunnel");
  restart.mutable_restart()->mutable_requirements()->set_data_back_fill_size(
      50);
  EXPECT_CALL(*connection_, WatchBinding).WillRepeatedly([&] {
    return std::make_unique<FakeReader<v1::BindingEvent>>(
        std::vector{snapshot, change, restart}, absl::OkStatus());
  });
  EXPECT_EQ(Run({"binding", "watch", "protocols/p/bindings/b"}), 0);
  EXPECT_EQ(out_.str(),
            "2026-01-02T03:04:05Z  protocols/p/bindings/b is RUNNING\n"
            "2026-01-02T03:04:06Z  RUNNING -> PAUSING  filter attach\n"
            "2026-01-02T03:04:07Z  the stack wants: mtu 1450, frames up to "
            "1464 bytes, back-fill data 50, context 0 bytes, filters tunnel\n");
  EXPECT_EQ(Run({"binding", "watch", "protocols/p/bindings/b", "--count", "1"}),
            0);
  EXPECT_EQ(out_.str(),
            "2026-01-02T03:04:05Z  protocols/p/bindings/b is RUNNING\n");
  EXPECT_EQ(Run({"binding", "watch", "protocols/p/bindings/b", "--json"}), 0);
  const std::string json = out_.str();
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 3);
}

TEST_F(AppTest, WatchOfABindingThatIsNotThereFails) {
  EXPECT_CALL(*connection_, WatchBinding).WillOnce([] {
    return std::make_unique<FakeReader<v1::BindingEvent>>(
        std::vector<v1::BindingEvent>(), NotFound());
  });
  EXPECT_EQ(Run({"binding", "watch", "protocols/p/bindings/b"}), 69);
}

TEST_F(AppTest, InterruptEndsAWatchInGoodOrder) {
  // The signal comes with the first event.
  class Interrupted : public FakeReader<v1::BindingEvent> {
   public:
    explicit Interrupted(Interrupt& interrupt)
        : FakeReader(std::vector<v1::BindingEvent>(3), absl::OkStatus()),
          interrupt_(interrupt) {}
    bool Read(v1::BindingEvent* event) override {
      interrupt_.Trigger();
      return FakeReader::Read(event);
    }

   private:
    Interrupt& interrupt_;
  };
  EXPECT_CALL(*connection_, WatchBinding).WillOnce([this] {
    return std::make_unique<Interrupted>(interrupt_);
  });
  EXPECT_EQ(Run({"binding", "watch", "protocols/p/bindings/b"}), 0);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(AppTest, ReceiveDumpsFramesUpToTheCount) {
  v1::ReceiveFramesResponse message;
  message.set_frame_data("firstsecondthird");
  for (const uint32_t length : {5, 6, 5}) message.add_frame_lengths(length);
  message.set_dropped_frames(4);
  EXPECT_CALL(*connection_, ReceiveFrames).WillOnce([&message] {
    return std::make_unique<FakeReader<v1::ReceiveFramesResponse>>(
        std::vector{message, message}, absl::OkStatus());
  });
  EXPECT_EQ(Run({"receive", "protocols/p/bindings/b", "--count", "2"}), 0);
  EXPECT_EQ(out_.str(),
            "frame 1: 5 bytes\n"
            "0x0000:  6669 7273 74                             first\n"
            "frame 2: 6 bytes\n"
            "0x0000:  7365 636f 6e64                           second\n");
  EXPECT_EQ(err_.str(), "2 frames, 11 bytes received, 4 dropped\n");
}

TEST_F(AppTest, GlobalOptionsStandAnywhere) {
  EXPECT_CALL(*connection_, ListAdapters).WillRepeatedly([] {
    return v1::ListAdaptersResponse();
  });
  EXPECT_EQ(Run({"adapter", "list", "--address", "h:1", "--timeout", "250ms"}),
            0);
  EXPECT_EQ(used_.address, "h:1");
  EXPECT_EQ(used_.timeout, absl::Milliseconds(250));
  EXPECT_EQ(Run({"--address", "h:2", "--timeout", "2", "adapter", "list"}), 0);
  EXPECT_EQ(used_.address, "h:2");
  EXPECT_EQ(used_.timeout, absl::Seconds(2));
}

TEST_F(AppTest, AnEmptyAddressIsAWrongCommandLine) {
  EXPECT_EQ(Run({"adapter", "list", "--address", ""}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--address: is empty; give host:port"));
}

TEST_F(AppTest, CallErrorExitsWith64PlusItsCodeAndExplains) {
  EXPECT_CALL(*connection_, GetAdapter).WillOnce([] { return NotFound(); });
  EXPECT_EQ(Run({"adapter", "get", "a9"}), 69);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(),
            "error: adapters/a9 does not exist\n"
            "  why: NOT_FOUND, ADAPTER_NOT_FOUND\n"
            "  do:  check the name; list what there is\n");
}

TEST_F(AppTest, ServerThatIsAwaySaysWhereItWasLookedFor) {
  EXPECT_CALL(*connection_, ListAdapters).WillOnce([] {
    return ToAbslStatus(grpc::Status(grpc::UNAVAILABLE, "refused"));
  });
  EXPECT_EQ(Run({"adapter", "list", "--address", "h:1"}), 78);
  EXPECT_EQ(err_.str(),
            "error: cannot reach netbufd at h:1; check that it runs there, or "
            "give another --address (or NETBUFCTL_ADDRESS)\n");
}

TEST_F(AppTest, WhyThereIsNoConnectionIsSaidWithoutTheLibrarysWords) {
  EXPECT_CALL(*connection_, ListAdapters).WillOnce([] {
    return ToAbslStatus(grpc::Status(
        grpc::UNAVAILABLE,
        "failed to connect to all addresses; last error: UNKNOWN: "
        "ipv4:127.0.0.1:1: Failed to connect to remote host: Connection "
        "refused"));
  });
  EXPECT_EQ(Run({"adapter", "list", "--address", "h:1"}), 78);
  EXPECT_THAT(err_.str(),
              StartsWith("error: cannot reach netbufd at h:1: connection "
                         "refused; check"));
  EXPECT_EQ(err_.str().find("failed to connect"), std::string::npos);
}

TEST_F(AppTest, AdviceOfTheServerSpeaksOfCommands) {
  EXPECT_CALL(*connection_, ListAdapters).WillOnce([] {
    google::rpc::Status wire;
    wire.set_code(grpc::NOT_FOUND);
    wire.set_message("no such OID; ListOids tells which are known");
    grpc::Status status;
    grpc::SetErrorDetails(wire, &status);
    return ToAbslStatus(status);
  });
  EXPECT_EQ(Run({"adapter", "list"}), 69);
  EXPECT_THAT(err_.str(),
              HasSubstr("no such OID; netbufctl oid list tells which"));
}

TEST_F(AppTest, AProtocolWithoutALeaseNeverExpires) {
  EXPECT_CALL(*connection_, GetProtocol).WillOnce([] {
    v1::Protocol protocol;
    protocol.set_name("protocols/p");
    return protocol;
  });
  EXPECT_EQ(Run({"protocol", "get", "p"}), 0);
  EXPECT_THAT(out_.str(), ContainsRegex("lease: +none\nexpires: +never\n"));
}

TEST_F(AppTest, NamesMayBeIdsAlone) {
  const std::string binding = "protocols/q2/bindings/b1";
  EXPECT_CALL(*connection_, RestartBinding)
      .Times(2)
      .WillRepeatedly([&](const v1::RestartBindingRequest& request) {
        EXPECT_EQ(request.name(), binding);
        return v1::Binding();
      });
  EXPECT_EQ(Run({"binding", "restart", "q2/b1"}), 0);
  EXPECT_EQ(Run({"binding", "restart", binding}), 0);
  EXPECT_CALL(*connection_, GetNetBufferListPool)
      .WillOnce([](const v1::GetNetBufferListPoolRequest& request) {
        EXPECT_EQ(request.name(), "protocols/p/netBufferListPools/l");
        return v1::NetBufferListPool();
      });
  EXPECT_EQ(Run({"nbl-pool", "get", "p/l"}), 0);
  EXPECT_CALL(*connection_, DetachFilter)
      .WillOnce([](const v1::DetachFilterRequest& request) {
        EXPECT_EQ(request.name(), "adapters/a/filters/f");
        return absl::OkStatus();
      });
  EXPECT_EQ(Run({"filter", "detach", "a/f"}), 0);
}

TEST_F(AppTest, AValueThatIsNoNumberIsToldWhatIsWanted) {
  EXPECT_EQ(Run({"nbl-pool", "create", "p", "l", "--data-size", "banana"}), 2);
  EXPECT_THAT(err_.str(),
              HasSubstr("--data-size is banana; give a whole number from 0 to "
                        "4294967295\n"));
  EXPECT_EQ(Run({"nbl-pool", "create", "p", "l", "--data-size", "4294967296"}),
            2);
  EXPECT_THAT(err_.str(), HasSubstr("give a whole number from 0 to"));
  EXPECT_EQ(Run({"nbl", "get", "p", "x"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("give a handle, such as 0x"));
  EXPECT_EQ(Run({"replay", "f", "--adapter", "a", "--rate", "fast"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("--rate"));
}

TEST_F(AppTest, ErrorIsRedOnATerminalOnly) {
  EXPECT_CALL(*connection_, GetAdapter).WillRepeatedly([] {
    return NotFound();
  });
  color_ = true;
  Run({"adapter", "get", "a9"});
  EXPECT_THAT(err_.str(), HasSubstr("\x1b[1;31merror:\x1b[0m adapters/a9"));
  Run({"adapter", "get", "a9", "--no-color"});
  EXPECT_EQ(err_.str().find('\x1b'), std::string::npos);
}

TEST_F(AppTest, CompletionsAndTheManualNameEveryCommand) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"completion", "bash"},
                                             {"completion", "zsh"},
                                             {"completion", "fish"},
                                             {"man"}}) {
    EXPECT_EQ(Run(command), 0);
    for (const char* word : {"adapter", "complete", "restart", "receive",
                             "policy", "automatic", "health", "top"}) {
      EXPECT_THAT(out_.str(), HasSubstr(word)) << command[0];
    }
  }
  EXPECT_EQ(Run({"completion", "tcsh"}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("bash"));
}

TEST_F(AppTest, HealthIsTheExitCode) {
  EXPECT_CALL(*connection_, CheckHealth(""))
      .WillOnce([] { return ServingStatus::kServing; })
      .WillOnce([] { return ServingStatus::kNotServing; });
  EXPECT_EQ(Run({"health"}), 0);
  EXPECT_EQ(out_.str(), "SERVING\n");
  EXPECT_EQ(Run({"health"}), 1);
  EXPECT_EQ(out_.str(), "NOT_SERVING\n");
}

TEST_F(AppTest, UsageErrorsExitWith2AndPointToHelp) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case cases[] = {
      {{"adaptr", "list"},
       "error: netbufctl has no command adaptr\n"
       "  did you mean adapter?\n"
       "  see: netbufctl --help\n"},
      {{"adapter", "lsit"},
       "error: netbufctl adapter has no command lsit\n"
       "  did you mean list?\n"
       "  see: netbufctl adapter --help\n"},
      {{"frobnicate"},
       "error: netbufctl has no command frobnicate\n"
       "  see: netbufctl --help\n"},
      {{"adapter"},
       "error: netbufctl adapter needs a command\n"
       "  see: netbufctl adapter --help\n"},
      {{"adapter", "list", "--jsno"},
       "error: netbufctl adapter list has no option --jsno\n"
       "  did you mean --json?\n"
       "  see: netbufctl adapter list --help\n"},
      {{"adapter", "get"},
       "error: netbufctl adapter get: name is required\n"
       "  see: netbufctl adapter get --help\n"},
      {{"adapter", "list", "--timeout", "0"},
       "error: netbufctl adapter list: --timeout: 0 is not more than zero and "
       "finite\n"
       "  see: netbufctl adapter list --help\n"},
      {{"adapter", "list", "--timeout", "soon"},
       "error: netbufctl adapter list: --timeout: soon is not a duration; give "
       "one such as 500ms, 10s or 2m\n"
       "  see: netbufctl adapter list --help\n"},
      {{"nb", "write", "p", "--nb", "1", "--hex", "abc"},
       "error: netbufctl nb write: --hex: abc is not hexadecimal; give two "
       "digits a byte, such as 0badcafe\n"
       "  see: netbufctl nb write --help\n"},
      {{"replay", "x.pcap"},
       "error: netbufctl replay: Exactly 1 option from [--adapter,--binding] "
       "is required\n"
       "  see: netbufctl replay --help\n"},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Run(test.arguments), 2);
    EXPECT_EQ(err_.str(), test.message);
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(AppTest, WithoutArgumentsHelpIsAnError) {
  EXPECT_EQ(Run({}), 2);
  EXPECT_THAT(err_.str(), HasSubstr("Examples:"));
}

TEST_F(AppTest, HelpDocumentsTheExitCodes) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Exit status:"));
  EXPECT_THAT(out_.str(), HasSubstr("64 + N"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AppTest, EveryCommandHasHelp) {
  const std::vector<std::vector<std::string>> commands = {
      {"adapter", "create"},
      {"adapter", "get"},
      {"adapter", "list"},
      {"adapter", "delete"},
      {"adapter", "set-link"},
      {"filter", "attach"},
      {"filter", "detach"},
      {"filter", "list"},
      {"protocol", "register"},
      {"protocol", "get"},
      {"protocol", "list"},
      {"protocol", "keep-alive"},
      {"protocol", "deregister"},
      {"binding", "open"},
      {"binding", "get"},
      {"binding", "list"},
      {"binding", "pause"},
      {"binding", "restart"},
      {"binding", "close"},
      {"binding", "complete-restart"},
      {"binding", "watch"},
      {"nbl-pool", "create"},
      {"nbl-pool", "get"},
      {"nbl-pool", "list"},
      {"nbl-pool", "delete"},
      {"nbl-pool", "trim"},
      {"nb-pool", "create"},
      {"nb-pool", "get"},
      {"nb-pool", "list"},
      {"nb-pool", "delete"},
      {"nb-pool", "trim"},
      {"nbl", "allocate"},
      {"nbl", "allocate-with-nb"},
      {"nbl", "free"},
      {"nbl", "get"},
      {"nbl", "send"},
      {"nbl", "context-allocate"},
      {"nbl", "context-free"},
      {"nbl", "retreat"},
      {"nbl", "advance"},
      {"nb", "allocate"},
      {"nb", "allocate-with-data"},
      {"nb", "free"},
      {"nb", "get"},
      {"nb", "write"},
      {"nb", "read"},
      {"nb", "set-space"},
      {"nb", "retreat"},
      {"nb", "advance"},
      {"oid", "query"},
      {"oid", "set"},
      {"oid", "list"},
      {"receive"},
      {"replay"},
      {"health"},
      {"version"},
  };
  for (std::vector<std::string> command : commands) {
    std::string usage = "Usage: netbufctl";
    for (const std::string& word : command) usage += " " + word;
    command.push_back("--help");
    EXPECT_EQ(Run(command), 0) << usage;
    EXPECT_THAT(out_.str(), HasSubstr(usage + " "));
    EXPECT_THAT(out_.str(), HasSubstr("Options of every command"));
  }
}

TEST_F(AppTest, VersionNamesTheApi) {
  EXPECT_EQ(Run({"version"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("netbuf.v1"));
  const std::string version = out_.str();
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_EQ(out_.str(), version);
}

TEST_F(AppTest, ReplayOfAFileThatIsMissingTouchesNothing) {
  EXPECT_CALL(*connection_, RegisterProtocol).Times(0);
  EXPECT_EQ(Run({"replay", "/no/such.pcap", "--adapter", "a1"}), 1);
  EXPECT_EQ(err_.str(),
            "error: cannot read /no/such.pcap: No such file or directory\n");
}

TEST_F(AppTest, OutputThatCannotBeWrittenIsAFailure) {
  ON_CALL(*connection_, ListAdapters).WillByDefault([] {
    return v1::ListAdaptersResponse();
  });
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"adapter", "list"}), 1);
  EXPECT_EQ(err_.str(), "error: cannot write to standard output\n");
}

}  // namespace
}  // namespace netbuf::client
