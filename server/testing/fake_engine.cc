#include "server/testing/fake_engine.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

absl::Status Unused() {
  return absl::UnimplementedError("the fake does not do this");
}

absl::Status NotFound(absl::string_view type, absl::string_view name) {
  return ErrorBuilder(absl::StatusCode::kNotFound, "NOT_FOUND",
                      NdisStatus::kAdapterNotFound)
             .Resource(absl::StrCat("netbufd/", type), name)
         << name << " does not exist";
}

}  // namespace

// Its callback runs under its mutex, so that the subscription's end waits for
// it.
class FakeEngine::Watcher {
 public:
  explicit Watcher(std::function<void(const BindingEvent&)> callback)
      : callback_(std::move(callback)) {}

  void Tell(const BindingEvent& event) {
    MutexLock lock(mu_);
    callback_(event);
  }
  void Wait() { MutexLock lock(mu_); }

 private:
  Mutex mu_;
  const std::function<void(const BindingEvent&)> callback_;
};

// Calls `readable` only after a read that found nothing, as Engine promises.
class FakeEngine::Receiver {
 public:
  explicit Receiver(std::function<void()> readable)
      : readable_(std::move(readable)) {}

  void Push(absl::string_view frame) {
    {
      MutexLock lock(mu_);
      frames_.emplace_back(frame);
    }
    CallIfWaiting();
  }
  void Close() {
    {
      MutexLock lock(mu_);
      closed_ = true;
    }
    CallIfWaiting();
  }
  FrameReceiver::Batch Read(size_t max_frames) {
    MutexLock lock(mu_);
    FrameReceiver::Batch batch;
    while (!frames_.empty() && batch.frame_lengths.size() < max_frames) {
      batch.frame_data += frames_.front();
      batch.frame_lengths.push_back(
          static_cast<uint32_t>(frames_.front().size()));
      frames_.pop_front();
    }
    batch.closed = closed_ && frames_.empty();
    waiting_ = batch.frame_lengths.empty() && !batch.closed;
    return batch;
  }
  // Returns when `readable` does not run and will not any more.
  void End() {
    MutexLock lock(mu_);
    ended_ = true;
    while (calling_ > 0) idle_.Wait(mu_);
  }

 private:
  void CallIfWaiting() {
    {
      MutexLock lock(mu_);
      if (!waiting_ || ended_) return;
      waiting_ = false;
      ++calling_;
    }
    readable_();
    MutexLock lock(mu_);
    --calling_;
    idle_.SignalAll();
  }

  const std::function<void()> readable_;
  Mutex mu_;
  CondVar idle_;
  std::deque<std::string> frames_ ABSL_GUARDED_BY(mu_);
  int calling_ ABSL_GUARDED_BY(mu_) = 0;
  bool waiting_ ABSL_GUARDED_BY(mu_) = true;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
};

// --- Knobs ------------------------------------------------------------------

void FakeEngine::HoldSends() {
  MutexLock lock(mu_);
  hold_sends_ = true;
}

size_t FakeEngine::CompleteSends(NdisStatus status) {
  std::vector<HeldSend> held;
  {
    MutexLock lock(mu_);
    held.swap(held_);
  }
  for (const HeldSend& send : held) {
    send.done(std::vector<NdisStatus>(send.count, status));
  }
  return held.size();
}

size_t FakeEngine::held_sends() {
  MutexLock lock(mu_);
  return held_.size();
}

void FakeEngine::HoldPauses() {
  MutexLock lock(mu_);
  hold_pauses_ = true;
}

void FakeEngine::ReleasePauses() {
  MutexLock lock(mu_);
  hold_pauses_ = false;
  pauses_changed_.SignalAll();
}

int FakeEngine::blocked_pauses() {
  MutexLock lock(mu_);
  return blocked_pauses_;
}

absl::Duration FakeEngine::last_pause_timeout() {
  MutexLock lock(mu_);
  return last_pause_timeout_;
}

void FakeEngine::Emit(const BindingEvent& event) {
  // Told under the lock: a subscription ends under it too, so none ends
  // between.
  MutexLock lock(mu_);
  for (Watcher* watcher : watchers_) watcher->Tell(event);
}

int FakeEngine::watchers() {
  MutexLock lock(mu_);
  return static_cast<int>(watchers_.size());
}

