#include "engine/nic/send_loop.h"

#include <utility>

#include "engine/buffer/chain.h"
#include "engine/nic/nic.h"

namespace netbuf {

// What arrives for `loop` while it is calling its client on this thread.
struct SendLoop::Scope {
  explicit Scope(const SendLoop* l) : loop(l), outer(scopes_) {
    scopes_ = this;
  }
  ~Scope() { scopes_ = outer; }

  const SendLoop* const loop;
  Scope* const outer;
  NetBufferListChain sends;
  NetBufferListChain done;
};

thread_local SendLoop::Scope* SendLoop::scopes_ = nullptr;

void SendLoop::Run(NetBufferListChain sends, NetBufferListChain done) {
  for (Scope* scope = scopes_; scope != nullptr; scope = scope->outer) {
    if (scope->loop != this) continue;
    scope->sends.Append(std::move(sends));
    scope->done.Append(std::move(done));
    return;
  }
  Scope scope(this);
  while (!sends.empty() || !done.empty()) {
    if (!sends.empty()) done.Append(carry_(std::move(sends)));
    if (!done.empty()) client_->SendNetBufferListsComplete(std::move(done));
    // Something in the scope is outstanding, so then the NIC is alive still.
    sends = std::move(scope.sends);
    done = std::move(scope.done);
  }
}

}  // namespace netbuf
