#include "server/service/watch_stream.h"

#include <utility>
#include <variant>

#include "engine/base/status_macros.h"
#include "server/service/convert_binding.h"
#include "server/service/convert_common.h"

namespace netbuf {

void WatchStream::Open(absl::string_view binding) {
  Begin();
  Connected(Connect(binding));
}

absl::Status WatchStream::Connect(absl::string_view binding) {
  // weak: the subscription must not keep alive what owns it.
  std::weak_ptr<WriteStream> weak = weak_from_this();
  ASSIGN_OR_RETURN(
      subscription_,
      services_.engine->WatchBinding(binding, [weak](const BindingEvent& e) {
        if (const auto stream = weak.lock()) {
          static_cast<WatchStream&>(*stream).OnEvent(e);
        }
      }));
  ASSIGN_OR_RETURN(BindingSnapshot snapshot,
                   services_.engine->GetBinding(binding));
  MutexLock lock(mu_);
  snapshot_ = std::move(snapshot);
  return absl::OkStatus();
}

void WatchStream::OnEvent(const BindingEvent& event) {
  {
    MutexLock lock(mu_);
    const auto* change = std::get_if<BindingEvent::StateChange>(&event.event);
    if (change != nullptr && change->to == BindingState::kUnbound) {
      unbound_ = true;
    }
    if (events_.size() == kMaxQueuedEvents) {
      events_.pop_front();
      ++lost_;
    }
    events_.push_back(event);
  }
  Pump();
}

WatchStream::Step WatchStream::Next(v1::BindingEvent* message) {
  std::optional<BindingSnapshot> snapshot;
  BindingEvent event;
  {
    MutexLock lock(mu_);
    if (snapshot_.has_value()) {
      snapshot.swap(snapshot_);
    } else if (lost_ > 0) {
      *message->mutable_time() = ToProto(events_.front().time);
      message->set_lost_events(std::exchange(lost_, 0));
      return Step::kMessage;
    } else if (events_.empty()) {
      return unbound_ ? Step::kEnd : Step::kNothing;
    } else {
      event = std::move(events_.front());
      events_.pop_front();
    }
  }
  if (snapshot.has_value()) {
    *message->mutable_time() = ToProto(services_.clock->Now());
    *message->mutable_snapshot() = ToProto(*snapshot);
  } else {
    *message = ToProto(event);
  }
  return Step::kMessage;
}

void WatchStream::Close() { subscription_.reset(); }

}  // namespace netbuf
