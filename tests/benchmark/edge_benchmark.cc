// What a call costs the server at its edge: unary SendFrames to netbufd, next
// to a bare gRPC server that answers the same messages and does nothing else.
//
//   edge_benchmark [--rounds=N] [--calls=N]
//
// Each server is a process of its own and set up by the same SetGrpcOptions().
// The figure is the processor time of that process, so neither the client nor
// the other server counts. Rounds alternate; the medians of both costs are
// shown, and the median of the rounds' ratios counts:
//
//   RATIO edge_unary ours=31.40 peer=28.20 ratio=0.90 reach=0.87 ok
//
// in microseconds a call; the ratio is peer over ours. More rounds make it run
// long enough for `perf record -p` on the process ids of the first line.

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/clock.h"
#include "engine/engine.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/server_callback.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "netbuf/v1/data_path_service.grpc.pb.h"
#include "netbuf/v1/pool_service.grpc.pb.h"
#include "netbuf/v1/protocol_service.grpc.pb.h"
#include "server/grpc_options.h"
#include "server/server.h"

namespace netbuf {
namespace {

constexpr char kBinding[] = "protocols/p/bindings/b";
constexpr char kPool[] = "protocols/p/netBufferListPools/l";
constexpr size_t kFrameBytes = 64;
// In flight at a time: enough for the server never to wait for the client, few
// enough for it to be awake for each.
constexpr int kWindow = 8;

struct Comparison {
  const char* name;
  int frames;  // In each call.
  double reach;
};
constexpr Comparison kComparisons[] = {
    {"edge_unary", 1, 0.87},     // At most 1.15 times the echo.
    {"edge_batch_64", 64, 0.50}  // At most twice the echo.
};

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "edge_benchmark: %s\n", why.c_str());
  std::exit(2);
}

// --- The servers ------------------------------------------------------------

// Answers as netbufd does, without doing anything.
class Echo final : public v1::DataPathService::CallbackService {
 public:
  grpc::ServerUnaryReactor* SendFrames(
      grpc::CallbackServerContext* context,
      const v1::SendFramesRequest* request,
      v1::SendFramesResponse* response) override {
    const int frames = request->frame_lengths_size();
    response->mutable_ndis_statuses()->Reserve(frames);
    for (int i = 0; i < frames; ++i) {
      response->add_ndis_statuses(v1::NDIS_STATUS_SUCCESS);
    }
    response->set_succeeded(static_cast<uint32_t>(frames));
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Tells the parent the port, and serves until it is killed.
[[noreturn]] void ServeForEver(int report_fd, int port) {
  if (write(report_fd, &port, sizeof(port)) != sizeof(port)) _exit(2);
  for (;;) pause();
}

[[noreturn]] void ServeEcho(int report_fd) {
  Echo echo;
  int port = 0;
  grpc::ServerBuilder builder;
  SetGrpcOptions(builder);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) Die("the echo server did not start");
  ServeForEver(report_fd, port);
}

[[noreturn]] void ServeNetbufd(int report_fd) {
  RealClock clock;
  EngineOptions engine_options;
  engine_options.clock = &clock;
  auto engine = Engine::Create(engine_options);
  if (!engine.ok()) Die(engine.status().ToString());
  ServerOptions options;
  options.port = 0;
  options.metrics_port = 0;
  const auto server = Server::Start(options, &clock, *std::move(engine));
  if (!server.ok()) Die(server.status().ToString());
  ServeForEver(report_fd, (*server)->port());
}

struct Process {
  pid_t pid = 0;
  int port = 0;
};

// The client has the first processor, the servers, of which one works at a
// time, have the last: who wakes whom where is then no matter of luck.
void Pin(bool server) {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  if (count < 2) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(server ? count - 1 : 0, &set);
  sched_setaffinity(0, sizeof(set), &set);  // If not, it is only less steady.
}

// Before this process touches gRPC, which does not survive a fork.
Process Fork(void (*serve)(int)) {
  std::array<int, 2> fds;
  if (pipe(fds.data()) != 0) Die("no pipe");
  Process process;
  process.pid = fork();
  if (process.pid < 0) Die("no process");
  if (process.pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(fds[0]);
    Pin(true);
    serve(fds[1]);
  }
  close(fds[1]);
  if (read(fds[0], &process.port, sizeof(process.port)) !=
      sizeof(process.port)) {
    Die("a server did not get ready");
  }
  close(fds[0]);
  return process;
}

double CpuMicroseconds(pid_t pid) {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(pid, &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    Die("a server is gone");
  }
  return static_cast<double>(time.tv_sec) * 1e6 +
         static_cast<double>(time.tv_nsec) / 1e3;
}

// --- The client -------------------------------------------------------------

std::shared_ptr<grpc::Channel> Connect(const Process& process) {
  // Apart from each other, or gRPC would share connections.
  grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.use_local_subchannel_pool", 1);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", process.port),
                                   grpc::InsecureChannelCredentials(),
                                   arguments);
}

void Check(const grpc::Status& status) {
  if (!status.ok()) Die(status.error_message());
}

