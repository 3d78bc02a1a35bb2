// Adapter: a miniport adapter and the driver stack on top of it.
//
//     Binding   Binding   Binding          one per protocol that is bound
//         \        |        /
//          FilterModule (top)              back-fill: its own share
//                  |
//          FilterModule (bottom)
//                  |
//                 Nic                      the miniport
//
// The stack changes only while it is paused (ndis-semantics 10), so the send
// path reads it without a lock: pause and restart are the synchronisation.
//
// Thread safety: every method may be called from any thread. Those with a
// deadline wait for frames, on real time, and must not be called from a
// callback.

#ifndef NETBUFD_ENGINE_STACK_ADAPTER_H_
#define NETBUFD_ENGINE_STACK_ADAPTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/buffer/mdl.h"
#include "engine/ndis/oid_request.h"
#include "engine/nic/nic.h"
#include "engine/stack/binding.h"
#include "engine/stack/binding_client.h"
#include "engine/stack/filter_spec.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

struct AdapterOptions {
  std::string name;        // "adapters/a1"; for messages.
  Clock* clock = nullptr;  // Not owned; outlives the adapter.
  // For back-fill misses; null: MdlAllocator::Default(). Not owned.
  MdlAllocator* mdl_allocator = nullptr;
  // How long a client may keep a restart pending. 10 s is what Windows gives
  // a pause (ndis-semantics 20.1); a restart is the same kind of errand.
  absl::Duration restart_timeout = absl::Seconds(10);
};

class Adapter {
 public:
  // REQUIRES: options.clock. Initialises the NIC and starts the stack, without
  // filters: Running. Shared, because bindings keep it alive.
  static absl::StatusOr<std::shared_ptr<Adapter>> Create(
      const AdapterOptions& options, std::unique_ptr<Nic> nic);

  // Deletes it if Delete() has not. REQUIRES: no binding is open.
  virtual ~Adapter() = default;

  // NdisOpenAdapterEx inside ProtocolBindAdapterEx: Unbound -> Opening ->
  // (client->Bind) -> Paused. Waits for a stack change under way, until
  // `deadline`. `client` is not owned and outlives Binding::Close(). The
  // binding is open until Close() returned OK; the pointer just keeps its
  // memory.
  virtual absl::StatusOr<std::shared_ptr<Binding>> OpenBinding(
      const BindingOptions& options, BindingClient* client,
      absl::Time deadline) = 0;

  // Pauses the stack from the top down, inserts the filter below the first
  // `position` ones (at the bottom when there are fewer), recomputes what the
  // stack needs from the bottom up and restarts it. Bindings that were Running
  // are restarted through BindingClient::Restart(); this does not wait for
  // those that answer PENDING. DEADLINE_EXCEEDED (STACK_PAUSE_TIMEOUT) tells
  // what the pause waited for; everything is then as before, a binding that
  // still drains restarting by itself when it has. Loses and duplicates no
  // frame. ALREADY_EXISTS for a name that is taken; FAILED_PRECONDITION
  // (STACK_TOO_DEEP) when no useful MTU would remain.
  virtual absl::Status AttachFilter(absl::string_view name,
                                    const FilterSpec& spec, uint32_t position,
                                    absl::Time deadline) = 0;
  virtual absl::Status DetachFilter(absl::string_view name,
                                    absl::Time deadline) = 0;

  // Pauses and halts the miniport: captures are written out; the error says
  // what could not be. FAILED_PRECONDITION (ADAPTER_IN_USE) naming the open
  // bindings, if there are any. A second call is OK.
  virtual absl::Status Delete() = 0;

  virtual void SetLinkState(const LinkState& state) = 0;

  virtual const std::string& name() const = 0;
  // For what only the kind of NIC knows, such as the progress of a replay.
  virtual Nic& nic() = 0;

  // Takes no lock that a send takes, and waits for no request or pause.
  virtual AdapterInfo GetInfo() = 0;
  virtual std::vector<FilterInfo> GetFilters() = 0;  // Top to bottom.
  virtual StackRequirements requirements() = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_ADAPTER_H_
