// Engine: everything netbufd does, behind one door. It knows adapters,
// protocols, bindings, pools and buffers by resource name and handle, checks
// every argument, and tells errors as absl::Status with an ErrorInfo
// (engine/ndis/error.h). The gRPC service is one user of it; a C++ program can
// be another.
//
// Names: adapters/{adapter}, adapters/{adapter}/filters/{filter},
// protocols/{protocol}, protocols/{protocol}/bindings/{binding},
// protocols/{protocol}/netBufferListPools/{pool},
// protocols/{protocol}/netBufferPools/{pool}. An id is 1 to 63 characters of
// a-z, 0-9 and '-', begins with a letter and does not end with '-'.
//
// Errors every method may return: INVALID_ARGUMENT for a bad name or value
// (with the field), NOT_FOUND / ALREADY_EXISTS for a resource. A failed call
// changes nothing. A call that names a protocol, or something of one, renews
// its lease.
//
// Thread safety: every method may be called from any thread. Those marked
// "Blocks" wait, at most for their timeout, for frames to drain; do not call
// them from a callback of the engine. Callbacks run without any engine lock
// held.
//
// Example:
//   RealClock clock;
//   auto engine = Engine::Create({.clock = &clock, .capture_dir = "/tmp/c"});
//   (*engine)->CreateAdapter("a1", SimulatedNicOptions{});
//   (*engine)->RegisterProtocol("p1", absl::Seconds(60));
//   auto binding = (*engine)->OpenBinding("protocols/p1", "b1", "adapters/a1",
//                                         RestartPolicy::kAutomatic);

#ifndef NETBUFD_ENGINE_ENGINE_H_
#define NETBUFD_ENGINE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/snapshots.h"

namespace netbuf {

struct EngineOptions {
  Clock* clock = nullptr;   // Not owned; outlives the engine.
  std::string capture_dir;  // Empty: no capture files.
  uint64_t memory_limit_bytes = MemoryQuota::kUnlimited;  // Of all pools.
};

// What happens to a binding, as its watchers see it.
struct BindingEvent {
  struct StateChange {
    BindingState from;
    BindingState to;
    std::string cause;
  };
  absl::Time time;
  std::variant<StateChange, RestartAttributes, LinkState> event;
};

// Ends a subscription when destroyed; the callback is not running any more
// then.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// Frames received on a binding. At most one a binding.
class FrameReceiver {
 public:
  virtual ~FrameReceiver() = default;

  struct Batch {
    std::string frame_data;  // All frames behind each other.
    std::vector<uint32_t> frame_lengths;
    uint64_t dropped_frames = 0;  // Since the last batch.
    bool closed = false;          // The binding is gone; nothing follows.
  };
  // Takes up to `max_frames` that are waiting; never blocks.
  virtual Batch Read(size_t max_frames) = 0;
};

// Names a NET_BUFFER: by its own handle, or as the index-th of a list.
struct NetBufferReference {
  uint64_t net_buffer = 0;
  uint64_t net_buffer_list = 0;  // Used when net_buffer is 0.
  uint32_t index = 0;
};
// All NET_BUFFERs of a list, or one NET_BUFFER.
struct DataTarget {
  std::optional<NetBufferReference> net_buffer;
  uint64_t net_buffer_list = 0;  // Used when net_buffer is not set.
};

// Memory for an MDL chain that a call gets on behalf of the protocol.
struct MdlChainSpec {
  std::vector<uint32_t> mdl_sizes;
  uint32_t data_offset = 0;
  uint32_t data_length = 0;
};

struct OidQueryResult {
  uint32_t oid = 0;
  std::vector<uint8_t> information_buffer;  // bytes_written of them.
  uint32_t bytes_written = 0;
  uint32_t bytes_needed = 0;
};

// Everything is borrowed until SendFrames returns (the frames are copied inside
// the call).
struct SendFramesArguments {
  absl::string_view binding;
  absl::string_view net_buffer_list_pool;
  std::vector<absl::string_view> frames;
  std::optional<uint32_t> data_offset;
  uint32_t port_number = 0;
};

class Engine {
 public:
  using SendDone = std::function<void(std::vector<NdisStatus> statuses)>;
  static constexpr uint32_t kMaxBatch = 65536;  // Items in one call.

  static absl::StatusOr<std::unique_ptr<Engine>> Create(
      const EngineOptions& options);
  virtual ~Engine() = default;

