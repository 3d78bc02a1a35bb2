#include "client/cli/buffer_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

std::string MdlText(const v1::NetBuffer& buffer) {
  return absl::StrJoin(buffer.mdl_chain(), " -> ",
                       [](std::string* out, const v1::NetBuffer::Mdl& mdl) {
                         absl::StrAppend(
                             out, mdl.byte_count(), " bytes",
                             mdl.allocated_by_retreat() ? " (retreat)" : "");
                       });
}

// "128 bytes at 64"
std::string DataText(const v1::NetBuffer& buffer) {
  return absl::StrCat(buffer.data_length(), " bytes at offset ",
                      buffer.data_offset());
}

}  // namespace

std::string HandleLines(const std::vector<uint64_t>& handles) {
  std::string lines;
  for (const uint64_t handle : handles) {
    absl::StrAppend(&lines, HandleText(handle), "\n");
  }
  return lines;
}

std::string NetBufferListFacts(const v1::NetBufferList& list) {
  FactList facts;
  facts.Add("handle", HandleText(list.handle()));
  facts.Add("pool", list.pool());
  facts.Add("holder", list.holder());
  facts.Add("status", StatusName(list.ndis_status()));
  facts.Add("flags", absl::StrFormat("0x%08x", list.nbl_flags()));
  facts.Add("protocol id", absl::StrCat(list.protocol_id()));
  int index = 0;
  for (const v1::NetBufferList::Context& area : list.contexts()) {
    facts.Add(absl::StrCat("context ", index++),
              absl::StrCat(area.size(), " bytes, ", area.offset(), " unused",
                           area.allocated() ? ", allocated" : ""));
  }
  index = 0;
  for (const v1::NetBuffer& buffer : list.net_buffers()) {
    facts.Add(absl::StrCat("net buffer ", index++),
              absl::StrCat(DataText(buffer), " in ", MdlText(buffer)));
  }
  facts.Add("history", absl::StrJoin(list.history(), " "));
  return facts.ToString();
}

std::string NetBufferFacts(const v1::NetBuffer& buffer) {
  FactList facts;
  if (buffer.handle() != 0) facts.Add("handle", HandleText(buffer.handle()));
  facts.AddIfAny("pool", buffer.pool());
  if (buffer.net_buffer_list() != 0) {
    facts.Add("list", HandleText(buffer.net_buffer_list()));
  }
  facts.Add("data", DataText(buffer));
  facts.Add("mdl chain", MdlText(buffer));
  facts.Add("current mdl", absl::StrCat(buffer.current_mdl_index(), " at ",
                                        buffer.current_mdl_offset()));
  return facts.ToString();
}

}  // namespace netbuf::client
