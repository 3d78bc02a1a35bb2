#include "engine/nic/capture_replay.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/flags.h"
#include "engine/nic/capture_reader.h"
#include "engine/nic/frame.h"
#include "engine/nic/miniport.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/pool_types.h"

namespace netbuf {
namespace {

// When there is no memory for a descriptor, whatever gives some back does not
// say so: look again after a while.
constexpr absl::Duration kMemoryRetry = absl::Milliseconds(10);

constexpr char kPoolTag[] = "NicR";

MacAddress DestinationOf(const CapturedFrame& frame) {
  MacAddress address;
  std::memcpy(address.data(), frame.bytes.data(), address.size());
  return address;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CaptureReplay>> CaptureReplay::Create(
    std::unique_ptr<CaptureReader> reader, const Options& options, Clock* clock,
    Miniport* miniport) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = true;
  parameters.data_size = miniport->attributes().maximum_total_size();
  parameters.pool_tag = PoolTagFromString(kPoolTag);
  ASSIGN_OR_RETURN(std::unique_ptr<NetBufferListPool> pool,
                   NetBufferListPool::Create(
                       parameters, {.max_outstanding = options.descriptors,
                                    .quota = options.quota}));
  return absl::WrapUnique(new CaptureReplay(std::move(reader), options,
                                            std::move(pool), clock, miniport));
}

CaptureReplay::CaptureReplay(std::unique_ptr<CaptureReader> reader,
                             const Options& options,
                             std::unique_ptr<NetBufferListPool> pool,
                             Clock* clock, Miniport* miniport)
    : options_(options),
      clock_(clock),
      miniport_(miniport),
      pool_(std::move(pool)),
      reader_(std::move(reader)),
      wakeup_(clock, [this] { Play(); }) {}

void CaptureReplay::SetActive(bool active) {
  MutexLock lock(mu_);
  if (active == active_) return;
  active_ = active;
  const absl::Time now = clock_->Now();
  if (!active) {
    stopped_at_ = now;
    wakeup_.Disarm();
    return;
  }
  if (epoch_.has_value()) *epoch_ += now - stopped_at_;
  if (!at_end_) wakeup_.Arm(now);
}

void CaptureReplay::Stop() {
  SetActive(false);
  wakeup_.Stop();
}

void CaptureReplay::Return(NetBufferListChain chain) {
  // Freed in batches: one visit to the pool each.
  std::array<NetBufferList*, kBatch> lists;
  while (!chain.empty()) {
    size_t n = 0;
    while (n < lists.size() && !chain.empty()) lists[n++] = chain.PopFront();
    Free(absl::MakeConstSpan(lists.data(), n));
  }
  if (starved_.load() && starved_.exchange(false)) {
    MutexLock lock(mu_);
    if (active_) wakeup_.Arm(clock_->Now());
  }
}

void CaptureReplay::Free(absl::Span<NetBufferList* const> lists) {
  while (!lists.empty()) {
    size_t good = 0;
    if (pool_->FreeNetBufferLists(lists, &good) == PoolStatus::kOk) {
      outstanding_.fetch_sub(static_cast<uint32_t>(lists.size()));
      return;
    }
    // One list is not as it was indicated, so the pool took none. It must not
    // cost the others their descriptors.
    const absl::Span<NetBufferList* const> before = lists.first(good);
    if (pool_->FreeNetBufferLists(before) == PoolStatus::kOk) {
      outstanding_.fetch_sub(static_cast<uint32_t>(before.size()));
    }
    lists.remove_prefix(good + 1);
  }
}

ReplayProgress CaptureReplay::progress() const {
  MutexLock lock(mu_);
  return progress_;
}

void CaptureReplay::Play() {
  NetBufferListChain chain;
  {
    MutexLock lock(mu_);
    if (!active_ || at_end_) return;
    FillBatch(&chain);
  }
  if (!chain.empty()) {
    miniport_->client()->IndicateReceiveNetBufferLists(std::move(chain));
  }
  // Only now: who sees the end finds every frame received.
  MutexLock lock(mu_);
  if (!at_end_) return;
  progress_.finished = true;
  progress_.error = reader_->status();
}

void CaptureReplay::FillBatch(NetBufferListChain* chain) {
  const absl::Time now = clock_->Now();
  TrafficTally tally;
  Step step = Step::kConsumed;
  for (size_t i = 0; i < kBatch; ++i) {
    if (!ReadAhead()) break;
    step = Take(now, chain, &tally);
    if (step != Step::kConsumed) break;
    ++progress_.frames_read;
    frame_.reset();
  }
  miniport_->statistics().AddReceived(tally);
  progress_.frames_indicated += chain->size();
  // Looks for the end now, so that it is known with the last frame.
  if (ReadAhead()) ArmNextTurn(step, now);
}

bool CaptureReplay::ReadAhead() {
  if (frame_.has_value()) return true;
  CapturedFrame frame;
  if (at_end_ || reader_->Next(&frame) != CaptureReader::Result::kFrame) {
    at_end_ = true;
    return false;
  }
  frame_ = frame;
  return true;
}

void CaptureReplay::ArmNextTurn(Step step, absl::Time now) {
  switch (step) {
    case Step::kConsumed:
      wakeup_.Arm(now);
      return;
    case Step::kNotDue:
      wakeup_.Arm(DueTime());
      return;
    case Step::kNoMemory:
      wakeup_.Arm(now + kMemoryRetry);
      return;
    case Step::kNoDescriptor:
      starved_.store(true);
      // One may have come back before that could be seen.
      if (outstanding_.load() < options_.descriptors) wakeup_.Arm(now);
      return;
  }
}

CaptureReplay::Step CaptureReplay::Take(absl::Time now,
                                        NetBufferListChain* chain,
                                        TrafficTally* tally) {
  if (options_.pace == ReplayPace::kCaptured) {
    if (!epoch_.has_value()) {
      epoch_ = now;
      capture_epoch_ = frame_->timestamp;
    }
    if (DueTime() > now) return Step::kNotDue;
  }
  const size_t size = frame_->bytes.size();
  if (frame_->cut_short() || size < kEthernetHeaderSize ||
      size > miniport_->attributes().maximum_total_size()) {
    ++progress_.frames_invalid;
    miniport_->statistics().AddInErrors(1);
    return Step::kConsumed;
  }
  const MacAddress destination = DestinationOf(*frame_);
  if (!miniport_->receive_filter().Accepts(destination)) {
    ++progress_.frames_filtered;
    return Step::kConsumed;
  }
  const bool free = outstanding_.load() < options_.descriptors;
  NetBufferList* const nbl = free ? Fill() : nullptr;
  if (nbl == nullptr) {
    if (options_.pace == ReplayPace::kTopSpeed) {
      return free ? Step::kNoMemory : Step::kNoDescriptor;
    }
    ++progress_.frames_dropped;
    miniport_->statistics().AddReceiveNoBuffer(1);
    return Step::kConsumed;
  }
  tally->Add(ClassifyDestination(destination), static_cast<uint32_t>(size));
  chain->Append(nbl);
  return Step::kConsumed;
}

NetBufferList* CaptureReplay::Fill() {
  NetBufferList* const nbl = pool_->AllocateNetBufferList(0, 0, kNoHolder);
  if (nbl == nullptr) return nullptr;
  outstanding_.fetch_add(1);
  NetBuffer* const nb = nbl->first_net_buffer();
  const uint32_t size = static_cast<uint32_t>(frame_->bytes.size());
  SetNetBufferDataSpace(*nb, 0, size);
  WriteNetBufferData(*nb, 0, size, frame_->bytes.data());
  return nbl;
}

absl::Time CaptureReplay::DueTime() const {
  return *epoch_ + (frame_->timestamp - capture_epoch_);
}

}  // namespace netbuf
