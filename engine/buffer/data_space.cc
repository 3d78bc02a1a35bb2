#include "engine/buffer/data_space.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/status.h"

namespace netbuf {
namespace {

constexpr uint64_t kMaxUint32 = std::numeric_limits<uint32_t>::max();

// A place in an MDL chain that moves forward.
class Cursor {
 public:
  // Stands `offset` bytes after the data start of `nb`, or at the chain's end.
  Cursor(const NetBuffer& nb, uint64_t offset)
      : mdl_(nb.current_mdl()), offset_(nb.current_mdl_offset() + offset) {
    Settle();
  }

  bool AtEnd() const { return mdl_ == nullptr; }
  std::byte* data() const { return mdl_->mapped_system_va() + offset_; }
  // Contiguous bytes from here; more than 0 unless AtEnd().
  uint32_t run() const {
    return mdl_ == nullptr
               ? 0
               : static_cast<uint32_t>(mdl_->byte_count() - offset_);
  }
  // REQUIRES: bytes <= run().
  void Skip(uint32_t bytes) {
    offset_ += bytes;
    Settle();
  }

 private:
  void Settle() {
    while (mdl_ != nullptr && offset_ >= mdl_->byte_count()) {
      offset_ -= mdl_->byte_count();
      mdl_ = mdl_->next();
    }
  }