void FakeEngine::Receive(absl::string_view frame) {
  std::shared_ptr<Receiver> receiver;
  {
    MutexLock lock(mu_);
    receiver = receiver_;
  }
  if (receiver != nullptr) receiver->Push(frame);
}

void FakeEngine::CloseReceiver() {
  std::shared_ptr<Receiver> receiver;
  {
    MutexLock lock(mu_);
    receiver = receiver_;
  }
  if (receiver != nullptr) receiver->Close();
}

int FakeEngine::reads() {
  MutexLock lock(mu_);
  return reads_;
}

bool FakeEngine::has_receiver() {
  MutexLock lock(mu_);
  return receiver_ != nullptr;
}

void FakeEngine::set_shutdown_result(absl::StatusOr<DeregisterReport> result) {
  MutexLock lock(mu_);
  shutdown_result_ = std::move(result);
}

// --- What works -------------------------------------------------------------

absl::StatusOr<AdapterSnapshot> FakeEngine::CreateAdapter(
    absl::string_view adapter_id, const NicSpec& nic) {
  AdapterSnapshot adapter;
  adapter.name = absl::StrCat("adapters/", adapter_id);
  adapter.nic = nic;
  MutexLock lock(mu_);
  adapters_[adapter.name] = adapter;
  return adapter;
}

absl::StatusOr<AdapterSnapshot> FakeEngine::GetAdapter(absl::string_view name) {
  MutexLock lock(mu_);
  const auto it = adapters_.find(name);
  if (it == adapters_.end()) return NotFound("Adapter", name);
  return it->second;
}

std::vector<AdapterSnapshot> FakeEngine::ListAdapters() {
  MutexLock lock(mu_);
  std::vector<AdapterSnapshot> all;
  for (const auto& [name, adapter] : adapters_) all.push_back(adapter);
  return all;
}

absl::StatusOr<BindingSnapshot> FakeEngine::GetBinding(absl::string_view name) {
  if (name != kBinding) return NotFound("Binding", name);
  BindingSnapshot snapshot;
  snapshot.name = std::string(name);
  snapshot.state = BindingState::kRunning;
  snapshot.bind_parameters.mtu = 1500;
  return snapshot;
}

absl::StatusOr<BindingSnapshot> FakeEngine::PauseBinding(
    absl::string_view name, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(mu_);
  last_pause_timeout_ = timeout;
  ++blocked_pauses_;
  while (hold_pauses_ && absl::Now() < deadline) {
    pauses_changed_.WaitFor(mu_,
                            absl::ToChronoNanoseconds(deadline - absl::Now()));
  }
  --blocked_pauses_;
  BindingSnapshot snapshot;
  snapshot.name = std::string(name);
  snapshot.state =
      hold_pauses_ ? BindingState::kPausing : BindingState::kPaused;
  return snapshot;
}

absl::StatusOr<std::unique_ptr<Subscription>> FakeEngine::WatchBinding(
    absl::string_view name, std::function<void(const BindingEvent&)> callback) {
  class Handle : public Subscription {
   public:
    Handle(FakeEngine* engine, std::unique_ptr<Watcher> watcher)
        : engine_(engine), watcher_(std::move(watcher)) {}
    ~Handle() override {
      MutexLock lock(engine_->mu_);
      std::erase(engine_->watchers_, watcher_.get());
      watcher_->Wait();
    }

   private:
    FakeEngine* const engine_;
    const std::unique_ptr<Watcher> watcher_;
  };
  if (name != kBinding) return NotFound("Binding", name);
  auto watcher = std::make_unique<Watcher>(std::move(callback));
  MutexLock lock(mu_);
  watchers_.push_back(watcher.get());
  return std::make_unique<Handle>(this, std::move(watcher));
}

absl::Status FakeEngine::Send(size_t count, SendDone done) {
  {
    MutexLock lock(mu_);
    if (hold_sends_) {
      held_.push_back({count, std::move(done)});
      return absl::OkStatus();
    }
  }
  done(std::vector<NdisStatus>(count, NdisStatus::kSuccess));
  return absl::OkStatus();
}

absl::Status FakeEngine::SendNetBufferLists(absl::string_view binding,
                                            absl::Span<const uint64_t> handles,
                                            uint32_t, uint32_t, SendDone done) {
  if (binding != kBinding) return NotFound("Binding", binding);
  return Send(handles.size(), std::move(done));
}

