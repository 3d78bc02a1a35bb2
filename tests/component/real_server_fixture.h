// RealServerFixture: the real server on a free port, over the real engine.

#ifndef NETBUFD_TESTS_COMPONENT_REAL_SERVER_FIXTURE_H_
#define NETBUFD_TESTS_COMPONENT_REAL_SERVER_FIXTURE_H_

#include <memory>
#include <utility>

#include "engine/base/clock.h"
#include "engine/engine.h"
#include "gtest/gtest.h"
#include "server/server.h"

namespace netbuf {

class RealServerFixture : public testing::Test {
 protected:
  RealServerFixture() {
    auto engine =
        Engine::Create({.clock = &clock_, .capture_dir = testing::TempDir()});
    EXPECT_TRUE(engine.ok()) << engine.status();
    ServerOptions options;
    options.port = 0;
    options.metrics_port = ServerOptions::kNoPort;
    auto server = Server::Start(options, &clock_, *std::move(engine));
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  RealClock clock_;
  std::unique_ptr<Server> server_;
};

}  // namespace netbuf

#endif  // NETBUFD_TESTS_COMPONENT_REAL_SERVER_FIXTURE_H_
