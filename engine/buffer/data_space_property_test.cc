// Random operations on random lists, compared after every step with a model so
// simple that it is plainly right: one flat vector a NET_BUFFER.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/buffer/data_space.h"
#include "engine/buffer/fake_mdl_allocator.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/buffer/net_buffer_list_context.h"
#include "engine/buffer/test_buffer.h"
#include "engine/ndis/status.h"
#include "gtest/gtest.h"
#include "tests/lib/seed.h"

namespace netbuf {
namespace {

constexpr uint32_t kTag = 0x50524F50;  // "PROP"

// What a NET_BUFFER should be.
struct Model {
  std::vector<int> space;  // Every byte of the chain.
  size_t offset = 0;       // Head room.
  size_t length = 0;
  std::vector<size_t> fronts;  // Sizes of the MDLs made by retreats, in order.

  bool HasRoom(uint32_t delta) const { return delta <= offset; }
  void Retreat(uint32_t delta, uint32_t back_fill, uint32_t extra) {
    if (!HasRoom(delta)) {
      const size_t missing = delta - offset;
      const size_t front = missing + back_fill + extra;
      space.insert(space.begin(), front,
                   static_cast<int>(FakeMdlAllocator::kFill));
      fronts.insert(fronts.begin(), front);
      offset += front;
    }
    offset -= delta;
    length += delta;
  }
  void Advance(uint32_t delta, bool free_mdl) {
    offset += delta;
    length -= delta;
    while (free_mdl && !fronts.empty() && fronts[0] <= offset) {
      space.erase(space.begin(), space.begin() + fronts[0]);
      offset -= fronts[0];
      fronts.erase(fronts.begin());
    }
  }
};

// A piece of context somebody holds, and what it wrote there.
struct Claim {
  uint16_t size;
  int value;
};

// One list of random NET_BUFFERs, and the model of each.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    const int count = 1 + Below(4);
    for (int i = 0; i < count; ++i) AddNetBuffer();
    for (int i = 0; i + 1 < count; ++i) {
      buffers_[i]->nb.set_next(&buffers_[i + 1]->nb);
    }
    nbl_.set_first_net_buffer(&buffers_[0]->nb);
    if (Below(2) == 0) GiveContext();
  }

  ~World() {
    FreeAllocatedContexts(nbl_);
    for (const auto& buffer : buffers_) {
      NetBuffer& nb = buffer->nb;
      const uint64_t end = MdlChainByteCount(nb.mdl_chain());
      SetNetBufferDataSpace(nb, static_cast<uint32_t>(end), 0);
      AdvanceNetBufferDataStart(nb, 0, true, allocator_);
    }
    EXPECT_EQ(allocator_.live(), 0);
  }

  // Does one random thing; returns what, for the trace.
  std::string Step() {
    switch (Below(12)) {
      case 0:
      case 1:
        return Retreat();
      case 2:
        return Advance();
      case 3:
      case 4:
        return RetreatList();
      case 5:
        return AdvanceList();
      case 6:
        return SetDataSpace();
      case 7:
        return Write();
      case 8:
        return Copy();
      case 9:
      case 10:
        return Below(2) == 0 ? AllocateContext() : FreeContext();
      default:
        return Get();
    }
  }

  void Check() {
    size_t fronts = 0;
    for (size_t i = 0; i < buffers_.size(); ++i) {
      const TestBuffer& buffer = *buffers_[i];
      const Model& model = models_[i];
      EXPECT_TRUE(CheckNetBuffer(buffer.nb).ok())
          << i << ": " << CheckNetBuffer(buffer.nb).ToString();
      EXPECT_EQ(buffer.nb.data_offset(), model.offset) << i;
      EXPECT_EQ(buffer.nb.data_length(), model.length) << i;
      EXPECT_EQ(buffer.WholeChain(), model.space) << i;
      EXPECT_EQ(ReadAll(buffer.nb), UsedData(model)) << i;
      fronts += model.fronts.size();
    }
    EXPECT_EQ(allocator_.live(), static_cast<int>(fronts));
    CheckContext();
  }

