#include "engine/buffer/test_buffer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "engine/buffer/data_space.h"
#include "engine/buffer/mdl.h"
#include "engine/buffer/net_buffer.h"

namespace netbuf {

TestBuffer::TestBuffer(const std::vector<uint32_t>& mdl_sizes,
                       uint32_t data_offset, uint32_t data_length) {
  int value = 0;
  for (uint32_t size : mdl_sizes) {
    memory_.push_back(std::make_unique<std::byte[]>(size));
    for (uint32_t i = 0; i < size; ++i) {
      memory_.back()[i] = static_cast<std::byte>(value++);
    }
    mdls_.push_back(std::make_unique<Mdl>(memory_.back().get(), size));
    Mdl* const mdl = mdls_.back().get();
    if (mdls_.size() == 1) {
      nb.set_mdl_chain(mdl);
    } else {
      mdls_[mdls_.size() - 2]->set_next(mdl);
    }
  }
  nb.set_data(data_offset, data_length);
  AdjustNetBufferCurrentMdl(nb);
}

std::vector<int> TestBuffer::UsedData() const {
  const std::vector<int> all = WholeChain();
  return std::vector<int>(all.begin() + nb.data_offset(),
                          all.begin() + nb.data_offset() + nb.data_length());
}

std::vector<int> TestBuffer::WholeChain() const {
  std::vector<int> bytes;
  for (const Mdl* mdl = nb.mdl_chain(); mdl != nullptr; mdl = mdl->next()) {
    for (uint32_t i = 0; i < mdl->byte_count(); ++i) {
      bytes.push_back(static_cast<int>(mdl->mapped_system_va()[i]));
    }
  }
  return bytes;
}

std::vector<int> Range(int first, int last) {
  std::vector<int> values(last - first + 1);
  std::iota(values.begin(), values.end(), first);
  return values;
}

NetBufferState::NetBufferState(const NetBuffer& nb)
    : mdl_chain(nb.mdl_chain()),
      current_mdl(nb.current_mdl()),
      current_mdl_offset(nb.current_mdl_offset()),
      data_offset(nb.data_offset()),
      data_length(nb.data_length()) {
  for (const Mdl* mdl = nb.mdl_chain(); mdl != nullptr; mdl = mdl->next()) {
    mdls.push_back(mdl);
  }
}

}  // namespace netbuf
