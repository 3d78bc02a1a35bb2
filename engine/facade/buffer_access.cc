#include "engine/facade/buffer_access.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/mdl.h"
#include "engine/ndis/error.h"

namespace netbuf {

absl::Status HandleError(PoolStatus status, uint64_t handle,
                         absl::string_view field) {
  using Code = absl::StatusCode;
  const std::string name = absl::StrFormat("0x%016x", handle);
  auto error = [&](Code code, absl::string_view reason,
                   NdisStatus ndis_status) {
    ErrorBuilder builder(code, reason, ndis_status);
    builder.Metadata("handle", name);
    if (code == Code::kInvalidArgument) {
      builder.Field(field, "must be a handle that an allocation returned");
    }
    if (code == Code::kNotFound) builder.Resource("netbufd/Buffer", name);
    if (code == Code::kFailedPrecondition) {
      builder.Precondition(reason, name, PoolStatusName(status));
    }
    builder << field << " " << name << " ";
    return builder;
  };
  switch (status) {
    case PoolStatus::kStaleHandle:
    case PoolStatus::kDoubleFree:
      return error(Code::kNotFound, "STALE_HANDLE",
                   NdisStatus::kInvalidParameter)
             << "was freed; a handle is good until its structure is freed";
    case PoolStatus::kNotHolder:
      return error(Code::kPermissionDenied, "NOT_HOLDER",
                   NdisStatus::kInvalidState)
             << "is held by somebody else: another protocol, or the stack "
                "until "
                "its send completes";
    case PoolStatus::kBusy:
      return error(Code::kAborted, "BUFFER_BUSY", NdisStatus::kInvalidState)
             << "is in use by another call; wait for that call and try again";
    case PoolStatus::kNetBuffersAttached:
      return error(Code::kFailedPrecondition, "NET_BUFFERS_ATTACHED",
                   NdisStatus::kInvalidState)
             << "has NET_BUFFERs attached that do not go with it; free those "
                "first";
    case PoolStatus::kContextOutstanding:
      return error(Code::kFailedPrecondition, "CONTEXT_OUTSTANDING",
                   NdisStatus::kInvalidState)
             << "has context allocated that does not go with it; free that "
                "first, newest first";
    case PoolStatus::kChildrenOutstanding:
      return error(Code::kFailedPrecondition, "CHILDREN_OUTSTANDING",
                   NdisStatus::kInvalidState)
             << "has derived lists that are alive; free those first";
    case PoolStatus::kPreallocated:
      return error(Code::kInvalidArgument, "NET_BUFFER_PREALLOCATED",
                   NdisStatus::kInvalidParameter)
             << "came with its list and is freed with it";
    case PoolStatus::kOverrun:
    case PoolStatus::kCorrupted:
      return error(Code::kDataLoss, "BUFFER_OVERRUN", NdisStatus::kFailure)
             << "was damaged by a write outside of its neighbour";
    default:
      return error(Code::kInvalidArgument, "INVALID_HANDLE",
                   NdisStatus::kInvalidParameter)
             << "was never given out; use a handle that an allocation returned";
  }
}

Claims::~Claims() {
  for (const auto& [handle, nb] : buffers_) {
    static_cast<NetBufferPool*>(nb->ndis_pool_handle)
        ->Release(nb, protocol_.holder());
  }
  for (NetBufferList* list : lists_) {
    static_cast<NetBufferListPool*>(list->ndis_pool_handle())
        ->Release(list, protocol_.holder());
  }
}

absl::StatusOr<NetBufferList*> Claims::ClaimList(uint64_t handle,
                                                 absl::string_view field) {
  const PoolRef pool = pools_.Pin(BlockHandle{handle}.pool());
  if (pool.list_pool() == nullptr) {
    return HandleError(pool.buffer_pool() != nullptr
                           ? PoolStatus::kInvalidHandle
                           : PoolStatus::kStaleHandle,
                       handle, field);
  }
  NetBufferList* list = nullptr;
  const PoolStatus status =
      pool.list_pool()->Claim(BlockHandle{handle}, protocol_.holder(), &list);
  if (status != PoolStatus::kOk) {
    for (NetBufferList* held : lists_) {
      if (NetBufferListPool::Handle(held).value != handle) continue;
      return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                          "DUPLICATE_HANDLE", NdisStatus::kInvalidParameter)
                 .Field(field, "must name each structure once")
             << field << " names " << absl::StrFormat("0x%016x", handle)
             << " twice; name each structure once";
    }
    return HandleError(status, handle, field);
  }
  lists_.push_back(list);
  RETURN_IF_ERROR(ClaimAttached(list, nullptr, field));
  return list;
}

absl::Status Claims::ClaimAttached(NetBufferList* list, const NetBuffer* except,
                                   absl::string_view field) {
  for (NetBuffer* nb = list->first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    if (nb->ndis_pool_handle == nullptr || nb == except) continue;
    const BlockHandle handle = NetBufferPool::Handle(nb);
    NetBuffer* claimed = nullptr;
    const PoolStatus status = static_cast<NetBufferPool*>(nb->ndis_pool_handle)
                                  ->Claim(handle, protocol_.holder(), &claimed);
    if (status != PoolStatus::kOk) {
      return HandleError(status, handle.value, field);
    }
    buffers_.emplace(handle.value, claimed);
  }
  return absl::OkStatus();
}

