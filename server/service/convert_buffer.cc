#include "server/service/convert_buffer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "server/service/convert_common.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

constexpr absl::string_view kNoHandle = "is 0, which is no handle";

}  // namespace

absl::StatusOr<uint32_t> ParseCount(uint32_t count) {
  if (count > Engine::kMaxBatch) {
    return InvalidField("count", absl::StrCat("is ", count, "; the most is ",
                                              Engine::kMaxBatch));
  }
  return count == 0 ? 1 : count;
}

absl::Status CheckBatchSize(int size, absl::string_view field) {
  if (static_cast<uint32_t>(size) <= Engine::kMaxBatch) {
    return absl::OkStatus();
  }
  return InvalidField(
      field, absl::StrCat("has ", size, " elements; the most in one call is ",
                          Engine::kMaxBatch));
}

absl::StatusOr<NetBufferReference> FromProto(const v1::NetBufferReference& nb,
                                             absl::string_view field) {
  NetBufferReference out;
  switch (nb.target_case()) {
    case v1::NetBufferReference::kNetBuffer:
      if (nb.net_buffer() == 0) {
        return InvalidField(absl::StrCat(field, ".net_buffer"), kNoHandle);
      }
      if (nb.net_buffer_index() != 0) {
        return InvalidField(absl::StrCat(field, ".net_buffer_index"),
                            "goes with net_buffer_list; a net_buffer has no "
                            "index");
      }
      out.net_buffer = nb.net_buffer();
      return out;
    case v1::NetBufferReference::kNetBufferList:
      if (nb.net_buffer_list() == 0) {
        return InvalidField(absl::StrCat(field, ".net_buffer_list"), kNoHandle);
      }
      out.net_buffer_list = nb.net_buffer_list();
      out.index = nb.net_buffer_index();
      return out;
    case v1::NetBufferReference::TARGET_NOT_SET:
      break;
  }
  return InvalidField(field,
                      "is required: set its net_buffer, or net_buffer_list and "
                      "net_buffer_index");
}

absl::StatusOr<DataTarget> ListTarget(uint64_t net_buffer_list) {
  if (net_buffer_list == 0) return InvalidField("net_buffer_list", kNoHandle);
  return DataTarget{.net_buffer = std::nullopt,
                    .net_buffer_list = net_buffer_list};
}

absl::StatusOr<DataTarget> NetBufferTarget(const v1::NetBufferReference& nb) {
  ASSIGN_OR_RETURN(const NetBufferReference reference,
                   FromProto(nb, "net_buffer"));
  return DataTarget{.net_buffer = reference, .net_buffer_list = 0};
}

absl::Status MissingTarget() {
  return InvalidField("target",
                      "is required: set net_buffer or net_buffer_list");
}

v1::NetBuffer ToProto(const NetBufferSnapshot& snapshot) {
  v1::NetBuffer out;
  out.set_handle(snapshot.handle);
  out.set_pool(snapshot.pool);
  out.set_net_buffer_list(snapshot.net_buffer_list);
  out.set_data_offset(snapshot.data_offset);
  out.set_data_length(snapshot.data_length);
  for (const NetBufferSnapshot::Mdl& mdl : snapshot.mdl_chain) {
    v1::NetBuffer::Mdl& added = *out.add_mdl_chain();
    added.set_byte_count(mdl.byte_count);
    added.set_allocated_by_retreat(mdl.allocated_by_retreat);
  }
  out.set_current_mdl_index(snapshot.current_mdl_index);
  out.set_current_mdl_offset(snapshot.current_mdl_offset);
  return out;
}

v1::NetBufferList ToProto(const NetBufferListSnapshot& snapshot) {
  v1::NetBufferList out;
  out.set_handle(snapshot.handle);
  out.set_pool(snapshot.pool);
  for (const NetBufferSnapshot& nb : snapshot.net_buffers) {
    *out.add_net_buffers() = ToProto(nb);
  }
  for (const NetBufferListSnapshot::Context& context : snapshot.contexts) {
    v1::NetBufferList::Context& added = *out.add_contexts();
    added.set_size(context.size);
    added.set_offset(context.offset);
    added.set_allocated(context.allocated);
  }
  out.set_ndis_status(ToProto(snapshot.status));
  out.set_nbl_flags(snapshot.nbl_flags);
  out.set_protocol_id(snapshot.protocol_id);
  out.set_holder(snapshot.holder);
  for (const LifeEvent event : snapshot.history) {
    out.add_history(std::string(LifeEventName(event)));
  }
  return out;
}

}  // namespace netbuf