  const Mdl* mdl_;
  uint64_t offset_;  // In mdl_.
};

// Where data begin: invariant 1 of net_buffer.h.
struct Place {
  Mdl* mdl;
  uint32_t offset;
};

Place Locate(Mdl* mdl, uint32_t data_offset) {
  if (mdl == nullptr) return {nullptr, 0};
  while (mdl->next() != nullptr && data_offset >= mdl->byte_count()) {
    data_offset -= mdl->byte_count();
    mdl = mdl->next();
  }
  return {mdl, data_offset};
}

// ---- Retreat.

bool LengthAllows(const NetBuffer& nb, uint32_t delta) {
  return uint64_t{nb.data_length()} + delta <= kMaxUint32;
}

bool HasRoom(const NetBuffer& nb, uint32_t delta) {
  return nb.data_offset() >= delta;  // Equality needs no allocation (X7).
}

void RetreatInPlace(NetBuffer& nb, uint32_t delta) {
  nb.set_data(nb.data_offset() - delta, nb.data_length() + delta);
  if (delta <= nb.current_mdl_offset()) {
    nb.set_current(nb.current_mdl(), nb.current_mdl_offset() - delta);
  } else {
    AdjustNetBufferCurrentMdl(nb);
  }
}

// The MDL that `nb` needs in front to retreat by `delta`; null without memory.
Mdl* AllocateFront(const NetBuffer& nb, uint32_t delta, uint32_t back_fill,
                   MdlAllocator& allocator) {
  const uint64_t bytes = uint64_t{delta} - nb.data_offset() + back_fill;
  if (bytes > kMaxUint32) return nullptr;
  Mdl* const mdl = allocator.Allocate(static_cast<uint32_t>(bytes));
  if (mdl != nullptr && mdl->byte_count() < bytes) {
    allocator.Free(mdl);  // Too small is as good as none.
    return nullptr;
  }
  return mdl;
}

void RetreatInto(NetBuffer& nb, uint32_t delta, Mdl* front) {
  const uint32_t missing = delta - nb.data_offset();
  front->set_allocated_by_retreat();
  front->set_next(nb.mdl_chain());
  nb.set_mdl_chain(front);
  nb.set_data(front->byte_count() - missing, nb.data_length() + delta);
  nb.set_current(front, nb.data_offset());
}

void FreeMdls(Mdl* mdl, MdlAllocator& allocator) {
  while (mdl != nullptr) {
    Mdl* const next = mdl->next();
    allocator.Free(mdl);
    mdl = next;
  }
}

// ---- Advance.

// Bytes of the MDLs that a freeing advance to `start` would unlink.
uint64_t FreeableBytes(const NetBuffer& nb, uint64_t start) {
  uint64_t bytes = 0;
  for (const Mdl* mdl = nb.mdl_chain();
       mdl != nullptr && mdl->byte_count() <= start; mdl = mdl->next()) {
    start -= mdl->byte_count();
    if (mdl->allocated_by_retreat()) bytes += mdl->byte_count();
  }
  return bytes;
}

bool CanAdvance(const NetBuffer& nb, uint32_t delta, bool free_mdl) {
  if (delta > nb.data_length()) return false;
  const uint64_t start = uint64_t{nb.data_offset()} + delta;
  if (start <= kMaxUint32) return true;
  return free_mdl && start - FreeableBytes(nb, start) <= kMaxUint32;
}

// Unlinks the MDLs before `start` that a retreat made; returns where `start` is
// without them.
uint64_t FreeUnusedFronts(NetBuffer& nb, uint64_t start,
                          MdlAllocator& allocator) {
  uint64_t before = start;  // Bytes from `mdl` to the data start.
  Mdl* kept = nullptr;      // The last one passed.
  Mdl* mdl = nb.mdl_chain();
  while (mdl != nullptr && mdl->byte_count() <= before) {
    Mdl* const next = mdl->next();
    before -= mdl->byte_count();
    if (!mdl->allocated_by_retreat()) {
      kept = std::exchange(mdl, next);
      continue;
    }
    if (kept != nullptr) {
      kept->set_next(next);
    } else {
      nb.set_mdl_chain(next);
    }
    start -= mdl->byte_count();
    mdl->set_next(nullptr);
    allocator.Free(mdl);
    mdl = next;
  }
  return start;
}

// REQUIRES: CanAdvance().
void Advance(NetBuffer& nb, uint32_t delta, bool free_mdl,
             MdlAllocator& allocator) {
  if (delta == 0 && !free_mdl) return;
  const uint32_t length = nb.data_length() - delta;
  const bool nothing_before = !free_mdl || nb.mdl_chain() == nb.current_mdl();
  if (nothing_before && nb.current_mdl() != nullptr &&
      uint64_t{nb.current_mdl_offset()} + delta <
          nb.current_mdl()->byte_count()) {
    nb.set_data(nb.data_offset() + delta, length);
    nb.set_current(nb.current_mdl(), nb.current_mdl_offset() + delta);
    return;
  }
  uint64_t start = uint64_t{nb.data_offset()} + delta;
  if (free_mdl) start = FreeUnusedFronts(nb, start, allocator);
  nb.set_data(static_cast<uint32_t>(start), length);
  AdjustNetBufferCurrentMdl(nb);
}

// ---- Check.

// Whether following `next` from `chain` comes to an end. Tortoise and hare.
bool ChainEnds(const Mdl* chain) {
  const Mdl* slow = chain;
  const Mdl* fast = chain;
  while (fast != nullptr && fast->next() != nullptr) {
    slow = slow->next();
    fast = fast->next()->next();
    if (slow == fast) return false;
  }
  return true;
}

}  // namespace

RetreatResult RetreatNetBufferDataStart(NetBuffer& nb,
                                        uint32_t data_offset_delta,
                                        uint32_t data_back_fill,
                                        MdlAllocator& allocator) {
  if (!LengthAllows(nb, data_offset_delta)) {
    return {NdisStatus::kInvalidParameter, 0};
  }
  if (HasRoom(nb, data_offset_delta)) {
    RetreatInPlace(nb, data_offset_delta);
    return {NdisStatus::kSuccess, 0};
  }
  Mdl* const front =
      AllocateFront(nb, data_offset_delta, data_back_fill, allocator);
  if (front == nullptr) return {NdisStatus::kResources, 1};
  RetreatInto(nb, data_offset_delta, front);
  return {NdisStatus::kSuccess, 1};
}

NdisStatus AdvanceNetBufferDataStart(NetBuffer& nb, uint32_t data_offset_delta,
                                     bool free_mdl, MdlAllocator& allocator) {
  if (!CanAdvance(nb, data_offset_delta, free_mdl)) {
    return NdisStatus::kInvalidParameter;
  }
  Advance(nb, data_offset_delta, free_mdl, allocator);
  return NdisStatus::kSuccess;
}

// All or nothing without undoing: whatever can fail is done before the first
// NET_BUFFER is touched.
RetreatResult RetreatNetBufferListDataStart(NetBufferList& nbl,
                                            uint32_t data_offset_delta,
                                            uint32_t data_back_fill,
                                            MdlAllocator& allocator) {
  uint32_t misses = 0;
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    if (!LengthAllows(*nb, data_offset_delta)) {
      return {NdisStatus::kInvalidParameter, 0};
    }
    if (!HasRoom(*nb, data_offset_delta)) ++misses;
  }
  Mdl* fronts = nullptr;
  Mdl* last = nullptr;
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr && misses > 0;
       nb = nb->next()) {
    if (HasRoom(*nb, data_offset_delta)) continue;
    Mdl* const front =
        AllocateFront(*nb, data_offset_delta, data_back_fill, allocator);
    if (front == nullptr) {
      FreeMdls(fronts, allocator);
      return {NdisStatus::kResources, misses};
    }
    front->set_next(nullptr);
    if (last != nullptr) {
      last->set_next(front);
    } else {
      fronts = front;
    }
    last = front;
  }
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    if (HasRoom(*nb, data_offset_delta)) {
      RetreatInPlace(*nb, data_offset_delta);
    } else {
      Mdl* const front = fronts;
      fronts = front->next();
      RetreatInto(*nb, data_offset_delta, front);
    }
  }
  return {NdisStatus::kSuccess, misses};
}

NdisStatus AdvanceNetBufferListDataStart(NetBufferList& nbl,
                                         uint32_t data_offset_delta,
                                         bool free_mdl,
                                         MdlAllocator& allocator) {
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    if (!CanAdvance(*nb, data_offset_delta, free_mdl)) {
      return NdisStatus::kInvalidParameter;
    }
  }
  for (NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr; nb = nb->next()) {
    Advance(*nb, data_offset_delta, free_mdl, allocator);
  }
  return NdisStatus::kSuccess;
}

