#include "engine/nic/send_loop.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/nic/test_frames.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

// Completes at once whatever it is given.
NetBufferListChain CarryAll(NetBufferListChain chain) { return chain; }

// Sends every list again as soon as it is back, `sends` times in all.
class Resender : public NicClient {
 public:
  explicit Resender(size_t sends) : sends_(sends) {}

  void SendNetBufferListsComplete(NetBufferListChain chain) override {
    ++depth_;
    max_depth_ = std::max(max_depth_, depth_);
    completed_ += chain.size();
    if (completed_ < sends_) loop_->Send(std::move(chain));
    --depth_;
  }
  void IndicateReceiveNetBufferLists(NetBufferListChain) override {}
  void IndicateLinkState(const LinkState&) override {}

  SendLoop* loop_ = nullptr;
  size_t completed_ = 0;
  int depth_ = 0;
  int max_depth_ = 0;

 private:
  const size_t sends_;
};

TEST(SendLoopTest, SendingFromACompletionDoesNotNest) {
  SendLoop loop(&CarryAll);
  Resender client(100'000);
  client.loop_ = &loop;
  loop.set_client(&client);
  TestLists lists;
  loop.Send(lists.MakeChain({TestFrame(60, 1)}));
  EXPECT_EQ(client.completed_, 100'000);
  EXPECT_EQ(client.max_depth_, 1);
}

TEST(SendLoopTest, TwoNicsThatFeedEachOtherDoNotNestEither) {
  SendLoop first(&CarryAll);
  SendLoop second(&CarryAll);
  Resender first_client(1000);
  Resender second_client(1000);
  first_client.loop_ = &second;
  second_client.loop_ = &first;
  first.set_client(&first_client);
  second.set_client(&second_client);
  TestLists lists;
  first.Send(lists.MakeChain({TestFrame(60, 1)}));
  EXPECT_EQ(first_client.completed_, 1000);
  EXPECT_LE(first_client.max_depth_ + second_client.max_depth_, 2);
}

// Gives up a second list while the first completes, as a cancel does.
class Canceller : public NicClient {
 public:
  void SendNetBufferListsComplete(NetBufferListChain chain) override {
    completed_ += chain.size();
    if (!other_.empty()) loop_->Complete(std::move(other_));
  }
  void IndicateReceiveNetBufferLists(NetBufferListChain) override {}
  void IndicateLinkState(const LinkState&) override {}

  SendLoop* loop_ = nullptr;
  NetBufferListChain other_;
  size_t completed_ = 0;
};

TEST(SendLoopTest, CompletingFromACompletionDeliversBoth) {
  SendLoop loop(&CarryAll);
  Canceller client;
  client.loop_ = &loop;
  loop.set_client(&client);
  TestLists lists;
  client.other_ = lists.MakeChain({TestFrame(60, 2)});
  loop.Send(lists.MakeChain({TestFrame(60, 1)}));
  EXPECT_EQ(client.completed_, 2);
}

}  // namespace
}  // namespace netbuf
