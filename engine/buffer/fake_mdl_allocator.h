// An MdlAllocator for tests: counts, fails on demand, and gives every MDL a
// heap block of its exact size so that AddressSanitizer sees the first byte too
// far.
//
// Example:
//   FakeMdlAllocator allocator;
//   allocator.FailAtCall(2);
//   ... use it ...
//   EXPECT_EQ(allocator.live(), 0);

#ifndef NETBUFD_ENGINE_BUFFER_FAKE_MDL_ALLOCATOR_H_
#define NETBUFD_ENGINE_BUFFER_FAKE_MDL_ALLOCATOR_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "engine/base/mutex.h"
#include "engine/buffer/mdl.h"

namespace netbuf {

// Thread-safe. Frees what is still allocated when it dies.
class FakeMdlAllocator : public MdlAllocator {
 public:
  // What fresh memory is filled with.
  static constexpr std::byte kFill{0xA5};

  Mdl* Allocate(uint32_t bytes) override;
  // A foreign or already freed MDL ends the process.
  void Free(Mdl* mdl) override;

  // Makes the n-th call of Allocate from now on return null; 0: none.
  void FailAtCall(int n);
  // Makes every MDL this much larger than asked for (or smaller).
  void set_extra_bytes(int32_t extra);

  int live() const;             // MDLs not yet freed.
  int calls() const;            // Calls of Allocate, failed ones too.
  uint32_t last_bytes() const;  // What the last call asked for.

 private:
  struct Block {
    std::unique_ptr<Mdl> mdl;
    std::unique_ptr<std::byte[]> memory;
  };

  mutable Mutex mu_;
  std::map<Mdl*, Block> live_ ABSL_GUARDED_BY(mu_);
  int calls_ ABSL_GUARDED_BY(mu_) = 0;
  int calls_to_failure_ ABSL_GUARDED_BY(mu_) = 0;
  int32_t extra_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint32_t last_bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_FAKE_MDL_ALLOCATOR_H_
