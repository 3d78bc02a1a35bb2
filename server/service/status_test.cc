#include "server/service/status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

google::rpc::Status RichStatus(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &rich).ok());
  return rich;
}

// The only detail of type T; an empty one, and a failure, when there is not
// exactly one.
template <typename T>
T Detail(const google::rpc::Status& rich) {
  T found;
  int count = 0;
  for (const auto& any : rich.details()) {
    if (any.Is<T>()) {
      ++count;
      any.UnpackTo(&found);
    }
  }
  EXPECT_EQ(count, 1) << T::descriptor()->full_name();
  return found;
}

template <typename T>
bool HasDetail(const google::rpc::Status& rich) {
  for (const auto& any : rich.details()) {
    if (any.Is<T>()) return true;
  }
  return false;
}

// What the status weighs in the trailers: percent-encoded, and base64.
size_t WireBytes(const grpc::Status& status) {
  size_t bytes = 0;
  for (const char c : status.error_message()) {
    bytes += c >= 0x20 && c <= 0x7E && c != '%' ? 1 : 3;
  }
  return bytes + (status.error_details().size() + 2) / 3 * 4;
}

TEST(StatusTest, OkIsOkWithoutDetails) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.error_details(), "");
}

TEST(StatusTest, InvalidArgumentNamesTheFields) {
  const grpc::Status status = ToGrpcStatus(
      ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_CONTEXT_SIZE",
                   NdisStatus::kInvalidParameter)
          .Field("pool.context_size", "must be a multiple of 16")
          .Field("pool.data_size", "must be 0")
          .Metadata("contextSize", 7)
      << "context_size is 7");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "context_size is 7");
  const google::rpc::Status rich = RichStatus(status);
  EXPECT_EQ(rich.code(), 3);
  EXPECT_EQ(rich.message(), "context_size is 7");
  const auto info = Detail<google::rpc::ErrorInfo>(rich);
  EXPECT_EQ(info.reason(), "INVALID_CONTEXT_SIZE");
  EXPECT_EQ(info.domain(), "netbufd");
  EXPECT_EQ(info.metadata().at("contextSize"), "7");
  EXPECT_EQ(info.metadata().at("ndisStatus"), "0xC000000D");
  EXPECT_EQ(info.metadata().at("ndisStatusName"),
            "NDIS_STATUS_INVALID_PARAMETER");
  const auto bad = Detail<google::rpc::BadRequest>(rich);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "pool.context_size");
  EXPECT_EQ(bad.field_violations(0).description(), "must be a multiple of 16");
  EXPECT_EQ(bad.field_violations(1).field(), "pool.data_size");
  EXPECT_FALSE(HasDetail<google::rpc::ResourceInfo>(rich));
  EXPECT_FALSE(HasDetail<google::rpc::RetryInfo>(rich));
}

TEST(StatusTest, NotFoundNamesTheResource) {
  const google::rpc::Status rich = RichStatus(ToGrpcStatus(
      ErrorBuilder(absl::StatusCode::kNotFound, "ADAPTER_NOT_FOUND",
                   NdisStatus::kAdapterNotFound)
          .Resource("netbufd/Adapter", "adapters/a1")
      << "adapters/a1 does not exist"));
  const auto resource = Detail<google::rpc::ResourceInfo>(rich);
  EXPECT_EQ(resource.resource_type(), "netbufd/Adapter");
  EXPECT_EQ(resource.resource_name(), "adapters/a1");
}

TEST(StatusTest, FailedPreconditionTellsWhatToChange) {
  const google::rpc::Status rich = RichStatus(ToGrpcStatus(
      ErrorBuilder(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
                   NdisStatus::kInvalidState)
          .Precondition("BINDING_STATE", "protocols/p/bindings/b", "is PAUSED")
      << "restart it first"));
  const auto failure = Detail<google::rpc::PreconditionFailure>(rich);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "BINDING_STATE");
  EXPECT_EQ(failure.violations(0).subject(), "protocols/p/bindings/b");
  EXPECT_EQ(failure.violations(0).description(), "is PAUSED");
}

