// ProtocolBinding: the protocol driver's side of one binding, on behalf of a
// remote client: completes its sends, keeps what it receives until the client
// reads it, tells its watchers, and answers restarts by the client's policy.
//
// Thread safety: any thread, but see Subscription and FrameReceiver.

#ifndef NETBUFD_ENGINE_FACADE_PROTOCOL_BINDING_H_
#define NETBUFD_ENGINE_FACADE_PROTOCOL_BINDING_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/mutex.h"
#include "engine/engine.h"
#include "engine/facade/protocol.h"
#include "engine/stack/binding.h"
#include "engine/stack/binding_client.h"

namespace netbuf {

class ProtocolBinding : public BindingClient,
                        public std::enable_shared_from_this<ProtocolBinding> {
 public:
  ProtocolBinding(std::string name, std::string adapter,
                  std::shared_ptr<Protocol> protocol, HolderId holder,
                  RestartPolicy restart_policy, Clock* clock);
  ~ProtocolBinding() override;

  const std::string& name() const { return name_; }
  const std::string& adapter() const { return adapter_; }
  const std::shared_ptr<Protocol>& protocol() const { return protocol_; }
  HolderId holder() const { return holder_; }

  // The stack's half; set once, right after it was opened.
  void set_binding(std::shared_ptr<Binding> binding);
  Binding& binding() const { return *binding_; }

  BindingSnapshot Snapshot() const;

  // What the stack asked for last: in Opening, or in the last Restarting.
  uint32_t data_back_fill_size() const {
    return data_back_fill_size_.load(std::memory_order_relaxed);
  }
  void Learn(const RestartAttributes& attributes) {
    data_back_fill_size_.store(attributes.requirements.data_back_fill_size,
                               std::memory_order_relaxed);
  }

  std::unique_ptr<Subscription> Watch(
      std::function<void(const BindingEvent&)> callback);
  absl::StatusOr<std::unique_ptr<FrameReceiver>> Receive(
      std::function<void()> readable);

  // BindingClient:
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
  class Receiver;
  class Watcher;

  void Tell(const BindingEvent& event);

  const std::string name_;
  const std::string adapter_;
  const std::shared_ptr<Protocol> protocol_;
  const HolderId holder_;
  const RestartPolicy restart_policy_;
  Clock* const clock_;
  std::shared_ptr<Binding> binding_;
  std::atomic<uint32_t> data_back_fill_size_{0};

  mutable Mutex mu_;
  std::vector<std::weak_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Receiver> receiver_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t unread_frames_ ABSL_GUARDED_BY(mu_) = 0;  // Nobody was reading.
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_PROTOCOL_BINDING_H_
