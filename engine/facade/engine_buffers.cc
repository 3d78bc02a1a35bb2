// NET_BUFFER_LISTs and NET_BUFFERs by handle.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/data_space.h"
#include "engine/facade/engine_impl.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"

namespace netbuf {
namespace {

// The longest MDL chain a call may ask for: a frame scattered over more pieces
// than a page of descriptors is a mistake.
constexpr size_t kMaxMdls = 64;
constexpr uint64_t kMaxChainBytes = 1 << 20;

absl::Status InvalidField(absl::string_view reason, absl::string_view field,
                          const absl::AlphaNum& value, absl::string_view rule) {
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, reason,
                      NdisStatus::kInvalidParameter)
             .Field(field, rule)
         << field << " is " << value << "; it " << rule;
}

absl::StatusOr<uint32_t> CheckCount(uint32_t count) {
  if (count > Engine::kMaxBatch) {
    return InvalidField("INVALID_COUNT", "count", count,
                        absl::StrCat("must be at most ", Engine::kMaxBatch));
  }
  return std::max<uint32_t>(count, 1);
}

// Both sizes fit a USHORT together and are multiples of `alignment`.
absl::Status CheckContextSizes(uint32_t size, uint32_t back_fill,
                               uint32_t alignment) {
  constexpr uint32_t kMost = 0xFFF0;
  const std::string rule =
      absl::StrCat("must be a multiple of ", alignment, ", at most ", kMost);
  if (size % alignment != 0 || size > kMost) {
    return InvalidField("INVALID_CONTEXT_SIZE", "context_size", size, rule);
  }
  if (back_fill % alignment != 0 || back_fill > kMost - size) {
    return InvalidField("INVALID_CONTEXT_BACK_FILL", "context_back_fill",
                        back_fill,
                        absl::StrCat(rule, " together with context_size"));
  }
  return absl::OkStatus();
}

absl::Status CheckChain(const MdlChainSpec& chain) {
  if (chain.mdl_sizes.size() > kMaxMdls) {
    return InvalidField("INVALID_MDL_CHAIN", "mdl_sizes",
                        absl::StrCat(chain.mdl_sizes.size(), " MDLs"),
                        absl::StrCat("must have at most ", kMaxMdls));
  }
  uint64_t bytes = 0;
  for (uint32_t size : chain.mdl_sizes) {
    if (size == 0) {
      return InvalidField("INVALID_MDL_CHAIN", "mdl_sizes", 0,
                          "must hold sizes of at least 1 byte");
    }
    bytes += size;
  }
  if (bytes > kMaxChainBytes) {
    return InvalidField("INVALID_MDL_CHAIN", "mdl_sizes",
                        absl::StrCat(bytes, " bytes together"),
                        absl::StrCat("must be at most ", kMaxChainBytes));
  }
  if (uint64_t{chain.data_offset} + chain.data_length > bytes) {
    return InvalidField(
        "INVALID_DATA_SPACE", "data_length", chain.data_length,
        absl::StrCat("must lie, behind data_offset ", chain.data_offset,
                     ", within the chain of ", bytes, " bytes"));
  }
  return absl::OkStatus();
}

// For a call that meets a pool in the moment of its deletion.
absl::Status PoolClosing(absl::string_view pool) {
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "POOL_CLOSING",
                      NdisStatus::kInvalidState)
             .Precondition("POOL_STATE", pool, "the pool is being deleted")
         << pool << " is being deleted; make another pool, or try again";
}

// The error for an allocation that gave nothing.
absl::Status AllocationError(PoolStatus status, absl::string_view pool,
                             uint32_t count, absl::string_view other) {
  if (status == PoolStatus::kWrongAllocator) {
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                        "WRONG_ALLOCATOR", NdisStatus::kInvalidParameter)
               .Precondition("POOL_PARAMETERS", pool,
                             "the pool's parameters ask for another allocator")
               .Metadata("pool", pool)
           << pool << " was made for another allocator; " << other;
  }
  if (status == PoolStatus::kInvalidParameter) {
    return InvalidField("INVALID_PARAMETER", "pool", pool,
                        "does not take these sizes");
  }
  // Ten milliseconds: what holds buffers is mostly sends in flight, and those
  // complete sooner.
  return ErrorBuilder(absl::StatusCode::kResourceExhausted, "POOL_EXHAUSTED",
                      NdisStatus::kResources)
             .Quota(pool, "max_outstanding or the server's memory limit",
                    absl::Milliseconds(10))
             .Metadata("pool", pool)
             .Metadata("count", count)
         << pool << " cannot give " << count
         << " more; free some, or make the pool or the server's memory limit "
            "larger";
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> EngineImpl::HandOut(
    Protocol& protocol, absl::Span<NetBufferList* const> lists) {
  std::vector<uint64_t> handles;
  handles.reserve(lists.size());
  for (NetBufferList* list : lists) {
    handles.push_back(NetBufferListPool::Handle(list).value);
    static_cast<NetBufferListPool*>(list->ndis_pool_handle())
        ->Release(list, protocol.holder());
  }
  return handles;
}

