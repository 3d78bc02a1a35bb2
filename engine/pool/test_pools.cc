#include "engine/pool/test_pools.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace netbuf {

std::unique_ptr<NetBufferListPool> MakeListPool(const ListPoolShape& shape,
                                                const PoolOptions& options) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = shape.net_buffer;
  parameters.data_size = shape.data_size;
  parameters.context_size = shape.context_size;
  parameters.flags = shape.flags;
  parameters.protocol_id = shape.protocol_id;
  parameters.pool_tag = PoolTagFromString("Test");
  return NetBufferListPool::Create(parameters, options).value();
}

std::unique_ptr<NetBufferPool> MakeBufferPool(uint32_t data_size,
                                              uint32_t flags,
                                              const PoolOptions& options) {
  NetBufferPoolParameters parameters;
  parameters.data_size = data_size;
  parameters.flags = flags;
  parameters.pool_tag = PoolTagFromString("Test");
  return NetBufferPool::Create(parameters, options).value();
}

std::vector<NetBufferList*> AllocateLists(NetBufferListPool& pool, size_t count,
                                          HolderId holder) {
  std::vector<NetBufferList*> lists(count);
  if (pool.AllocateNetBufferLists(0, 0, holder, absl::MakeSpan(lists)) !=
      PoolStatus::kOk) {
    lists.clear();
  }
  return lists;
}

namespace {

std::string HowNotFresh(const NetBuffer& nb, const Mdl* chain) {
  if (nb.next() != nullptr) return "nb.next()";
  if (nb.current_mdl() != chain) return "nb.current_mdl()";
  if (nb.mdl_chain() != chain) return "nb.mdl_chain()";
  if (nb.current_mdl_offset() != 0) return "nb.current_mdl_offset()";
  if (nb.data_length() != 0) return "nb.data_length()";
  if (nb.data_offset() != 0) return "nb.data_offset()";
  if (nb.checksum_bias() != 0) return "nb.checksum_bias()";
  if (nb.ndis_pool_handle != nullptr) return "nb.ndis_pool_handle";
  return "";
}

std::string HowNotFresh(const Mdl& mdl, uint32_t data_size) {
  if (mdl.next() != nullptr) return "mdl.next()";
  if (mdl.mapped_system_va() == nullptr) return "mdl.mapped_system_va()";
  if (mdl.byte_count() != data_size) return "mdl.byte_count()";
  if (mdl.allocated_by_retreat()) return "mdl.allocated_by_retreat()";
  return "";
}

}  // namespace

std::string HowNotFresh(const NetBufferListPool& pool, NetBufferList* nbl) {
  const NetBufferListPoolParameters& parameters = pool.parameters();
  if (nbl->next != nullptr) return "next";
  NetBuffer* const nb = pool.PreallocatedNetBuffer(nbl);
  if ((nb != nullptr) != parameters.allocate_net_buffer) return "has no nb";
  if (nbl->first_net_buffer() != nb) return "first_net_buffer";
  if (nbl->status() != NdisStatus::kSuccess) return "status";
  if (nbl->nbl_flags() != 0) return "nbl_flags";
  if (nbl->child_ref_count() != 0) return "child_ref_count";
  if (nbl->flags() != 0) return "flags";
  if (nbl->ndis_pool_handle() != &pool) return "ndis_pool_handle";
  if (nbl->source_handle() != nullptr) return "source_handle";
  if (nbl->parent_net_buffer_list() != nullptr) return "parent";
  if (nbl->scratch() != nullptr) return "scratch";
  if (nbl->info_written()) return "info_written";
  for (int i = 0; i < kMaxNetBufferListInfo; ++i) {
    const auto id = static_cast<NetBufferListInfoId>(i);
    const uint64_t want = id == NetBufferListInfoId::kNetBufferListProtocolId
                              ? parameters.protocol_id
                              : 0;
    if (nbl->info(id) != want) return absl::StrCat("info ", i);
  }
  if (nb == nullptr) return "";
  Mdl* const mdl = pool.PreallocatedMdl(nbl);
  if ((mdl != nullptr) != (parameters.data_size > 0)) return "has no mdl";
  std::string how = HowNotFresh(*nb, mdl);
  if (how.empty() && mdl != nullptr) {
    how = HowNotFresh(*mdl, parameters.data_size);
  }
  return how;
}

}  // namespace netbuf
