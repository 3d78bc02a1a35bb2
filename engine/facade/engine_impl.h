// EngineImpl: the one Engine. Its methods are spread over engine_*.cc by
// subject; this header holds what they share.
//
// Locks, in the order they may be taken: mu_, then whatever a pool, adapter or
// binding takes inside. Nothing that waits for frames runs under mu_.

#ifndef NETBUFD_ENGINE_FACADE_ENGINE_IMPL_H_
#define NETBUFD_ENGINE_FACADE_ENGINE_IMPL_H_

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/mutex.h"
#include "engine/engine.h"
#include "engine/facade/buffer_access.h"
#include "engine/facade/holders.h"
#include "engine/facade/pool_entry.h"
#include "engine/facade/protocol.h"
#include "engine/facade/protocol_binding.h"
#include "engine/facade/send_operation.h"
#include "engine/nic/capture_directory.h"
#include "engine/pool/pool_table.h"
#include "engine/stack/adapter.h"

namespace netbuf {

class EngineImpl : public Engine {
 public:
  EngineImpl(const EngineOptions& options,
             std::unique_ptr<CaptureDirectory> capture_directory);
  ~EngineImpl() override;

  absl::StatusOr<AdapterSnapshot> CreateAdapter(absl::string_view adapter_id,
                                                const NicSpec& nic) override;
  absl::StatusOr<AdapterSnapshot> GetAdapter(absl::string_view name) override;
  std::vector<AdapterSnapshot> ListAdapters() override;
  absl::Status DeleteAdapter(absl::string_view name) override;
  absl::StatusOr<FilterSnapshot> AttachFilter(absl::string_view adapter,
                                              absl::string_view filter_id,
                                              const FilterSpec& spec,
                                              uint32_t position,
                                              absl::Duration timeout) override;
  absl::Status DetachFilter(absl::string_view name,
                            absl::Duration timeout) override;
  absl::StatusOr<AdapterSnapshot> SetLinkState(absl::string_view name,
                                               const LinkState& state) override;

  absl::StatusOr<ProtocolSnapshot> RegisterProtocol(
      absl::string_view protocol_id, absl::Duration lease_duration) override;
  absl::StatusOr<ProtocolSnapshot> GetProtocol(absl::string_view name) override;
  std::vector<ProtocolSnapshot> ListProtocols() override;
  absl::StatusOr<ProtocolSnapshot> KeepAliveProtocol(
      absl::string_view name) override;
  absl::StatusOr<DeregisterReport> DeregisterProtocol(
      absl::string_view name) override;

  absl::StatusOr<BindingSnapshot> OpenBinding(
      absl::string_view protocol, absl::string_view binding_id,
      absl::string_view adapter, RestartPolicy restart_policy) override;
  absl::StatusOr<BindingSnapshot> GetBinding(absl::string_view name) override;
  absl::StatusOr<std::vector<BindingSnapshot>> ListBindings(
      absl::string_view protocol) override;
  absl::StatusOr<BindingSnapshot> PauseBinding(absl::string_view name,
                                               absl::Duration timeout) override;
  absl::StatusOr<BindingSnapshot> RestartBinding(absl::string_view name,
                                                 bool hold) override;
  absl::StatusOr<BindingSnapshot> CompleteRestartBinding(
      absl::string_view name, NdisStatus status) override;
  absl::Status CloseBinding(absl::string_view name,
                            absl::Duration timeout) override;
  absl::StatusOr<std::unique_ptr<Subscription>> WatchBinding(
      absl::string_view name,
      std::function<void(const BindingEvent&)> callback) override;

