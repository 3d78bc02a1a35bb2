// FakeNic: an in-memory NIC for tests of the stack above. It keeps what it is
// sent until the test completes it, and receives what the test injects.
//
// Example:
//   FakeNic nic;
//   ... hand it to the stack, send two lists ...
//   EXPECT_EQ(nic.sent_frames()[0], frame);
//   nic.Complete(1, NdisStatus::kFailure);   // In any order.
//   nic.CompleteAll();

#ifndef NETBUFD_ENGINE_NIC_FAKE_NIC_H_
#define NETBUFD_ENGINE_NIC_FAKE_NIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"

namespace netbuf {

// Thread safety: every method may be called from any thread; the public members
// are set before the NIC is used.
class FakeNic : public Nic {
 public:
  // Options as for a real NIC; the link-down policy queue is not supported.
  explicit FakeNic(const NicOptions& options = {});
  ~FakeNic() override;

  // Lists complete with SUCCESS inside the send.
  bool auto_complete = false;
  // What Initialize() and Halt() return.
  absl::Status initialize_status;
  absl::Status halt_status;

  // --- What the test does ---------------------------------------------------
  // Completes the `index`-th of the lists that are held, oldest first. False
  // when there are not so many.
  bool Complete(size_t index, NdisStatus status = NdisStatus::kSuccess);
  // Completes all in one chain; returns how many.
  size_t CompleteAll(NdisStatus status = NdisStatus::kSuccess);
  // Indicates frames, in one chain, one list each. They count as outstanding
  // until they are returned.
  void Receive(const std::vector<std::string>& frames);
  // From now on `oid` is answered so, whatever the request; `data` is written
  // into queries.
  void AnswerOid(uint32_t oid, NdisStatus status, std::string data = "");

  // --- What it saw ----------------------------------------------------------
  size_t held() const;                           // Lists not completed.
  std::vector<std::string> sent_frames() const;  // In order, since the start.
  uint32_t outstanding_receives() const { return outstanding_; }
  uint32_t packet_filter() const {
    return miniport_.receive_filter().packet_filter();
  }
  std::vector<MacAddress> multicast_list() const {
    return miniport_.receive_filter().multicast_list();
  }
  bool running() const { return miniport_.running(); }
  bool halted() const { return halted_; }
  int restarts() const { return restarts_; }
  int pauses() const { return pauses_; }
  // (oid, is_set) of every request, in order.
  std::vector<std::pair<uint32_t, bool>> oid_requests() const;

  // --- Nic ------------------------------------------------------------------
  absl::Status Initialize(NicClient* client) override;
  const NicAttributes& attributes() const override {
    return miniport_.attributes();
  }
  void Restart() override;
  void Pause() override;
  absl::Status Halt() override;
  void SendNetBufferLists(NetBufferListChain chain) override;
  void CancelSends(const void* source_handle, uint64_t cancel_id) override;
  void ReturnNetBufferLists(NetBufferListChain chain) override;
  NdisStatus OidRequest(netbuf::OidRequest& request) override;
  LinkState link_state() const override { return miniport_.link_state(); }
  void SetLinkState(const LinkState& state) override;
  AdapterStatistics statistics() const override {
    return miniport_.statistics().Snapshot();
  }
  uint64_t transmit_queue_length() const override;

 private:
  struct ReceivedFrame;
  struct Answer {
    NdisStatus status;
    std::string data;
  };

  Miniport miniport_;
  std::atomic<uint32_t> outstanding_{0};
  std::atomic<bool> halted_{false};
  std::atomic<int> restarts_{0};
  std::atomic<int> pauses_{0};

  mutable Mutex mu_;
  std::vector<NetBufferList*> held_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> sent_frames_ ABSL_GUARDED_BY(mu_);
  std::map<uint32_t, Answer> answers_ ABSL_GUARDED_BY(mu_);
  std::vector<std::pair<uint32_t, bool>> oid_requests_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_FAKE_NIC_H_