NdisStatus SetNetBufferDataSpace(NetBuffer& nb, uint32_t data_offset,
                                 uint32_t data_length) {
  if (uint64_t{data_offset} + data_length > MdlChainByteCount(nb.mdl_chain())) {
    return NdisStatus::kInvalidParameter;
  }
  nb.set_data(data_offset, data_length);
  AdjustNetBufferCurrentMdl(nb);
  return NdisStatus::kSuccess;
}

void AdjustNetBufferCurrentMdl(NetBuffer& nb) {
  const Place start = Locate(nb.mdl_chain(), nb.data_offset());
  nb.set_current(start.mdl, start.offset);
}

void PlaceNetBuffer(NetBuffer& nb, Mdl* mdl_chain, uint32_t data_offset,
                    uint32_t data_length) {
  const Place start = Locate(mdl_chain, data_offset);
  nb.set_all(mdl_chain, start.mdl, start.offset, data_offset, data_length);
}

std::byte* GetDataBuffer(NetBuffer& nb, uint32_t bytes_needed,
                         std::byte* storage, uint32_t align_multiple,
                         uint32_t align_offset) {
  if (nb.data_length() < bytes_needed) return nullptr;
  const Cursor start(nb, 0);
  if (!start.AtEnd() && start.run() >= bytes_needed) {
    const uintptr_t mask = align_multiple == 0 ? 0 : align_multiple - 1;
    const auto address = reinterpret_cast<uintptr_t>(start.data());
    if (((address - align_offset) & mask) == 0) return start.data();
  }
  if (storage != nullptr) ReadNetBufferData(nb, 0, bytes_needed, storage);
  return storage;
}

uint32_t CopyFromNetBufferToNetBuffer(NetBuffer& destination,
                                      uint32_t destination_offset,
                                      uint32_t bytes, const NetBuffer& source,
                                      uint32_t source_offset) {
  if (source_offset >= source.data_length()) return 0;
  uint32_t left = std::min(bytes, source.data_length() - source_offset);
  const uint32_t wanted = left;
  Cursor from(source, source_offset);
  Cursor to(destination, destination_offset);
  while (left > 0 && !from.AtEnd() && !to.AtEnd()) {
    const uint32_t step = std::min({left, from.run(), to.run()});
    std::memmove(to.data(), from.data(), step);
    from.Skip(step);
    to.Skip(step);
    left -= step;
  }
  return wanted - left;
}

void ReadNetBufferData(const NetBuffer& nb, uint32_t offset, uint32_t bytes,
                       std::byte* destination) {
  Cursor from(nb, offset);
  while (bytes > 0 && !from.AtEnd()) {
    const uint32_t step = std::min(bytes, from.run());
    std::memcpy(destination, from.data(), step);
    from.Skip(step);
    destination += step;
    bytes -= step;
  }
}

void WriteNetBufferData(NetBuffer& nb, uint32_t offset, uint32_t bytes,
                        const std::byte* source) {
  Cursor to(nb, offset);
  while (bytes > 0 && !to.AtEnd()) {
    const uint32_t step = std::min(bytes, to.run());
    std::memcpy(to.data(), source, step);
    to.Skip(step);
    source += step;
    bytes -= step;
  }
}

absl::Status CheckNetBuffer(const NetBuffer& nb) {
  if (!ChainEnds(nb.mdl_chain())) {
    return absl::InternalError("mdl_chain is circular");
  }
  for (const Mdl* mdl = nb.mdl_chain(); mdl != nullptr; mdl = mdl->next()) {
    if (mdl->byte_count() > 0 && mdl->mapped_system_va() == nullptr) {
      return absl::InternalError(absl::StrCat("an MDL of ", mdl->byte_count(),
                                              " bytes has no memory"));
    }
  }
  const uint64_t chain_bytes = MdlChainByteCount(nb.mdl_chain());
  if (uint64_t{nb.data_offset()} + nb.data_length() > chain_bytes) {
    return absl::InternalError(absl::StrCat(
        "data_offset ", nb.data_offset(), " + data_length ", nb.data_length(),
        " exceeds the ", chain_bytes, " bytes of the MDL chain"));
  }
  NetBuffer expected = nb;
  AdjustNetBufferCurrentMdl(expected);
  if (nb.current_mdl() != expected.current_mdl() ||
      nb.current_mdl_offset() != expected.current_mdl_offset()) {
    return absl::InternalError(absl::StrCat(
        "current_mdl_offset is ", nb.current_mdl_offset(), " in ",
        nb.current_mdl() == expected.current_mdl() ? "the right" : "the wrong",
        " MDL; data_offset ", nb.data_offset(), " leads to offset ",
        expected.current_mdl_offset()));
  }
  return absl::OkStatus();
}

}  // namespace netbuf