absl::Status FakeEngine::SendFrames(const SendFramesArguments& arguments,
                                    SendDone done) {
  if (arguments.binding != kBinding) {
    return NotFound("Binding", arguments.binding);
  }
  return Send(arguments.frames.size(), std::move(done));
}

absl::StatusOr<std::unique_ptr<FrameReceiver>> FakeEngine::ReceiveFrames(
    absl::string_view binding, std::function<void()> readable) {
  class Handle : public FrameReceiver {
   public:
    Handle(FakeEngine* engine, std::shared_ptr<Receiver> receiver)
        : engine_(engine), receiver_(std::move(receiver)) {}
    ~Handle() override {
      receiver_->End();
      MutexLock lock(engine_->mu_);
      engine_->receiver_ = nullptr;
    }
    Batch Read(size_t max_frames) override {
      Batch batch = receiver_->Read(max_frames);
      MutexLock lock(engine_->mu_);
      engine_->reads_ += batch.frame_lengths.empty() ? 0 : 1;
      return batch;
    }

   private:
    FakeEngine* const engine_;
    const std::shared_ptr<Receiver> receiver_;
  };
  if (binding != kBinding) return NotFound("Binding", binding);
  auto receiver = std::make_shared<Receiver>(std::move(readable));
  MutexLock lock(mu_);
  if (receiver_ != nullptr) {
    return ErrorBuilder(absl::StatusCode::kAlreadyExists, "RECEIVER_EXISTS",
                        NdisStatus::kInvalidState)
               .Resource("netbufd/FrameReceiver", binding)
           << binding << " has a receiver already";
  }
  receiver_ = receiver;
  return std::make_unique<Handle>(this, std::move(receiver));
}

EngineSnapshot FakeEngine::Snapshot() { return {}; }

absl::StatusOr<DeregisterReport> FakeEngine::Shutdown(absl::Duration) {
  ReleasePauses();
  CompleteSends(NdisStatus::kSendAborted);
  MutexLock lock(mu_);
  return shutdown_result_;
}

// --- What does not ----------------------------------------------------------

absl::Status FakeEngine::DeleteAdapter(absl::string_view) { return Unused(); }

absl::StatusOr<FilterSnapshot> FakeEngine::AttachFilter(absl::string_view,
                                                        absl::string_view,
                                                        const FilterSpec&,
                                                        uint32_t,
                                                        absl::Duration) {
  return Unused();
}

absl::Status FakeEngine::DetachFilter(absl::string_view, absl::Duration) {
  return Unused();
}

absl::StatusOr<AdapterSnapshot> FakeEngine::SetLinkState(absl::string_view,
                                                         const LinkState&) {
  return Unused();
}

absl::StatusOr<ProtocolSnapshot> FakeEngine::RegisterProtocol(absl::string_view,
                                                              absl::Duration) {
  return Unused();
}

absl::StatusOr<ProtocolSnapshot> FakeEngine::GetProtocol(absl::string_view) {
  return Unused();
}

std::vector<ProtocolSnapshot> FakeEngine::ListProtocols() { return {}; }

absl::StatusOr<ProtocolSnapshot> FakeEngine::KeepAliveProtocol(
    absl::string_view) {
  return Unused();
}

absl::StatusOr<DeregisterReport> FakeEngine::DeregisterProtocol(
    absl::string_view) {
  return Unused();
}

absl::StatusOr<BindingSnapshot> FakeEngine::OpenBinding(absl::string_view,
                                                        absl::string_view,
                                                        absl::string_view,
                                                        RestartPolicy) {
  return Unused();
}

absl::StatusOr<std::vector<BindingSnapshot>> FakeEngine::ListBindings(
    absl::string_view) {
  return Unused();
}

absl::StatusOr<BindingSnapshot> FakeEngine::RestartBinding(absl::string_view,
                                                           bool) {
  return Unused();
}

absl::StatusOr<BindingSnapshot> FakeEngine::CompleteRestartBinding(
    absl::string_view, NdisStatus) {
  return Unused();
}

absl::Status FakeEngine::CloseBinding(absl::string_view, absl::Duration) {
  return Unused();
}

absl::StatusOr<NetBufferListPoolSnapshot> FakeEngine::CreateNetBufferListPool(
    absl::string_view, absl::string_view, const NetBufferListPoolParameters&,
    uint64_t) {
  return Unused();
}

