// Pools of both kinds.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/status_macros.h"
#include "engine/facade/engine_impl.h"
#include "engine/facade/resource_name.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

NetBufferListPoolSnapshot Describe(const NetBufferListPoolEntry& entry) {
  return {entry.name, entry.pool->parameters(), entry.max_outstanding,
          entry.pool->Statistics()};
}

NetBufferPoolSnapshot Describe(const NetBufferPoolEntry& entry) {
  return {entry.name, entry.pool->parameters(), entry.max_outstanding,
          entry.pool->Statistics()};
}

constexpr absl::string_view kListPoolType = "NetBufferListPool";
constexpr absl::string_view kBufferPoolType = "NetBufferPool";

}  // namespace

template <typename Pool>
absl::StatusOr<EngineImpl::PoolCall<Pool>> EngineImpl::EnterPool(
    absl::string_view collection, absl::string_view type,
    absl::string_view name, absl::string_view field) {
  std::shared_ptr<PoolEntry<Pool>> entry;
  {
    MutexLock lock(mu_);
    const auto& pools = Pools<Pool>();
    auto it = pools.find(name);
    if (it != pools.end()) entry = it->second;
  }
  if (entry != nullptr) {
    if (ProtocolCall call(entry->protocol); call) {
      return PoolCall<Pool>{std::move(entry), std::move(call)};
    }
  }
  RETURN_IF_ERROR(ParseChildName(name, collection, field).status());
  return NotFound(type, name);
}

absl::StatusOr<EngineImpl::PoolCall<NetBufferListPool>>
EngineImpl::EnterListPool(absl::string_view name, absl::string_view field) {
  return EnterPool<NetBufferListPool>(kNetBufferListPools, kListPoolType, name,
                                      field);
}

absl::StatusOr<EngineImpl::PoolCall<NetBufferPool>> EngineImpl::EnterBufferPool(
    absl::string_view name, absl::string_view field) {
  return EnterPool<NetBufferPool>(kNetBufferPools, kBufferPoolType, name,
                                  field);
}

template <typename Pool>
absl::Status EngineImpl::AddPool(
    absl::string_view type, const std::shared_ptr<PoolEntry<Pool>>& entry) {
  const uint32_t slot = entry->pool->slot();
  MutexLock lock(mu_);
  if (!Pools<Pool>().emplace(entry->name, entry).second) {
    return AlreadyExists(type, entry->name);
  }
  pool_names_[slot] = entry->name;
  pool_table_.Register(entry->pool.get());
  return absl::OkStatus();
}

template <typename Pool>
absl::Status EngineImpl::PoolNotEmpty(const PoolEntry<Pool>& entry) {
  // Enough to see a pattern; the rest is the same mistake again.
  constexpr size_t kNamed = 3;
  std::string who;
  for (const OutstandingBlock& block : entry.pool->Outstanding(0, kNamed)) {
    const std::string holder = holders_.Name(block.holder);
    absl::StrAppend(&who, who.empty() ? "" : ", ",
                    absl::StrFormat("0x%016x", block.handle), " held by ",
                    holder.empty() ? "nobody" : holder);
  }
  const uint64_t outstanding = entry.pool->Statistics().outstanding;
  return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "POOL_NOT_EMPTY",
                      NdisStatus::kInvalidState)
             .Precondition("POOL_IN_USE", entry.name,
                           absl::StrCat(outstanding, " structures are out"))
             .Metadata("pool", entry.name)
             .Metadata("outstanding", outstanding)
         << entry.name << " still has " << outstanding
         << " structures out; free them first: " << who
         << (outstanding > kNamed ? ", ..." : "");
}

template <typename Pool>
absl::Status EngineImpl::DeletePool(
    const std::shared_ptr<PoolEntry<Pool>>& entry) {
  // Looked at first, so that a pool in use goes on undisturbed.
  if (!entry->pool->CheckFreeable().ok()) return PoolNotEmpty(*entry);
  // Nobody allocates now; and nobody frees either, for nothing is out, unless
  // an allocation came first.
  entry->allocations.CloseAndWait();
  if (!entry->pool->CheckFreeable().ok()) {
    entry->allocations.Reopen();
    return PoolNotEmpty(*entry);
  }
  {
    MutexLock lock(mu_);
    if (Pools<Pool>().erase(entry->name) == 0) {
      return NotFound("Pool", entry->name);
    }
    pool_names_.erase(entry->pool->slot());
  }
  pool_table_.Close(entry->pool->slot());
  return absl::OkStatus();
}

// For engine_protocols.cc.
template absl::Status EngineImpl::DeletePool(
    const std::shared_ptr<NetBufferListPoolEntry>& entry);
template absl::Status EngineImpl::DeletePool(
    const std::shared_ptr<NetBufferPoolEntry>& entry);