absl::StatusOr<std::vector<uint64_t>>
EngineImpl::AllocateNetBufferAndNetBufferLists(absl::string_view pool,
                                               uint32_t count,
                                               uint32_t context_size,
                                               uint32_t context_back_fill,
                                               const MdlChainSpec& chain) {
  ASSIGN_OR_RETURN(const auto call, EnterListPool(pool, "pool"));
  ASSIGN_OR_RETURN(const uint32_t checked_count, CheckCount(count));
  RETURN_IF_ERROR(CheckContextSizes(context_size, context_back_fill,
                                    kMemoryAllocationAlignment));
  RETURN_IF_ERROR(CheckChain(chain));
  if (!call->allocations.TryAcquire()) return PoolClosing(pool);
  const absl::Cleanup release = [&call] { call->allocations.Release(); };
  // Nobody, until the chains are in place: the handles can be guessed.
  std::vector<NetBufferList*> lists(checked_count);
  const PoolStatus status = call->pool->AllocateNetBufferAndNetBufferLists(
      static_cast<uint16_t>(context_size),
      static_cast<uint16_t>(context_back_fill), nullptr, 0, 0, kNoHolder,
      absl::MakeSpan(lists));
  if (status != PoolStatus::kOk) {
    return AllocationError(status, pool, checked_count,
                           "it needs allocate_net_buffer and no data_size; use "
                           "AllocateNetBufferLists");
  }
  OwnedMdlChains& chains = call.call->mdl_chains();
  for (NetBufferList* list : lists) {
    if (chain.mdl_sizes.empty()) break;
    NetBuffer& nb = *list->first_net_buffer();
    nb.set_mdl_chain(chains.Allocate(chain.mdl_sizes));
    if (nb.mdl_chain() != nullptr) {
      SetNetBufferDataSpace(nb, chain.data_offset, chain.data_length);
      continue;
    }
    for (NetBufferList* other : lists) {
      ReleaseChain(*other->first_net_buffer(), *call.call.protocol());
    }
    call->pool->FreeNetBufferLists(lists);
    return AllocationError(PoolStatus::kExhausted, pool, checked_count, "");
  }
  return HandOut(*call.call.protocol(), lists);
}

absl::StatusOr<std::vector<uint64_t>> EngineImpl::AllocateNetBufferLists(
    absl::string_view pool, uint32_t count, uint32_t context_size,
    uint32_t context_back_fill) {
  ASSIGN_OR_RETURN(const auto call, EnterListPool(pool, "pool"));
  ASSIGN_OR_RETURN(const uint32_t checked_count, CheckCount(count));
  RETURN_IF_ERROR(CheckContextSizes(context_size, context_back_fill,
                                    kMemoryAllocationAlignment));
  if (!call->allocations.TryAcquire()) return PoolClosing(pool);
  const absl::Cleanup release = [&call] { call->allocations.Release(); };
  std::vector<NetBufferList*> lists(checked_count);
  const PoolStatus status = call->pool->AllocateNetBufferLists(
      static_cast<uint16_t>(context_size),
      static_cast<uint16_t>(context_back_fill), call.call->holder(),
      absl::MakeSpan(lists));
  if (status != PoolStatus::kOk) {
    return AllocationError(status, pool, checked_count, "");
  }
  std::vector<uint64_t> handles;
  handles.reserve(lists.size());
  for (NetBufferList* list : lists) {
    handles.push_back(NetBufferListPool::Handle(list).value);
  }
  return handles;
}

