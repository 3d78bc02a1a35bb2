// Random operations on several pools by several threads, right and wrong ones,
// beside a model that is too simple to be wrong: who has what. After every step
// the pools must say what the model says, and every list must hold the bytes
// its owner put there.

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/ndis/flags.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/pool/test_pools.h"
#include "gtest/gtest.h"
#include "tests/lib/seed.h"

namespace netbuf {
namespace {

// A thread that does what it is told, one thing at a time: so that caches are
// in several threads and every run is repeatable.
class Worker {
 public:
  Worker() : thread_([this] { Loop(); }) {}
  ~Worker() {
    Run(nullptr);
    thread_.join();
  }
  void Run(std::function<void()> work) {
    std::unique_lock<std::mutex> lock(mu_);
    work_ = std::move(work);
    busy_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !busy_; });
  }

 private:
  void Loop() {
    std::unique_lock<std::mutex> lock(mu_);
    for (;;) {
      changed_.wait(lock, [this] { return busy_; });
      const std::function<void()> work = std::move(work_);
      if (work != nullptr) work();
      busy_ = false;
      changed_.notify_all();
      if (work == nullptr) return;
    }
  }

  std::mutex mu_;
  std::condition_variable changed_;
  std::function<void()> work_;
  bool busy_ = false;
  std::thread thread_;
};

struct Out {
  HolderId holder = 0;
  BlockHandle handle;
  bool claimed = false;
  bool context = false;  // An allocated one.
  uint64_t pattern = 0;
};

// One pool and what the model knows of it.
struct Subject {
  std::unique_ptr<NetBufferListPool> pool;
  uint64_t limit = 0;
  std::map<NetBufferList*, Out> out;
  std::set<NetBufferList*> free;  // Were out once.
  std::vector<BlockHandle> old;   // Of lists that were freed.
  uint64_t allocations = 0;
};

class PropertyTest : public ::testing::Test {
 protected:
  static constexpr uint16_t kMineContext = 16;

  void SetUp() override {
    Add({.data_size = 512, .protocol_id = 2}, 200);
    Add({.net_buffer = false, .data_size = 0, .context_size = 32}, 50);
    Add({.data_size = 64, .flags = kPoolFlagVerify}, 40);
    Add({.data_size = 2048, .context_size = 16}, 0);
  }
  void Add(const ListPoolShape& shape, uint64_t limit) {
    Subject subject;
    subject.pool = MakeListPool(shape, {.max_outstanding = limit});
    subject.limit = limit;
    subjects_.push_back(std::move(subject));
  }

  uint64_t Random(uint64_t below) { return random_() % below; }
  template <typename Container>
  auto Any(Container& container) {
    auto it = container.begin();
    std::advance(it, Random(container.size()));
    return it;
  }

  void Step();
  void Allocate(Subject& s);
  void Free(Subject& s);
  void FreeWrongly(Subject& s);
  void ClaimOrRelease(Subject& s);
  void ClaimWrongly(Subject& s);
  void PassOn(Subject& s);
  void UseContext(Subject& s);
  void Reclaim(Subject& s);

  void Forget(Subject& s, NetBufferList* nbl);
  void Check(Subject& s);
  static bool IsTouched(uint64_t pattern) { return (pattern & 2) == 0; }
  static void Write(NetBufferList* nbl, uint64_t pattern);
  static void CheckWritten(NetBufferList* nbl, uint64_t pattern);

  std::mt19937_64 random_{TestSeed()};
  std::vector<Subject> subjects_;
  std::array<Worker, 3> workers_;
  std::string step_;
};

// `next`, the first and last word of the data, and of every other list its own
// scratch: without that it is freed as one that nobody touched.
void PropertyTest::Write(NetBufferList* nbl, uint64_t pattern) {
  nbl->next = reinterpret_cast<NetBufferList*>(pattern);
  if (IsTouched(pattern)) nbl->set_scratch(reinterpret_cast<void*>(pattern));
  if (nbl->first_net_buffer() == nullptr) return;
  const Mdl* const mdl = nbl->first_net_buffer()->mdl_chain();
  auto* const words = reinterpret_cast<uint64_t*>(mdl->mapped_system_va());
  words[0] = words[mdl->byte_count() / 8 - 1] = pattern;
}

void PropertyTest::CheckWritten(NetBufferList* nbl, uint64_t pattern) {
  ASSERT_EQ(nbl->next, reinterpret_cast<NetBufferList*>(pattern));
  if (IsTouched(pattern)) {
    ASSERT_EQ(nbl->scratch(), reinterpret_cast<void*>(pattern));
  }
  if (nbl->first_net_buffer() == nullptr) return;
  const Mdl* const mdl = nbl->first_net_buffer()->mdl_chain();
  auto* const words = reinterpret_cast<uint64_t*>(mdl->mapped_system_va());
  ASSERT_EQ(words[0], pattern);
  ASSERT_EQ(words[mdl->byte_count() / 8 - 1], pattern);
}