  absl::StatusOr<NetBufferListPoolSnapshot> CreateNetBufferListPool(
      absl::string_view protocol, absl::string_view pool_id,
      const NetBufferListPoolParameters& parameters,
      uint64_t max_outstanding) override;
  absl::StatusOr<NetBufferListPoolSnapshot> GetNetBufferListPool(
      absl::string_view name) override;
  absl::StatusOr<std::vector<NetBufferListPoolSnapshot>> ListNetBufferListPools(
      absl::string_view protocol) override;
  absl::Status DeleteNetBufferListPool(absl::string_view name) override;
  absl::StatusOr<NetBufferPoolSnapshot> CreateNetBufferPool(
      absl::string_view protocol, absl::string_view pool_id,
      const NetBufferPoolParameters& parameters,
      uint64_t max_outstanding) override;
  absl::StatusOr<NetBufferPoolSnapshot> GetNetBufferPool(
      absl::string_view name) override;
  absl::StatusOr<std::vector<NetBufferPoolSnapshot>> ListNetBufferPools(
      absl::string_view protocol) override;
  absl::Status DeleteNetBufferPool(absl::string_view name) override;
  absl::StatusOr<uint64_t> TrimPool(absl::string_view name) override;

  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferAndNetBufferLists(
      absl::string_view pool, uint32_t count, uint32_t context_size,
      uint32_t context_back_fill, const MdlChainSpec& chain) override;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferLists(
      absl::string_view pool, uint32_t count, uint32_t context_size,
      uint32_t context_back_fill) override;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBuffers(
      absl::string_view pool, uint32_t count, const MdlChainSpec& chain,
      uint64_t net_buffer_list) override;
  absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferMdlAndData(
      absl::string_view pool, uint32_t count,
      uint64_t net_buffer_list) override;
  absl::Status FreeNetBufferLists(absl::string_view protocol,
                                  absl::Span<const uint64_t> handles) override;
  absl::Status FreeNetBuffers(absl::string_view protocol,
                              absl::Span<const uint64_t> handles) override;
  absl::StatusOr<NetBufferListSnapshot> GetNetBufferList(
      absl::string_view protocol, uint64_t handle) override;
  absl::StatusOr<NetBufferSnapshot> GetNetBuffer(
      absl::string_view protocol, const NetBufferReference& nb) override;
  absl::StatusOr<NetBufferSnapshot> WriteData(absl::string_view protocol,
                                              const NetBufferReference& nb,
                                              uint32_t offset,
                                              absl::string_view data,
                                              bool resize) override;
  absl::StatusOr<std::string> ReadData(absl::string_view protocol,
                                       const NetBufferReference& nb,
                                       uint32_t offset,
                                       uint32_t length) override;
  absl::StatusOr<NetBufferSnapshot> SetDataSpace(absl::string_view protocol,
                                                 const NetBufferReference& nb,
                                                 uint32_t data_offset,
                                                 uint32_t data_length) override;
  absl::StatusOr<uint32_t> RetreatDataStart(absl::string_view protocol,
                                            const DataTarget& target,
                                            uint32_t delta,
                                            uint32_t data_back_fill) override;
  absl::Status AdvanceDataStart(absl::string_view protocol,
                                const DataTarget& target, uint32_t delta,
                                bool free_mdl) override;
  absl::StatusOr<bool> AllocateContext(absl::string_view protocol,
                                       uint64_t handle, uint32_t context_size,
                                       uint32_t context_back_fill,
                                       uint32_t pool_tag) override;
  absl::Status FreeContext(absl::string_view protocol, uint64_t handle,
                           uint32_t context_size) override;

  absl::StatusOr<OidQueryResult> QueryOid(
      absl::string_view binding, uint32_t oid,
      std::optional<uint32_t> length) override;
  absl::StatusOr<uint32_t> SetOid(absl::string_view binding, uint32_t oid,
                                  absl::Span<const uint8_t> data) override;

  absl::Status SendNetBufferLists(absl::string_view binding,
                                  absl::Span<const uint64_t> handles,
                                  uint32_t port_number, uint32_t send_flags,
                                  SendDone done) override;
  absl::Status SendFrames(const SendFramesArguments& arguments,
                          SendDone done) override;
  absl::StatusOr<std::unique_ptr<FrameReceiver>> ReceiveFrames(
      absl::string_view binding, std::function<void()> readable) override;

  EngineSnapshot Snapshot() override;
  absl::StatusOr<DeregisterReport> Shutdown(absl::Duration timeout) override;

 private:
  struct AdapterEntry {
    std::string name;
    NicSpec nic;
    std::shared_ptr<Adapter> adapter;
  };
  template <typename T>
  using ByName = absl::btree_map<std::string, std::shared_ptr<T>>;

  // A binding with its protocol kept from being torn down for a call.
  struct BindingCall {
    std::shared_ptr<ProtocolBinding> binding;
    ProtocolCall call;
    ProtocolBinding* operator->() const { return binding.get(); }
  };
  template <typename Pool>
  struct PoolCall {
    std::shared_ptr<PoolEntry<Pool>> entry;
    ProtocolCall call;
    PoolEntry<Pool>* operator->() const { return entry.get(); }
  };

  // Lookups: INVALID_ARGUMENT for a malformed name, NOT_FOUND otherwise.
  absl::StatusOr<std::shared_ptr<AdapterEntry>> FindAdapter(
      absl::string_view name, absl::string_view field);
  absl::StatusOr<ProtocolCall> EnterProtocol(absl::string_view name,
                                             absl::string_view field);
  absl::StatusOr<BindingCall> EnterBinding(absl::string_view name,
                                           absl::string_view field);
  template <typename Pool>
  absl::StatusOr<PoolCall<Pool>> EnterPool(absl::string_view collection,
                                           absl::string_view type,
                                           absl::string_view name,
                                           absl::string_view field);
  absl::StatusOr<PoolCall<NetBufferListPool>> EnterListPool(
      absl::string_view name, absl::string_view field);
  absl::StatusOr<PoolCall<NetBufferPool>> EnterBufferPool(
      absl::string_view name, absl::string_view field);

