#include "engine/facade/protocol_binding.h"

#include <deque>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/facade/resource_name.h"
#include "engine/facade/send_operation.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

void AppendFrame(const NetBuffer& nb, FrameReceiver::Batch& batch) {
  const size_t start = batch.frame_data.size();
  batch.frame_data.resize(start + nb.data_length());
  ReadNetBufferData(
      nb, 0, nb.data_length(),
      reinterpret_cast<std::byte*>(batch.frame_data.data() + start));
  batch.frame_lengths.push_back(nb.data_length());
}

}  // namespace

// --- Watchers ---------------------------------------------------------------

// Its mutex is held while its callback runs, so that ending the subscription
// waits for the callback.
class ProtocolBinding::Watcher {
 public:
  explicit Watcher(std::function<void(const BindingEvent&)> callback)
      : callback_(std::move(callback)) {}

  void Tell(const BindingEvent& event) {
    MutexLock lock(mu_);
    if (callback_ != nullptr) callback_(event);
  }
  void End() {
    MutexLock lock(mu_);
    callback_ = nullptr;
  }

 private:
  Mutex mu_;
  std::function<void(const BindingEvent&)> callback_ ABSL_GUARDED_BY(mu_);
};

std::unique_ptr<Subscription> ProtocolBinding::Watch(
    std::function<void(const BindingEvent&)> callback) {
  class Handle : public Subscription {
   public:
    explicit Handle(std::shared_ptr<Watcher> watcher)
        : watcher_(std::move(watcher)) {}
    ~Handle() override { watcher_->End(); }

   private:
    std::shared_ptr<Watcher> watcher_;
  };
  auto watcher = std::make_shared<Watcher>(std::move(callback));
  MutexLock lock(mu_);
  watchers_.push_back(watcher);
  return std::make_unique<Handle>(std::move(watcher));
}

void ProtocolBinding::Tell(const BindingEvent& event) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(mu_);
    for (const auto& weak : watchers_) {
      if (auto watcher = weak.lock()) watchers.push_back(std::move(watcher));
    }
    watchers_.assign(watchers.begin(), watchers.end());
  }
  for (const auto& watcher : watchers) watcher->Tell(event);
}

// --- Receiving --------------------------------------------------------------

// Frames wait as the lists they came in, which is what slows a replay down to
// the reader's pace; when the binding pauses they are copied, because a pause
// waits for the lists (X10) and must not wait for a reader.
class ProtocolBinding::Receiver {
 public:
  explicit Receiver(std::function<void()> readable)
      : readable_(std::move(readable)) {}

  // With `copy`, the lists are given back before this returns.
  void Add(NetBufferListChain chain, Binding& binding, bool copy) {
    std::function<void()> readable;
    NetBufferListChain returns;
    {
      MutexLock lock(mu_);
      if (ended_) {
        dropped_ += chain.size();
        returns = std::move(chain);
      } else {
        lists_.Append(std::move(chain));
        if (copy) returns = CopyLists();
        readable = TakeReadable();
      }
    }
    if (!returns.empty()) binding.ReturnNetBufferLists(std::move(returns));
    if (readable != nullptr) readable();
  }

  // Copies everything that waits, and gives the lists back.
  void CopyAll(Binding& binding) {
    NetBufferListChain returns;
    {
      MutexLock lock(mu_);
      returns = CopyLists();
    }
    if (!returns.empty()) binding.ReturnNetBufferLists(std::move(returns));
  }

  FrameReceiver::Batch Read(size_t max_frames, Binding* binding) {
    FrameReceiver::Batch batch;
    NetBufferListChain returns;
    {
      MutexLock lock(mu_);
      // What was copied at a pause came before what waits as lists.
      while (batch.frame_lengths.size() < max_frames && !copies_.empty()) {
        batch.frame_data += copies_.front();
        batch.frame_lengths.push_back(
            static_cast<uint32_t>(copies_.front().size()));
        copies_.pop_front();
      }
      while (batch.frame_lengths.size() < max_frames && !lists_.empty()) {
        NetBufferList* const nbl = lists_.PopFront();
        AppendFrame(*nbl->first_net_buffer(), batch);
        returns.Append(nbl);
      }
      batch.dropped_frames = std::exchange(dropped_, 0);
      batch.closed = closed_ && copies_.empty() && lists_.empty();
      waiting_ = batch.frame_lengths.empty() && !batch.closed;
    }
    if (!returns.empty()) binding->ReturnNetBufferLists(std::move(returns));
    return batch;
  }