absl::StatusOr<std::vector<uint64_t>> EngineImpl::HandOut(
    Protocol& protocol, absl::Span<NetBuffer* const> buffers,
    NetBufferList* list) {
  std::vector<uint64_t> handles;
  handles.reserve(buffers.size());
  for (NetBuffer* nb : buffers) {
    handles.push_back(NetBufferPool::Handle(nb).value);
  }
  // The reserved areas hold whatever their last user left there.
  for (NetBuffer* nb : buffers) nb->protocol_reserved[0] = nullptr;
  if (list != nullptr) AttachNetBuffers(*list, buffers);
  for (NetBuffer* nb : buffers) {
    static_cast<NetBufferPool*>(nb->ndis_pool_handle)
        ->Release(nb, protocol.holder());
  }
  return handles;
}

absl::StatusOr<std::vector<uint64_t>> EngineImpl::AllocateNetBuffers(
    absl::string_view pool, uint32_t count, const MdlChainSpec& chain,
    uint64_t net_buffer_list) {
  ASSIGN_OR_RETURN(const auto call, EnterBufferPool(pool, "pool"));
  ASSIGN_OR_RETURN(const uint32_t checked_count, CheckCount(count));
  RETURN_IF_ERROR(CheckChain(chain));
  Claims claims(pool_table_, *call.call.protocol());
  NetBufferList* list = nullptr;
  if (net_buffer_list != 0) {
    ASSIGN_OR_RETURN(list,
                     claims.ClaimList(net_buffer_list, "net_buffer_list"));
  }
  if (!call->allocations.TryAcquire()) return PoolClosing(pool);
  const absl::Cleanup release = [&call] { call->allocations.Release(); };
  std::vector<NetBuffer*> buffers(checked_count);
  const PoolStatus status = call->pool->AllocateNetBuffers(
      nullptr, 0, 0, kNoHolder, absl::MakeSpan(buffers));
  if (status != PoolStatus::kOk) {
    return AllocationError(
        status, pool, checked_count,
        "it has a data_size; use AllocateNetBufferMdlAndData");
  }
  OwnedMdlChains& chains = call.call->mdl_chains();
  for (NetBuffer* nb : buffers) {
    if (chain.mdl_sizes.empty()) break;
    nb->set_mdl_chain(chains.Allocate(chain.mdl_sizes));
    if (nb->mdl_chain() != nullptr) {
      SetNetBufferDataSpace(*nb, chain.data_offset, chain.data_length);
      continue;
    }
    for (NetBuffer* other : buffers) {
      ReleaseChain(*other, *call.call.protocol());
    }
    call->pool->FreeNetBuffers(buffers);
    return AllocationError(PoolStatus::kExhausted, pool, checked_count, "");
  }
  return HandOut(*call.call.protocol(), buffers, list);
}

absl::StatusOr<std::vector<uint64_t>> EngineImpl::AllocateNetBufferMdlAndData(
    absl::string_view pool, uint32_t count, uint64_t net_buffer_list) {
  ASSIGN_OR_RETURN(const auto call, EnterBufferPool(pool, "pool"));
  ASSIGN_OR_RETURN(const uint32_t checked_count, CheckCount(count));
  Claims claims(pool_table_, *call.call.protocol());
  NetBufferList* list = nullptr;
  if (net_buffer_list != 0) {
    ASSIGN_OR_RETURN(list,
                     claims.ClaimList(net_buffer_list, "net_buffer_list"));
  }
  if (!call->allocations.TryAcquire()) return PoolClosing(pool);
  const absl::Cleanup release = [&call] { call->allocations.Release(); };
  std::vector<NetBuffer*> buffers(checked_count);
  const PoolStatus status = call->pool->AllocateNetBufferMdlAndData(
      kNoHolder, absl::MakeSpan(buffers));
  if (status != PoolStatus::kOk) {
    return AllocationError(status, pool, checked_count,
                           "its data_size is 0; use AllocateNetBuffers");
  }
  return HandOut(*call.call.protocol(), buffers, list);
}

// --- Freeing ----------------------------------------------------------------

