#include "engine/stack/test_lists.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/buffer/data_space.h"
#include "engine/buffer/net_buffer_list_context.h"

namespace netbuf {
namespace {

std::string ChainBytes(const Mdl* chain) {
  std::string bytes;
  for (const Mdl* mdl = chain; mdl != nullptr; mdl = mdl->next()) {
    bytes.append(reinterpret_cast<const char*>(mdl->mapped_system_va()),
                 mdl->byte_count());
  }
  return bytes;
}

std::vector<Mdl> ChainMdls(const Mdl* chain) {
  std::vector<Mdl> mdls;
  for (const Mdl* mdl = chain; mdl != nullptr; mdl = mdl->next()) {
    mdls.push_back(*mdl);
  }
  return mdls;
}

bool Same(const Mdl& a, const Mdl& b) {
  return a.next() == b.next() && a.mapped_system_va() == b.mapped_system_va() &&
         a.byte_count() == b.byte_count() &&
         a.allocated_by_retreat() == b.allocated_by_retreat();
}

}  // namespace

std::string FrameBytes(const NetBuffer& nb) {
  std::string bytes(nb.data_length(), '\0');
  ReadNetBufferData(nb, 0, nb.data_length(),
                    reinterpret_cast<std::byte*>(bytes.data()));
  return bytes;
}

std::string Hex(absl::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    absl::StrAppendFormat(&hex, "%s%02x", hex.empty() ? "" : " ",
                          static_cast<uint8_t>(c));
  }
  return hex;
}

std::string FromHex(absl::string_view hex) {
  std::string bytes;
  int digits = 0;
  int value = 0;
  for (const char c : hex) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | digit;
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<char>(value & 0xFF));
      value = 0;
    }
  }
  return bytes;
}

std::string Frame(size_t size, uint32_t id, const MacAddress& destination) {
  std::string frame(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    frame[i] = static_cast<char>(id * 31 + i);
  }
  std::string header(reinterpret_cast<const char*>(destination.data()),
                     kMacAddressSize);
  header += FromHex("02 00 00 00 00 11 88 b5");
  std::copy_n(header.begin(), std::min(size, header.size()), frame.begin());
  return frame;
}

TestList::TestList(const std::vector<std::string>& frames,
                   const TestListOptions& options) {
  for (const std::string& frame : frames) {
    const uint32_t length = static_cast<uint32_t>(frame.size());
    uint32_t left = options.data_offset + length + options.tail;
    auto nb = std::make_unique<NetBuffer>();
    Mdl* last_mdl = nullptr;
    // At least one MDL, for a frame of nothing, too.
    do {
      const uint32_t size =
          options.mdl_size ? std::min(left, options.mdl_size(left)) : left;
      memory_.push_back(std::make_unique<std::byte[]>(size));
      std::memset(memory_.back().get(), 0xEE, size);
      mdls_.push_back(std::make_unique<Mdl>(memory_.back().get(), size));
      Mdl* const mdl = mdls_.back().get();
      if (last_mdl == nullptr) {
        nb->set_mdl_chain(mdl);
      } else {
        last_mdl->set_next(mdl);
      }
      last_mdl = mdl;
      left -= size;
    } while (left > 0);
    SetNetBufferDataSpace(*nb, options.data_offset, length);
    WriteNetBufferData(*nb, 0, length,
                       reinterpret_cast<const std::byte*>(frame.data()));
    saved_.push_back(
        {*nb, ChainMdls(nb->mdl_chain()), ChainBytes(nb->mdl_chain())});
    if (net_buffers_.empty()) {
      nbl.set_first_net_buffer(nb.get());
    } else {
      net_buffers_.back()->set_next(nb.get());
    }
    net_buffers_.push_back(std::move(nb));
  }
  if (options.context_back_fill > 0) {
    size_t space =
        sizeof(NetBufferListContext) + options.context_back_fill + 16;
    context_memory_.resize(space);
    void* start = context_memory_.data();
    std::align(16, sizeof(NetBufferListContext) + options.context_back_fill,
               start, space);
    context_ = new (start) NetBufferListContext;
    context_->size = context_->offset = options.context_back_fill;
  }
  nbl.set_context(context_);
}

std::string TestList::Changes() const {
  std::string changes;
  const NetBuffer* nb = nbl.first_net_buffer();
  for (size_t i = 0; i < saved_.size(); ++i) {
    const Saved& was = saved_[i];
    if (nb != net_buffers_[i].get()) {
      return absl::StrCat(changes, "NET_BUFFER ", i, " is another; ");
    }
    if (nb->mdl_chain() != was.nb.mdl_chain() ||
        nb->data_offset() != was.nb.data_offset() ||
        nb->data_length() != was.nb.data_length() ||
        nb->current_mdl() != was.nb.current_mdl() ||
        nb->current_mdl_offset() != was.nb.current_mdl_offset()) {
      absl::StrAppend(&changes, "NET_BUFFER ", i, " has another data space; ");
      nb = nb->next();
      continue;
    }
    const std::vector<Mdl> mdls = ChainMdls(nb->mdl_chain());
    if (!std::equal(mdls.begin(), mdls.end(), was.mdls.begin(), was.mdls.end(),
                    Same)) {
      absl::StrAppend(&changes, "NET_BUFFER ", i, " has other MDLs; ");
    } else if (ChainBytes(nb->mdl_chain()).substr(nb->data_offset()) !=
               was.bytes.substr(nb->data_offset())) {
      absl::StrAppend(&changes, "NET_BUFFER ", i, " has other bytes; ");
    }
    nb = nb->next();
  }
  if (nb != nullptr) changes += "there are more NET_BUFFERs; ";
  if (nbl.context() != context_) {
    changes += "another context; ";
  } else if (context_ != nullptr && (context_->offset != context_->size)) {
    changes += "context in use; ";
  }
  return changes;
}

}  // namespace netbuf