  void Close() {
    std::function<void()> readable;
    {
      MutexLock lock(mu_);
      closed_ = true;
      readable = TakeReadable();
    }
    if (readable != nullptr) readable();
  }

  // The reader is gone: `readable` is not running any more, nothing waits.
  void End(Binding* binding) {
    NetBufferListChain returns;
    {
      MutexLock lock(mu_);
      ended_ = true;
      while (calling_ > 0) idle_.Wait(mu_);
      readable_ = nullptr;
      returns = std::move(lists_);
      copies_.clear();
    }
    if (!returns.empty()) binding->ReturnNetBufferLists(std::move(returns));
  }

 private:
  NetBufferListChain CopyLists() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    for (NetBufferList* nbl = lists_.head(); nbl != nullptr; nbl = nbl->next) {
      const NetBuffer& nb = *nbl->first_net_buffer();
      std::string& copy = copies_.emplace_back(nb.data_length(), '\0');
      ReadNetBufferData(nb, 0, nb.data_length(),
                        reinterpret_cast<std::byte*>(copy.data()));
    }
    return std::move(lists_);
  }
  // What to call, without the lock, now that there is something to read; null
  // when the reader did not find its queue empty.
  std::function<void()> TakeReadable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!waiting_ || ended_) return nullptr;
    waiting_ = false;
    ++calling_;
    return [this] {
      readable_();
      MutexLock lock(mu_);
      --calling_;
      idle_.SignalAll();
    };
  }

  Mutex mu_;
  CondVar idle_;
  std::function<void()> readable_;
  NetBufferListChain lists_ ABSL_GUARDED_BY(mu_);
  std::deque<std::string> copies_ ABSL_GUARDED_BY(mu_);
  uint64_t dropped_ ABSL_GUARDED_BY(mu_) = 0;
  int calling_ ABSL_GUARDED_BY(mu_) = 0;
  bool waiting_ ABSL_GUARDED_BY(mu_) = true;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

absl::StatusOr<std::unique_ptr<FrameReceiver>> ProtocolBinding::Receive(
    std::function<void()> readable) {
  class Handle : public FrameReceiver {
   public:
    Handle(std::shared_ptr<ProtocolBinding> binding,
           std::shared_ptr<Receiver> receiver)
        : binding_(std::move(binding)), receiver_(std::move(receiver)) {}
    ~Handle() override {
      {
        MutexLock lock(binding_->mu_);
        binding_->receiver_ = nullptr;
      }
      receiver_->End(&binding_->binding());
    }
    Batch Read(size_t max_frames) override {
      return receiver_->Read(max_frames, &binding_->binding());
    }

   private:
    std::shared_ptr<ProtocolBinding> binding_;
    std::shared_ptr<Receiver> receiver_;
  };
  MutexLock lock(mu_);
  if (closed_) return NotFound("Binding", name_);
  if (receiver_ != nullptr) {
    return ErrorBuilder(absl::StatusCode::kAlreadyExists,
                        "RECEIVER_ALREADY_EXISTS", NdisStatus::kInvalidState)
               .Resource("netbufd/Binding", name_)
               .Metadata("binding", name_)
           << name_ << " has a receiver already; end that stream first";
  }
  receiver_ = std::make_shared<Receiver>(std::move(readable));
  return std::make_unique<Handle>(shared_from_this(), receiver_);
}

void ProtocolBinding::ReceiveNetBufferLists(Binding& binding,
                                            NetBufferListChain chain) {
  std::shared_ptr<Receiver> receiver;
  {
    MutexLock lock(mu_);
    receiver = receiver_;
    if (receiver == nullptr) unread_frames_ += chain.size();
  }
  if (receiver == nullptr) {
    binding.ReturnNetBufferLists(std::move(chain));
    return;
  }
  receiver->Add(std::move(chain), binding,
                binding.state() != BindingState::kRunning);
  // A pause that began meanwhile may have looked before the lists were there.
  if (binding.state() != BindingState::kRunning) receiver->CopyAll(binding);
}