// A binding that runs on a simulated NIC, and a pool to send from.
void Prepare(const std::shared_ptr<grpc::Channel>& channel) {
  {
    grpc::ClientContext context;
    v1::CreateAdapterRequest request;
    request.set_adapter_id("a");
    request.mutable_adapter()->mutable_simulated();
    v1::Adapter adapter;
    Check(v1::AdapterService::NewStub(channel)->CreateAdapter(&context, request,
                                                              &adapter));
  }
  {
    grpc::ClientContext context;
    v1::RegisterProtocolRequest request;
    request.set_protocol_id("p");
    request.mutable_protocol()->mutable_lease_duration()->set_seconds(3600);
    v1::Protocol protocol;
    Check(v1::ProtocolService::NewStub(channel)->RegisterProtocol(
        &context, request, &protocol));
  }
  const auto bindings = v1::BindingService::NewStub(channel);
  v1::Binding binding;
  {
    grpc::ClientContext context;
    v1::OpenBindingRequest request;
    request.set_parent("protocols/p");
    request.set_binding_id("b");
    request.mutable_binding()->set_adapter("adapters/a");
    Check(bindings->OpenBinding(&context, request, &binding));
  }
  {
    grpc::ClientContext context;
    v1::CreateNetBufferListPoolRequest request;
    request.set_parent("protocols/p");
    request.set_net_buffer_list_pool_id("l");
    request.mutable_net_buffer_list_pool()->set_allocate_net_buffer(true);
    request.mutable_net_buffer_list_pool()->set_data_size(2048);
    v1::NetBufferListPool pool;
    Check(v1::PoolService::NewStub(channel)->CreateNetBufferListPool(
        &context, request, &pool));
  }
  grpc::ClientContext context;
  v1::RestartBindingRequest request;
  request.set_name(kBinding);
  Check(bindings->RestartBinding(&context, request, &binding));
}

v1::SendFramesRequest Request(int frames) {
  v1::SendFramesRequest request;
  request.set_binding(kBinding);
  request.set_net_buffer_list_pool(kPool);
  request.set_frame_data(std::string(kFrameBytes * frames, '\xff'));
  for (int i = 0; i < frames; ++i) request.add_frame_lengths(kFrameBytes);
  return request;
}

// Makes calls, kWindow at a time, each answer starting the next.
class Caller {
 public:
  Caller(const std::shared_ptr<grpc::Channel>& channel, int frames)
      : stub_(v1::DataPathService::NewStub(channel)),
        request_(Request(frames)) {}

  void Run(int calls) {
    left_ = calls;
    running_ = kWindow;
    for (int i = 0; i < kWindow; ++i) Next();
    std::unique_lock<std::mutex> lock(mu_);
    idle_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::SendFramesResponse response;
  };

  void Next() {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      if (left_ == 0) {
        if (--running_ == 0) idle_.notify_one();
        return;
      }
      --left_;
    }
    auto* const call = new Call;
    stub_->async()->SendFrames(
        &call->context, &request_, &call->response,
        [this, call](const grpc::Status& status) {
          Check(status);
          if (call->response.succeeded() != request_.frame_lengths_size()) {
            Die("a frame was not sent");
          }
          delete call;
          Next();
        });
  }

  const std::unique_ptr<v1::DataPathService::Stub> stub_;
  const v1::SendFramesRequest request_;
  std::mutex mu_;
  std::condition_variable idle_;
  int left_ = 0;
  int running_ = 0;
};

double MicrosecondsACall(const Process& process, Caller& caller, int calls) {
  const double before = CpuMicroseconds(process.pid);
  caller.Run(calls);
  return (CpuMicroseconds(process.pid) - before) / calls;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool Compare(const Comparison& comparison, const Process& ours,
             const Process& peer, int rounds, int calls) {
  Caller to_ours(Connect(ours), comparison.frames);
  Caller to_peer(Connect(peer), comparison.frames);
  // Connections, caches and pools are there before anything counts.
  to_ours.Run(calls);
  to_peer.Run(calls);
  std::vector<double> our_costs;
  std::vector<double> peer_costs;
  std::vector<double> ratios;  // Within a round: what is slow meets both.
  for (int round = 0; round < rounds; ++round) {
    our_costs.push_back(MicrosecondsACall(ours, to_ours, calls));
    peer_costs.push_back(MicrosecondsACall(peer, to_peer, calls));
    ratios.push_back(peer_costs.back() / our_costs.back());
  }
  const double ratio = Median(ratios);
  const bool reached = ratio >= comparison.reach;
  std::printf("RATIO %s ours=%.2f peer=%.2f ratio=%.2f reach=%.2f %s\n",
              comparison.name, Median(our_costs), Median(peer_costs), ratio,
              comparison.reach, reached ? "ok" : "short");
  return reached;
}

int Run(int rounds, int calls) {
  const Process ours = Fork(&ServeNetbufd);
  const Process peer = Fork(&ServeEcho);
  std::printf("ours is process %d, peer is process %d; microseconds a call\n",
              ours.pid, peer.pid);
  Pin(false);
  Prepare(Connect(ours));
  bool all_reached = true;
  for (const Comparison& comparison : kComparisons) {
    std::fflush(stdout);
    all_reached &= Compare(comparison, ours, peer, rounds, calls);
  }
  for (const Process& process : {ours, peer}) {
    kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, 0);
  }
  return all_reached ? 0 : 1;
}

bool ReadFlag(absl::string_view argument, absl::string_view name, int* value) {
  return absl::ConsumePrefix(&argument, name) &&
         absl::SimpleAtoi(argument, value) && *value > 0;
}

}  // namespace
}  // namespace netbuf

int main(int argc, char** argv) {
  // As netbufd's own main() does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  int rounds = 41;
  int calls = 2'000;
  for (int i = 1; i < argc; ++i) {
    if (!netbuf::ReadFlag(argv[i], "--rounds=", &rounds) &&
        !netbuf::ReadFlag(argv[i], "--calls=", &calls)) {
      std::fprintf(stderr, "usage: edge_benchmark [--rounds=N] [--calls=N]\n");
      return 2;
    }
  }
  return netbuf::Run(rounds, calls);
}