  // Names in a map that begin with "<protocol>/"; every one for an empty
  // protocol.
  template <typename T>
  static std::vector<std::shared_ptr<T>> OfProtocol(
      const ByName<T>& map, absl::string_view protocol) {
    std::vector<std::shared_ptr<T>> found;
    const std::string prefix =
        protocol.empty() ? std::string() : absl::StrCat(protocol, "/");
    for (auto it = map.lower_bound(prefix);
         it != map.end() && absl::StartsWith(it->first, prefix); ++it) {
      found.push_back(it->second);
    }
    return found;
  }
  // Whose things a List call asks for: a protocol's name, or empty for all.
  absl::StatusOr<std::string> ListParent(absl::string_view protocol);

  // All pools of a kind.
  template <typename Pool>
  ByName<PoolEntry<Pool>>& Pools() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if constexpr (std::is_same_v<Pool, NetBufferListPool>) {
      return list_pools_;
    } else {
      return buffer_pools_;
    }
  }
  template <typename Pool>
  absl::Status AddPool(absl::string_view type,
                       const std::shared_ptr<PoolEntry<Pool>>& entry);
  template <typename Pool>
  absl::Status PoolNotEmpty(const PoolEntry<Pool>& entry);
  template <typename Pool>
  absl::Status DeletePool(const std::shared_ptr<PoolEntry<Pool>>& entry);

  absl::StatusOr<std::vector<uint64_t>> HandOut(
      Protocol& protocol, absl::Span<NetBufferList* const> lists);
  absl::StatusOr<std::vector<uint64_t>> HandOut(
      Protocol& protocol, absl::Span<NetBuffer* const> buffers,
      NetBufferList* list);
  NetBufferSnapshot DescribeBuffer(const NetBufferList* list,
                                   const NetBuffer& nb);
  std::string PoolName(uint32_t slot);

  AdapterSnapshot Describe(const AdapterEntry& entry);
  ProtocolSnapshot Describe(const Protocol& protocol)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Frees every buffer and pool of a protocol whose bindings are closed.
  void ReclaimPools(Protocol& protocol, DeregisterReport& report);
  // Keeps the sums of an adapter that goes.
  void AddPast(const AdapterInfo& info) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Everything a protocol had, taken back. Blocks.
  absl::StatusOr<DeregisterReport> TearDown(
      const std::shared_ptr<Protocol>& protocol, absl::Duration timeout);
  absl::Status CloseAndForget(const std::shared_ptr<ProtocolBinding>& binding,
                              absl::Time deadline);
  void LeaseTimer(const std::string& name);
  void ReapExpired();  // The reaper thread.

  Clock* const clock_;
  MemoryQuota quota_;
  const std::unique_ptr<CaptureDirectory> capture_directory_;
  Holders holders_;
  PoolTable pool_table_;
  // Before what sends: operations in flight record into it.
  SendTimer send_timer_;

  mutable Mutex mu_;
  ByName<AdapterEntry> adapters_ ABSL_GUARDED_BY(mu_);
  ByName<Protocol> protocols_ ABSL_GUARDED_BY(mu_);
  ByName<ProtocolBinding> bindings_ ABSL_GUARDED_BY(mu_);
  ByName<NetBufferListPoolEntry> list_pools_ ABSL_GUARDED_BY(mu_);
  ByName<NetBufferPoolEntry> buffer_pools_ ABSL_GUARDED_BY(mu_);
  // Names of adapters and bindings that are being made outside the lock.
  absl::flat_hash_set<std::string> names_in_progress_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<uint32_t, std::string> pool_names_ ABSL_GUARDED_BY(mu_);
  uint64_t lease_expiries_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t leaked_lists_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t leaked_buffers_ ABSL_GUARDED_BY(mu_) = 0;
  // Of adapters that are deleted, so that sums never fall.
  std::vector<OidRequestCount> past_oid_requests_ ABSL_GUARDED_BY(mu_);
  std::array<std::array<uint64_t, kBindingStateCount>, kBindingStateCount>
      past_transitions_ ABSL_GUARDED_BY(mu_){};
  LatencyCounts past_pause_times_ ABSL_GUARDED_BY(mu_);

  // Protocols whose lease ran out: torn down by a thread of its own, because
  // that waits for frames, which may wait for the clock that found it out.
  CondVar reap_;
  std::vector<std::shared_ptr<Protocol>> expired_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread reaper_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_ENGINE_IMPL_H_
