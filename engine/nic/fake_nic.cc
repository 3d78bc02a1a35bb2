#include "engine/nic/fake_nic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/cancel_sends.h"
#include "engine/nic/frame.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/test_frames.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

NicAttributes AttributesOf(const NicOptions& options) {
  NicAttributes attributes = *MakeNicAttributes(options, "fake NIC");
  attributes.transmit_descriptors = 512;
  attributes.receive_descriptors = 512;
  return attributes;
}

}  // namespace

struct FakeNic::ReceivedFrame {
  explicit ReceivedFrame(const std::string& frame)
      : data(frame),
        mdl(reinterpret_cast<std::byte*>(data.data()),
            static_cast<uint32_t>(data.size())) {
    nb.set_mdl_chain(&mdl);
    nb.set_current(&mdl, 0);
    nb.set_data(0, mdl.byte_count());
    nbl.set_first_net_buffer(&nb);
    nbl.miniport_reserved[0] = this;
  }

  std::string data;
  Mdl mdl;
  NetBuffer nb;
  NetBufferList nbl;
};

FakeNic::FakeNic(const NicOptions& options)
    : miniport_(AttributesOf(options), options) {}

FakeNic::~FakeNic() {
  EXPECT_EQ(held(), 0) << "lists sent and not completed";
  EXPECT_EQ(outstanding_receives(), 0) << "lists received and not returned";
}

bool FakeNic::Complete(size_t index, NdisStatus status) {
  NetBufferListChain chain;
  {
    MutexLock lock(mu_);
    if (index >= held_.size()) return false;
    chain.Append(held_[index]);
    held_.erase(held_.begin() + static_cast<ptrdiff_t>(index));
  }
  chain.head()->set_status(status);
  miniport_.client()->SendNetBufferListsComplete(std::move(chain));
  return true;
}

size_t FakeNic::CompleteAll(NdisStatus status) {
  NetBufferListChain chain;
  {
    MutexLock lock(mu_);
    for (NetBufferList* nbl : held_) {
      nbl->set_status(status);
      chain.Append(nbl);
    }
    held_.clear();
  }
  const size_t count = chain.size();
  if (count > 0) {
    miniport_.client()->SendNetBufferListsComplete(std::move(chain));
  }
  return count;
}

void FakeNic::Receive(const std::vector<std::string>& frames) {
  NetBufferListChain chain;
  TrafficTally tally;
  for (const std::string& frame : frames) {
    auto* const received = new ReceivedFrame(frame);
    miniport_.Tally(received->nb, &tally);
    chain.Append(&received->nbl);
  }
  miniport_.statistics().AddReceived(tally);
  outstanding_ += static_cast<uint32_t>(frames.size());
  if (!chain.empty()) {
    miniport_.client()->IndicateReceiveNetBufferLists(std::move(chain));
  }
}

void FakeNic::AnswerOid(uint32_t oid, NdisStatus status, std::string data) {
  MutexLock lock(mu_);
  answers_[oid] = {status, std::move(data)};
}

size_t FakeNic::held() const {
  MutexLock lock(mu_);
  return held_.size();
}

std::vector<std::string> FakeNic::sent_frames() const {
  MutexLock lock(mu_);
  return sent_frames_;
}

std::vector<std::pair<uint32_t, bool>> FakeNic::oid_requests() const {
  MutexLock lock(mu_);
  return oid_requests_;
}

absl::Status FakeNic::Initialize(NicClient* client) {
  miniport_.set_client(client);
  return initialize_status;
}

void FakeNic::Restart() {
  EXPECT_FALSE(running());
  miniport_.set_running(true);
  ++restarts_;
}

void FakeNic::Pause() {
  EXPECT_TRUE(running());
  EXPECT_EQ(held(), 0) << "paused with sends outstanding";
  miniport_.set_running(false);
  ++pauses_;
}

absl::Status FakeNic::Halt() {
  EXPECT_FALSE(running());
  EXPECT_EQ(outstanding_receives(), 0) << "halted with receives outstanding";
  halted_ = true;
  return halt_status;
}

void FakeNic::SendNetBufferLists(NetBufferListChain chain) {
  NetBufferListChain done;
  {
    MutexLock lock(mu_);
    while (NetBufferList* const nbl = chain.PopFront()) {
      if (miniport_.Admit(*nbl) == Admission::kComplete) {
        done.Append(nbl);
        continue;
      }
      TrafficTally tally;
      for (const NetBuffer* nb = nbl->first_net_buffer(); nb != nullptr;
           nb = nb->next()) {
        sent_frames_.push_back(BytesOf(*nb));
        miniport_.Tally(*nb, &tally);
      }
      miniport_.statistics().AddSent(tally);
      nbl->set_status(NdisStatus::kSuccess);
      if (auto_complete) {
        done.Append(nbl);
      } else {
        held_.push_back(nbl);
      }
    }
  }
  if (!done.empty()) {
    miniport_.client()->SendNetBufferListsComplete(std::move(done));
  }
}

void FakeNic::CancelSends(const void* source_handle, uint64_t cancel_id) {
  NetBufferListChain cancelled;
  {
    MutexLock lock(mu_);
    NetBufferListChain queue;
    for (NetBufferList* nbl : held_) queue.Append(nbl);
    cancelled = TakeCancelled(&queue, source_handle, cancel_id, 0);
    held_.clear();
    while (NetBufferList* const nbl = queue.PopFront()) held_.push_back(nbl);
  }
  if (cancelled.empty()) return;
  for (NetBufferList* nbl = cancelled.head(); nbl != nullptr; nbl = nbl->next) {
    nbl->set_status(NdisStatus::kSendAborted);
  }
  miniport_.client()->SendNetBufferListsComplete(std::move(cancelled));
}

void FakeNic::ReturnNetBufferLists(NetBufferListChain chain) {
  while (NetBufferList* const nbl = chain.PopFront()) {
    delete static_cast<ReceivedFrame*>(nbl->miniport_reserved[0]);
    --outstanding_;
  }
}

NdisStatus FakeNic::OidRequest(netbuf::OidRequest& request) {
  {
    MutexLock lock(mu_);
    oid_requests_.emplace_back(request.oid, request.is_set());
    const auto it = answers_.find(request.oid);
    if (it != answers_.end()) {
      const Answer& answer = it->second;
      if (answer.status != NdisStatus::kSuccess) return answer.status;
      if (!request.is_set()) {
        return AnswerBytes(
            request, absl::MakeConstSpan(
                         reinterpret_cast<const uint8_t*>(answer.data.data()),
                         answer.data.size()));
      }
      request.bytes_read =
          static_cast<uint32_t>(request.information_buffer.size());
      return NdisStatus::kSuccess;
    }
  }
  return miniport_.OidRequest(
      request, [this](const LinkState& state) { SetLinkState(state); });
}

void FakeNic::SetLinkState(const LinkState& state) {
  if (miniport_.SetLinkState(state)) miniport_.IndicateLinkState();
}

uint64_t FakeNic::transmit_queue_length() const {
  MutexLock lock(mu_);
  uint64_t frames = 0;
  for (const NetBufferList* nbl : held_) frames += CountFrames(*nbl);
  return frames;
}

}  // namespace netbuf
