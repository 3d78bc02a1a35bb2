#include "tests/benchmark/netbufd_pool.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace netbuf::bench {

NetbufdPool::NetbufdPool(uint32_t data_size, uint64_t max_outstanding) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = true;
  parameters.data_size = data_size;
  auto pool = NetBufferListPool::Create(parameters,
                                        {.max_outstanding = max_outstanding});
  if (!pool.ok()) {
    std::fprintf(stderr, "%s\n", pool.status().ToString().c_str());
    std::exit(1);
  }
  pool_ = *std::move(pool);
  std::vector<Item> all(max_outstanding);
  constexpr size_t kBatch = 64;
  for (size_t i = 0; i < all.size(); i += kBatch) {
    const size_t count = std::min(kBatch, all.size() - i);
    if (!Allocate(&all[i], count)) {
      std::fprintf(stderr, "no memory for %zu blocks\n", all.size());
      std::exit(1);
    }
  }
  for (size_t i = 0; i < all.size(); i += kBatch) {
    Free(&all[i], std::min(kBatch, all.size() - i));
  }
}

}  // namespace netbuf::bench
