// ServerFixture: a real server on free ports over a FakeEngine, and stubs to
// it.

#ifndef NETBUFD_SERVER_TESTING_SERVER_FIXTURE_H_
#define NETBUFD_SERVER_TESTING_SERVER_FIXTURE_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "netbuf/v1/adapter_service.grpc.pb.h"
#include "netbuf/v1/binding_service.grpc.pb.h"
#include "netbuf/v1/data_path_service.grpc.pb.h"
#include "server/server.h"
#include "server/testing/fake_engine.h"

namespace netbuf {

class ServerFixture : public testing::Test {
 protected:
  static constexpr size_t kMaxBytesInFlight = 1 << 20;

  ServerFixture() {
    auto engine = std::make_unique<FakeEngine>();
    engine_ = engine.get();
    ServerOptions options;
    options.port = 0;
    // Served by its own tests.
    options.metrics_port = ServerOptions::kNoPort;
    options.max_bytes_in_flight = kMaxBytesInFlight;
    auto server = Server::Start(options, &clock_, std::move(engine));
    EXPECT_TRUE(server.ok()) << server.status();
    if (!server.ok()) return;
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->grpc_endpoint(),
                                   grpc::InsecureChannelCredentials());
    adapters_ = v1::AdapterService::NewStub(channel_);
    bindings_ = v1::BindingService::NewStub(channel_);
    data_path_ = v1::DataPathService::NewStub(channel_);
  }

  // Waits for something another thread does. A test that would wait for ever
  // fails after 20 s instead.
  static bool Eventually(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!condition()) {
      if (absl::Now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  RealClock clock_;
  std::unique_ptr<Server> server_;
  FakeEngine* engine_ = nullptr;  // Lives until the server is destroyed.
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AdapterService::Stub> adapters_;
  std::unique_ptr<v1::BindingService::Stub> bindings_;
  std::unique_ptr<v1::DataPathService::Stub> data_path_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_TESTING_SERVER_FIXTURE_H_