absl::Status EngineImpl::FreeNetBufferLists(
    absl::string_view protocol, absl::Span<const uint64_t> handles) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  for (size_t i = 0; i < handles.size(); ++i) {
    const std::string field = absl::StrCat("net_buffer_lists[", i, "]");
    ASSIGN_OR_RETURN(NetBufferList * list, claims.ClaimList(handles[i], field));
    // Checked for all before any is freed: they may come from several pools.
    const PoolStatus status =
        static_cast<NetBufferListPool*>(list->ndis_pool_handle())
            ->CheckNetBufferList(list);
    if (status != PoolStatus::kOk) {
      return HandleError(status, handles[i], field);
    }
  }
  for (NetBufferList* list : claims.lists()) {
    for (NetBuffer* nb = list->first_net_buffer(); nb != nullptr;
         nb = nb->next()) {
      ReleaseChain(*nb, *call.protocol());
    }
    static_cast<NetBufferListPool*>(list->ndis_pool_handle())
        ->FreeNetBufferList(list);
  }
  claims.ForgetLists();
  return absl::OkStatus();
}

absl::Status EngineImpl::FreeNetBuffers(absl::string_view protocol,
                                        absl::Span<const uint64_t> handles) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  absl::flat_hash_set<NetBuffer*> buffers;
  for (size_t i = 0; i < handles.size(); ++i) {
    const std::string field = absl::StrCat("net_buffers[", i, "]");
    ASSIGN_OR_RETURN(NetBuffer * nb, claims.ClaimBuffer(handles[i], field));
    if (!buffers.insert(nb).second) {
      return InvalidField("DUPLICATE_HANDLE", field, "a repetition",
                          "must name each NET_BUFFER once");
    }
  }
  for (NetBufferList* list : claims.lists()) DetachNetBuffers(*list, buffers);
  for (NetBuffer* nb : buffers) {
    ReleaseChain(*nb, *call.protocol());
    claims.ForgetBuffer(NetBufferPool::Handle(nb).value);
    static_cast<NetBufferPool*>(nb->ndis_pool_handle)->FreeNetBuffers({&nb, 1});
  }
  return absl::OkStatus();
}

// --- Looking ----------------------------------------------------------------

NetBufferSnapshot EngineImpl::DescribeBuffer(const NetBufferList* list,
                                             const NetBuffer& nb) {
  NetBufferSnapshot snapshot;
  if (nb.ndis_pool_handle != nullptr) {
    const BlockHandle handle = NetBufferPool::Handle(&nb);
    snapshot.handle = handle.value;
    snapshot.pool = PoolName(handle.pool());
    snapshot.net_buffer_list = AttachedTo(nb);
  } else if (list != nullptr) {
    snapshot.net_buffer_list = NetBufferListPool::Handle(list).value;
  }
  snapshot.data_offset = nb.data_offset();
  snapshot.data_length = nb.data_length();
  for (const Mdl* mdl = nb.mdl_chain(); mdl != nullptr; mdl = mdl->next()) {
    if (mdl == nb.current_mdl()) {
      snapshot.current_mdl_index =
          static_cast<uint32_t>(snapshot.mdl_chain.size());
    }
    snapshot.mdl_chain.push_back(
        {mdl->byte_count(), mdl->allocated_by_retreat()});
  }
  snapshot.current_mdl_offset = nb.current_mdl_offset();
  return snapshot;
}

absl::StatusOr<NetBufferListSnapshot> EngineImpl::GetNetBufferList(
    absl::string_view protocol, uint64_t handle) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(const NetBufferList* list,
                   claims.ClaimList(handle, "net_buffer_list"));
  const auto& pool = *static_cast<NetBufferListPool*>(list->ndis_pool_handle());
  NetBufferListSnapshot snapshot;
  snapshot.handle = handle;
  snapshot.pool = PoolName(BlockHandle{handle}.pool());
  for (const NetBuffer* nb = list->first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    snapshot.net_buffers.push_back(DescribeBuffer(list, *nb));
  }
  for (const NetBufferListContext* context = list->context();
       context != nullptr; context = context->next) {
    snapshot.contexts.push_back(
        {context->size, context->offset, context->pool_tag != 0});
  }
  snapshot.status = list->status();
  snapshot.nbl_flags = list->nbl_flags();
  snapshot.protocol_id = pool.parameters().protocol_id;
  snapshot.holder = call->name();
  const auto out = pool.Outstanding(BlockHandle{handle}.index(), 1);
  if (!out.empty()) snapshot.history = out[0].history;
  return snapshot;
}

absl::StatusOr<NetBufferSnapshot> EngineImpl::GetNetBuffer(
    absl::string_view protocol, const NetBufferReference& reference) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(const NetBuffer* nb, claims.Claim(reference, "net_buffer"));
  return DescribeBuffer(claims.lists().empty() ? nullptr : claims.lists()[0],
                        *nb);
}