  // --- Adapters -----------------------------------------------------------
  virtual absl::StatusOr<AdapterSnapshot> CreateAdapter(
      absl::string_view adapter_id, const NicSpec& nic) = 0;
  virtual absl::StatusOr<AdapterSnapshot> GetAdapter(
      absl::string_view name) = 0;
  virtual std::vector<AdapterSnapshot> ListAdapters() = 0;  // By name.
  virtual absl::Status DeleteAdapter(absl::string_view name) = 0;
  // Blocks. `position`: filters that stay above it.
  virtual absl::StatusOr<FilterSnapshot> AttachFilter(
      absl::string_view adapter, absl::string_view filter_id,
      const FilterSpec& spec, uint32_t position, absl::Duration timeout) = 0;
  virtual absl::Status DetachFilter(absl::string_view name,
                                    absl::Duration timeout) = 0;  // Blocks.
  virtual absl::StatusOr<AdapterSnapshot> SetLinkState(
      absl::string_view name, const LinkState& state) = 0;

  // --- Protocols ----------------------------------------------------------
  // `lease_duration`: from 1 s to 24 h, or absl::InfiniteDuration() for a
  // protocol that lives until it is deregistered.
  virtual absl::StatusOr<ProtocolSnapshot> RegisterProtocol(
      absl::string_view protocol_id, absl::Duration lease_duration) = 0;
  virtual absl::StatusOr<ProtocolSnapshot> GetProtocol(
      absl::string_view name) = 0;  // Does not renew the lease.
  virtual std::vector<ProtocolSnapshot> ListProtocols() = 0;
  virtual absl::StatusOr<ProtocolSnapshot> KeepAliveProtocol(
      absl::string_view name) = 0;
  // Blocks until everything the protocol had is back.
  virtual absl::StatusOr<DeregisterReport> DeregisterProtocol(
      absl::string_view name) = 0;

  // --- Bindings -----------------------------------------------------------
  virtual absl::StatusOr<BindingSnapshot> OpenBinding(
      absl::string_view protocol, absl::string_view binding_id,
      absl::string_view adapter, RestartPolicy restart_policy) = 0;
  virtual absl::StatusOr<BindingSnapshot> GetBinding(
      absl::string_view name) = 0;
  // Of one protocol, or of all ("protocols/-").
  virtual absl::StatusOr<std::vector<BindingSnapshot>> ListBindings(
      absl::string_view protocol) = 0;
  // Blocks. OK with state kPausing when the timeout passed first.
  virtual absl::StatusOr<BindingSnapshot> PauseBinding(
      absl::string_view name, absl::Duration timeout) = 0;
  virtual absl::StatusOr<BindingSnapshot> RestartBinding(absl::string_view name,
                                                         bool hold) = 0;
  virtual absl::StatusOr<BindingSnapshot> CompleteRestartBinding(
      absl::string_view name, NdisStatus status) = 0;
  virtual absl::Status CloseBinding(absl::string_view name,
                                    absl::Duration timeout) = 0;  // Blocks.
  // Calls back on the thread where the event happens; must not block. After the
  // binding closed (a StateChange to kUnbound) nothing follows.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> WatchBinding(
      absl::string_view name,
      std::function<void(const BindingEvent&)> callback) = 0;

  // --- Pools --------------------------------------------------------------
  virtual absl::StatusOr<NetBufferListPoolSnapshot> CreateNetBufferListPool(
      absl::string_view protocol, absl::string_view pool_id,
      const NetBufferListPoolParameters& parameters,
      uint64_t max_outstanding) = 0;
  virtual absl::StatusOr<NetBufferListPoolSnapshot> GetNetBufferListPool(
      absl::string_view name) = 0;
  virtual absl::StatusOr<std::vector<NetBufferListPoolSnapshot>>
  ListNetBufferListPools(absl::string_view protocol) = 0;
  virtual absl::Status DeleteNetBufferListPool(absl::string_view name) = 0;
  virtual absl::StatusOr<NetBufferPoolSnapshot> CreateNetBufferPool(
      absl::string_view protocol, absl::string_view pool_id,
      const NetBufferPoolParameters& parameters, uint64_t max_outstanding) = 0;
  virtual absl::StatusOr<NetBufferPoolSnapshot> GetNetBufferPool(
      absl::string_view name) = 0;
  virtual absl::StatusOr<std::vector<NetBufferPoolSnapshot>> ListNetBufferPools(
      absl::string_view protocol) = 0;
  virtual absl::Status DeleteNetBufferPool(absl::string_view name) = 0;
  // Of either kind; returns the bytes given back.
  virtual absl::StatusOr<uint64_t> TrimPool(absl::string_view name) = 0;

