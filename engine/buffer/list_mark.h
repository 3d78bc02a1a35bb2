// How what came with a NET_BUFFER_LIST, its NET_BUFFER and MDL, tells the list
// that it was written: the pool the list goes back to then looks at one line of
// memory, and at the others only when they are to be restored.

#ifndef NETBUFD_ENGINE_BUFFER_LIST_MARK_H_
#define NETBUFD_ENGINE_BUFFER_LIST_MARK_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace netbuf {

// A member of the object that is written. As thread-safe as the list: not.
class ListMark {
 public:
  // The flag it sets in the list's flags.
  static constexpr uint32_t kWritten = 0x10;

  ListMark() = default;
  // A copy did not come with the list.
  ListMark(const ListMark&) {}
  ListMark& operator=(const ListMark&) { return *this; }

  // `word`: the list's word with the flags in the upper half. REQUIRES: it is
  // less than 1,024 bytes in front of this and goes with it, as in one block of
  // a pool.
  void Attach(const void* word) {
    words_ =
        static_cast<int8_t>((static_cast<const std::byte*>(word) - Here()) /
                            static_cast<ptrdiff_t>(sizeof(uint64_t)));
  }
  // The whole word is written, as it will be read: a processor does not forward
  // half a word that was stored to a load of all of it.
  void Set() {
    if (words_ == 0) return;  // Nobody wants to know.
    uint64_t word;
    std::memcpy(&word, Here() + words_ * sizeof(word), sizeof(word));
    word |= uint64_t{kWritten} << 32;
    std::memcpy(Here() + words_ * sizeof(word), &word, sizeof(word));
  }

 private:
  // The aligned word this is in: a distance in words takes a byte.
  std::byte* Here() {
    return reinterpret_cast<std::byte*>(reinterpret_cast<uintptr_t>(this) & ~7);
  }

  int8_t words_ = 0;
};
static_assert(sizeof(ListMark) == 1);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_LIST_MARK_H_