 private:
  uint32_t Below(uint32_t n) {
    return std::uniform_int_distribution<uint32_t>(0, n - 1)(random_);
  }
  size_t PickBuffer() { return Below(static_cast<uint32_t>(buffers_.size())); }

  void AddNetBuffer() {
    std::vector<uint32_t> sizes(Below(5));
    Model model;
    for (uint32_t& size : sizes) {
      size = Below(4) == 0 ? Below(3) : Below(40);  // Empty MDLs too.
      for (uint32_t i = 0; i < size; ++i) {
        model.space.push_back(static_cast<int>(model.space.size() % 256));
      }
    }
    const auto total = static_cast<uint32_t>(model.space.size());
    model.offset = Below(total + 1);
    model.length = Below(total - static_cast<uint32_t>(model.offset) + 1);
    buffers_.push_back(
        std::make_unique<TestBuffer>(sizes, static_cast<uint32_t>(model.offset),
                                     static_cast<uint32_t>(model.length)));
    models_.push_back(std::move(model));
  }

  static std::vector<int> UsedData(const Model& model) {
    return std::vector<int>(model.space.begin() + model.offset,
                            model.space.begin() + model.offset + model.length);
  }
  static std::vector<int> ReadAll(const NetBuffer& nb) {
    std::vector<std::byte> bytes(nb.data_length());
    ReadNetBufferData(nb, 0, nb.data_length(), bytes.data());
    std::vector<int> values;
    for (std::byte b : bytes) values.push_back(static_cast<int>(b));
    return values;
  }

  // Sometimes the allocator gives more than asked for.
  uint32_t RandomExtra() {
    const uint32_t extra = Below(4) == 0 ? Below(9) : 0;
    allocator_.set_extra_bytes(static_cast<int32_t>(extra));
    return extra;
  }

  std::string Retreat() {
    const size_t i = PickBuffer();
    Model& model = models_[i];
    const uint32_t delta = Below(30);
    const uint32_t back_fill = Below(20);
    const uint32_t extra = RandomExtra();
    const bool fail = Below(5) == 0;
    allocator_.FailAtCall(fail ? 1 : 0);
    const bool has_room = model.HasRoom(delta);
    const RetreatResult result = RetreatNetBufferDataStart(
        buffers_[i]->nb, delta, back_fill, allocator_);
    allocator_.FailAtCall(0);
    EXPECT_EQ(result.misses, has_room ? 0u : 1u);
    const bool ok = has_room || !fail;
    EXPECT_EQ(result.status,
              ok ? NdisStatus::kSuccess : NdisStatus::kResources);
    if (ok) model.Retreat(delta, back_fill, extra);
    return absl::StrCat("Retreat(nb ", i, ", ", delta, ", ", back_fill, ") + ",
                        extra, fail ? " fail" : "");
  }

  std::string Advance() {
    const size_t i = PickBuffer();
    Model& model = models_[i];
    const uint32_t delta = Below(40);
    const bool free_mdl = Below(2) == 0;
    const NdisStatus status =
        AdvanceNetBufferDataStart(buffers_[i]->nb, delta, free_mdl, allocator_);
    const bool ok = delta <= model.length;
    EXPECT_EQ(status,
              ok ? NdisStatus::kSuccess : NdisStatus::kInvalidParameter);
    if (ok) model.Advance(delta, free_mdl);
    return absl::StrCat("Advance(nb ", i, ", ", delta, ", ", free_mdl, ")");
  }

  std::string RetreatList() {
    const uint32_t delta = Below(30);
    const uint32_t back_fill = Below(20);
    const uint32_t extra = RandomExtra();
    const int fail_at = static_cast<int>(Below(5));  // 0: not at all.
    int misses = 0;
    for (const Model& model : models_) misses += model.HasRoom(delta) ? 0 : 1;
    allocator_.FailAtCall(fail_at);
    const RetreatResult result =
        RetreatNetBufferListDataStart(nbl_, delta, back_fill, allocator_);
    allocator_.FailAtCall(0);
    const bool ok = fail_at == 0 || fail_at > misses;
    EXPECT_EQ(result.status,
              ok ? NdisStatus::kSuccess : NdisStatus::kResources);
    EXPECT_EQ(result.misses, static_cast<uint32_t>(misses));
    for (Model& model : models_) {
      if (ok) model.Retreat(delta, back_fill, extra);
    }
    return absl::StrCat("RetreatList(", delta, ", ", back_fill, ") + ", extra,
                        " fail at ", fail_at);
  }

