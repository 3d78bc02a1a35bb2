// Threads that send and receive while others attach and detach filters, pause
// and restart: every list comes back exactly once, as it went, with the right
// bytes on the wire, and nothing is lost. ThreadSanitizer watches the lock-free
// send path.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/stack/test_stack.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

constexpr int kSenders = 3;

// A NIC with a thread of its own that completes what it holds, and a Receive()
// that keeps out of the way of Pause(), as a real NIC does.
class ThreadedNic : public FakeNic {
 public:
  explicit ThreadedNic(const NicOptions& options)
      : FakeNic(options), completer_([this] { Run(); }) {}
  ~ThreadedNic() override {
    stop_ = true;
    completer_.join();
  }

  void ReceiveWhenRunning(const std::vector<std::string>& frames) {
    {
      MutexLock lock(mu_);
      if (!receiving_allowed_) return;
      ++receiving_;
    }
    Receive(frames);
    indicated += frames.size();
    MutexLock lock(mu_);
    --receiving_;
    idle_.SignalAll();
  }

  void Restart() override {
    FakeNic::Restart();
    MutexLock lock(mu_);
    receiving_allowed_ = true;
  }
  void Pause() override {
    {
      MutexLock lock(mu_);
      receiving_allowed_ = false;
      while (receiving_ > 0) idle_.Wait(mu_);
    }
    FakeNic::Pause();
  }

  std::atomic<uint64_t> indicated{0};

 private:
  void Run() {
    while (!stop_) {
      if (CompleteAll() == 0) std::this_thread::yield();
    }
  }

  std::atomic<bool> stop_{false};
  Mutex mu_;
  CondVar idle_;
  bool receiving_allowed_ ABSL_GUARDED_BY(mu_) = false;
  int receiving_ ABSL_GUARDED_BY(mu_) = 0;
  std::thread completer_;
};

// A protocol that counts; each list is sent again by its own thread only when
// it has come back.
class CountingClient : public BindingClient {
 public:
  void SendNetBufferListsComplete(Binding&, NetBufferListChain chain) override {
    while (NetBufferList* const nbl = chain.PopFront()) {
      (nbl->status() == NdisStatus::kSuccess  ? succeeded
       : nbl->status() == NdisStatus::kPaused ? paused
                                              : failed)
          .fetch_add(1);
      // Releases the list to the thread that sent it.
      auto* const out =
          static_cast<std::atomic<int>*>(nbl->protocol_reserved[0]);
      const int before = out->fetch_sub(1, std::memory_order_release);
      EXPECT_EQ(before, 1) << "completed twice";
    }
  }
  void ReceiveNetBufferLists(Binding& binding,
                             NetBufferListChain chain) override {
    received += chain.size();
    EXPECT_EQ(binding.ReturnNetBufferLists(std::move(chain)),
              NdisStatus::kSuccess);
  }
  NdisStatus Restart(Binding&, const RestartAttributes&) override {
    ++restarts;
    return NdisStatus::kSuccess;
  }

  std::atomic<uint64_t> succeeded{0}, paused{0}, failed{0}, received{0};
  std::atomic<int> restarts{0};
};

struct Sender {
  void Run(Binding& binding, const std::atomic<bool>& stop) {
    TestList list({Frame(60, 1), Frame(90, 2)},
                  {.data_offset = 30, .context_back_fill = 32});
    std::atomic<int> out{0};
    list.nbl.protocol_reserved[0] = &out;
    while (!stop) {
      out.store(1, std::memory_order_relaxed);
      ++sent;
      EXPECT_EQ(binding.SendNetBufferLists(list.chain(binding.handle()), 0, 0),
                NdisStatus::kSuccess);
      while (out.load(std::memory_order_acquire) != 0) {
        std::this_thread::yield();
      }
      EXPECT_EQ(list.Changes(), "");
    }
  }
  uint64_t sent = 0;
};

class StackConcurrencyTest : public testing::Test {
 protected:
  StackConcurrencyTest()
      : stack_(std::make_unique<ThreadedNic>(
            TestStack::WithAddress({.mtu = 2000}))),
        nic_(static_cast<ThreadedNic&>(stack_.nic)) {
    for (const char* name : {"one", "two"}) {
      clients_.push_back(std::make_unique<CountingClient>());
      auto opened = stack_.adapter->OpenBinding({.name = name},
                                                clients_.back().get(), Soon());
      bindings_.push_back(*std::move(opened));
      EXPECT_TRUE(bindings_.back()->Restart(false, Soon()).ok());
      Listen(*bindings_.back());
    }
  }

  static void Listen(Binding& binding) {
    uint8_t all[4] = {kPacketTypeDirected | kPacketTypeBroadcast, 0, 0, 0};
    OidRequest request;
    request.type = OidRequestType::kSetInformation;
    request.oid = 0x0001010E;
    request.information_buffer = absl::MakeSpan(all);
    EXPECT_EQ(binding.OidRequest(request), NdisStatus::kSuccess);
  }