absl::StatusOr<NetBufferListPoolSnapshot> EngineImpl::CreateNetBufferListPool(
    absl::string_view protocol, absl::string_view pool_id,
    const NetBufferListPoolParameters& parameters, uint64_t max_outstanding) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "parent"));
  RETURN_IF_ERROR(CheckId(pool_id, "net_buffer_list_pool_id"));
  auto entry = std::make_shared<NetBufferListPoolEntry>();
  entry->name = absl::StrCat(protocol, "/", kNetBufferListPools, "/", pool_id);
  entry->protocol = call.protocol();
  entry->max_outstanding = max_outstanding;
  ASSIGN_OR_RETURN(entry->pool, NetBufferListPool::Create(
                                    parameters, {max_outstanding, &quota_}));
  RETURN_IF_ERROR(AddPool(kListPoolType, entry));
  return netbuf::Describe(*entry);
}

absl::StatusOr<NetBufferListPoolSnapshot> EngineImpl::GetNetBufferListPool(
    absl::string_view name) {
  ASSIGN_OR_RETURN(const auto call, EnterListPool(name, "name"));
  return netbuf::Describe(*call.entry);
}

absl::StatusOr<std::vector<NetBufferListPoolSnapshot>>
EngineImpl::ListNetBufferListPools(absl::string_view protocol) {
  ASSIGN_OR_RETURN(const std::string parent, ListParent(protocol));
  std::vector<std::shared_ptr<NetBufferListPoolEntry>> entries;
  {
    MutexLock lock(mu_);
    entries = OfProtocol(list_pools_, parent);
  }
  std::vector<NetBufferListPoolSnapshot> snapshots;
  for (const auto& entry : entries) {
    snapshots.push_back(netbuf::Describe(*entry));
  }
  return snapshots;
}

absl::Status EngineImpl::DeleteNetBufferListPool(absl::string_view name) {
  ASSIGN_OR_RETURN(const auto call, EnterListPool(name, "name"));
  return DeletePool(call.entry);
}

absl::StatusOr<NetBufferPoolSnapshot> EngineImpl::CreateNetBufferPool(
    absl::string_view protocol, absl::string_view pool_id,
    const NetBufferPoolParameters& parameters, uint64_t max_outstanding) {
  ASSIGN_OR_RETURN(ProtocolCall call, EnterProtocol(protocol, "parent"));
  RETURN_IF_ERROR(CheckId(pool_id, "net_buffer_pool_id"));
  auto entry = std::make_shared<NetBufferPoolEntry>();
  entry->name = absl::StrCat(protocol, "/", kNetBufferPools, "/", pool_id);
  entry->protocol = call.protocol();
  entry->max_outstanding = max_outstanding;
  ASSIGN_OR_RETURN(entry->pool, NetBufferPool::Create(
                                    parameters, {max_outstanding, &quota_}));
  RETURN_IF_ERROR(AddPool(kBufferPoolType, entry));
  return netbuf::Describe(*entry);
}

absl::StatusOr<NetBufferPoolSnapshot> EngineImpl::GetNetBufferPool(
    absl::string_view name) {
  ASSIGN_OR_RETURN(const auto call, EnterBufferPool(name, "name"));
  return netbuf::Describe(*call.entry);
}

absl::StatusOr<std::vector<NetBufferPoolSnapshot>>
EngineImpl::ListNetBufferPools(absl::string_view protocol) {
  ASSIGN_OR_RETURN(const std::string parent, ListParent(protocol));
  std::vector<std::shared_ptr<NetBufferPoolEntry>> entries;
  {
    MutexLock lock(mu_);
    entries = OfProtocol(buffer_pools_, parent);
  }
  std::vector<NetBufferPoolSnapshot> snapshots;
  for (const auto& entry : entries) {
    snapshots.push_back(netbuf::Describe(*entry));
  }
  return snapshots;
}

absl::Status EngineImpl::DeleteNetBufferPool(absl::string_view name) {
  ASSIGN_OR_RETURN(const auto call, EnterBufferPool(name, "name"));
  return DeletePool(call.entry);
}

absl::StatusOr<uint64_t> EngineImpl::TrimPool(absl::string_view name) {
  if (ParseChildName(name, kNetBufferPools, "name").ok()) {
    ASSIGN_OR_RETURN(const auto call, EnterBufferPool(name, "name"));
    return call->pool->Trim();
  }
  ASSIGN_OR_RETURN(const auto call, EnterListPool(name, "name"));
  return call->pool->Trim();
}

std::string EngineImpl::PoolName(uint32_t slot) {
  MutexLock lock(mu_);
  auto it = pool_names_.find(slot);
  return it == pool_names_.end() ? std::string() : it->second;
}

}  // namespace netbuf
