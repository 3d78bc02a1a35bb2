#include "engine/stack/observer_filter.h"

#include <cstddef>
#include <utility>

#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/stack/ethernet.h"

namespace netbuf {
namespace {

FrameKind KindOf(const NetBuffer& frame) {
  if (frame.data_length() < kEthernetHeaderSize) return FrameKind::kOther;
  std::byte type[2];
  ReadNetBufferData(frame, 2 * kMacAddressSize, sizeof(type), type);
  switch (LoadBigEndian16(type)) {
    case kEtherTypeIpv4:
      return FrameKind::kIpv4;
    case kEtherTypeIpv6:
      return FrameKind::kIpv6;
    case kEtherTypeArp:
      return FrameKind::kArp;
    case kEtherTypeVlan:
      return FrameKind::kVlan;
    default:
      return FrameKind::kOther;
  }
}

}  // namespace

ObserverFilter::ObserverFilter(std::string name)
    : FilterModule(std::move(name), ObserverFilterOptions{}) {}

void ObserverFilter::Count(const NetBufferList& nbl, KindCounters& counters) {
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    const int kind = static_cast<int>(KindOf(*nb));
    counters.Add(2 * kind, 1);
    counters.Add(2 * kind + 1, nb->data_length());
  }
}

NdisStatus ObserverFilter::WrapSend(NetBufferList& nbl,
                                    BackFillCounts& /*back_fill*/) {
  Count(nbl, sent_);
  return NdisStatus::kSuccess;
}

bool ObserverFilter::UnwrapReceive(NetBufferList& nbl) {
  Count(nbl, received_);
  return true;
}

void ObserverFilter::Read(const KindCounters& counters,
                          std::array<TrafficCounts, kFrameKindCount>& kinds) {
  for (int kind = 0; kind < kFrameKindCount; ++kind) {
    kinds[kind] = {counters.Sum(2 * kind), counters.Sum(2 * kind + 1)};
  }
}

FilterInfo ObserverFilter::GetInfo() const {
  FilterInfo info = FilterModule::GetInfo();
  Read(sent_, info.sent_by_kind);
  Read(received_, info.received_by_kind);
  return info;
}

}  // namespace netbuf