  std::string AdvanceList() {
    const uint32_t delta = Below(25);
    const bool free_mdl = Below(2) == 0;
    const bool ok =
        std::all_of(models_.begin(), models_.end(),
                    [&](const Model& model) { return delta <= model.length; });
    EXPECT_EQ(AdvanceNetBufferListDataStart(nbl_, delta, free_mdl, allocator_),
              ok ? NdisStatus::kSuccess : NdisStatus::kInvalidParameter);
    for (Model& model : models_) {
      if (ok) model.Advance(delta, free_mdl);
    }
    return absl::StrCat("AdvanceList(", delta, ", ", free_mdl, ")");
  }

  std::string SetDataSpace() {
    const size_t i = PickBuffer();
    Model& model = models_[i];
    const auto total = static_cast<uint32_t>(model.space.size());
    const uint32_t offset = Below(total + 3);
    const uint32_t length = Below(total + 3);
    const bool ok = offset + length <= total;
    EXPECT_EQ(SetNetBufferDataSpace(buffers_[i]->nb, offset, length),
              ok ? NdisStatus::kSuccess : NdisStatus::kInvalidParameter);
    if (ok) {
      model.offset = offset;
      model.length = length;
    }
    return absl::StrCat("SetDataSpace(nb ", i, ", ", offset, ", ", length, ")");
  }

  std::string Write() {
    const size_t i = PickBuffer();
    Model& model = models_[i];
    const uint32_t offset = Below(static_cast<uint32_t>(model.length) + 1);
    std::vector<std::byte> bytes(
        Below(static_cast<uint32_t>(model.length) - offset + 1));
    for (size_t k = 0; k < bytes.size(); ++k) {
      bytes[k] = static_cast<std::byte>(Below(256));
      model.space[model.offset + offset + k] = static_cast<int>(bytes[k]);
    }
    WriteNetBufferData(buffers_[i]->nb, offset,
                       static_cast<uint32_t>(bytes.size()), bytes.data());
    return absl::StrCat("Write(nb ", i, ", ", offset, ", ", bytes.size(), ")");
  }

  std::string Copy() {
    const size_t from = PickBuffer();
    const size_t to = PickBuffer();
    if (from == to) return "Copy(not onto itself)";
    const Model& source = models_[from];
    Model& target = models_[to];
    const uint32_t source_offset = Below(40);
    const uint32_t target_offset = Below(40);
    const uint32_t bytes = Below(60);
    uint32_t copied = 0;
    while (copied < bytes && source_offset + copied < source.length &&
           target.offset + target_offset + copied < target.space.size()) {
      target.space[target.offset + target_offset + copied] =
          source.space[source.offset + source_offset + copied];
      ++copied;
    }
    EXPECT_EQ(
        CopyFromNetBufferToNetBuffer(buffers_[to]->nb, target_offset, bytes,
                                     buffers_[from]->nb, source_offset),
        copied);
    return absl::StrCat("Copy(nb ", to, "+", target_offset, ", ", bytes,
                        ", nb ", from, "+", source_offset, ")");
  }

