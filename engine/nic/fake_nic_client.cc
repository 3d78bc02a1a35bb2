#include "engine/nic/fake_nic_client.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/mutex.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/nic/test_frames.h"
#include "gtest/gtest.h"

namespace netbuf {

void FakeNicClient::SendNetBufferListsComplete(NetBufferListChain chain) {
  EXPECT_FALSE(chain.empty());
  const absl::Time now = Now();
  {
    MutexLock lock(mu_);
    while (NetBufferList* const nbl = chain.PopFront()) {
      EXPECT_TRUE(status_.emplace(nbl, nbl->status()).second)
          << "list " << completions_.size() << " completed twice";
      completions_.push_back({nbl, nbl->status(), now});
    }
  }
  if (on_complete) on_complete();
}

void FakeNicClient::IndicateReceiveNetBufferLists(NetBufferListChain chain) {
  EXPECT_FALSE(chain.empty());
  const absl::Time now = Now();
  NetBufferListChain returned;
  {
    MutexLock lock(mu_);
    for (NetBufferList* nbl = chain.head(); nbl != nullptr; nbl = nbl->next) {
      EXPECT_EQ(nbl->first_net_buffer()->next(), nullptr);
      received_.push_back(BytesOf(*nbl->first_net_buffer()));
      receive_times_.push_back(now);
    }
    (return_to == nullptr ? held_ : returned).Append(std::move(chain));
  }
  if (!returned.empty()) return_to->ReturnNetBufferLists(std::move(returned));
  if (on_receive) on_receive();
}

void FakeNicClient::IndicateLinkState(const LinkState& state) {
  MutexLock lock(mu_);
  link_states_.push_back(state);
}

std::vector<FakeNicClient::Completion> FakeNicClient::completions() const {
  MutexLock lock(mu_);
  return completions_;
}

size_t FakeNicClient::completed() const {
  MutexLock lock(mu_);
  return completions_.size();
}

std::vector<NdisStatus> FakeNicClient::statuses() const {
  std::vector<NdisStatus> statuses;
  for (const Completion& c : completions()) statuses.push_back(c.status);
  return statuses;
}

NdisStatus FakeNicClient::StatusOf(const NetBufferList* nbl) const {
  MutexLock lock(mu_);
  const auto it = status_.find(nbl);
  return it == status_.end() ? NdisStatus::kPending : it->second;
}

std::vector<std::string> FakeNicClient::received() const {
  MutexLock lock(mu_);
  return received_;
}

std::vector<absl::Time> FakeNicClient::receive_times() const {
  MutexLock lock(mu_);
  return receive_times_;
}

size_t FakeNicClient::held() const {
  MutexLock lock(mu_);
  return held_.size();
}

NetBufferList* FakeNicClient::first_held() const {
  MutexLock lock(mu_);
  return held_.head();
}

void FakeNicClient::Return(Nic& nic, size_t count) {
  NetBufferListChain chain;
  {
    MutexLock lock(mu_);
    while (chain.size() < count && !held_.empty()) {
      chain.Append(held_.PopFront());
    }
  }
  if (!chain.empty()) nic.ReturnNetBufferLists(std::move(chain));
}

std::vector<LinkState> FakeNicClient::link_states() const {
  MutexLock lock(mu_);
  return link_states_;
}

}  // namespace netbuf