void PropertyTest::Allocate(Subject& s) {
  const size_t count = Random(3) == 0 ? Random(150) : 1;
  const auto holder = static_cast<HolderId>(1 + Random(3));
  const uint16_t context = 16 * Random(4);
  step_ = absl::StrCat("allocate ", count, " with context ", context);
  std::vector<NetBufferList*> lists(count);
  const PoolStatus status =
      s.pool->AllocateNetBufferLists(context, 0, holder, absl::MakeSpan(lists));
  const bool fits = s.limit == 0 || s.out.size() + count <= s.limit;
  ASSERT_EQ(status, fits ? PoolStatus::kOk : PoolStatus::kExhausted);
  if (!fits) return;
  s.allocations += count;
  for (NetBufferList* nbl : lists) {
    ASSERT_EQ(HowNotFresh(*s.pool, nbl), "");
    Out out;
    out.holder = holder;
    out.handle = NetBufferListPool::Handle(nbl);
    out.pattern = random_() | 1;
    ASSERT_TRUE(s.out.emplace(nbl, out).second) << "handed out twice";
    s.free.erase(nbl);
    Write(nbl, out.pattern);
  }
}

void PropertyTest::Forget(Subject& s, NetBufferList* nbl) {
  s.old.push_back(s.out.at(nbl).handle);
  s.free.insert(nbl);
  s.out.erase(nbl);
}

void PropertyTest::Free(Subject& s) {
  std::vector<NetBufferList*> lists;
  const size_t count = Random(3) == 0 ? Random(150) : 1;
  for (auto& [nbl, out] : s.out) {
    if (lists.size() < count && !out.context && Random(2) == 0) {
      lists.push_back(nbl);
    }
  }
  std::shuffle(lists.begin(), lists.end(), random_);
  const bool untouched = Random(2) == 0;
  if (untouched) {
    std::erase_if(lists, [&](NetBufferList* nbl) {
      return IsTouched(s.out.at(nbl).pattern);
    });
  }
  step_ = absl::StrCat("free ", lists.size(), untouched ? " untouched" : "");
  for (NetBufferList* nbl : lists) {
    if (untouched) break;
    nbl->set_status(static_cast<NdisStatus>(random_()));
    nbl->set_info(NetBufferListInfoId::kIeee8021Q, random_());
  }
  if (lists.size() == 1) {
    ASSERT_EQ(s.pool->FreeNetBufferList(lists[0]), PoolStatus::kOk);
  } else {
    ASSERT_EQ(s.pool->FreeNetBufferLists(lists), PoolStatus::kOk);
  }
  for (NetBufferList* nbl : lists) Forget(s, nbl);
}

// A batch with one that must not be in it.
void PropertyTest::FreeWrongly(Subject& s) {
  std::vector<NetBufferList*> lists;
  for (auto& [nbl, out] : s.out) {
    if (lists.size() < 20 && !out.context && Random(3) == 0) {
      lists.push_back(nbl);
    }
  }
  NetBufferList* wrong = nullptr;
  std::set<PoolStatus> want{PoolStatus::kInvalidParameter};
  Subject& other = *Any(subjects_);
  switch (Random(4)) {
    case 0:
      if (lists.empty()) return;
      wrong = lists[Random(lists.size())];
      want = {PoolStatus::kDoubleFree};
      break;
    case 1:
      if (&other == &s || other.out.empty()) return;
      wrong = Any(other.out)->first;
      want = {PoolStatus::kWrongPool};
      break;
    case 2:
      if (s.free.empty()) return;
      wrong = *Any(s.free);
      // Its memory may be poisoned, or gone to the system.
      want = {PoolStatus::kDoubleFree, PoolStatus::kWrongPool};
      break;
  }
  lists.insert(lists.begin() + Random(lists.size() + 1), wrong);
  step_ = absl::StrCat("free wrongly ", lists.size());
  size_t failed = 0;
  const PoolStatus status = s.pool->FreeNetBufferLists(lists, &failed);
  ASSERT_EQ(want.count(status), 1) << PoolStatusName(status);
  ASSERT_EQ(lists[failed], wrong);
}

void PropertyTest::ClaimOrRelease(Subject& s) {
  if (s.out.empty()) return;
  auto& [nbl, out] = *Any(s.out);
  step_ = "claim or release";
  if (out.claimed) {
    out.holder = static_cast<HolderId>(1 + Random(3));
    s.pool->Release(nbl, out.holder);
    out.claimed = false;
    return;
  }
  NetBufferList* claimed = nullptr;
  ASSERT_EQ(s.pool->Claim(out.handle, out.holder, &claimed), PoolStatus::kOk);
  ASSERT_EQ(claimed, nbl);
  out.claimed = true;
}