// --- Data -------------------------------------------------------------------

absl::StatusOr<NetBufferSnapshot> EngineImpl::WriteData(
    absl::string_view protocol, const NetBufferReference& reference,
    uint32_t offset, absl::string_view data, bool resize) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(NetBuffer * nb, claims.Claim(reference, "net_buffer"));
  const uint64_t end = uint64_t{offset} + data.size();
  if (resize) {
    const uint64_t room =
        MdlChainByteCount(nb->mdl_chain()) - nb->data_offset();
    if (end > room || SetNetBufferDataSpace(*nb, nb->data_offset(),
                                            static_cast<uint32_t>(end)) !=
                          NdisStatus::kSuccess) {
      return InvalidField(
          "INVALID_DATA_SPACE", "data", absl::StrCat(data.size(), " bytes"),
          absl::StrCat("must fit, behind offset ", offset, ", into the ", room,
                       " bytes of the MDL chain from the data start"));
    }
  } else if (end > nb->data_length()) {
    return InvalidField(
        "INVALID_DATA_SPACE", "data", absl::StrCat(data.size(), " bytes"),
        absl::StrCat("must lie, from offset ", offset, ", within data_length ",
                     nb->data_length(), "; use resize or SetDataSpace"));
  }
  WriteNetBufferData(*nb, offset, static_cast<uint32_t>(data.size()),
                     reinterpret_cast<const std::byte*>(data.data()));
  return DescribeBuffer(claims.lists().empty() ? nullptr : claims.lists()[0],
                        *nb);
}

absl::StatusOr<std::string> EngineImpl::ReadData(
    absl::string_view protocol, const NetBufferReference& reference,
    uint32_t offset, uint32_t length) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(const NetBuffer* nb, claims.Claim(reference, "net_buffer"));
  if (offset > nb->data_length()) {
    return InvalidField(
        "INVALID_DATA_SPACE", "offset", offset,
        absl::StrCat("must be at most data_length ", nb->data_length()));
  }
  if (length > nb->data_length() - offset) {
    return InvalidField(
        "INVALID_DATA_SPACE", "length", length,
        absl::StrCat("must lie, from offset ", offset, ", within data_length ",
                     nb->data_length()));
  }
  std::string data(length == 0 ? nb->data_length() - offset : length, '\0');
  ReadNetBufferData(*nb, offset, static_cast<uint32_t>(data.size()),
                    reinterpret_cast<std::byte*>(data.data()));
  return data;
}

absl::StatusOr<NetBufferSnapshot> EngineImpl::SetDataSpace(
    absl::string_view protocol, const NetBufferReference& reference,
    uint32_t data_offset, uint32_t data_length) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(NetBuffer * nb, claims.Claim(reference, "net_buffer"));
  if (SetNetBufferDataSpace(*nb, data_offset, data_length) !=
      NdisStatus::kSuccess) {
    return InvalidField(
        "INVALID_DATA_SPACE", "data_length", data_length,
        absl::StrCat("must lie, behind data_offset ", data_offset,
                     ", within the MDL chain of ",
                     MdlChainByteCount(nb->mdl_chain()), " bytes"));
  }
  return DescribeBuffer(claims.lists().empty() ? nullptr : claims.lists()[0],
                        *nb);
}

absl::StatusOr<uint32_t> EngineImpl::RetreatDataStart(
    absl::string_view protocol, const DataTarget& target, uint32_t delta,
    uint32_t data_back_fill) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  // What a retreat allocates is not counted in any pool, so it is kept small.
  if (delta > kMaxChainBytes) {
    return InvalidField("INVALID_DATA_OFFSET_DELTA", "data_offset_delta", delta,
                        absl::StrCat("must be at most ", kMaxChainBytes));
  }
  if (data_back_fill > kMaxChainBytes) {
    return InvalidField("INVALID_DATA_BACK_FILL", "data_back_fill",
                        data_back_fill,
                        absl::StrCat("must be at most ", kMaxChainBytes));
  }
  Claims claims(pool_table_, *call.protocol());
  RetreatResult result;
  if (target.net_buffer.has_value()) {
    ASSIGN_OR_RETURN(NetBuffer * nb,
                     claims.Claim(*target.net_buffer, "net_buffer"));
    result = RetreatNetBufferDataStart(*nb, delta, data_back_fill,
                                       call->retreat_mdls());
  } else {
    ASSIGN_OR_RETURN(
        NetBufferList * list,
        claims.ClaimList(target.net_buffer_list, "net_buffer_list"));
    result = RetreatNetBufferListDataStart(*list, delta, data_back_fill,
                                           call->retreat_mdls());
  }
  if (result.status == NdisStatus::kSuccess) return result.misses;
  if (result.status == NdisStatus::kResources) {
    return ErrorBuilder(absl::StatusCode::kResourceExhausted,
                        "NO_MEMORY_FOR_MDL", result.status)
               .Quota("memory", "no memory for the MDL of a retreat",
                      absl::Milliseconds(100))
           << "there is no memory for an MDL of " << delta << " bytes";
  }
  return InvalidField("INVALID_DATA_OFFSET_DELTA", "data_offset_delta", delta,
                      "would make data_length pass 32 bits");
}

