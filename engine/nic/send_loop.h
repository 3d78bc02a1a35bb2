// SendLoop: carries what a NIC is given and hands back what is done, without
// letting the one nest in the other. A protocol that sends again from each
// completion would otherwise go one call deeper with every frame of a NIC that
// completes at once:
//
//   Send -> Complete -> Send -> Complete -> ...             (not with SendLoop)
//   Send -> Complete, then what it sent meanwhile -> Complete, ...    (with it)

#ifndef NETBUFD_ENGINE_NIC_SEND_LOOP_H_
#define NETBUFD_ENGINE_NIC_SEND_LOOP_H_

#include <functional>
#include <utility>

#include "engine/buffer/chain.h"
#include "engine/nic/nic.h"

namespace netbuf {

// Thread safety: both methods may be called from any thread, without a lock.
// The last thing each does with the NIC is to complete its last list, so
// another thread may halt and destroy the NIC as soon as its last list is back.
class SendLoop {
 public:
  // Takes lists over and returns those that are completed, status filled in.
  using Carry = std::function<NetBufferListChain(NetBufferListChain)>;

  explicit SendLoop(Carry carry) : carry_(std::move(carry)) {}
  SendLoop(const SendLoop&) = delete;
  SendLoop& operator=(const SendLoop&) = delete;

  // REQUIRED before the methods below. Not owned.
  void set_client(NicClient* client) { client_ = client; }

  void Send(NetBufferListChain sends) { Run(std::move(sends), {}); }
  void Complete(NetBufferListChain done) { Run({}, std::move(done)); }

 private:
  struct Scope;

  void Run(NetBufferListChain sends, NetBufferListChain done);

  // The scopes of the calls under way on this thread, innermost first.
  static thread_local Scope* scopes_;

  const Carry carry_;
  NicClient* client_ = nullptr;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_SEND_LOOP_H_