void PropertyTest::ClaimWrongly(Subject& s) {
  step_ = "claim wrongly";
  NetBufferList* claimed = nullptr;
  if (!s.old.empty()) {
    const BlockHandle old = *Any(s.old);
    const PoolStatus status = s.pool->Claim(old, 1 + Random(3), &claimed);
    // After a trim nobody knows what was there.
    ASSERT_TRUE(status == PoolStatus::kStaleHandle ||
                status == PoolStatus::kInvalidHandle);
  }
  if (!s.out.empty()) {
    const Out& out = Any(s.out)->second;
    ASSERT_EQ(s.pool->Claim(out.handle, out.holder + 1, &claimed),
              PoolStatus::kNotHolder);
    if (out.claimed) {
      ASSERT_EQ(s.pool->Claim(out.handle, out.holder, &claimed),
                PoolStatus::kBusy);
    }
    Subject& other = *Any(subjects_);
    if (&other != &s) {
      ASSERT_EQ(other.pool->Claim(out.handle, out.holder, &claimed),
                PoolStatus::kInvalidHandle);
    }
  }
}

void PropertyTest::PassOn(Subject& s) {
  if (s.out.empty()) return;
  auto& [nbl, out] = *Any(s.out);
  step_ = "pass on";
  out.holder = static_cast<HolderId>(1 + Random(3));
  out.claimed = false;
  NetBufferListPool::SetHolder(nbl, out.holder, LifeEvent::kSent);
}

void PropertyTest::UseContext(Subject& s) {
  if (s.out.empty()) return;
  auto& [nbl, out] = *Any(s.out);
  step_ = "use context";
  if (out.context) {
    ASSERT_EQ(s.pool->FreeNetBufferList(nbl), PoolStatus::kContextOutstanding);
    ASSERT_EQ(FreeNetBufferListContext(*nbl, kMineContext),
              NdisStatus::kSuccess);
  } else {
    ASSERT_EQ(AllocateNetBufferListContext(*nbl, kMineContext, 0, 1).status,
              NdisStatus::kSuccess);
  }
  out.context = !out.context;
}

void PropertyTest::Reclaim(Subject& s) {
  const auto holder = static_cast<HolderId>(1 + Random(3));
  step_ = absl::StrCat("reclaim from ", holder);
  std::vector<NetBufferList*> lists;
  for (auto& [nbl, out] : s.out) {
    if (out.holder == holder && !out.claimed) lists.push_back(nbl);
  }
  ASSERT_EQ(s.pool->Reclaim(holder), lists.size());
  for (NetBufferList* nbl : lists) Forget(s, nbl);
}

void PropertyTest::Check(Subject& s) {
  const PoolStatistics statistics = s.pool->Statistics();
  ASSERT_EQ(statistics.outstanding, s.out.size());
  ASSERT_EQ(statistics.allocations, s.allocations);
  ASSERT_EQ(statistics.frees, s.allocations - s.out.size());
  ASSERT_LE(statistics.outstanding + statistics.cached, statistics.blocks);
  ASSERT_GE(statistics.high_water, s.out.size());
  if (s.limit != 0) {
    ASSERT_LE(statistics.blocks, s.limit);
  }
  ASSERT_EQ(s.pool->CheckFreeable().ok(), s.out.empty());
  for (auto& [nbl, out] : s.out) {
    ASSERT_EQ(NetBufferListPool::Handle(nbl), out.handle);
    ASSERT_EQ(NetBufferListPool::GetHolder(nbl), out.holder);
    CheckWritten(nbl, out.pattern);
  }
}

void PropertyTest::Step() {
  Subject& s = *Any(subjects_);
  workers_[Random(workers_.size())].Run([&] {
    switch (Random(12)) {
      case 0:
      case 1:
      case 2:
        return Allocate(s);
      case 3:
      case 4:
      case 5:
        return Free(s);
      case 6:
        return FreeWrongly(s);
      case 7:
        return ClaimOrRelease(s);
      case 8:
        return ClaimWrongly(s);
      case 9:
        return PassOn(s);
      case 10:
        return UseContext(s);
      default:
        if (Random(4) != 0) return;
        if (Random(2) == 0) return Reclaim(s);
        step_ = "trim";
        s.pool->Trim();
    }
  });
  if (!HasFatalFailure()) Check(s);
}

TEST_F(PropertyTest, PoolsAgreeWithTheModel) {
  constexpr int kSteps = 4000;
  for (int i = 0; i < kSteps; ++i) {
    Step();
    ASSERT_FALSE(HasFatalFailure()) << "step " << i << ": " << step_;
  }
  for (Subject& s : subjects_) {
    for (auto& [nbl, out] : s.out) {
      if (out.context) FreeNetBufferListContext(*nbl, kMineContext);
    }
    while (!s.out.empty()) {
      NetBufferList* const nbl = s.out.begin()->first;
      ASSERT_EQ(s.pool->FreeNetBufferList(nbl), PoolStatus::kOk);
      Forget(s, nbl);
    }
    Check(s);
  }
}

}  // namespace
}  // namespace netbuf