// --- The rest of the protocol driver ----------------------------------------

ProtocolBinding::ProtocolBinding(std::string name, std::string adapter,
                                 std::shared_ptr<Protocol> protocol,
                                 HolderId holder, RestartPolicy restart_policy,
                                 Clock* clock)
    : name_(std::move(name)),
      adapter_(std::move(adapter)),
      protocol_(std::move(protocol)),
      holder_(holder),
      restart_policy_(restart_policy),
      clock_(clock) {}

ProtocolBinding::~ProtocolBinding() = default;

void ProtocolBinding::set_binding(std::shared_ptr<Binding> binding) {
  binding_ = std::move(binding);
}

BindingSnapshot ProtocolBinding::Snapshot() const {
  const BindingInfo info = binding_->GetInfo();
  BindingSnapshot snapshot;
  snapshot.name = name_;
  snapshot.adapter = adapter_;
  snapshot.restart_policy = restart_policy_;
  snapshot.state = info.state;
  snapshot.bind_parameters = info.bind_parameters.attributes;
  snapshot.restart_attributes = info.restart_attributes;
  snapshot.outstanding_sends = info.outstanding_sends;
  snapshot.outstanding_receives = info.outstanding_receives;
  snapshot.waiting_for = info.waiting_for;
  BindingStatistics& to = snapshot.statistics;
  const BindingCounts& from = info.counts;
  to.sent_net_buffer_lists = from.sent_lists;
  to.sent_frames = from.sent_frames;
  to.sent_bytes = from.sent_bytes;
  for (size_t i = 0; i < to.completions.size(); ++i) {
    to.completions[i] = from.completions[i].lists;
  }
  to.data_back_fill_hits = from.back_fill.data_hits;
  to.data_back_fill_misses = from.back_fill.data_misses;
  to.context_back_fill_hits = from.back_fill.context_hits;
  to.context_back_fill_misses = from.back_fill.context_misses;
  to.sends_while_pausing = from.sends_while_pausing;
  to.received_frames = from.received.frames;
  to.received_bytes = from.received.bytes;
  to.dropped_receive_frames = from.dropped_receive_frames;
  to.pauses = from.pauses;
  to.pause_time = from.pause_time;
  MutexLock lock(mu_);
  to.dropped_receive_frames += unread_frames_;
  return snapshot;
}

NdisStatus ProtocolBinding::Bind(Binding& /*binding*/,
                                 const BindParameters& parameters) {
  Learn(parameters.attributes);
  return NdisStatus::kSuccess;
}

void ProtocolBinding::SendNetBufferListsComplete(Binding& /*binding*/,
                                                 NetBufferListChain chain) {
  SendOperation::CompleteChain(std::move(chain));
}

NdisStatus ProtocolBinding::Restart(Binding& /*binding*/,
                                    const RestartAttributes& attributes) {
  Learn(attributes);
  Tell(BindingEvent{clock_->Now(), attributes});
  return restart_policy_ == RestartPolicy::kManual ? NdisStatus::kPending
                                                   : NdisStatus::kSuccess;
}

void ProtocolBinding::StateChanged(Binding& binding, BindingState from,
                                   BindingState to, StateChangeReason reason) {
  std::shared_ptr<Receiver> receiver;
  {
    MutexLock lock(mu_);
    receiver = receiver_;
    if (to == BindingState::kUnbound) closed_ = true;
  }
  if (receiver != nullptr && from == BindingState::kRunning) {
    receiver->CopyAll(binding);
  }
  if (receiver != nullptr && to == BindingState::kUnbound) receiver->Close();
  Tell(BindingEvent{clock_->Now(),
                    BindingEvent::StateChange{
                        from, to, std::string(StateChangeReasonName(reason))}});
}

void ProtocolBinding::LinkStateChanged(Binding& /*binding*/,
                                       const LinkState& state) {
  Tell(BindingEvent{clock_->Now(), state});
}

}  // namespace netbuf
