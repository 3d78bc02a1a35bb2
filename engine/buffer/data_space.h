// Moving the start of a NET_BUFFER's data, and reaching the bytes
// (ndis-semantics 6). Headers are added going down by a retreat into the unused
// space in front (the back-fill) and removed coming back by an advance.
//
// Every function leaves the invariants of net_buffer.h true, and a failed one
// leaves everything as it was (U8, U10). None is thread-safe on the same
// buffer.

#ifndef NETBUFD_ENGINE_BUFFER_DATA_SPACE_H_
#define NETBUFD_ENGINE_BUFFER_DATA_SPACE_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/status.h"

namespace netbuf {

struct RetreatResult {
  NdisStatus status = NdisStatus::kSuccess;
  // How many NET_BUFFERs did not have the unused space: back-fill misses. Set
  // also when there was no memory to make up for them.
  uint32_t misses = 0;
};

// NdisRetreatNetBufferDataStart. With unused space >= delta nothing is
// allocated. Else one MDL of the missing bytes plus `data_back_fill` is put in
// front; the old unused space becomes part of the used data, and data_offset is
// then `data_back_fill` exactly (U9), or more by what the allocator gave beyond
// what was asked (U26). RESOURCES when the allocator has none;
// INVALID_PARAMETER when data_length would pass 32 bits. O(1), or O(MDLs) when
// the new data start lies in another MDL.
RetreatResult RetreatNetBufferDataStart(
    NetBuffer& nb, uint32_t data_offset_delta, uint32_t data_back_fill,
    MdlAllocator& allocator = MdlAllocator::Default());

// NdisAdvanceNetBufferDataStart. With `free_mdl`, MDLs that a retreat added and
// that hold no used data any more are unlinked and given back to `allocator`,
// and data_offset counts without them. delta > data_length is INVALID_PARAMETER
// (U11), and so is a data_offset that would pass 32 bits. O(MDLs); O(1) when
// the data start stays in its MDL.
NdisStatus AdvanceNetBufferDataStart(
    NetBuffer& nb, uint32_t data_offset_delta, bool free_mdl,
    MdlAllocator& allocator = MdlAllocator::Default());

// The same for every NET_BUFFER of the list, all or nothing (U10).
RetreatResult RetreatNetBufferListDataStart(
    NetBufferList& nbl, uint32_t data_offset_delta, uint32_t data_back_fill,
    MdlAllocator& allocator = MdlAllocator::Default());
NdisStatus AdvanceNetBufferListDataStart(
    NetBufferList& nbl, uint32_t data_offset_delta, bool free_mdl,
    MdlAllocator& allocator = MdlAllocator::Default());

// Places the used data anywhere in the chain: sets data_offset and data_length
// and derives current_mdl. INVALID_PARAMETER when they pass the chain's end.
// O(MDLs).
NdisStatus SetNetBufferDataSpace(NetBuffer& nb, uint32_t data_offset,
                                 uint32_t data_length);

// NdisAdjustNetBufferCurrentMdl: derives current_mdl and current_mdl_offset
// from data_offset. REQUIRES: data_offset <= bytes of the chain. O(MDLs).
void AdjustNetBufferCurrentMdl(NetBuffer& nb);

// Puts `nb` over a chain that has room for both. O(MDLs).
void PlaceNetBuffer(NetBuffer& nb, Mdl* mdl_chain, uint32_t data_offset,
                    uint32_t data_length);

// NdisGetDataBuffer: `bytes_needed` contiguous bytes at the data start, in
// place when they are contiguous and their address is `align_multiple` * k +
// `align_offset`, else copied to `storage` (of bytes_needed bytes). Null when
// data_length is less, or a copy is needed and `storage` is null.
// `align_multiple` is a power of two; 1 asks for nothing. `storage` itself need
// not be aligned. O(MDLs + bytes) for a copy, else O(1).
std::byte* GetDataBuffer(NetBuffer& nb, uint32_t bytes_needed,
                         std::byte* storage, uint32_t align_multiple = 1,
                         uint32_t align_offset = 0);

// NdisCopyFromNetBufferToNetBuffer. Offsets count from each data start. Copies
// until `bytes`, the source's data or the destination chain's space end;
// returns how many. The destination's lengths do not change. REQUIRES: the two
// ranges do not overlap. O(MDLs + bytes).
uint32_t CopyFromNetBufferToNetBuffer(NetBuffer& destination,
                                      uint32_t destination_offset,
                                      uint32_t bytes, const NetBuffer& source,
                                      uint32_t source_offset);

// Copies `bytes` between the used data, from `offset` after its start, and flat
// memory. REQUIRES: offset + bytes <= data_length. O(MDLs + bytes).
void ReadNetBufferData(const NetBuffer& nb, uint32_t offset, uint32_t bytes,
                       std::byte* destination);
void WriteNetBufferData(NetBuffer& nb, uint32_t offset, uint32_t bytes,
                        const std::byte* source);

// Tells whether the invariants of net_buffer.h hold; the message says which
// does not. For tests and the verifier. O(MDLs).
absl::Status CheckNetBuffer(const NetBuffer& nb);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_DATA_SPACE_H_