  void Start() {
    for (int i = 0; i < kSenders; ++i) {
      senders_.push_back(std::make_unique<Sender>());
    }
    for (int i = 0; i < kSenders; ++i) {
      threads_.emplace_back([this, i] {
        senders_[i]->Run(*bindings_[i % bindings_.size()], stop_);
      });
    }
    threads_.emplace_back([this] {
      const std::string frame =
          Frame(60, 9, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
      while (!stop_) nic_.ReceiveWhenRunning({frame, frame});
    });
  }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // What was sent, came back; what succeeded, was on the wire once.
  void Check() {
    uint64_t sent = 0;
    for (const auto& sender : senders_) sent += sender->sent;
    uint64_t succeeded = 0;
    uint64_t back = 0;
    for (const auto& client : clients_) {
      succeeded += client->succeeded;
      back += client->succeeded + client->paused + client->failed;
      EXPECT_EQ(client->failed, 0);
    }
    EXPECT_EQ(back, sent);
    EXPECT_EQ(nic_.sent_frames().size(), 2 * succeeded);
    EXPECT_EQ(nic_.outstanding_receives(), 0);
    for (const auto& binding : bindings_) {
      const BindingInfo info = binding->GetInfo();
      EXPECT_EQ(info.outstanding_sends, 0);
      EXPECT_EQ(info.outstanding_receives, 0);
    }
  }
  void CloseAll() {
    for (const auto& binding : bindings_) {
      EXPECT_EQ(binding->Close(Soon()).message(), "");
    }
  }

  std::vector<std::unique_ptr<CountingClient>> clients_;
  TestStack stack_;
  ThreadedNic& nic_;
  std::vector<std::shared_ptr<Binding>> bindings_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST_F(StackConcurrencyTest, FiltersComeAndGoUnderTraffic) {
  Start();
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(
        stack_.adapter
            ->AttachFilter("v", VlanFilterOptions{.vlan_id = 3}, 0, Soon())
            .message(),
        "");
    EXPECT_EQ(stack_.adapter->AttachFilter("x", VxlanFilterOptions{}, 1, Soon())
                  .message(),
              "");
    EXPECT_EQ(stack_.adapter->DetachFilter("v", Soon()).message(), "");
    EXPECT_EQ(stack_.adapter->DetachFilter("x", Soon()).message(), "");
  }
  Stop();
  Check();
  EXPECT_EQ(stack_.adapter->GetInfo().stack_changes, 100);
  for (const auto& client : clients_) EXPECT_EQ(client->restarts, 100);
  CloseAll();
}

TEST_F(StackConcurrencyTest, BindingsPauseAndRestartWhileTheStackChanges) {
  Start();
  std::atomic<bool> done{false};
  std::thread changer([&] {
    for (int i = 0; i < 15; ++i) {
      EXPECT_EQ(
          stack_.adapter->AttachFilter("v", VlanFilterOptions{}, 0, Soon())
              .message(),
          "");
      EXPECT_EQ(stack_.adapter->DetachFilter("v", Soon()).message(), "");
    }
    done = true;
  });
  std::thread watcher([&] {
    while (!done) {
      const AdapterInfo info = stack_.adapter->GetInfo();
      EXPECT_LE(info.filters.size(), 1);
      std::this_thread::yield();
    }
  });
  while (!done) {
    for (const auto& binding : bindings_) {
      // A change may be at work on the binding: then the state is wrong for one
      // or the other, which is said and harmless.
      if (binding->Pause(Soon()).ok()) {
        const auto restarted = binding->Restart(false, Soon());
        EXPECT_EQ(restarted.status().message(), "");
      }
    }
  }
  changer.join();
  watcher.join();
  Stop();
  Check();
  for (const auto& binding : bindings_) {
    EXPECT_EQ(binding->state(), BindingState::kRunning);
  }
  CloseAll();
}

TEST_F(StackConcurrencyTest, BindingsOpenAndCloseUnderTraffic) {
  Start();
  for (int i = 0; i < 60; ++i) {
    CountingClient client;
    auto opened =
        stack_.adapter->OpenBinding({.name = "guest"}, &client, Soon());
    ASSERT_TRUE(opened.ok());
    ASSERT_TRUE((*opened)->Restart(false, Soon()).ok());
    Listen(**opened);
    Sender sender;
    std::atomic<bool> stop{false};
    std::thread thread([&] { sender.Run(**opened, stop); });
    std::thread link([&] {
      stack_.adapter->SetLinkState(
          {.xmit_link_speed = static_cast<uint64_t>(1'000'000 + i)});
    });
    std::this_thread::yield();
    EXPECT_EQ((*opened)->Close(Soon()).message(), "");
    stop = true;
    thread.join();
    link.join();
    EXPECT_EQ(client.succeeded + client.paused + client.failed, sender.sent);
  }
  Stop();
  CloseAll();
}

}  // namespace
}  // namespace netbuf
