#include "engine/stack/fake_binding_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {

FakeBindingClient::~FakeBindingClient() {
  EXPECT_EQ(held(), 0) << "received lists were not returned";
}

void FakeBindingClient::ReturnAll(Binding& binding) {
  NetBufferListChain chain;
  {
    MutexLock lock(mu_);
    chain = std::move(held_);
  }
  if (!chain.empty()) {
    EXPECT_EQ(binding.ReturnNetBufferLists(std::move(chain)),
              NdisStatus::kSuccess);
  }
}

std::vector<NetBufferList*> FakeBindingClient::completed() const {
  MutexLock lock(mu_);
  return completed_;
}

std::vector<NdisStatus> FakeBindingClient::statuses() const {
  MutexLock lock(mu_);
  return statuses_;
}

std::optional<NdisStatus> FakeBindingClient::StatusOf(
    const NetBufferList* nbl) const {
  MutexLock lock(mu_);
  std::optional<NdisStatus> status;
  for (size_t i = 0; i < completed_.size(); ++i) {
    if (completed_[i] != nbl) continue;
    EXPECT_FALSE(status.has_value()) << "completed twice";
    status = statuses_[i];
  }
  return status;
}

std::vector<std::string> FakeBindingClient::received() const {
  MutexLock lock(mu_);
  return received_;
}

std::vector<uint32_t> FakeBindingClient::received_flags() const {
  MutexLock lock(mu_);
  return received_flags_;
}

size_t FakeBindingClient::held() const {
  MutexLock lock(mu_);
  return held_.size();
}

std::vector<std::string> FakeBindingClient::changes() const {
  MutexLock lock(mu_);
  return changes_;
}

std::vector<RestartAttributes> FakeBindingClient::restarts() const {
  MutexLock lock(mu_);
  return restarts_;
}

std::optional<BindParameters> FakeBindingClient::bind_parameters() const {
  MutexLock lock(mu_);
  return bind_parameters_;
}

std::vector<LinkState> FakeBindingClient::link_states() const {
  MutexLock lock(mu_);
  return link_states_;
}

NdisStatus FakeBindingClient::Bind(Binding& binding,
                                   const BindParameters& parameters) {
  {
    MutexLock lock(mu_);
    bind_parameters_ = parameters;
  }
  if (on_bind) on_bind(binding);
  return bind_status;
}

void FakeBindingClient::SendNetBufferListsComplete(Binding& binding,
                                                   NetBufferListChain chain) {
  {
    MutexLock lock(mu_);
    while (NetBufferList* const nbl = chain.PopFront()) {
      completed_.push_back(nbl);
      statuses_.push_back(nbl->status());
    }
  }
  if (on_complete) on_complete(binding);
}

void FakeBindingClient::ReceiveNetBufferLists(Binding& binding,
                                              NetBufferListChain chain) {
  {
    MutexLock lock(mu_);
    for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
      received_.push_back(FrameBytes(*nbl->first_net_buffer()));
      received_flags_.push_back(nbl->nbl_flags());
    }
    if (hold_receives) {
      held_.Append(std::move(chain));
      return;
    }
  }
  EXPECT_EQ(binding.ReturnNetBufferLists(std::move(chain)),
            NdisStatus::kSuccess);
}

NdisStatus FakeBindingClient::Restart(Binding& binding,
                                      const RestartAttributes& attributes) {
  {
    MutexLock lock(mu_);
    restarts_.push_back(attributes);
  }
  if (on_restart) on_restart(binding);
  return restart_status;
}

void FakeBindingClient::StateChanged(Binding& binding, BindingState from,
                                     BindingState to,
                                     StateChangeReason reason) {
  {
    MutexLock lock(mu_);
    changes_.push_back(absl::StrCat(BindingStateName(from), " > ",
                                    BindingStateName(to), ", ",
                                    StateChangeReasonName(reason)));
  }
  if (on_state_changed) on_state_changed(binding, to);
}

void FakeBindingClient::LinkStateChanged(Binding& binding,
                                         const LinkState& state) {
  {
    MutexLock lock(mu_);
    link_states_.push_back(state);
  }
  if (on_link_state) on_link_state(binding);
}

}  // namespace netbuf
