#include "server/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "google/protobuf/descriptor.h"
#include "grpc/grpc.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/control_executor.h"
#include "server/grpc_drain.h"
#include "server/grpc_options.h"
#include "server/metrics/metrics_server.h"
#include "server/metrics/rpc_metrics.h"
#include "server/metrics/rpc_metrics_interceptor.h"
#include "server/service/adapter_service.h"
#include "server/service/binding_service.h"
#include "server/service/buffer_service.h"
#include "server/service/data_path_service.h"
#include "server/service/live_streams.h"
#include "server/service/oid_service.h"
#include "server/service/pool_service.h"
#include "server/service/protocol_service.h"
#include "server/service/service_context.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// The engine cancels what is out and needs no more than to write its files, but
// that it must be given, however short the clients' time was.
constexpr absl::Duration kMinEngineShutdown = absl::Seconds(10);

const google::protobuf::ServiceDescriptor* FindService(const char* name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      name);
}

constexpr const char* kServiceNames[] = {
    "netbuf.v1.AdapterService", "netbuf.v1.ProtocolService",
    "netbuf.v1.BindingService", "netbuf.v1.PoolService",
    "netbuf.v1.BufferService",  "netbuf.v1.OidService",
    "netbuf.v1.DataPathService"};

std::vector<RpcMethod> AllMethods() {
  std::vector<RpcMethod> all;
  for (const char* name : kServiceNames) {
    std::vector<RpcMethod> methods = RpcMethodsOf(FindService(name));
    all.insert(all.end(), methods.begin(), methods.end());
  }
  return all;
}

// Settings of gRPC that every server of the process shares.
void SetUpGrpcOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Keeps the library up until the process ends. Otherwise the last object of
    // gRPC takes it down when it is destroyed, and that now and then waits 10 s
    // for a poller of gRPC's own.
    grpc_init();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // Keeps the linker from dropping the descriptor that reflection describes
    // the health service by.
    (void)grpc::health::v1::HealthCheckRequest::descriptor();
  });
}

void SetUpChannelzOnce() {
  static std::once_flag once;
  std::call_once(once, grpc::channelz::experimental::InitChannelzService);
}

std::string Endpoint(const std::string& address, int port) {
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? absl::StrCat("[", address, "]:", port)
            : absl::StrCat(address, ":", port);
}

absl::Status CheckPort(int port, absl::string_view field) {
  if (port >= 0 && port <= 65535) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("is ", port, "; use 0 to 65535"));
}

absl::Status CheckOptions(const ServerOptions& options) {
  in_addr v4;
  if (inet_pton(AF_INET, options.address.c_str(), &v4) != 1 &&
      !CheckIpv6Address(options.address).empty()) {
    return InvalidField("address",
                        absl::StrCat("is ", Quoted(options.address),
                                     "; use an IP address, such as 127.0.0.1"));
  }
  RETURN_IF_ERROR(CheckPort(options.port, "port"));
  if (options.metrics_port == ServerOptions::kNoPort) return absl::OkStatus();
  return CheckPort(options.metrics_port, "metrics_port");
}

absl::Status CannotListen(const std::string& endpoint, const std::string& why) {
  return ErrorBuilder(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                      NdisStatus::kResources)
             .Metadata("endpoint", endpoint)
         << "cannot listen on " << endpoint << ": " << why;
}

// Whether `port` can be listened on. gRPC itself only says that it failed.
absl::Status ProbePort(const std::string& address, int port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  if (!is_v4) inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  const int fd =
      socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;  // As gRPC does: a port in TIME_WAIT is free.
  const bool free =
      fd >= 0 &&
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      bind(fd,
           is_v4 ? reinterpret_cast<const sockaddr*>(&v4)
                 : reinterpret_cast<const sockaddr*>(&v6),
           is_v4 ? sizeof(v4) : sizeof(v6)) == 0 &&
      listen(fd, 1) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  return free ? absl::OkStatus()
              : CannotListen(Endpoint(address, port),
                             std::generic_category().message(error));
}

}  // namespace

std::string CheckIpv6Address(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET6, text.c_str(), &address) == 1
             ? ""
             : "is not an IPv6 address";
}