absl::StatusOr<NetBufferListPoolSnapshot> FakeEngine::GetNetBufferListPool(
    absl::string_view) {
  return Unused();
}

absl::StatusOr<std::vector<NetBufferListPoolSnapshot>>
FakeEngine::ListNetBufferListPools(absl::string_view) {
  return Unused();
}

absl::Status FakeEngine::DeleteNetBufferListPool(absl::string_view) {
  return Unused();
}

absl::StatusOr<NetBufferPoolSnapshot> FakeEngine::CreateNetBufferPool(
    absl::string_view, absl::string_view, const NetBufferPoolParameters&,
    uint64_t) {
  return Unused();
}

absl::StatusOr<NetBufferPoolSnapshot> FakeEngine::GetNetBufferPool(
    absl::string_view) {
  return Unused();
}

absl::StatusOr<std::vector<NetBufferPoolSnapshot>>
FakeEngine::ListNetBufferPools(absl::string_view) {
  return Unused();
}

absl::Status FakeEngine::DeleteNetBufferPool(absl::string_view) {
  return Unused();
}

absl::StatusOr<uint64_t> FakeEngine::TrimPool(absl::string_view) {
  return Unused();
}

absl::StatusOr<std::vector<uint64_t>>
FakeEngine::AllocateNetBufferAndNetBufferLists(absl::string_view, uint32_t,
                                               uint32_t, uint32_t,
                                               const MdlChainSpec&) {
  return Unused();
}

absl::StatusOr<std::vector<uint64_t>> FakeEngine::AllocateNetBufferLists(
    absl::string_view, uint32_t, uint32_t, uint32_t) {
  return Unused();
}

absl::StatusOr<std::vector<uint64_t>> FakeEngine::AllocateNetBuffers(
    absl::string_view, uint32_t, const MdlChainSpec&, uint64_t) {
  return Unused();
}

absl::StatusOr<std::vector<uint64_t>> FakeEngine::AllocateNetBufferMdlAndData(
    absl::string_view, uint32_t, uint64_t) {
  return Unused();
}

absl::Status FakeEngine::FreeNetBufferLists(absl::string_view,
                                            absl::Span<const uint64_t>) {
  return Unused();
}

absl::Status FakeEngine::FreeNetBuffers(absl::string_view,
                                        absl::Span<const uint64_t>) {
  return Unused();
}

absl::StatusOr<NetBufferListSnapshot> FakeEngine::GetNetBufferList(
    absl::string_view, uint64_t) {
  return Unused();
}

absl::StatusOr<NetBufferSnapshot> FakeEngine::GetNetBuffer(
    absl::string_view, const NetBufferReference&) {
  return Unused();
}

absl::StatusOr<NetBufferSnapshot> FakeEngine::WriteData(
    absl::string_view, const NetBufferReference&, uint32_t, absl::string_view,
    bool) {
  return Unused();
}

absl::StatusOr<std::string> FakeEngine::ReadData(absl::string_view,
                                                 const NetBufferReference&,
                                                 uint32_t, uint32_t) {
  return Unused();
}

absl::StatusOr<NetBufferSnapshot> FakeEngine::SetDataSpace(
    absl::string_view, const NetBufferReference&, uint32_t, uint32_t) {
  return Unused();
}

absl::StatusOr<uint32_t> FakeEngine::RetreatDataStart(absl::string_view,
                                                      const DataTarget&,
                                                      uint32_t, uint32_t) {
  return Unused();
}

absl::Status FakeEngine::AdvanceDataStart(absl::string_view, const DataTarget&,
                                          uint32_t, bool) {
  return Unused();
}

absl::StatusOr<bool> FakeEngine::AllocateContext(absl::string_view, uint64_t,
                                                 uint32_t, uint32_t, uint32_t) {
  return Unused();
}

absl::Status FakeEngine::FreeContext(absl::string_view, uint64_t, uint32_t) {
  return Unused();
}

absl::StatusOr<OidQueryResult> FakeEngine::QueryOid(absl::string_view, uint32_t,
                                                    std::optional<uint32_t>) {
  return Unused();
}

absl::StatusOr<uint32_t> FakeEngine::SetOid(absl::string_view, uint32_t,
                                            absl::Span<const uint8_t>) {
  return Unused();
}

}  // namespace netbuf
