// PcapNic: a NIC whose medium is capture files. What is sent goes into one;
// what another holds is received.
//
// Sending happens on the sender's thread. A list completes with SUCCESS when
// its frames are with the kernel (write(2)), so they outlive this process, and
// with FAILURE when they could not be written (disk full, ...); none of its
// frames is in the file then. Frames carry the time of the write that they went
// with.
//
// Receiving is the replay described in capture_replay.h.

#ifndef NETBUFD_ENGINE_NIC_PCAP_NIC_H_
#define NETBUFD_ENGINE_NIC_PCAP_NIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_replay.h"
#include "engine/nic/capture_writer.h"
#include "engine/nic/miniport.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/nic_statistics.h"
#include "engine/nic/send_loop.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

// Thread safety: as Nic. mu_ orders sends, link changes and the file.
class PcapNic : public Nic {
 public:
  struct Environment {
    Clock* clock = nullptr;  // Not owned; outlive the NIC.
    CaptureDirectory* captures = nullptr;
    MemoryQuota* quota = nullptr;  // For receive descriptors; may be null.
    FileCalls file_calls = FileCalls::System();  // Of the transmit file.
  };

  // INVALID_ARGUMENT names the option's field.
  static absl::StatusOr<std::unique_ptr<PcapNic>> Create(
      const PcapNicOptions& options, Environment environment);

  // Opens the files; errors are those of CaptureDirectory and CaptureReader.
  absl::Status Initialize(NicClient* client) override;
  const NicAttributes& attributes() const override {
    return miniport_.attributes();
  }
  void Restart() override;
  // Held lists complete with PAUSED.
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
  uint64_t transmit_queue_length() const override {
    return held_frames_.load(std::memory_order_relaxed);
  }
  std::optional<ReplayProgress> replay_progress() const override;

  // Why the last write that failed did; OK when none has.
  absl::Status last_write_error() const;

 private:
  PcapNic(const PcapNicOptions& options, NicAttributes attributes,
          Environment environment);

  absl::Status OpenReceiveFile();
  absl::Status OpenTransmitFile();
  // The replay plays while the NIC runs, has a filter and its link is up.
  void UpdateReplay() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Lists whose frames are in the writer's batch, in order.
  struct Batch {
    NetBufferListChain lists;
    TrafficTally tally;  // Of their frames.
    absl::Time time;     // When it was begun; what its frames carry.
  };

  // SendLoop's work: what of `chain` is done afterwards.
  NetBufferListChain Carry(NetBufferListChain chain) ABSL_LOCKS_EXCLUDED(mu_);
  // Puts a list that was admitted into the batch, and writes that when it is
  // full. Lists that are finished go to `done`.
  void Transmit(NetBufferList* nbl, Batch* batch, NetBufferListChain* done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // False, and nothing added, when the data of a NET_BUFFER ends too early.
  bool AddToWriter(const NetBufferList& nbl, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Writes the batch and moves its lists to `done`.
  void FlushBatch(Batch* batch, NetBufferListChain* done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The lists from the `first` on could not be written.
  void FailFrom(size_t first, Batch* batch);
  void Tally(const NetBufferList& nbl, TrafficTally* tally) const;

  const PcapNicOptions options_;
  const Environment environment_;
  Miniport miniport_;
  SendLoop send_loop_;
  std::unique_ptr<CaptureReplay> replay_;  // Null: nothing is received.

  mutable Mutex mu_;
  // Null: frames are discarded (and count as sent).
  std::unique_ptr<CaptureWriter> writer_ ABSL_GUARDED_BY(mu_);
  NetBufferListChain held_ ABSL_GUARDED_BY(mu_);  // For the link, in order.
  std::atomic<uint64_t> held_frames_{0};
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_PCAP_NIC_H_
