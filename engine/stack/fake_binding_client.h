// FakeBindingClient: a protocol driver for tests. Writes down what the stack
// tells it, and does what the test has set.

#ifndef NETBUFD_ENGINE_STACK_FAKE_BINDING_CLIENT_H_
#define NETBUFD_ENGINE_STACK_FAKE_BINDING_CLIENT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/stack/binding.h"
#include "engine/stack/binding_client.h"

namespace netbuf {

// Thread safety: every method may be called from any thread; the public members
// are set while nothing happens.
class FakeBindingClient : public BindingClient {
 public:
  // Fails the test if received lists are still held.
  ~FakeBindingClient() override;

  NdisStatus bind_status = NdisStatus::kSuccess;
  NdisStatus restart_status = NdisStatus::kSuccess;
  bool hold_receives = false;  // Until ReturnAll(); else returned at once.
  // Called without a lock, after it was written down.
  std::function<void(Binding&)> on_bind;
  std::function<void(Binding&)> on_complete;
  std::function<void(Binding&)> on_restart;
  std::function<void(Binding&, BindingState to)> on_state_changed;
  std::function<void(Binding&)> on_link_state;

  // Returns the received lists that it holds.
  void ReturnAll(Binding& binding);

  // Lists in the order they came back, one entry a completion.
  std::vector<NetBufferList*> completed() const;
  std::vector<NdisStatus> statuses() const;
  // That of the only completion of `nbl`; nothing before it.
  std::optional<NdisStatus> StatusOf(const NetBufferList* nbl) const;
  std::vector<std::string> received() const;     // Frames, in order.
  std::vector<uint32_t> received_flags() const;  // nbl_flags of each.
  size_t held() const;
  // "PAUSED > RESTARTING, protocol restart".
  std::vector<std::string> changes() const;
  std::vector<RestartAttributes> restarts() const;
  std::optional<BindParameters> bind_parameters() const;
  std::vector<LinkState> link_states() const;

  // --- BindingClient ---------------------------------------------------------
  NdisStatus Bind(Binding& binding, const BindParameters& parameters) override;
  void SendNetBufferListsComplete(Binding& binding,
                                  NetBufferListChain chain) override;
  void ReceiveNetBufferLists(Binding& binding,
                             NetBufferListChain chain) override;
  NdisStatus Restart(Binding& binding,
                     const RestartAttributes& attributes) override;
  void StateChanged(Binding& binding, BindingState from, BindingState to,
                    StateChangeReason reason) override;
  void LinkStateChanged(Binding& binding, const LinkState& state) override;

 private:
  mutable Mutex mu_;
  std::vector<NetBufferList*> completed_ ABSL_GUARDED_BY(mu_);
  std::vector<NdisStatus> statuses_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> received_ ABSL_GUARDED_BY(mu_);
  std::vector<uint32_t> received_flags_ ABSL_GUARDED_BY(mu_);
  NetBufferListChain held_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> changes_ ABSL_GUARDED_BY(mu_);
  std::vector<RestartAttributes> restarts_ ABSL_GUARDED_BY(mu_);
  std::optional<BindParameters> bind_parameters_ ABSL_GUARDED_BY(mu_);
  std::vector<LinkState> link_states_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FAKE_BINDING_CLIENT_H_
