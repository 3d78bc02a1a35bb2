// netbufctl from arguments to output and exit code, without a server: what the
// tests of it share.

#ifndef NETBUFD_CLIENT_CLI_APP_TEST_FIXTURE_H_
#define NETBUFD_CLIENT_CLI_APP_TEST_FIXTURE_H_

#include <cstddef>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/app.h"
#include "client/cli/command.h"
#include "client/cli/interrupt.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"

namespace netbuf::client {

// A stream of these messages, which then ends as given or is cancelled.
template <typename Message>
class FakeReader : public StreamReader<Message> {
 public:
  FakeReader(std::vector<Message> messages, absl::Status end)
      : messages_(std::move(messages)), end_(std::move(end)) {}

  void AwaitOpen() override {}

  bool Read(Message* message) override {
    if (next_ == messages_.size() || cancelled_) return false;
    *message = messages_[next_++];
    return true;
  }

  absl::Status Finish() override {
    return cancelled_ ? absl::CancelledError("cancelled") : end_;
  }

  void Cancel() override { cancelled_ = true; }

 private:
  const std::vector<Message> messages_;
  const absl::Status end_;
  size_t next_ = 0;
  bool cancelled_ = false;
};

class AppTest : public ::testing::Test {
 protected:
  // Returns the exit code; out_ and err_ have what was printed.
  int Run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    const CliEnvironment environment = {
        .out = out_,
        .err = err_,
        .connect =
            [this](const GlobalOptions& used) {
              used_ = used;
              return Client(connection_);
            },
        .interrupt = interrupt_,
        .progress = ProgressStyle::kNone,
        .color = color_,
        .screen_size = [this] { return screen_; }};
    return RunNetbufctl(arguments, environment);
  }

  static v1::Adapter ExampleAdapter() {
    v1::Adapter adapter;
    adapter.set_name("adapters/a1");
    adapter.mutable_pcap()->set_transmit_file("out.pcap");
    adapter.set_mac_address("02:00:00:00:00:01");
    adapter.set_mtu(1500);
    adapter.set_state(v1::Adapter::STATE_RUNNING);
    adapter.mutable_link_state()->set_connect_state(
        v1::LinkState::CONNECT_STATE_CONNECTED);
    adapter.set_maximum_total_size(1464);
    adapter.mutable_requirements()->set_data_back_fill_size(50);
    adapter.mutable_requirements()->set_context_back_fill_size(16);
    adapter.add_filters()->set_name("adapters/a1/filters/tunnel");
    adapter.mutable_statistics()->set_out_unicast_packets(1000);
    adapter.mutable_statistics()->set_out_octets(64000);
    return adapter;
  }

  static absl::Status NotFound() {
    google::rpc::Status wire;
    wire.set_code(grpc::NOT_FOUND);
    wire.set_message("adapters/a9 does not exist");
    google::rpc::ErrorInfo info;
    info.set_reason("ADAPTER_NOT_FOUND");
    wire.add_details()->PackFrom(info);
    grpc::Status status;
    grpc::SetErrorDetails(wire, &status);
    return ToAbslStatus(status);
  }

  std::ostringstream out_;
  std::ostringstream err_;
  bool color_ = false;
  ScreenSize screen_;  // Of the terminal that standard output is.
  GlobalOptions used_;
  Interrupt interrupt_;
  std::shared_ptr<::testing::NiceMock<MockConnection>> connection_ =
      std::make_shared<::testing::NiceMock<MockConnection>>();
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_APP_TEST_FIXTURE_H_
