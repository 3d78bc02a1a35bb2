#include "server/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/metrics/engine_collector.h"
#include "server/metrics/process_collector.h"

namespace netbuf {
namespace {

// The metrics of a thousand pools and bindings take some 30 MB while they are
// written, and giving those back to the system after each scrape, to fault them
// in again at the next, was almost half of its cost. glibc raises both limits
// by itself, to these values at most, when large blocks are freed; here they
// are what they would be after one block of 32 MiB.
void KeepMemoryBetweenScrapes() {
  // Threads that allocate meanwhile see the old limit or the new one: glibc
  // sets them under its lock.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TRIM_THRESHOLD, 64 << 20);  // NOLINT(concurrency-mt-unsafe)
}

// Shows what somebody else owns, without owning it.
class BorrowedCollectable : public prometheus::Collectable {
 public:
  explicit BorrowedCollectable(const prometheus::Collectable* target)
      : target_(target) {}
  std::vector<prometheus::MetricFamily> Collect() const override {
    return target_->Collect();
  }

 private:
  const prometheus::Collectable* const target_;
};

// Debian's civetweb is built without IPv6.
bool IsIpv4Address(const std::string& address) {
  in_addr parsed;
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1;
}

// Connects and hangs up. An address of all zeros reaches this machine.
void Poke(const std::string& address, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &target.sin_addr);
  // Whether it succeeds does not matter: the listener woke, or was gone.
  (void)connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof(target));
  close(fd);
}

absl::StatusOr<std::unique_ptr<prometheus::Exposer>> Listen(
    const std::string& endpoint) {
  // Two threads: Prometheus and somebody with curl. A client that sends nothing
  // loses its thread after 10 s, Prometheus's own default scrape timeout.
  const std::vector<std::string> options = {"listening_ports",    endpoint,
                                            "num_threads",        "2",
                                            "request_timeout_ms", "10000"};
  try {
    return std::make_unique<prometheus::Exposer>(options);
  } catch (const std::exception& e) {  // CivetException, which says little.
    return absl::UnavailableError(absl::StrCat(
        "cannot serve metrics on ", endpoint,
        ": the port is in use or may not be listened on, or the address is not "
        "one of this machine. Choose another address or port (port 0 takes a "
        "free one), or stop what listens there; `ss -ltnp` shows it. (",
        e.what(), ")"));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    absl::string_view address, int port, Engine* engine, RpcMetrics* rpc) {
  return Start(address, port,
               {std::make_shared<EngineCollector>(
                    [engine] { return engine->Snapshot(); }),
                std::make_shared<BorrowedCollectable>(rpc),
                std::make_shared<ProcessCollector>()});
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    absl::string_view address, int port, Collectables collectables) {
  if (port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics port ", port,
                     " is not one of 0 to 65535; 0 takes a free one"));
  }
  const std::string host(address);
  if (!IsIpv4Address(host)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "metrics address \"", host,
        "\" is not an IPv4 address; 127.0.0.1 serves this machine only, "
        "0.0.0.0 all of its addresses"));
  }
  absl::StatusOr<std::unique_ptr<prometheus::Exposer>> exposer =
      Listen(absl::StrCat(host, ":", port));
  if (!exposer.ok()) return exposer.status();
  KeepMemoryBetweenScrapes();
  for (const auto& collectable : collectables) {
    (*exposer)->RegisterCollectable(collectable);
  }
  return std::unique_ptr<MetricsServer>(
      new MetricsServer(host, std::move(collectables), std::move(*exposer)));
}

MetricsServer::MetricsServer(std::string address, Collectables collectables,
                             std::unique_ptr<prometheus::Exposer> exposer)
    : address_(std::move(address)),
      collectables_(std::move(collectables)),
      exposer_(std::move(exposer)),
      port_(exposer_->GetListeningPorts().front()) {}

MetricsServer::~MetricsServer() {
  // Civetweb's listener looks every 2 s whether it shall stop, or when somebody
  // connects. Nobody wants to wait that long for a server to end.
  std::atomic<bool> stopped{false};
  std::thread waker([this, &stopped] {
    while (!stopped.load()) {
      Poke(address_, port_);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  exposer_.reset();
  stopped.store(true);
  waker.join();
}

}  // namespace netbuf
