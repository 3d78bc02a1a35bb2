#include "server/metrics/rpc_metrics.h"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "netbuf/v1/binding_service.pb.h"
#include "server/metrics/exposition.h"

namespace netbuf {
namespace {

const std::vector<RpcMethod>& TwoMethods() {
  static const auto* const methods = new std::vector<RpcMethod>{
      {"pkg.Service", "Get", RpcType::kUnary},
      {"pkg.Service", "Watch", RpcType::kServerStream}};
  return *methods;
}
constexpr char kGet[] =
    "{grpc_type=\"unary\",grpc_service=\"pkg.Service\",grpc_method=\"Get\"";

std::map<std::string, double> SamplesOf(const RpcMetrics& metrics) {
  return Samples(TextOf(metrics));
}

TEST(RpcMetricsTest, EveryMethodHasAllItsSeriesFromTheStart) {
  const RpcMetrics metrics(TwoMethods());
  const std::map<std::string, double> samples = SamplesOf(metrics);
  // Three counters, 17 codes, 15 buckets and +Inf, sum and count.
  EXPECT_EQ(samples.size(), 2 * (3 + 17 + 16 + 2));
  for (const auto& [series, value] : samples) EXPECT_EQ(value, 0) << series;
  for (const char* code :
       {"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded",
        "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
        "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
        "Internal", "Unavailable", "DataLoss", "Unauthenticated"}) {
    EXPECT_EQ(samples.count(absl::StrCat("grpc_server_handled_total", kGet,
                                         ",grpc_code=\"", code, "\"}")),
              1u)
        << code;
  }
}

TEST(RpcMetricsTest, PromtoolFindsNothingToSay) {
  const RpcMetrics metrics(TwoMethods());
  const auto complaints = PromtoolComplaints(TextOf(metrics));
  if (!complaints.has_value()) GTEST_SKIP() << "no promtool";
  EXPECT_EQ(*complaints, "");
}

TEST(RpcMetricsTest, CodesAreSpelledAsGoSpellsThem) {
  EXPECT_EQ(GrpcCodeName(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(GrpcCodeName(grpc::StatusCode::CANCELLED), "Canceled");
  EXPECT_EQ(GrpcCodeName(grpc::StatusCode::RESOURCE_EXHAUSTED),
            "ResourceExhausted");
  EXPECT_EQ(GrpcCodeName(grpc::StatusCode::UNAUTHENTICATED), "Unauthenticated");
  EXPECT_EQ(GrpcCodeName(static_cast<grpc::StatusCode>(17)), "Unknown");
  EXPECT_EQ(GrpcCodeName(grpc::StatusCode::DO_NOT_USE), "Unknown");
}

TEST(RpcMetricsTest, AMethodThatWasNotListedIsNotFound) {
  const RpcMetrics metrics(TwoMethods());
  EXPECT_NE(metrics.Find("/pkg.Service/Get"), nullptr);
  for (const char* path : {"/pkg.Service/Nope", "pkg.Service/Get", "/", ""}) {
    EXPECT_EQ(metrics.Find(path), nullptr) << path;
  }
}

TEST(RpcMetricsTest, ACallIsInProgressFromItsStartToItsEnd) {
  RpcMetrics metrics(TwoMethods());
  EXPECT_EQ(metrics.CallsInProgress(), 0);
  RpcMethodCounters* const get = metrics.Find("/pkg.Service/Get");
  RpcMethodCounters* const watch = metrics.Find("/pkg.Service/Watch");
  get->Started();
  watch->Started();
  EXPECT_EQ(metrics.CallsInProgress(), 2);
  get->Handled(grpc::StatusCode::OK, absl::ZeroDuration());
  EXPECT_EQ(metrics.CallsInProgress(), 2) << "its answer may not be out";
  // Whatever thread it ends on.
  std::thread([&] { get->Ended(); }).join();
  EXPECT_EQ(metrics.CallsInProgress(), 1);
  watch->Ended();
  EXPECT_EQ(metrics.CallsInProgress(), 0);
}

TEST(RpcMetricsTest, AMethodThatIsListedTwiceHasItsSeriesOnce) {
  std::vector<RpcMethod> methods = TwoMethods();
  methods.push_back(methods[0]);
  const RpcMetrics metrics(methods);
  EXPECT_EQ(SamplesOf(metrics).size(),
            SamplesOf(RpcMetrics(TwoMethods())).size());
}

TEST(RpcMetricsTest, EachCountGoesToItsSeries) {
  const RpcMetrics metrics(TwoMethods());
  RpcMethodCounters* get = metrics.Find("/pkg.Service/Get");
  for (int i = 0; i < 4; ++i) get->Started();
  for (int i = 0; i < 3; ++i) get->MessageReceived();
  for (int i = 0; i < 2; ++i) get->MessageSent();
  get->Handled(grpc::StatusCode::NOT_FOUND, absl::Milliseconds(3));
  const std::map<std::string, double> samples = SamplesOf(metrics);
  const auto value = [&samples](absl::string_view name,
                                absl::string_view more = "") {
    return samples.at(absl::StrCat(name, kGet, more, "}"));
  };
  EXPECT_EQ(value("grpc_server_started_total"), 4);
  EXPECT_EQ(value("grpc_server_msg_received_total"), 3);
  EXPECT_EQ(value("grpc_server_msg_sent_total"), 2);
  EXPECT_EQ(value("grpc_server_handled_total", ",grpc_code=\"NotFound\""), 1);
  EXPECT_EQ(value("grpc_server_handled_total", ",grpc_code=\"OK\""), 0);
  EXPECT_EQ(value("grpc_server_handling_seconds_count"), 1);
  EXPECT_DOUBLE_EQ(value("grpc_server_handling_seconds_sum"), 0.003);
  double elsewhere = 0;
  for (const auto& [series, count] : samples) {
    if (absl::StrContains(series, "Watch")) elsewhere += count;
  }
  EXPECT_EQ(elsewhere, 0);
}

TEST(RpcMetricsTest, ADurationFallsIntoTheFirstBucketThatHoldsIt) {
  struct Row {
    const char* name;
    absl::Duration duration;
    const char* le;     // The first bucket that counts it,
    const char* below;  // and the one before, that does not.
  };
  for (const Row& row : {
           Row{"zero", absl::ZeroDuration(), "5e-05", nullptr},
           Row{"on the first bound", absl::Microseconds(50), "5e-05", nullptr},
           Row{"above it", absl::Nanoseconds(50001), "0.0001", "5e-05"},
           Row{"on a bound", absl::Milliseconds(25), "0.025", "0.01"},
           Row{"on the last bound", absl::Milliseconds(2500), "2.5", "1"},
           Row{"above all", absl::Seconds(3600), "+Inf", "2.5"},
       }) {
    SCOPED_TRACE(row.name);
    const RpcMetrics metrics(TwoMethods());
    metrics.Find("/pkg.Service/Get")
        ->Handled(grpc::StatusCode::OK, row.duration);
    const std::map<std::string, double> samples = SamplesOf(metrics);
    const auto bucket = [&samples](const char* le) {
      return samples.at(absl::StrCat("grpc_server_handling_seconds_bucket",
                                     kGet, ",le=\"", le, "\"}"));
    };
    EXPECT_EQ(bucket(row.le), 1);
    EXPECT_EQ(bucket("+Inf"), 1);
    if (row.below != nullptr) {
      EXPECT_EQ(bucket(row.below), 0);
    }
  }
}

TEST(RpcMetricsTest, NothingIsLostBetweenThreadsAndNoScrapeSeesTheFuture) {
  constexpr int kThreads = 12;  // More than there are shards.
  constexpr int kCalls = 5000;
  const RpcMetrics metrics(TwoMethods());
  RpcMethodCounters* get = metrics.Find("/pkg.Service/Get");
  std::atomic<bool> done{false};
  std::thread scraper([&] {
    while (!done.load()) {
      const std::map<std::string, double> samples = SamplesOf(metrics);
      const double handled = samples.at(absl::StrCat(
          "grpc_server_handled_total", kGet, ",grpc_code=\"OK\"}"));
      EXPECT_LE(handled, samples.at(absl::StrCat("grpc_server_started_total",
                                                 kGet, "}")));
    }
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([get] {
      for (int call = 0; call < kCalls; ++call) {
        get->Started();
        get->MessageReceived();
        get->Handled(grpc::StatusCode::OK, absl::Microseconds(10));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done.store(true);
  scraper.join();
  const std::map<std::string, double> samples = SamplesOf(metrics);
  for (const char* name :
       {"grpc_server_started_total", "grpc_server_msg_received_total",
        "grpc_server_handling_seconds_count"}) {
    EXPECT_EQ(samples.at(absl::StrCat(name, kGet, "}")), kThreads * kCalls);
  }
}

TEST(RpcMethodsOfTest, AGeneratedServiceGivesItsMethodsWithTheirTypes) {
  const google::protobuf::ServiceDescriptor* service =
      v1::Binding::descriptor()->file()->FindServiceByName("BindingService");
  ASSERT_NE(service, nullptr);
  const std::vector<RpcMethod> methods = RpcMethodsOf(service);
  EXPECT_EQ(methods.size(), static_cast<size_t>(service->method_count()));
  for (const RpcMethod& method : methods) {
    EXPECT_EQ(method.service, "netbuf.v1.BindingService");
    EXPECT_EQ(method.type, method.method == "WatchBinding"
                               ? RpcType::kServerStream
                               : RpcType::kUnary)
        << method.method;
  }
}

TEST(RpcMethodsOfTest, AllFourTypesAreTold) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("four.proto");
  file.add_message_type()->set_name("M");
  auto* service = file.add_service();
  service->set_name("Four");
  for (int bits = 0; bits < 4; ++bits) {
    auto* method = service->add_method();
    method->set_name(absl::StrCat("Method", bits));
    method->set_input_type(".M");
    method->set_output_type(".M");
    method->set_client_streaming((bits & 1) != 0);
    method->set_server_streaming((bits & 2) != 0);
  }
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  std::vector<std::string> types;
  for (const RpcMethod& method : RpcMethodsOf(built->service(0))) {
    types.emplace_back(RpcTypeName(method.type));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"unary", "client_stream",
                                             "server_stream", "bidi_stream"}));
}

TEST(RpcMethodsOfTest, NoServiceHasNoMethods) {
  EXPECT_TRUE(RpcMethodsOf(nullptr).empty());
}

}  // namespace
}  // namespace netbuf
