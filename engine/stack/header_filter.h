// HeaderFilter: a filter module that puts a header of fixed size in front of each
// frame sent, and takes headers off frames received. Its undo state lives in the
// list's context, in both directions.
//
//   going down                             coming back
//   1. allocate 16 bytes of context        4. remove the header's bytes
//   2. retreat by the header               5. advance by the header
//   3. write the header                    6. free the context
//
// A filter that runs out of memory at 1 or 2 leaves the list as it was.

#ifndef NETBUFD_ENGINE_STACK_HEADER_FILTER_H_
#define NETBUFD_ENGINE_STACK_HEADER_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/stack/filter_module.h"

namespace netbuf {

class HeaderFilter : public FilterModule {
 public:
  StackRequirements requirements() const final;
  uint32_t header_size() const final { return header_size_; }

 protected:
  // `context_tag` marks the context elements this filter has to allocate.
  HeaderFilter(std::string name, const FilterSpec& spec, uint32_t header_size,
               uint32_t context_tag, MdlAllocator& allocator);

  // The data of `frame` begins header_size() earlier than it came: writes what
  // belongs there.
  virtual void WriteHeader(NetBuffer& frame) = 0;
  // Puts back what WriteHeader() displaced; the advance follows.
  virtual void RemoveHeader(NetBuffer& /*frame*/) {}

  // The bytes to take off a received frame; 0 leaves it alone. May keep
  // something in `*note` for RestoreHeader().
  virtual uint32_t FindHeader(const NetBuffer& frame, uint32_t* note) = 0;
  // Moves what must stay in front; the advance follows.
  virtual void PrepareStrip(NetBuffer& /*frame*/) {}
  // After the retreat: puts back what PrepareStrip() displaced.
  virtual void RestoreHeader(NetBuffer& /*frame*/, uint32_t /*note*/) {}

 private:
  NdisStatus WrapSend(NetBufferList& nbl, BackFillCounts& back_fill) final;
  void UnwrapSend(NetBufferList& nbl) final;
  bool UnwrapReceive(NetBufferList& nbl) final;
  void RewrapReceive(NetBufferList& nbl) final;

  const uint32_t header_size_;
  const uint32_t context_tag_;
  MdlAllocator& allocator_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_HEADER_FILTER_H_
