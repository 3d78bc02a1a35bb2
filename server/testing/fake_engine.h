// FakeEngine: an Engine that a test tells what to do, for what a real one does
// not do on demand: hold a send, block a pause, report an event just now. It
// knows one binding, "protocols/p/bindings/b", and the adapters it is given; it
// checks nothing. What no test of the server needs answers UNIMPLEMENTED.
//
// Thread safety: as Engine; the knobs may be turned from any thread.

#ifndef NETBUFD_SERVER_TESTING_FAKE_ENGINE_H_
#define NETBUFD_SERVER_TESTING_FAKE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/engine.h"

namespace netbuf {

class FakeEngine : public Engine {
 public:
  static constexpr absl::string_view kBinding = "protocols/p/bindings/b";

  // --- Knobs --------------------------------------------------------------

  // From now on sends stay out until CompleteSends().
  void HoldSends();
  // Completes what is held, on this thread; returns how many sends that were.
  size_t CompleteSends(NdisStatus status);
  size_t held_sends();

  // From now on PauseBinding waits for ReleasePauses() or its timeout.
  void HoldPauses();
  void ReleasePauses();
  int blocked_pauses();
  absl::Duration last_pause_timeout();

  // Tells the binding's watchers.
  void Emit(const BindingEvent& event);
  int watchers();

  // Gives the binding's receiver a frame, or tells it that the binding is gone.
  void Receive(absl::string_view frame);
  void CloseReceiver();
  // Batches that were read and not empty.
  int reads();
  bool has_receiver();

  void set_shutdown_result(absl::StatusOr<DeregisterReport> result);

  // --- Engine -------------------------------------------------------------

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
  // Completes what is held, as the real one does.
  absl::StatusOr<DeregisterReport> Shutdown(absl::Duration timeout) override;

 private:
  class Watcher;
  class Receiver;
  struct HeldSend {
    size_t count;
    SendDone done;
  };

  absl::Status Send(size_t count, SendDone done);

  Mutex mu_;
  CondVar pauses_changed_;
  std::map<std::string, AdapterSnapshot, std::less<>> adapters_
      ABSL_GUARDED_BY(mu_);
  bool hold_sends_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<HeldSend> held_ ABSL_GUARDED_BY(mu_);
  bool hold_pauses_ ABSL_GUARDED_BY(mu_) = false;
  int blocked_pauses_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration last_pause_timeout_ ABSL_GUARDED_BY(mu_);
  std::vector<Watcher*> watchers_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Receiver> receiver_ ABSL_GUARDED_BY(mu_);
  int reads_ ABSL_GUARDED_BY(mu_) = 0;
  absl::StatusOr<DeregisterReport> shutdown_result_ ABSL_GUARDED_BY(mu_) =
      DeregisterReport{};
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_TESTING_FAKE_ENGINE_H_
