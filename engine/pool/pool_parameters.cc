#include "engine/pool/pool_parameters.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "engine/ndis/object_header.h"

namespace netbuf {
namespace {

absl::Status CheckFlags(const NdisObjectHeader& header, uint32_t flags) {
  if (header.revision < 2 || (flags & ~kPoolFlagVerify) == 0) {
    return absl::OkStatus();
  }
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_POOL_FLAGS",
                      NdisStatus::kInvalidParameter)
             .Field("flags", "only 0x1 (VERIFY) is known")
             .Metadata("flags", flags)
         << absl::StrFormat(
                "flags are 0x%08X; only 0x00000001 (VERIFY) is known", flags);
}

}  // namespace

absl::Status CheckParameters(const NetBufferListPoolParameters& parameters) {
  constexpr uint16_t kSizes[] = {kSizeofNetBufferListPoolParametersRevision1,
                                 kSizeofNetBufferListPoolParametersRevision2};
  RETURN_IF_ERROR(ValidateObjectHeader(
      parameters.header, NdisObjectType::kDefault, kSizes, 2, "header"));
  if (parameters.protocol_id > kProtocolIdMax) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "INVALID_PROTOCOL_ID", NdisStatus::kInvalidParameter)
               .Field("protocol_id", "must be at most 15")
               .Metadata("protocolId", int{parameters.protocol_id})
           << "protocol_id is " << int{parameters.protocol_id}
           << "; it has four bits, at most 15";
  }
  if (parameters.context_size % kMemoryAllocationAlignment != 0) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "INVALID_CONTEXT_SIZE", NdisStatus::kInvalidParameter)
               .Field("context_size", "must be a multiple of 16")
               .Metadata("contextSize", parameters.context_size)
           << "context_size is " << parameters.context_size
           << "; use a multiple of " << kMemoryAllocationAlignment
           << " (MEMORY_ALLOCATION_ALIGNMENT)";
  }
  if (parameters.data_size != 0 && !parameters.allocate_net_buffer) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument, "INVALID_DATA_SIZE",
                        NdisStatus::kInvalidParameter)
               .Field("data_size", "must be 0 without allocate_net_buffer")
               .Metadata("dataSize", parameters.data_size)
           << "data_size is " << parameters.data_size
           << " but allocate_net_buffer is false; data need a NET_BUFFER that "
              "points to them";
  }
  return CheckFlags(parameters.header, parameters.flags);
}

absl::Status CheckParameters(const NetBufferPoolParameters& parameters) {
  constexpr uint16_t kSizes[] = {kSizeofNetBufferPoolParametersRevision1,
                                 kSizeofNetBufferPoolParametersRevision2};
  RETURN_IF_ERROR(ValidateObjectHeader(
      parameters.header, NdisObjectType::kDefault, kSizes, 2, "header"));
  return CheckFlags(parameters.header, parameters.flags);
}

}  // namespace netbuf