  // --- Buffers ------------------------------------------------------------
  // Results are handles. All or nothing.
  virtual absl::StatusOr<std::vector<uint64_t>>
  AllocateNetBufferAndNetBufferLists(absl::string_view pool, uint32_t count,
                                     uint32_t context_size,
                                     uint32_t context_back_fill,
                                     const MdlChainSpec& chain) = 0;
  virtual absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferLists(
      absl::string_view pool, uint32_t count, uint32_t context_size,
      uint32_t context_back_fill) = 0;
  // `net_buffer_list` 0: attached to none.
  virtual absl::StatusOr<std::vector<uint64_t>> AllocateNetBuffers(
      absl::string_view pool, uint32_t count, const MdlChainSpec& chain,
      uint64_t net_buffer_list) = 0;
  virtual absl::StatusOr<std::vector<uint64_t>> AllocateNetBufferMdlAndData(
      absl::string_view pool, uint32_t count, uint64_t net_buffer_list) = 0;
  virtual absl::Status FreeNetBufferLists(
      absl::string_view protocol, absl::Span<const uint64_t> handles) = 0;
  virtual absl::Status FreeNetBuffers(absl::string_view protocol,
                                      absl::Span<const uint64_t> handles) = 0;
  virtual absl::StatusOr<NetBufferListSnapshot> GetNetBufferList(
      absl::string_view protocol, uint64_t handle) = 0;
  virtual absl::StatusOr<NetBufferSnapshot> GetNetBuffer(
      absl::string_view protocol, const NetBufferReference& nb) = 0;
  virtual absl::StatusOr<NetBufferSnapshot> WriteData(
      absl::string_view protocol, const NetBufferReference& nb, uint32_t offset,
      absl::string_view data, bool resize) = 0;
  // `length` 0: to the end.
  virtual absl::StatusOr<std::string> ReadData(absl::string_view protocol,
                                               const NetBufferReference& nb,
                                               uint32_t offset,
                                               uint32_t length) = 0;
  virtual absl::StatusOr<NetBufferSnapshot> SetDataSpace(
      absl::string_view protocol, const NetBufferReference& nb,
      uint32_t data_offset, uint32_t data_length) = 0;
  // Returns the back-fill misses.
  virtual absl::StatusOr<uint32_t> RetreatDataStart(
      absl::string_view protocol, const DataTarget& target, uint32_t delta,
      uint32_t data_back_fill) = 0;
  virtual absl::Status AdvanceDataStart(absl::string_view protocol,
                                        const DataTarget& target,
                                        uint32_t delta, bool free_mdl) = 0;
  // Returns whether an element had to be allocated.
  virtual absl::StatusOr<bool> AllocateContext(absl::string_view protocol,
                                               uint64_t handle,
                                               uint32_t context_size,
                                               uint32_t context_back_fill,
                                               uint32_t pool_tag) = 0;
  virtual absl::Status FreeContext(absl::string_view protocol, uint64_t handle,
                                   uint32_t context_size) = 0;

  // --- OIDs ---------------------------------------------------------------
  // `length` unset: as much as the answer needs. A final status other than
  // SUCCESS is an error; its code is as proto/netbuf/v1/oid_service.proto says,
  // and its metadata has bytesNeeded where that helps.
  virtual absl::StatusOr<OidQueryResult> QueryOid(
      absl::string_view binding, uint32_t oid,
      std::optional<uint32_t> length) = 0;
  // Returns bytes_read.
  virtual absl::StatusOr<uint32_t> SetOid(absl::string_view binding,
                                          uint32_t oid,
                                          absl::Span<const uint8_t> data) = 0;

  // --- Data path ----------------------------------------------------------
  // An error: nothing was sent and `done` is not called. OK: `done` is called
  // exactly once, when every list has completed, maybe before the call returns,
  // with one status a list.
  virtual absl::Status SendNetBufferLists(absl::string_view binding,
                                          absl::Span<const uint64_t> handles,
                                          uint32_t port_number,
                                          uint32_t send_flags,
                                          SendDone done) = 0;
  // Allocates, fills, sends and frees; as above with one status a frame.
  // RESOURCE_EXHAUSTED (POOL_EXHAUSTED) when the pool cannot give a list a
  // frame: nothing was sent. A frame that does not fit the pool's data_size is
  // INVALID_LENGTH.
  virtual absl::Status SendFrames(const SendFramesArguments& arguments,
                                  SendDone done) = 0;
  // `readable` is called, on any thread, when a Read() would find something
  // after one that did not. ALREADY_EXISTS while the binding has a receiver.
  virtual absl::StatusOr<std::unique_ptr<FrameReceiver>> ReceiveFrames(
      absl::string_view binding, std::function<void()> readable) = 0;

  // --- Monitoring and end -------------------------------------------------
  virtual EngineSnapshot Snapshot() = 0;
  // Deregisters every protocol and halts every adapter, so that all captures
  // are written out. Blocks, at most about `timeout`. The report sums up what
  // the protocols left behind; an error tells what could not be written.
  virtual absl::StatusOr<DeregisterReport> Shutdown(absl::Duration timeout) = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_ENGINE_H_
