#include "client/lib/error.h"

#include <string>

#include "google/protobuf/any.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

// As the server makes it.
class WireError {
 public:
  WireError(grpc::StatusCode code, const std::string& message) {
    status_.set_code(code);
    status_.set_message(message);
  }

  WireError& Info(const std::string& reason, const std::string& ndis_status) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain("netbufd");
    (*info.mutable_metadata())["ndisStatus"] = ndis_status;
    return Detail(info);
  }

  template <typename Message>
  WireError& Detail(const Message& message) {
    status_.add_details()->PackFrom(message);
    return *this;
  }

  absl::Status Received() const {
    grpc::Status wire;
    EXPECT_TRUE(grpc::SetErrorDetails(status_, &wire).ok());
    return ToAbslStatus(wire);
  }

 private:
  google::rpc::Status status_;
};

TEST(ErrorTest, OkStaysOk) {
  EXPECT_TRUE(ToAbslStatus(grpc::Status::OK).ok());
  EXPECT_EQ(RenderError(absl::OkStatus()), "");
}

TEST(ErrorTest, DetailsSurviveTheWayToAbslStatus) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("netbufd/Adapter");
  resource.set_resource_name("adapters/a9");
  const absl::Status status =
      WireError(grpc::NOT_FOUND, "adapters/a9 does not exist")
          .Info("ADAPTER_NOT_FOUND", "0xC0010006")
          .Detail(resource)
          .Received();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "adapters/a9 does not exist");
  EXPECT_TRUE(IsCallError(status));
  const ErrorDetails details = GetErrorDetails(status);
  EXPECT_EQ(details.reason(), "ADAPTER_NOT_FOUND");
  EXPECT_EQ(details.metadata("ndisStatus"), "0xC0010006");
  EXPECT_EQ(details.metadata("other"), "");
  ASSERT_TRUE(details.resource_info.has_value());
  EXPECT_EQ(details.resource_info->resource_name(), "adapters/a9");
  EXPECT_FALSE(details.bad_request.has_value());
}

TEST(ErrorTest, RendersWhatWhyAndWhatToDo) {
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("net_buffer_list_pool.context_size");
  violation->set_description("must be a multiple of 16");
  EXPECT_EQ(RenderError(WireError(grpc::INVALID_ARGUMENT,
                                  "context_size is 7; use a multiple of 16")
                            .Info("INVALID_CONTEXT_SIZE", "0xC000000D")
                            .Detail(bad_request)
                            .Received()),
            "error: context_size is 7; use a multiple of 16\n"
            "  why: INVALID_ARGUMENT, INVALID_CONTEXT_SIZE, "
            "NDIS_STATUS_INVALID_PARAMETER (0xC000000D)\n"
            "       field net_buffer_list_pool.context_size: must be a "
            "multiple of 16\n"
            "  do:  correct the field named above and try again\n");
}

TEST(ErrorTest, RendersPreconditionsQuotasAndResources) {
  google::rpc::PreconditionFailure precondition;
  auto* state = precondition.add_violations();
  state->set_type("POOL_IN_USE");
  state->set_subject("protocols/p/netBufferListPools/tx");
  state->set_description("3 lists are out");
  google::rpc::QuotaFailure quota;
  auto* limit = quota.add_violations();
  limit->set_subject("memory");
  limit->set_description("64 MiB");
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("adapters/a1");
  EXPECT_EQ(RenderError(WireError(grpc::FAILED_PRECONDITION, "not empty")
                            .Info("POOL_NOT_EMPTY", "")
                            .Detail(precondition)
                            .Detail(quota)
                            .Detail(resource)
                            .Received()),
            "error: not empty\n"
            "  why: FAILED_PRECONDITION, POOL_NOT_EMPTY\n"
            "       POOL_IN_USE protocols/p/netBufferListPools/tx: 3 lists are "
            "out\n"
            "       quota of memory: 64 MiB\n"
            "       resource adapters/a1\n"
            "  do:  free what was allocated from the pool first\n");
}

TEST(ErrorTest, NothingIsSaidTwice) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("adapters/a9");
  resource.set_description("there is no adapters/a9");
  EXPECT_EQ(RenderError(WireError(grpc::NOT_FOUND, "there is no adapters/a9")
                            .Info("ADAPTER_NOT_FOUND", "")
                            .Detail(resource)
                            .Received()),
            "error: there is no adapters/a9\n"
            "  why: NOT_FOUND, ADAPTER_NOT_FOUND\n"
            "  do:  check the name; list what there is\n");
}

TEST(ErrorTest, TellsWhenToTryAgain) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(250'000'000);
  EXPECT_EQ(Remedy(WireError(grpc::RESOURCE_EXHAUSTED, "pool is empty")
                       .Info("POOL_EXHAUSTED", "0xC000009A")
                       .Detail(retry)
                       .Received()),
            "try again in 250ms");
}

TEST(ErrorTest, NamesAnNdisStatusItDoesNotKnowByNumber) {
  const std::string text = RenderError(
      WireError(grpc::INTERNAL, "odd").Info("ODD", "0xC0DEC0DE").Received());
  EXPECT_NE(text.find("NDIS status 0xC0DEC0DE"), std::string::npos) << text;
}

TEST(ErrorTest, EveryCodeHasARemedy) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status = ToAbslStatus(
        grpc::Status(static_cast<grpc::StatusCode>(code), "message"));
    EXPECT_FALSE(Remedy(status).empty()) << code;
  }
}

TEST(ErrorTest, ErrorWithoutDetailsStillSaysWhy) {
  const absl::Status status =
      ToAbslStatus(grpc::Status(grpc::UNAVAILABLE, "no connection"));
  EXPECT_TRUE(IsCallError(status));
  EXPECT_EQ(RenderError(status),
            "error: no connection\n"
            "  why: UNAVAILABLE\n"
            "  do:  check that netbufd runs and that its address is right\n");
}

TEST(ErrorTest, GarbageInsteadOfDetailsIsNoDetails) {
  const absl::Status status = ToAbslStatus(
      grpc::Status(grpc::INTERNAL, "broken", "\xff\xff not a message"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(GetErrorDetails(status).reason(), "");
}

TEST(ErrorTest, ErrorFoundHereIsOneLine) {
  const absl::Status status = absl::NotFoundError("cannot read in.pcap");
  EXPECT_FALSE(IsCallError(status));
  EXPECT_EQ(RenderError(status), "error: cannot read in.pcap\n");
}

}  // namespace
}  // namespace netbuf::client