TEST(StatusTest, ResourceExhaustedTellsTheQuotaAndWhenToTryAgain) {
  const google::rpc::Status rich = RichStatus(ToGrpcStatus(
      ErrorBuilder(absl::StatusCode::kResourceExhausted, "POOL_EXHAUSTED",
                   NdisStatus::kResources)
          .Quota("pools/p", "max_outstanding", absl::Milliseconds(1250))
      << "no list left"));
  const auto quota = Detail<google::rpc::QuotaFailure>(rich);
  ASSERT_EQ(quota.violations_size(), 1);
  EXPECT_EQ(quota.violations(0).subject(), "pools/p");
  EXPECT_EQ(quota.violations(0).description(), "max_outstanding");
  const auto retry = Detail<google::rpc::RetryInfo>(rich);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
}

TEST(StatusTest, AStatusOfAnotherMakeHasItsCodeAsTheReason) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status plain(static_cast<absl::StatusCode>(code), "plain");
    const grpc::Status status = ToGrpcStatus(plain);
    EXPECT_EQ(status.error_code(), code);
    const auto info = Detail<google::rpc::ErrorInfo>(RichStatus(status));
    EXPECT_EQ(info.reason(), StatusCodeName(plain.code()));
    EXPECT_EQ(info.reason(), absl::StatusCodeToString(plain.code()));
    EXPECT_EQ(info.metadata().at("ndisStatus"), "0xC0000001");
  }
}

TEST(StatusTest, AnEndingServerIsWorthARetry) {
  const grpc::Status status = ToGrpcStatus(ShuttingDownError());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const google::rpc::Status rich = RichStatus(status);
  EXPECT_EQ(Detail<google::rpc::ErrorInfo>(rich).reason(),
            "SERVER_SHUTTING_DOWN");
  EXPECT_EQ(Detail<google::rpc::RetryInfo>(rich).retry_delay().seconds(), 1);
  EXPECT_FALSE(HasDetail<google::rpc::QuotaFailure>(rich));
}

