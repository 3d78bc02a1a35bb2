#include "server/service/convert_pool.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/flags.h"
#include "server/service/convert_common.h"

namespace netbuf {
namespace {

absl::StatusOr<NdisObjectHeader> FromProto(const v1::ObjectHeader& header,
                                           absl::string_view field) {
  NdisObjectHeader out;
  ASSIGN_OR_RETURN(out.type, ToU8(header.type(), absl::StrCat(field, ".type")));
  ASSIGN_OR_RETURN(out.revision,
                   ToU8(header.revision(), absl::StrCat(field, ".revision")));
  ASSIGN_OR_RETURN(out.size,
                   ToU16(header.size(), absl::StrCat(field, ".size")));
  return out;
}

v1::ObjectHeader ToProto(const NdisObjectHeader& header) {
  v1::ObjectHeader out;
  out.set_type(header.type);
  out.set_revision(header.revision);
  out.set_size(header.size);
  return out;
}

v1::PoolStatistics ToProto(const PoolStatistics& s) {
  v1::PoolStatistics out;
  out.set_block_bytes(s.block_bytes);
  out.set_blocks(s.blocks);
  out.set_outstanding(s.outstanding);
  out.set_cached(s.cached);
  out.set_high_water(s.high_water);
  out.set_allocations(s.allocations);
  out.set_frees(s.frees);
  out.set_allocation_failures(s.allocation_failures);
  out.set_depot_refills(s.depot_refills);
  out.set_depot_drains(s.depot_drains);
  out.set_steals(s.steals);
  out.set_violations(s.violations);
  out.set_memory_bytes(s.memory_bytes);
  return out;
}

}  // namespace

absl::StatusOr<NetBufferListPoolParameters> FromProto(
    const v1::NetBufferListPool& pool) {
  NetBufferListPoolParameters out;
  if (pool.has_header()) {
    ASSIGN_OR_RETURN(out.header,
                     FromProto(pool.header(), "net_buffer_list_pool.header"));
  }
  ASSIGN_OR_RETURN(out.protocol_id, ToU8(pool.protocol_id(),
                                         "net_buffer_list_pool.protocol_id"));
  out.allocate_net_buffer = pool.allocate_net_buffer();
  ASSIGN_OR_RETURN(
      out.context_size,
      ToU16(pool.context_size(), "net_buffer_list_pool.context_size"));
  ASSIGN_OR_RETURN(out.pool_tag, ParsePoolTag(pool.pool_tag(),
                                              "net_buffer_list_pool.pool_tag"));
  out.data_size = pool.data_size();
  out.flags = pool.verify() ? kPoolFlagVerify : 0;
  return out;
}

absl::StatusOr<NetBufferPoolParameters> FromProto(
    const v1::NetBufferPool& pool) {
  NetBufferPoolParameters out;
  if (pool.has_header()) {
    ASSIGN_OR_RETURN(out.header,
                     FromProto(pool.header(), "net_buffer_pool.header"));
  }
  ASSIGN_OR_RETURN(out.pool_tag,
                   ParsePoolTag(pool.pool_tag(), "net_buffer_pool.pool_tag"));
  out.data_size = pool.data_size();
  out.flags = pool.verify() ? kPoolFlagVerify : 0;
  return out;
}

v1::NetBufferListPool ToProto(const NetBufferListPoolSnapshot& snapshot) {
  const NetBufferListPoolParameters& parameters = snapshot.parameters;
  v1::NetBufferListPool out;
  out.set_name(snapshot.name);
  *out.mutable_header() = ToProto(parameters.header);
  out.set_protocol_id(parameters.protocol_id);
  out.set_allocate_net_buffer(parameters.allocate_net_buffer);
  out.set_context_size(parameters.context_size);
  out.set_pool_tag(PoolTagToString(parameters.pool_tag));
  out.set_data_size(parameters.data_size);
  out.set_verify((parameters.flags & kPoolFlagVerify) != 0);
  out.set_max_outstanding(snapshot.max_outstanding);
  *out.mutable_statistics() = ToProto(snapshot.statistics);
  return out;
}

v1::NetBufferPool ToProto(const NetBufferPoolSnapshot& snapshot) {
  const NetBufferPoolParameters& parameters = snapshot.parameters;
  v1::NetBufferPool out;
  out.set_name(snapshot.name);
  *out.mutable_header() = ToProto(parameters.header);
  out.set_pool_tag(PoolTagToString(parameters.pool_tag));
  out.set_data_size(parameters.data_size);
  out.set_verify((parameters.flags & kPoolFlagVerify) != 0);
  out.set_max_outstanding(snapshot.max_outstanding);
  *out.mutable_statistics() = ToProto(snapshot.statistics);
  return out;
}

}  // namespace netbuf