absl::Status EngineImpl::AdvanceDataStart(absl::string_view protocol,
                                          const DataTarget& target,
                                          uint32_t delta, bool free_mdl) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  NdisStatus status = NdisStatus::kSuccess;
  if (target.net_buffer.has_value()) {
    ASSIGN_OR_RETURN(NetBuffer * nb,
                     claims.Claim(*target.net_buffer, "net_buffer"));
    status =
        AdvanceNetBufferDataStart(*nb, delta, free_mdl, call->retreat_mdls());
  } else {
    ASSIGN_OR_RETURN(
        NetBufferList * list,
        claims.ClaimList(target.net_buffer_list, "net_buffer_list"));
    status = AdvanceNetBufferListDataStart(*list, delta, free_mdl,
                                           call->retreat_mdls());
  }
  if (status == NdisStatus::kSuccess) return absl::OkStatus();
  return InvalidField("INVALID_DATA_OFFSET_DELTA", "data_offset_delta", delta,
                      "must be at most the data_length");
}

absl::StatusOr<bool> EngineImpl::AllocateContext(absl::string_view protocol,
                                                 uint64_t handle,
                                                 uint32_t context_size,
                                                 uint32_t context_back_fill,
                                                 uint32_t pool_tag) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  RETURN_IF_ERROR(
      CheckContextSizes(context_size, context_back_fill, sizeof(void*)));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(NetBufferList * list,
                   claims.ClaimList(handle, "net_buffer_list"));
  // Charged as if an element were needed; what it did not take goes back.
  const uint64_t before = AllocatedContextBytes(*list);
  const uint64_t most =
      sizeof(NetBufferListContext) + context_size + context_back_fill;
  ContextResult result{.status = NdisStatus::kResources};
  if (quota_.Reserve(most)) {
    // Tag 0 is that of the element that came with the list.
    result = AllocateNetBufferListContext(
        *list, static_cast<uint16_t>(context_size),
        static_cast<uint16_t>(context_back_fill),
        pool_tag == 0 ? PoolTagFromString("nbuf") : pool_tag);
    quota_.Release(most - (AllocatedContextBytes(*list) - before));
  }
  if (result.status == NdisStatus::kSuccess) return result.allocated;
  if (result.status == NdisStatus::kResources) {
    return ErrorBuilder(absl::StatusCode::kResourceExhausted,
                        "NO_MEMORY_FOR_CONTEXT", result.status)
               .Quota("memory", "no memory for a context",
                      absl::Milliseconds(100))
           << "there is no memory for " << context_size << " bytes of context";
  }
  return InvalidField("INVALID_CONTEXT_SIZE", "context_size", context_size,
                      "must be a multiple of 8");
}

absl::Status EngineImpl::FreeContext(absl::string_view protocol,
                                     uint64_t handle, uint32_t context_size) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "protocol"));
  Claims claims(pool_table_, *call.protocol());
  ASSIGN_OR_RETURN(NetBufferList * list,
                   claims.ClaimList(handle, "net_buffer_list"));
  const uint64_t before = AllocatedContextBytes(*list);
  if (context_size <= std::numeric_limits<uint16_t>::max() &&
      FreeNetBufferListContext(*list, static_cast<uint16_t>(context_size)) ==
          NdisStatus::kSuccess) {
    quota_.Release(before - AllocatedContextBytes(*list));
    return absl::OkStatus();
  }
  return InvalidField(
      "INVALID_CONTEXT_SIZE", "context_size", context_size,
      "must be the size of the newest allocation, which is freed first");
}

}  // namespace netbuf
