// netbufd as a process: what it prints, how it ends.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "netbuf/v1/data_path_service.grpc.pb.h"
#include "netbuf/v1/pool_service.grpc.pb.h"
#include "netbuf/v1/protocol_service.grpc.pb.h"

namespace netbuf {
namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A netbufd on free ports, its output in files.
class Process {
 public:
  // `file_limit`: the largest file it can write.
  explicit Process(std::vector<std::string> flags,
                   rlim_t file_limit = RLIM_INFINITY) {
    static int count = 0;
    out_ = absl::StrCat(testing::TempDir(), "/out", ++count);
    err_ = absl::StrCat(testing::TempDir(), "/err", count);
    // What an earlier run left must not pass for this one's.
    unlink(out_.c_str());
    unlink(err_.c_str());
    std::vector<std::string> arguments = {"server/netbufd"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      const rlimit limit = {file_limit, file_limit};
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, SIG_IGN);  // A write beyond the limit is an error then.
      const int flags_to_open = O_WRONLY | O_CREAT | O_TRUNC;
      dup2(open(out_.c_str(), flags_to_open, 0600), STDOUT_FILENO);
      dup2(open(err_.c_str(), flags_to_open, 0600), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }

  // False when it ended instead, or took too long.
  bool AwaitReady() {
    for (int i = 0; i < 2000; ++i) {
      if (absl::EndsWith(out(), "\n")) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  void Signal(int signal) { kill(pid_, signal); }
  // The exit code, or minus the signal that ended it.
  int AwaitExit() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string out() const { return ReadFile(out_); }
  std::string err() const { return ReadFile(err_); }
  // The value of "grpc=" or "metrics=" in the line on stdout.
  std::string Endpoint(const std::string& name) const {
    for (const auto word : absl::StrSplit(out(), absl::ByAnyChar(" \n"))) {
      if (absl::StartsWith(word, name + "=")) {
        return std::string(word.substr(name.size() + 1));
      }
    }
    return "";
  }
  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel(Endpoint("grpc"),
                               grpc::InsecureChannelCredentials());
  }

 private:
  pid_t pid_ = -1;
  std::string out_;
  std::string err_;
};

std::vector<std::string> Flags(std::vector<std::string> more = {}) {
  std::vector<std::string> flags = {"--port=0", "--metrics_port=0"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

// A client with one adapter, and a running binding and a pool to send with.
class Client {
 public:
  Client(const std::shared_ptr<grpc::Channel>& channel,
         const v1::Adapter& adapter)
      : bindings_(v1::BindingService::NewStub(channel)),
        data_path_(v1::DataPathService::NewStub(channel)) {
    const auto adapters = v1::AdapterService::NewStub(channel);
    v1::CreateAdapterRequest create;
    create.set_adapter_id("a");
    *create.mutable_adapter() = adapter;
    Call<v1::Adapter>([&](auto* context, auto* response) {
      return adapters->CreateAdapter(context, create, response);
    });
    const auto protocols = v1::ProtocolService::NewStub(channel);
    v1::RegisterProtocolRequest protocol;
    protocol.set_protocol_id("p");
    Call<v1::Protocol>([&](auto* context, auto* response) {
      return protocols->RegisterProtocol(context, protocol, response);
    });
    v1::OpenBindingRequest open;
    open.set_parent("protocols/p");
    open.set_binding_id("b");
    open.mutable_binding()->set_adapter("adapters/a");
    Call<v1::Binding>([&](auto* context, auto* response) {
      return bindings_->OpenBinding(context, open, response);
    });
    v1::RestartBindingRequest restart;
    restart.set_name(kBinding);
    Call<v1::Binding>([&](auto* context, auto* response) {
      return bindings_->RestartBinding(context, restart, response);
    });
    const auto pools = v1::PoolService::NewStub(channel);
    v1::CreateNetBufferListPoolRequest pool;
    pool.set_parent("protocols/p");
    pool.set_net_buffer_list_pool_id("l");
    pool.mutable_net_buffer_list_pool()->set_allocate_net_buffer(true);
    pool.mutable_net_buffer_list_pool()->set_data_size(2048);
    Call<v1::NetBufferListPool>([&](auto* context, auto* response) {
      return pools->CreateNetBufferListPool(context, pool, response);
    });
  }

  grpc::Status Send(int frames, v1::SendFramesResponse* response) {
    v1::SendFramesRequest send;
    send.set_binding(kBinding);
    send.set_net_buffer_list_pool("protocols/p/netBufferListPools/l");
    for (int i = 0; i < frames; ++i) send.add_frames(std::string(1000, 'x'));
    grpc::ClientContext context;
    return data_path_->SendFrames(&context, send, response);
  }

  // A send that ends when the server ends it, for an adapter that holds it. It
  // is out when this returns.
  std::future<grpc::Status> SendAndWait() {
    auto sent = std::async(std::launch::async, [this] {
      v1::SendFramesResponse response;
      return Send(1, &response);
    });
    v1::GetBindingRequest request;
    request.set_name(kBinding);
    uint64_t outstanding = 0;
    while (outstanding == 0) {
      const auto binding =
          Call<v1::Binding>([&](auto* context, auto* response) {
            return bindings_->GetBinding(context, request, response);
          });
      outstanding = binding.outstanding_sends();
    }
    return sent;
  }

 private:
  static constexpr char kBinding[] = "protocols/p/bindings/b";

  template <typename Response, typename Stub>
  static Response Call(Stub stub) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = stub(&context, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  const std::unique_ptr<v1::BindingService::Stub> bindings_;
  const std::unique_ptr<v1::DataPathService::Stub> data_path_;
};

// Holds what is sent.
v1::Adapter AdapterWithoutLink() {
  v1::Adapter adapter;
  adapter.mutable_simulated();
  adapter.set_initially_disconnected(true);
  adapter.set_link_down_policy(v1::LINK_DOWN_POLICY_QUEUE);
  return adapter;
}

TEST(NetbufdTest, PrintsOneLineWhenItServes) {
  Process server(Flags());
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  const std::string grpc = server.Endpoint("grpc");
  const std::string metrics = server.Endpoint("metrics");
  EXPECT_TRUE(absl::StartsWith(grpc, "127.0.0.1:"));
  EXPECT_EQ(server.out(), absl::StrCat("netbufd ready grpc=", grpc,
                                       " metrics=", metrics, "\n"));
  v1::ListAdaptersResponse response;
  grpc::ClientContext context;
  EXPECT_TRUE(v1::AdapterService::NewStub(server.Channel())
                  ->ListAdapters(&context, {}, &response)
                  .ok());
  const auto start = std::chrono::steady_clock::now();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
  // Nothing was in flight. The client, whose connection is open, would take 5 s
  // to find out.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  EXPECT_TRUE(absl::StrContains(server.err(), "info server.stopped"));
  EXPECT_TRUE(absl::StrContains(server.err(), "info pool.audit"));
}

TEST(NetbufdTest, InterruptEndsItToo) {
  Process server(Flags());
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  server.Signal(SIGINT);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
}

TEST(NetbufdTest, ABusyPortIsOneErrorLine) {
  Process first(Flags());
  ASSERT_TRUE(first.AwaitReady()) << first.err();
  const std::string endpoint = first.Endpoint("grpc");
  const std::string port = endpoint.substr(endpoint.find(':') + 1);
  Process second({"--metrics_port=0", absl::StrCat("--port=", port)});
  EXPECT_EQ(second.AwaitExit(), 1);
  EXPECT_EQ(second.out(), "");
  const std::string error = second.err();
  EXPECT_TRUE(absl::StrContains(error, "server.start_failed")) << error;
  EXPECT_TRUE(absl::StrContains(error, endpoint)) << error;
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
}

TEST(NetbufdTest, AWrongFlagIsAUsageError) {
  Process server({"--prot=1"});
  EXPECT_EQ(server.AwaitExit(), 2);
  EXPECT_EQ(server.out(), "");
  EXPECT_TRUE(absl::StrContains(server.err(), "--prot"));
}

std::string Write(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << text;
  return path;
}

TEST(NetbufdTest, WhatTheConfigurationDeclaresServesAtOnce) {
  const std::string config = Write("good.txtpb", R"(
adapters { adapter_id: "a" adapter { simulated {} } }
protocols { protocol_id: "p" }
bindings {
  parent: "protocols/p" binding_id: "b"
  binding { adapter: "adapters/a" }
}
net_buffer_list_pools {
  parent: "protocols/p" net_buffer_list_pool_id: "l"
  net_buffer_list_pool { allocate_net_buffer: true data_size: 2048 }
}
)");
  Process server(Flags({"--config=" + config}));
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  const auto data_path = v1::DataPathService::NewStub(server.Channel());
  v1::SendFramesRequest send;
  send.set_binding("protocols/p/bindings/b");
  send.set_net_buffer_list_pool("protocols/p/netBufferListPools/l");
  send.add_frames(std::string(64, '\0'));
  grpc::ClientContext context;
  v1::SendFramesResponse sent;
  const grpc::Status status = data_path->SendFrames(&context, send, &sent);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(sent.succeeded(), 1);

  const auto protocols = v1::ProtocolService::NewStub(server.Channel());
  v1::GetProtocolRequest get;
  get.set_name("protocols/p");
  grpc::ClientContext get_context;
  v1::Protocol protocol;
  ASSERT_TRUE(protocols->GetProtocol(&get_context, get, &protocol).ok());
  EXPECT_FALSE(protocol.has_lease_duration());
  EXPECT_FALSE(protocol.has_lease_expire_time());
  EXPECT_TRUE(absl::StrContains(server.err(), " config.applied file=" + config))
      << server.err();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
}

TEST(NetbufdTest, AWrongConfigurationStartsNothing) {
  const std::string config = Write("wrong.txtpb", R"(
adapters { adapter_id: "a" adapter { simulated {} } }
adapters { adapter_id: "a" adapter { simulated {} } }
)");
  Process server(Flags({"--config=" + config}));
  EXPECT_EQ(server.AwaitExit(), 1);
  EXPECT_EQ(server.out(), "");
  EXPECT_TRUE(absl::StrContains(server.err(), config + ":3:1: adapters[1]: "))
      << server.err();
  EXPECT_TRUE(absl::StrContains(server.err(), "server.start_failed"));
}

TEST(NetbufdTest, AConfigurationCanBeValidatedWithoutStarting) {
  const std::string good =
      Write("v1.txtpb", "protocols { protocol_id: \"p\" }\n");
  Process right({"--validate_config", "--config=" + good});
  EXPECT_EQ(right.AwaitExit(), 0) << right.err();
  EXPECT_TRUE(absl::StartsWith(right.out(), "ok: " + good)) << right.out();
  EXPECT_EQ(right.err(), "");

  const std::string bad =
      Write("v2.txtpb", "protocols {\n  protocol_id: \"P\"\n}\n");
  Process wrong({"--validate_config", "--config=" + bad});
  EXPECT_EQ(wrong.AwaitExit(), 1);
  EXPECT_EQ(wrong.out(), "");
  EXPECT_TRUE(
      absl::StartsWith(wrong.err(), bad + ":2:3: protocols[0].protocol_id"))
      << wrong.err();
}

TEST(NetbufdTest, JsonLogsAreOneObjectALine) {
  Process server(Flags({"--log_format=json"}));
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  server.Signal(SIGTERM);
  ASSERT_EQ(server.AwaitExit(), 0) << server.err();
  const std::string log = server.err();
  std::vector<std::string> events;
  for (const auto line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    google::protobuf::Struct object;
    ASSERT_TRUE(
        google::protobuf::util::JsonStringToMessage(std::string(line), &object)
            .ok())
        << line;
    EXPECT_TRUE(object.fields().contains("time")) << line;
    EXPECT_EQ(object.fields().at("level").string_value(), "info") << line;
    events.push_back(object.fields().at("event").string_value());
  }
  EXPECT_EQ(events, (std::vector<std::string>{
                        "server.options", "server.started", "server.stopping",
                        "pool.audit", "server.stopped"}));
}

// Whether channelz answers a request for its servers.
grpc::StatusCode AskChannelz(const Process& server) {
  const auto channel = server.Channel();
  grpc::TemplatedGenericStub<google::protobuf::Empty, google::protobuf::Empty>
      stub(channel);
  grpc::ClientContext context;
  const google::protobuf::Empty request;
  google::protobuf::Empty response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.channelz.v1.Channelz/GetServers", {},
                 &request, &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  return done.get_future().get().error_code();
}

TEST(NetbufdTest, ChannelzIsThereWhenAskedFor) {
  Process without(Flags());
  ASSERT_TRUE(without.AwaitReady()) << without.err();
  EXPECT_EQ(AskChannelz(without), grpc::StatusCode::UNIMPLEMENTED);
  Process with(Flags({"--channelz"}));
  ASSERT_TRUE(with.AwaitReady()) << with.err();
  EXPECT_EQ(AskChannelz(with), grpc::StatusCode::OK);
}

TEST(NetbufdTest, TheServiceManagerIsToldOfTheBeginningAndTheEnd) {
  const std::string name = absl::StrCat("@netbufd-test-", getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin() + 1, name.end(), address.sun_path + 1);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                        name.size())),
            0);
  const auto receive = [fd] {
    char buffer[256];
    const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
    return std::string(buffer, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  };
  setenv("NOTIFY_SOCKET", name.c_str(), 1);
  Process server(Flags());
  unsetenv("NOTIFY_SOCKET");
  const std::string ready = receive();
  EXPECT_TRUE(absl::StartsWith(ready, "READY=1\n")) << ready;
  // It serves when it says so.
  EXPECT_NE(server.Endpoint("grpc"), "");
  server.Signal(SIGTERM);
  const std::string stopping = receive();
  EXPECT_TRUE(absl::StartsWith(stopping, "STOPPING=1\n")) << stopping;
  EXPECT_EQ(server.AwaitExit(), 0);
  close(fd);
}

TEST(NetbufdTest, FramesThatNobodyTakesDoNotKeepItFromEnding) {
  Process server(Flags({"--drain_timeout=100ms"}));
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  Client client(server.Channel(), AdapterWithoutLink());
  auto sent = client.SendAndWait();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
  EXPECT_FALSE(sent.get().ok());
  EXPECT_TRUE(absl::StrContains(server.err(),
                                "info pool.audit "
                                "leaked_net_buffer_lists=0"))
      << server.err();
}

TEST(NetbufdTest, ASecondSignalEndsItAtOnce) {
  Process server(Flags({"--drain_timeout=1h"}));
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  Client client(server.Channel(), AdapterWithoutLink());
  auto sent = client.SendAndWait();
  server.Signal(SIGTERM);
  while (!absl::StrContains(server.err(), "server.stopping")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  server.Signal(SIGINT);
  EXPECT_EQ(server.AwaitExit(), 128 + SIGINT);
  EXPECT_FALSE(sent.get().ok());
}

TEST(NetbufdTest, ACaptureThatIsWrittenEndsWithZero) {
  Process server(Flags({absl::StrCat("--capture_dir=", testing::TempDir())}));
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  v1::Adapter adapter;
  adapter.mutable_pcap()->set_transmit_file("whole.pcap");
  Client client(server.Channel(), adapter);
  v1::SendFramesResponse response;
  ASSERT_TRUE(client.Send(20, &response).ok());
  EXPECT_EQ(response.succeeded(), 20);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
  EXPECT_EQ(ReadFile(absl::StrCat(testing::TempDir(), "/whole.pcap")).size(),
            24 + 20 * (16 + 1000));
}

TEST(NetbufdTest, FramesThatTheDiskRefusesAreToldAndTheCaptureStaysWhole) {
  constexpr rlim_t kFileLimit = 8192;
  Process server(Flags({absl::StrCat("--capture_dir=", testing::TempDir())}),
                 kFileLimit);
  ASSERT_TRUE(server.AwaitReady()) << server.err();
  v1::Adapter adapter;
  adapter.mutable_pcap()->set_transmit_file("cut.pcap");
  Client client(server.Channel(), adapter);
  v1::SendFramesResponse response;
  ASSERT_TRUE(client.Send(20, &response).ok());
  EXPECT_LT(response.succeeded(), 20);
  // Every frame that was not written was told to its sender, so the end is
  // clean.
  server.Signal(SIGTERM);
  EXPECT_EQ(server.AwaitExit(), 0) << server.err();
  EXPECT_EQ(ReadFile(absl::StrCat(testing::TempDir(), "/cut.pcap")).size(),
            24 + response.succeeded() * (16 + 1000));
}

TEST(NetbufdTest, ListensOnIpv6WithItsMetricsOnIpv4) {
  if (!std::ifstream("/proc/net/if_inet6").good()) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  Process process({"--address=::1", "--port=0", "--metrics_port=0"});
  ASSERT_TRUE(process.AwaitReady()) << process.err();
  EXPECT_THAT(process.Endpoint("grpc"), testing::StartsWith("[::1]:"));
  EXPECT_THAT(process.Endpoint("metrics"), testing::StartsWith("127.0.0.1:"));
  EXPECT_TRUE(process.Channel()->WaitForConnected(
      std::chrono::system_clock::now() + std::chrono::seconds(20)));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.AwaitExit(), 0);
}

}  // namespace
}  // namespace netbuf