TEST(StatusTest, AHugeErrorFitsTheMetadata) {
  ErrorBuilder error(absl::StatusCode::kInvalidArgument, std::string(500, 'R'),
                     NdisStatus::kFailure);
  for (int i = 0; i < 1000; ++i) {
    error.Field(absl::StrCat("field", i), std::string(5000, 'd'));
    error.Precondition("TYPE", std::string(3000, 's'), std::string(3000, 'p'));
    error.Metadata(absl::StrCat("key", i), std::string(1000, 'm'));
  }
  error.Resource(std::string(1000, 't'), std::string(1000, 'n'));
  error.Quota(std::string(1000, 'q'), std::string(1000, 'u'), absl::Seconds(1));
  error << std::string(100'000, 'x');
  const grpc::Status status = ToGrpcStatus(error);
  EXPECT_LE(WireBytes(status), kMaxErrorMetadataBytes);
  const google::rpc::Status rich = RichStatus(status);
  const auto info = Detail<google::rpc::ErrorInfo>(rich);
  EXPECT_LE(info.reason().size(), 63);
  EXPECT_EQ(info.metadata().at("ndisStatus"), "0xC0000001");
  const auto bad = Detail<google::rpc::BadRequest>(rich);
  ASSERT_GE(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "field0");
  EXPECT_EQ(bad.field_violations(0).description().substr(297), "...");
}

TEST(StatusTest, AMessageThatGrowsWhenEncodedFitsToo) {
  std::string umlauts;
  for (int i = 0; i < 10'000; ++i) umlauts += "\xC3\xA4";
  const grpc::Status status = ToGrpcStatus(absl::InternalError(umlauts));
  EXPECT_LE(WireBytes(status), kMaxErrorMetadataBytes);
  const std::string message = status.error_message();
  ASSERT_GT(message.size(), 3);
  // Cut between characters, not inside one.
  EXPECT_EQ((message.size() - 3) % 2, 0);
  EXPECT_EQ(message.substr(message.size() - 3), "...");
}

TEST(StatusTest, BytesThatAreNoTextBecomeQuestionMarks) {
  struct Case {
    const char* in;
    const char* out;
  };
  for (const Case& c : {
           Case{"plain", "plain"},
           Case{"\xC3\xA4", "\xC3\xA4"},                  // 2 bytes
           Case{"\xE2\x82\xAC", "\xE2\x82\xAC"},          // 3 bytes
           Case{"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},  // 4 bytes
           Case{"a\x80z", "a?z"},                         // lone continuation
           Case{"a\xC3", "a?"},                           // cut short
           Case{"\xC0\xAF", "??"},                        // overlong
           Case{"\xE0\x80\xAF", "???"},                   // overlong
           Case{"\xED\xA0\x80", "???"},                   // surrogate
           Case{"\xF4\x90\x80\x80", "????"},              // beyond U+10FFFF
           Case{"\xFF", "?"},
       }) {
    EXPECT_EQ(ToGrpcStatus(absl::InternalError(c.in)).error_message(), c.out);
  }
}

TEST(StatusTest, InvalidFieldIsMetadataToo) {
  const google::rpc::Status rich =
      RichStatus(ToGrpcStatus(InvalidField("adapter.mtu", "is 7")));
  EXPECT_EQ(rich.message(), "adapter.mtu is 7");
  const auto info = Detail<google::rpc::ErrorInfo>(rich);
  EXPECT_EQ(info.reason(), "INVALID_FIELD");
  EXPECT_EQ(info.metadata().at("field"), "adapter.mtu");
}

TEST(StatusTest, FieldsAreRenamedAndNothingElse) {
  const absl::Status status =
      ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_MTU",
                   NdisStatus::kInvalidParameter)
          .Field("mtu", "too small")
          .Field("other", "wrong")
          .Metadata("mtu", 7)
          .Metadata("field", "mtu")
          .Precondition("TYPE", "subject", "description")
          .Precondition("TYPE", "x", "description")
          .Resource("type", "name")
          .Quota("quota", "most", absl::Seconds(2))
      << "mtu is 7";
  const absl::Status renamed =
      RenameFields(status, {{"mtu", "adapter.mtu"}, {"x", "adapter.x"}});
  EXPECT_EQ(renamed.code(), status.code());
  EXPECT_EQ(renamed.message(), "adapter.mtu is 7");
  const auto info = GetErrorInfo(renamed);
  ASSERT_TRUE(info.has_value());
  ASSERT_EQ(info->fields.size(), 2);
  EXPECT_EQ(info->fields[0].field, "adapter.mtu");
  EXPECT_EQ(info->fields[0].description, "too small");
  EXPECT_EQ(info->fields[1].field, "other");
  EXPECT_EQ(info->reason, "INVALID_MTU");
  EXPECT_EQ(info->ndis_status, NdisStatus::kInvalidParameter);
  EXPECT_EQ(info->metadata.at("mtu"), "7");
  EXPECT_EQ(info->metadata.at("field"), "adapter.mtu");
  ASSERT_EQ(info->preconditions.size(), 2);
  EXPECT_EQ(info->preconditions[0].subject, "subject");
  EXPECT_EQ(info->preconditions[1].subject, "adapter.x");
  EXPECT_EQ(info->resource_name, "name");
  EXPECT_EQ(info->quota_subject, "quota");
  EXPECT_EQ(info->retry_delay, absl::Seconds(2));
  // A longer name is another field.
  EXPECT_EQ(
      RenameFields(
          ErrorBuilder(absl::StatusCode::kInternal, "R", NdisStatus::kFailure)
              << "mtu.x is bad",
          {{"mtu", "adapter.mtu"}})
          .message(),
      "mtu.x is bad");
  // Of another make: as it was.
  EXPECT_EQ(RenameFields(absl::InternalError("x"), {{"mtu", "adapter.mtu"}}),
            absl::InternalError("x"));
  EXPECT_TRUE(RenameFields(absl::OkStatus(), {}).ok());
}

TEST(StatusTest, QuotedTextIsShort) {
  EXPECT_EQ(Quoted("a"), "\"a\"");
  EXPECT_EQ(Quoted(std::string(1'000'000, 'x')).size(), 82);
}

}  // namespace
}  // namespace netbuf
