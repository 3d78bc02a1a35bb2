// FakeNicClient: the stack as a NIC sees it, for NIC tests. Writes down what
// the NIC tells it and fails the test when a list completes twice.

#ifndef NETBUFD_ENGINE_NIC_FAKE_NIC_CLIENT_H_
#define NETBUFD_ENGINE_NIC_FAKE_NIC_CLIENT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"

namespace netbuf {

// Thread safety: every method may be called from any thread.
class FakeNicClient : public NicClient {
 public:
  struct Completion {
    NetBufferList* nbl;
    NdisStatus status;
    absl::Time time;  // By the clock, if there is one.
  };

  explicit FakeNicClient(Clock* clock = nullptr) : clock_(clock) {}

  void SendNetBufferListsComplete(NetBufferListChain chain) override;
  void IndicateReceiveNetBufferLists(NetBufferListChain chain) override;
  void IndicateLinkState(const LinkState& state) override;

  // Called after the lists were written down, with no lock held.
  std::function<void()> on_complete;
  std::function<void()> on_receive;
  // Returns received lists to this NIC before the indication returns; null:
  // holds them until ReturnAll().
  Nic* return_to = nullptr;

  std::vector<Completion> completions() const;
  size_t completed() const;  // How many.
  // The statuses of completions, in their order.
  std::vector<NdisStatus> statuses() const;
  // That of the only completion of `nbl`; PENDING when it has none.
  NdisStatus StatusOf(const NetBufferList* nbl) const;

  // Frames received, and when.
  std::vector<std::string> received() const;
  std::vector<absl::Time> receive_times() const;
  size_t held() const;
  // The oldest list held; null when none is.
  NetBufferList* first_held() const;
  // Gives up to `count` held lists back to `nic`, oldest first.
  void Return(Nic& nic, size_t count);
  void ReturnAll(Nic& nic) { Return(nic, ~size_t{0}); }

  std::vector<LinkState> link_states() const;

 private:
  absl::Time Now() const {
    return clock_ == nullptr ? absl::Time() : clock_->Now();
  }

  Clock* const clock_;
  mutable Mutex mu_;
  std::vector<Completion> completions_ ABSL_GUARDED_BY(mu_);
  std::map<const NetBufferList*, NdisStatus> status_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> received_ ABSL_GUARDED_BY(mu_);
  std::vector<absl::Time> receive_times_ ABSL_GUARDED_BY(mu_);
  NetBufferListChain held_ ABSL_GUARDED_BY(mu_);
  std::vector<LinkState> link_states_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_FAKE_NIC_CLIENT_H_
