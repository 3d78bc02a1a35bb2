#include "engine/stack/observer_filter.h"

#include <string>

#include "engine/ndis/stack_requirements.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

std::string Typed(const std::string& type, size_t size = 60) {
  std::string frame = Frame(size);
  frame.replace(12, 2, FromHex(type));
  return frame;
}

TEST(ObserverFilterTest, CountsByKindInBothDirectionsAndChangesNothing) {
  ObserverFilter filter("watch");
  filter.Restart({});
  EXPECT_EQ(filter.requirements(), StackRequirements());
  TestList sent({Typed("08 00", 100), Typed("86 dd"), Typed("08 06")});
  TestList received({Typed("81 00")});
  TestList odd({Typed("88 b5"), Frame(10)});

  BackFillCounts back_fill;
  NetBufferListChain refused;
  for (TestList* list : {&sent, &odd}) {
    NetBufferListChain chain = list->chain(nullptr);
    filter.Send(chain, refused, back_fill);
    filter.SendComplete(chain);
    EXPECT_EQ(list->Changes(), "");
  }
  NetBufferListChain chain = received.chain(nullptr);
  NetBufferListChain dropped;
  filter.Receive(chain, dropped);
  filter.ReturnReceived(chain);
  EXPECT_EQ(received.Changes(), "");

  const FilterInfo info = filter.GetInfo();
  const auto frames = [](const auto& kinds, FrameKind kind) {
    return kinds[static_cast<int>(kind)].frames;
  };
  EXPECT_EQ(frames(info.sent_by_kind, FrameKind::kIpv4), 1);
  EXPECT_EQ(info.sent_by_kind[static_cast<int>(FrameKind::kIpv4)].bytes, 100);
  EXPECT_EQ(frames(info.sent_by_kind, FrameKind::kIpv6), 1);
  EXPECT_EQ(frames(info.sent_by_kind, FrameKind::kArp), 1);
  EXPECT_EQ(frames(info.sent_by_kind, FrameKind::kOther), 2);
  EXPECT_EQ(frames(info.received_by_kind, FrameKind::kVlan), 1);
  EXPECT_EQ(info.sent.frames, 5);
  EXPECT_EQ(info.sent.bytes, 100 + 60 + 60 + 60 + 10);
  EXPECT_EQ(info.received.frames, 1);
  EXPECT_EQ(back_fill.data_hits + back_fill.data_misses, 0);
}

}  // namespace
}  // namespace netbuf
