#include "server/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/engine_collector.h"
#include "server/metrics/exposition.h"
#include "server/metrics/fake_snapshot.h"
#include "server/metrics/metric_catalog.h"
#include "server/metrics/process_collector.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;

// The whole answer, head and body; empty when there is none.
std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval timeout{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  std::string answer;
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: localhost\r\n\r\n");
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
          0 &&
      send(fd, request.data(), request.size(), 0) ==
          static_cast<ssize_t>(request.size())) {
    char buffer[65536];
    ssize_t count;
    while ((count = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
      answer.append(buffer, count);
    }
  }
  close(fd);
  return answer;
}

std::string Body(const std::string& answer) {
  const size_t end_of_head = answer.find("\r\n\r\n");
  return end_of_head == std::string::npos ? "" : answer.substr(end_of_head + 4);
}

// The same collectors as a server's, over a snapshot.
MetricsServer::Collectables AllCollectables() {
  return {std::make_shared<EngineCollector>(SmallSnapshot),
          std::make_shared<RpcMetrics>(std::vector<RpcMethod>{
              {"netbuf.v1.OidService", "QueryOid", RpcType::kUnary}}),
          std::make_shared<ProcessCollector>()};
}

TEST(MetricsServerTest, PortZeroTakesAFreePortAndServesMetrics) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  const std::string answer = HttpGet((*server)->port(), "/metrics");
  EXPECT_THAT(answer, HasSubstr(" 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(answer, HasSubstr("\nnetbufd_protocols 1\n"));
}

TEST(MetricsServerTest, OnlyMetricsIsServed) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(server.ok()) << server.status();
  for (const char* path : {"/", "/other", "/../etc/passwd"}) {
    EXPECT_THAT(HttpGet((*server)->port(), path),
                testing::Not(HasSubstr(" 200 OK")))
        << path;
  }
}

// Both ways: nothing is shown that the catalogue does not have, and all it has
// is shown, with its type.
TEST(MetricsServerTest, AScrapeAndTheCatalogueHaveTheSameMetrics) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string text = Body(HttpGet((*server)->port(), "/metrics"));
  const std::vector<std::string> shown = FamilyNames(text);
  std::set<std::string> catalogue;
  for (const MetricDefinition& metric : MetricCatalog()) {
    catalogue.insert(std::string(metric.name));
    EXPECT_THAT(text,
                HasSubstr(absl::StrCat("# HELP ", metric.name, " ", metric.help,
                                       "\n# TYPE ", metric.name, " ",
                                       MetricTypeName(metric.type), "\n")));
  }
  EXPECT_EQ(std::set<std::string>(shown.begin(), shown.end()), catalogue);
  EXPECT_EQ(shown.size(), catalogue.size()) << "a family comes twice";
}

TEST(MetricsServerTest, PromtoolFindsNothingToSay) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(server.ok()) << server.status();
  HttpGet((*server)->port(), "/metrics");  // So that a scrape is counted.
  const auto complaints =
      PromtoolComplaints(Body(HttpGet((*server)->port(), "/metrics")));
  if (!complaints.has_value()) GTEST_SKIP() << "no promtool";
  EXPECT_EQ(*complaints, "");
}

TEST(MetricsServerTest, ScrapesMayRunAtOnce) {
  const auto server = MetricsServer::Start(
      "127.0.0.1", 0, {std::make_shared<EngineCollector>([] {
        return LargeSnapshot(50, 50);
      })});
  ASSERT_TRUE(server.ok()) << server.status();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([port = (*server)->port()] {
      for (int scrape = 0; scrape < 5; ++scrape) {
        const std::string text = Body(HttpGet(port, "/metrics"));
        EXPECT_THAT(text, HasSubstr("netbufd_memory_limit_bytes"));
        EXPECT_TRUE(absl::EndsWith(text, "\n"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(MetricsServerTest, ABusyPortIsAnErrorThatNamesItAndTheRemedy) {
  const auto first = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second =
      MetricsServer::Start("127.0.0.1", (*first)->port(), AllCollectables());
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  const std::string message(second.status().message());
  EXPECT_THAT(message, HasSubstr(absl::StrCat("127.0.0.1:", (*first)->port())));
  EXPECT_THAT(message, HasSubstr("in use"));
  EXPECT_THAT(message, HasSubstr("Choose another"));
  EXPECT_THAT(HttpGet((*first)->port(), "/metrics"), HasSubstr("200 OK"));
}

TEST(MetricsServerTest, ThePortIsFreeAgainAfterwards) {
  auto first = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(first.ok()) << first.status();
  const int port = (*first)->port();
  first->reset();
  const auto second =
      MetricsServer::Start("127.0.0.1", port, AllCollectables());
  EXPECT_TRUE(second.ok()) << second.status();
}

TEST(MetricsServerTest, BadAddressesAndPortsAreNamed) {
  struct Row {
    const char* name;
    const char* address;
    int port;
    const char* in_message;
  };
  for (const Row& row : {
           Row{"a name", "localhost", 0, "\"localhost\""},
           Row{"nothing", "", 0, "\"\""},
           Row{"IPv6", "::1", 0, "IPv4"},
           Row{"more options", "127.0.0.1:80,0.0.0.0", 0, "0.0.0.0"},
           Row{"negative port", "127.0.0.1", -1, "-1"},
           Row{"port too large", "127.0.0.1", 65536, "65536"},
       }) {
    const auto server =
        MetricsServer::Start(row.address, row.port, AllCollectables());
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument)
        << row.name;
    EXPECT_THAT(std::string(server.status().message()),
                HasSubstr(row.in_message))
        << row.name;
  }
}

TEST(MetricsServerTest, AnAddressOfAnotherMachineIsUnavailable) {
  // TEST-NET-1 of RFC 5737 is nobody's.
  const auto server = MetricsServer::Start("192.0.2.1", 0, AllCollectables());
  EXPECT_EQ(server.status().code(), absl::StatusCode::kUnavailable)
      << server.status();
}

TEST(MetricsServerTest, StoppingDoesNotWaitForTheListenersTimer) {
  auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectables());
  ASSERT_TRUE(server.ok()) << server.status();
  HttpGet((*server)->port(), "/metrics");
  const auto start = std::chrono::steady_clock::now();
  server->reset();
  // The timer is 2 s; without it a few milliseconds are usual.
  EXPECT_LT(std::chrono::steady_clock::now() - start,
            std::chrono::milliseconds(1500));
}

}  // namespace
}  // namespace netbuf
