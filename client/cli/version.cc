#include "client/cli/version.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/common.h"
#include "grpcpp/grpcpp.h"

namespace netbuf::client {
namespace {

constexpr char kVersion[] = "0.1.0";

}  // namespace

std::string ProgramVersion() { return kVersion; }

std::string VersionText() {
  return absl::StrCat(
      "netbufctl ", kVersion, " (API netbuf.v1, gRPC ", grpc::Version(),
      ", protobuf ",
      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION), ")");
}

}  // namespace netbuf::client