  std::string Get() {
    const size_t i = PickBuffer();
    const uint32_t bytes = Below(50);
    const uint32_t align = 1u << Below(5);
    std::vector<std::byte> storage(bytes + 1);
    const std::byte* const got =
        GetDataBuffer(buffers_[i]->nb, bytes, storage.data(), align);
    const std::vector<int> used = UsedData(models_[i]);
    EXPECT_EQ(got != nullptr, bytes <= used.size());
    if (got != nullptr && got != storage.data()) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(got) % align, 0u);
    }
    for (uint32_t k = 0; got != nullptr && k < bytes; ++k) {
      EXPECT_EQ(static_cast<int>(got[k]), used[k]);
    }
    return absl::StrCat("Get(nb ", i, ", ", bytes, ", align ", align, ")");
  }

  // Context as a pool gives it: some unused bytes, none used.
  void GiveContext() {
    const auto size = static_cast<uint16_t>(8 * Below(9));
    context_block_ = std::make_unique<ContextBlock>();
    auto* const element = new (context_block_->bytes) NetBufferListContext;
    element->size = element->offset = size;
    nbl_.set_context(element);
  }

  std::string AllocateContext() {
    const auto size = static_cast<uint16_t>(8 * Below(6));
    const auto back_fill = static_cast<uint16_t>(8 * Below(6));
    const int unused = nbl_.context() == nullptr ? 0 : nbl_.context()->offset;
    const ContextResult result =
        AllocateNetBufferListContext(nbl_, size, back_fill, kTag);
    EXPECT_EQ(result.status, NdisStatus::kSuccess);
    EXPECT_EQ(result.allocated, size > unused);
    if (result.allocated) {
      EXPECT_EQ(nbl_.context()->offset, back_fill);
    }
    if (size > 0) {
      const int value = static_cast<int>(Below(256));
      std::fill_n(nbl_.context()->data_start(), size,
                  static_cast<std::byte>(value));
      claims_.push_back({size, value});
    }
    return absl::StrCat("AllocateContext(", size, ", ", back_fill, ")");
  }

  std::string FreeContext() {
    if (claims_.empty()) {
      EXPECT_EQ(FreeNetBufferListContext(nbl_, 8),
                NdisStatus::kInvalidParameter);
      return "FreeContext(8), none held";
    }
    const uint16_t used = nbl_.context()->size - nbl_.context()->offset;
    EXPECT_EQ(FreeNetBufferListContext(nbl_, used + 8),
              NdisStatus::kInvalidParameter);
    const uint16_t size = claims_.back().size;
    EXPECT_EQ(FreeNetBufferListContext(nbl_, size), NdisStatus::kSuccess);
    claims_.pop_back();
    return absl::StrCat("FreeContext(", size, ")");
  }

  // Every claim, newest first, is where the list says and holds what was
  // written to it.
  void CheckContext() {
    const NetBufferListContext* element = nbl_.context();
    size_t at = element == nullptr ? 0 : element->offset;
    for (size_t k = claims_.size(); k-- > 0;) {
      while (element != nullptr && at == element->size) {
        element = element->next;
        at = element == nullptr ? 0 : element->offset;
      }
      ASSERT_NE(element, nullptr);
      const Claim& claim = claims_[k];
      ASSERT_LE(at + claim.size, element->size);
      const auto* data = const_cast<NetBufferListContext*>(element)->data();
      for (int i = 0; i < claim.size; ++i) {
        ASSERT_EQ(static_cast<int>(data[at + i]), claim.value);
      }
      at += claim.size;
    }
  }

  struct alignas(16) ContextBlock {
    std::byte bytes[sizeof(NetBufferListContext) + 64];
  };

  std::mt19937_64 random_;
  FakeMdlAllocator allocator_;
  std::vector<std::unique_ptr<TestBuffer>> buffers_;
  std::vector<Model> models_;
  NetBufferList nbl_;
  std::unique_ptr<ContextBlock> context_block_;
  std::vector<Claim> claims_;
};

// 300 x 100 steps take half a second, two under ThreadSanitizer: long enough
// for several prepended MDLs a buffer, short enough to run at every build.
TEST(DataSpacePropertyTest, RandomOperationsDoWhatTheModelDoes) {
  for (uint64_t world_number = 0; world_number < 300; ++world_number) {
    World world(TestSeed() + world_number);
    std::string trace;
    for (int step = 0; step < 100; ++step) {
      absl::StrAppend(&trace, world.Step(), "\n");
      world.Check();
      if (HasFailure()) {
        FAIL() << "world " << world_number << " of seed " << TestSeed()
               << " failed after\n"
               << trace;
      }
    }
  }
}

}  // namespace
}  // namespace netbuf
