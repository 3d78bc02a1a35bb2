#include "server/service/oid_service.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/oid.h"
#include "server/service/convert_oid.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

// Far more than any OID answers with (a full multicast list is 6 bytes an
// address), and little enough to allocate for anybody who asks.
constexpr uint32_t kMaxInformationBuffer = 64 * 1024;

absl::StatusOr<v1::QueryOidResponse> Query(Engine& engine,
                                           const v1::QueryOidRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t oid, ReadOid(request));
  std::optional<uint32_t> length;
  if (request.has_information_buffer_length()) {
    length = request.information_buffer_length();
    if (*length > kMaxInformationBuffer) {
      return InvalidField("information_buffer_length",
                          absl::StrCat("is ", *length, "; the most is ",
                                       kMaxInformationBuffer));
    }
  }
  ASSIGN_OR_RETURN(const OidQueryResult result,
                   engine.QueryOid(request.binding(), oid, length));
  v1::QueryOidResponse response;
  response.set_oid(result.oid);
  response.set_oid_name(OidName(result.oid));
  response.set_ndis_status(v1::NDIS_STATUS_SUCCESS);
  response.mutable_information_buffer()->assign(
      result.information_buffer.begin(), result.information_buffer.end());
  response.set_bytes_written(result.bytes_written);
  response.set_bytes_needed(result.bytes_needed);
  std::optional<v1::OidValue> value =
      DecodeOidValue(result.oid, result.information_buffer);
  if (value.has_value()) *response.mutable_value() = *std::move(value);
  return response;
}

absl::StatusOr<v1::SetOidResponse> Set(Engine& engine,
                                       const v1::SetOidRequest& request) {
  ASSIGN_OR_RETURN(const uint32_t oid, ReadOid(request));
  const std::string& buffer = request.information_buffer();
  if (buffer.size() > kMaxInformationBuffer) {
    return InvalidField(
        "information_buffer",
        absl::StrCat("has ", buffer.size(), " bytes; the most is ",
                     kMaxInformationBuffer));
  }
  ASSIGN_OR_RETURN(
      const uint32_t bytes_read,
      engine.SetOid(
          request.binding(), oid,
          absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(buffer.data()),
                              buffer.size())));
  v1::SetOidResponse response;
  response.set_oid(oid);
  response.set_oid_name(OidName(oid));
  response.set_ndis_status(v1::NDIS_STATUS_SUCCESS);
  response.set_bytes_read(bytes_read);
  return response;
}

}  // namespace

grpc::ServerUnaryReactor* OidServiceImpl::QueryOid(
    grpc::CallbackServerContext* context, const v1::QueryOidRequest* request,
    v1::QueryOidResponse* response) {
  return Reply(context, Query(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* OidServiceImpl::SetOid(
    grpc::CallbackServerContext* context, const v1::SetOidRequest* request,
    v1::SetOidResponse* response) {
  return Reply(context, Set(*services_.engine, *request), response);
}

grpc::ServerUnaryReactor* OidServiceImpl::ListOids(
    grpc::CallbackServerContext* context,
    const v1::ListOidsRequest* /*request*/, v1::ListOidsResponse* response) {
  for (const OidInfo& info : AllOids()) *response->add_oids() = ToProto(info);
  return Reply(context, absl::OkStatus());
}

}  // namespace netbuf