// Members in the order in which they come up; destruction takes them down in
// the other order.
std::string MetricsAddress(const ServerOptions& options) {
  if (!options.metrics_address.empty()) return options.metrics_address;
  if (!absl::StrContains(options.address, ':')) return options.address;
  return options.address == "::" ? "0.0.0.0" : "127.0.0.1";
}

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Clock* clock,
       std::unique_ptr<Engine> engine)
      : address_(options.address),
        metrics_address_(MetricsAddress(options)),
        engine_(std::move(engine)),
        rpc_metrics_(AllMethods()),
        context_{engine_.get(), clock, &executor_, &streams_,
                 options.max_bytes_in_flight} {}

  absl::Status Start(const ServerOptions& options) {
    SetUpGrpcOnce();
    if (options.channelz) SetUpChannelzOnce();
    if (options.metrics_port != ServerOptions::kNoPort) {
      ASSIGN_OR_RETURN(
          metrics_, MetricsServer::Start(metrics_address_, options.metrics_port,
                                         engine_.get(), &rpc_metrics_));
    }
    if (options.port != 0) {
      RETURN_IF_ERROR(ProbePort(options.address, options.port));
    }
    const std::string endpoint = Endpoint(options.address, options.port);
    grpc::ServerBuilder builder;
    Configure(builder);
    // What nobody can read need not be counted.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ,
                               options.channelz ? 1 : 0);
    builder.AddListeningPort(endpoint, grpc::InsecureServerCredentials(),
                             &port_);
    grpc_ = builder.BuildAndStart();
    if (grpc_ == nullptr || port_ <= 0) {
      return CannotListen(endpoint, "gRPC could not bind it");
    }
    for (const char* name : kServiceNames) {
      grpc_->GetHealthCheckService()->SetServingStatus(name, true);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<DeregisterReport> Shutdown(absl::Duration drain_timeout) {
    if (grpc_ != nullptr) {
      grpc_->GetHealthCheckService()->Shutdown();
      streams_.EndAll(ShuttingDownError());
      DrainGrpcServer(*grpc_, drain_timeout,
                      [this] { return rpc_metrics_.CallsInProgress() == 0; });
    }
    // No call is left. What still runs on the executor waits in the engine,
    // whose end lets it go.
    executor_.Stop();
    absl::StatusOr<DeregisterReport> report =
        engine_->Shutdown(std::max(drain_timeout, kMinEngineShutdown));
    metrics_.reset();
    return report;
  }

  int port() const { return port_; }
  int metrics_port() const {
    return metrics_ == nullptr ? ServerOptions::kNoPort : metrics_->port();
  }
  const std::string& address() const { return address_; }
  const std::string& metrics_address() const { return metrics_address_; }

 private:
  void Configure(grpc::ServerBuilder& builder) {
    SetGrpcOptions(builder);
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        interceptors;
    interceptors.push_back(MakeRpcMetricsInterceptorFactory(&rpc_metrics_));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{
             &adapters_, &protocols_, &bindings_, &pools_, &buffers_, &oids_,
             &data_path_}) {
      builder.RegisterService(service);
    }
  }

  const std::string address_;
  const std::string metrics_address_;
  const std::unique_ptr<Engine> engine_;
  RpcMetrics rpc_metrics_;
  std::unique_ptr<MetricsServer> metrics_;
  // Waits for its tasks when destroyed: before the engine that they are in.
  ControlExecutor executor_;
  LiveStreams streams_;
  const ServiceContext context_;
  AdapterServiceImpl adapters_{context_};
  ProtocolServiceImpl protocols_{context_};
  BindingServiceImpl bindings_{context_};
  PoolServiceImpl pools_{context_};
  BufferServiceImpl buffers_{context_};
  OidServiceImpl oids_{context_};
  DataPathServiceImpl data_path_{context_};
  std::unique_ptr<grpc::Server> grpc_;
  int port_ = 0;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const ServerOptions& options, Clock* clock,
    std::unique_ptr<Engine> engine) {
  RETURN_IF_ERROR(CheckOptions(options));
  auto impl = std::make_unique<Impl>(options, clock, std::move(engine));
  const absl::Status started = impl->Start(options);
  if (!started.ok()) {
    // Nothing was served, so there is nothing that a report could tell.
    impl->Shutdown(absl::ZeroDuration()).IgnoreError();
    return started;
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  if (impl_ != nullptr) impl_->Shutdown(absl::ZeroDuration()).IgnoreError();
}

int Server::port() const { return impl_->port(); }
int Server::metrics_port() const { return impl_->metrics_port(); }

std::string Server::grpc_endpoint() const {
  return Endpoint(impl_->address(), port());
}

std::string Server::metrics_endpoint() const {
  return Endpoint(impl_->metrics_address(), metrics_port());
}

absl::StatusOr<DeregisterReport> Server::Shutdown(
    absl::Duration drain_timeout) {
  std::unique_ptr<Impl> impl = std::move(impl_);
  return impl->Shutdown(drain_timeout);
}

}  // namespace netbuf
