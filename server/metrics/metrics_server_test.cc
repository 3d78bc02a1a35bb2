#include "server/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <map>
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
#include "server/testing/fake_engine.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A connection of a client that does as it likes.
class Client {
 public:
  explicit Client(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval timeout{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Send(const std::string& text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What comes until `end` has come, or the server hangs up.
  std::string ReadUntil(absl::string_view end) {
    std::string answer;
    std::vector<char> buffer(65536);
    while (!absl::EndsWith(answer, end) || end.empty()) {
      const ssize_t count = recv(fd_, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      answer.append(buffer.data(), count);
    }
    return answer;
  }
  std::string ReadToEnd() { return ReadUntil(""); }

 private:
  const int fd_;
};

std::string Request(absl::string_view method, absl::string_view path,
                    absl::string_view headers = "") {
  return absl::StrCat(method, " ", path, " HTTP/1.0\r\nHost: localhost\r\n",
                      headers, "\r\n");
}

// The whole answer, head and body.
std::string Ask(int port, const std::string& request) {
  Client client(port);
  client.Send(request);
  return client.ReadToEnd();
}

std::string HttpGet(int port, absl::string_view path) {
  return Ask(port, Request("GET", path));
}

std::string Body(const std::string& answer) {
  const size_t end_of_head = answer.find("\r\n\r\n");
  return end_of_head == std::string::npos ? "" : answer.substr(end_of_head + 4);
}

// The same collectors as a server's, over a snapshot.
MetricsServer::Collectables AllCollectors() {
  return {std::make_shared<EngineCollector>(SmallSnapshot),
          std::make_shared<RpcMetrics>(std::vector<RpcMethod>{
              {"netbuf.v1.OidService", "QueryOid", RpcType::kUnary}}),
          std::make_shared<ProcessCollector>()};
}

TEST(MetricsServerTest, PortZeroTakesAFreePortAndServesMetrics) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  const std::string answer = HttpGet((*server)->port(), "/metrics");
  EXPECT_THAT(answer, HasSubstr(" 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; "
                                "version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\nnetbufd_protocols 1\n"));
}

class SnapshotEngine : public FakeEngine {
  EngineSnapshot Snapshot() override { return SmallSnapshot(); }
};

TEST(MetricsServerTest, AnEngineItsRpcsAndTheProcessAreServed) {
  SnapshotEngine engine;
  RpcMetrics rpc({{"netbuf.v1.OidService", "QueryOid", RpcType::kUnary}});
  const auto server = MetricsServer::Start("127.0.0.1", 0, &engine, &rpc);
  ASSERT_TRUE(server.ok()) << server.status();
  rpc.Find("/netbuf.v1.OidService/QueryOid")->Started();
  const std::map<std::string, double> samples =
      Samples(Body(HttpGet((*server)->port(), "/metrics")));
  EXPECT_EQ(samples.at("netbufd_memory_used_bytes"), 804);
  EXPECT_EQ(samples.at("grpc_server_started_total{grpc_type=\"unary\","
                       "grpc_service=\"netbuf.v1.OidService\","
                       "grpc_method=\"QueryOid\"}"),
            1);
  EXPECT_EQ(samples.count("process_threads"), 1u);
}

TEST(MetricsServerTest, OnlyMetricsIsServed) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(server.ok()) << server.status();
  for (const char* path : {"/", "/other", "/../etc/passwd"}) {
    EXPECT_THAT(HttpGet((*server)->port(), path), Not(HasSubstr(" 200 OK")))
        << path;
  }
}

TEST(MetricsServerTest, HeadTellsWhatGetWouldSend) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string answer =
      Ask((*server)->port(), Request("HEAD", "/metrics"));
  EXPECT_THAT(answer, HasSubstr(" 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: "));
  EXPECT_EQ(Body(answer), "");
}

TEST(MetricsServerTest, OtherMethodsAreRefused) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(server.ok()) << server.status();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string answer =
        Ask((*server)->port(),
            Request(method, "/metrics", "Content-Length: 5\r\n") + "hello");
    EXPECT_THAT(answer, HasSubstr(" 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
}

TEST(MetricsServerTest, GzipIsForWhoAsksForIt) {
  const auto server = MetricsServer::Start(
      "127.0.0.1", 0, {std::make_shared<EngineCollector>(SmallSnapshot)});
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string gzip =
      Ask((*server)->port(),
          Request("GET", "/metrics", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(gzip, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(gzip, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4"));
  const std::string plain = HttpGet((*server)->port(), "/metrics");
  EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding")));
  for (const std::string& answer : {gzip, plain}) {
    EXPECT_THAT(answer, HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  }
  const std::string text = Gunzip(Body(gzip));
  EXPECT_EQ(text.substr(0, text.find("# HELP netbufd_scrape")),
            TextOf(EngineCollector(SmallSnapshot)));
  EXPECT_LT(gzip.size(), plain.size() / 3);
}

TEST(MetricsServerTest, OneConnectionMayScrapeAgain) {
  const auto server = MetricsServer::Start(
      "127.0.0.1", 0, {std::make_shared<EngineCollector>(SmallSnapshot)});
  ASSERT_TRUE(server.ok()) << server.status();
  Client client((*server)->port());
  for (int scrape = 0; scrape < 3; ++scrape) {
    client.Send("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("see /metrics\n"), HasSubstr(" 404 "));
    client.Send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr(" 200 OK\r\n"));
  }
}

// The next scrape shows what the last one cost.
TEST(MetricsServerTest, ScrapesAreCounted) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string first = Body(HttpGet((*server)->port(), "/metrics"));
  EXPECT_EQ(Samples(first).at("netbufd_scrape_seconds_count"), 0);
  const std::string second =
      Body(Ask((*server)->port(),
               Request("GET", "/metrics", "Accept-Encoding: gzip\r\n")));
  const auto after_one = Samples(Gunzip(second));
  EXPECT_EQ(after_one.at("netbufd_scrape_seconds_count"), 1);
  EXPECT_EQ(after_one.at("netbufd_scrape_bytes_total"), first.size());
  const auto after_two = Samples(Body(HttpGet((*server)->port(), "/metrics")));
  EXPECT_EQ(after_two.at("netbufd_scrape_bytes_total"),
            first.size() + second.size());
  EXPECT_GT(after_two.at("netbufd_scrape_seconds_sum"), 0);
}

// Both ways: nothing is shown that the catalogue does not have, and all it has
// is shown, with its type.
TEST(MetricsServerTest, AScrapeAndTheCatalogueHaveTheSameMetrics) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
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
  const auto server = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
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
  const auto first = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second =
      MetricsServer::Start("127.0.0.1", (*first)->port(), AllCollectors());
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  const std::string message(second.status().message());
  EXPECT_THAT(message, HasSubstr(absl::StrCat("127.0.0.1:", (*first)->port())));
  EXPECT_THAT(message, HasSubstr("in use"));
  EXPECT_THAT(message, HasSubstr("Choose another"));
  EXPECT_THAT(HttpGet((*first)->port(), "/metrics"), HasSubstr("200 OK"));
}

TEST(MetricsServerTest, ThePortIsFreeAgainAfterwards) {
  auto first = MetricsServer::Start("127.0.0.1", 0, AllCollectors());
  ASSERT_TRUE(first.ok()) << first.status();
  const int port = (*first)->port();
  first->reset();
  const auto second = MetricsServer::Start("127.0.0.1", port, AllCollectors());
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
        MetricsServer::Start(row.address, row.port, AllCollectors());
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument)
        << row.name;
    EXPECT_THAT(std::string(server.status().message()),
                HasSubstr(row.in_message))
        << row.name;
  }
}

TEST(MetricsServerTest, AnAddressOfAnotherMachineIsUnavailable) {
  // TEST-NET-1 of RFC 5737 is nobody's.
  const auto server = MetricsServer::Start("192.0.2.1", 0, AllCollectors());
  EXPECT_EQ(server.status().code(), absl::StatusCode::kUnavailable)
      << server.status();
}

std::shared_ptr<const prometheus::Collectable> LargePage() {
  return std::make_shared<EngineCollector>(
      [snapshot = LargeSnapshot(1000, 1000)] { return snapshot; });
}

bool IsWhole(const std::string& page) {
  return absl::StrContains(page, " 200 OK\r\n") &&
         absl::StrContains(page, "\nnetbufd_scrape_bytes_total ") &&
         absl::EndsWith(page, "\n");
}

// Five megabytes, more than the sockets hold.
TEST(MetricsServerTest, AClientThatDoesNotReadHoldsNobodyUp) {
  const auto server = MetricsServer::Start("127.0.0.1", 0, {LargePage()});
  ASSERT_TRUE(server.ok()) << server.status();
  Client slow((*server)->port());
  slow.Send(Request("GET", "/metrics"));
  EXPECT_TRUE(IsWhole(HttpGet((*server)->port(), "/metrics")));
  // It gets its own page when it likes.
  EXPECT_TRUE(IsWhole(slow.ReadToEnd()));
}

TEST(MetricsServerTest, StoppingWaitsForNoClient) {
  struct Row {
    const char* name;
    std::string sent;
  };
  for (const Row& row : {
           Row{"nothing sent", ""},
           Row{"half a request", "GET /metr"},
           Row{"a page that is not read", Request("GET", "/metrics")},
           Row{"a connection kept",
               "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"},
       }) {
    auto server = MetricsServer::Start("127.0.0.1", 0, {LargePage()});
    ASSERT_TRUE(server.ok()) << server.status();
    Client client((*server)->port());
    client.Send(row.sent);
    // Answered behind the client's connection: that one has been accepted.
    HttpGet((*server)->port(), "/");
    const auto start = std::chrono::steady_clock::now();
    server->reset();
    // A few milliseconds are usual; an HTTP server that looks at times whether
    // it shall stop takes a second or more.
    EXPECT_LT(std::chrono::steady_clock::now() - start,
              std::chrono::milliseconds(500))
        << row.name;
  }
}

}  // namespace
}  // namespace netbuf
