#include "tests/monitoring/many_resources.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace netbuf {
namespace {

constexpr int kAdapters = 10;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(EXIT_FAILURE);
}

template <typename T>
T ValueOrDie(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

void MakeProtocol(Engine& engine, int number) {
  const std::string id = absl::StrCat("protocol-", number);
  const std::string protocol = absl::StrCat("protocols/", id);
  Check(engine.RegisterProtocol(id, absl::Hours(1)).status());
  Check(engine
            .OpenBinding(protocol, "main",
                         absl::StrCat("adapters/adapter-", number % kAdapters),
                         RestartPolicy::kAutomatic)
            .status());
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = true;
  parameters.data_size = 2048;
  Check(engine.CreateNetBufferListPool(protocol, "send", parameters, 4096)
            .status());
  Check(engine.RestartBinding(absl::StrCat(protocol, "/bindings/main"), false)
            .status());
}

}  // namespace

ManyResources::ManyResources(int count)
    : engine_(
          ValueOrDie(Engine::Create({.clock = &clock_, .capture_dir = ""}))),
      rpc_metrics_(
          {{"netbuf.v1.DataPathService", "SendFrames", RpcType::kUnary}}),
      frame_(std::string(12, '\x02') + std::string("\x88\xb5", 2) +
             std::string(50, 'x')) {
  for (int i = 0; i < kAdapters; ++i) {
    Check(
        engine_
            ->CreateAdapter(absl::StrCat("adapter-", i), SimulatedNicOptions{})
            .status());
  }
  for (int i = 0; i < count; ++i) MakeProtocol(*engine_, i);
  metrics_ = ValueOrDie(
      MetricsServer::Start("127.0.0.1", 0, engine_.get(), &rpc_metrics_));
  send_.binding = "protocols/protocol-0/bindings/main";
  send_.net_buffer_list_pool = "protocols/protocol-0/netBufferListPools/send";
  send_.frames = {frame_};
}

absl::string_view ManyResources::Scrape(bool gzip) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(metrics_->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request =
      absl::StrCat("GET /metrics HTTP/1.0\r\nHost: localhost\r\n",
                   gzip ? "Accept-Encoding: gzip\r\n" : "", "\r\n");
  size_t size = 0;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
          0 &&
      send(fd, request.data(), request.size(), 0) ==
          static_cast<ssize_t>(request.size())) {
    ssize_t count;
    do {
      if (size == answer_.size()) answer_.resize(2 * size + (1 << 20));
      count = recv(fd, answer_.data() + size, answer_.size() - size, 0);
      if (count > 0) size += count;
    } while (count > 0);
  }
  close(fd);
  return {answer_.data(), size};
}

void ManyResources::Send() {
  Check(engine_->SendFrames(send_, [](const std::vector<NdisStatus>& statuses) {
    if (statuses.front() != NdisStatus::kSuccess) {
      Check(absl::InternalError("a frame was not sent"));
    }
  }));
}

}  // namespace netbuf