absl::StatusOr<NetBuffer*> Claims::ClaimBuffer(uint64_t handle,
                                               absl::string_view field) {
  // Claimed already as part of a list: the caller named a list and one of its
  // buffers, or two buffers of one list.
  if (auto it = buffers_.find(handle); it != buffers_.end()) return it->second;
  const PoolRef pool = pools_.Pin(BlockHandle{handle}.pool());
  if (pool.buffer_pool() == nullptr) {
    return HandleError(pool.list_pool() != nullptr ? PoolStatus::kInvalidHandle
                                                   : PoolStatus::kStaleHandle,
                       handle, field);
  }
  NetBuffer* nb = nullptr;
  const PoolStatus status =
      pool.buffer_pool()->Claim(BlockHandle{handle}, protocol_.holder(), &nb);
  if (status != PoolStatus::kOk) return HandleError(status, handle, field);
  buffers_.emplace(handle, nb);
  const uint64_t list_handle = AttachedTo(*nb);
  if (list_handle == 0) return nb;
  const PoolRef list_pool = pools_.Pin(BlockHandle{list_handle}.pool());
  NetBufferList* list = nullptr;
  const PoolStatus list_status =
      list_pool.list_pool() == nullptr
          ? PoolStatus::kStaleHandle
          : list_pool.list_pool()->Claim(BlockHandle{list_handle},
                                         protocol_.holder(), &list);
  if (list_status != PoolStatus::kOk) {
    return HandleError(list_status, list_handle, field);
  }
  lists_.push_back(list);
  RETURN_IF_ERROR(ClaimAttached(list, nb, field));
  return nb;
}

absl::StatusOr<NetBuffer*> Claims::Claim(const NetBufferReference& reference,
                                         absl::string_view field) {
  if (reference.net_buffer != 0) {
    return ClaimBuffer(reference.net_buffer,
                       absl::StrCat(field, ".net_buffer"));
  }
  ASSIGN_OR_RETURN(NetBufferList * list,
                   ClaimList(reference.net_buffer_list,
                             absl::StrCat(field, ".net_buffer_list")));
  NetBuffer* nb = list->first_net_buffer();
  uint32_t count = 0;
  for (; nb != nullptr && count < reference.index; ++count) nb = nb->next();
  if (nb != nullptr) return nb;
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, "NO_SUCH_NET_BUFFER",
                      NdisStatus::kInvalidParameter)
             .Field(absl::StrCat(field, ".net_buffer_index"),
                    absl::StrCat("must be less than ", count))
         << field << ".net_buffer_index is " << reference.index
         << ", but the list has " << count << " NET_BUFFERs";
}

uint64_t AttachedTo(const NetBuffer& nb) {
  return reinterpret_cast<uint64_t>(nb.protocol_reserved[0]);
}

namespace {

// Makes `next` what follows `last`, or what the list begins with.
void Link(NetBufferList& list, NetBuffer* last, NetBuffer* next) {
  if (last != nullptr) {
    last->set_next(next);
  } else {
    list.set_first_net_buffer(next);
  }
}

}  // namespace

void AttachNetBuffers(NetBufferList& list,
                      absl::Span<NetBuffer* const> buffers) {
  void* const handle =
      reinterpret_cast<void*>(NetBufferListPool::Handle(&list).value);
  NetBuffer* last = list.first_net_buffer();
  while (last != nullptr && last->next() != nullptr) last = last->next();
  for (NetBuffer* nb : buffers) {
    nb->set_next(nullptr);
    nb->protocol_reserved[0] = handle;
    Link(list, last, nb);
    last = nb;
  }
}

void DetachNetBuffers(NetBufferList& list,
                      const absl::flat_hash_set<NetBuffer*>& gone) {
  NetBuffer* last = nullptr;  // Of those that stay.
  NetBuffer* next;
  for (NetBuffer* nb = list.first_net_buffer(); nb != nullptr; nb = next) {
    next = nb->next();
    if (!gone.contains(nb)) {
      last = nb;
      continue;
    }
    Link(list, last, next);
    nb->set_next(nullptr);
    nb->protocol_reserved[0] = nullptr;
  }
}

void ReleaseChain(NetBuffer& nb, Protocol& protocol) {
  Mdl* mdl = nb.mdl_chain();
  while (mdl != nullptr && mdl->allocated_by_retreat()) {
    Mdl* const next = mdl->next();
    protocol.retreat_mdls().Free(mdl);
    mdl = next;
  }
  protocol.mdl_chains().Free(mdl);
  // The pool restores the NET_BUFFER to what it gave out.
  nb.set_mdl_chain(nullptr);
  nb.set_current(nullptr, 0);
  nb.set_data(0, 0);
}

uint64_t AllocatedContextBytes(const NetBufferList& list) {
  uint64_t bytes = 0;
  for (const NetBufferListContext* context = list.context(); context != nullptr;
       context = context->next) {
    if (context->pool_tag != 0) bytes += sizeof(*context) + context->size;
  }
  return bytes;
}

}  // namespace netbuf
