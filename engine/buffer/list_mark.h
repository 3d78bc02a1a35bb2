// How what came with a NET_BUFFER_LIST, its NET_BUFFER and MDL, tells the list
// that it was written: the pool the list goes back to then looks at one line of
// memory, and at the others only when they are to be restored. A stray write
// over the object, past its functions, tells nobody: what is written after it
// was freed, a pool with VERIFY finds.

#ifndef NETBUFD_ENGINE_BUFFER_LIST_MARK_H_
#define NETBUFD_ENGINE_BUFFER_LIST_MARK_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace netbuf {

// A member of the object that is written. As thread-safe as the list: not.
class ListMark {
 public:
  // The bit it sets in the list's word of marks.
  static constexpr uint64_t kWritten = uint64_t{1} << 62;

  ListMark() = default;
  // A copy did not come with the list.
  ListMark(const ListMark&) {}
  ListMark& operator=(const ListMark&) = delete;

  // `word`: the list's word of marks. REQUIRES: it is less than 1,024 bytes in
  // front of this and goes with it, as in one block of a pool.
  void Attach(const void* word) {
    words_ =
        static_cast<uint8_t>((Here() - static_cast<const std::byte*>(word)) /
                             static_cast<ptrdiff_t>(sizeof(uint64_t)));
  }
  // The whole word is written, as it will be read: a processor does not forward
  // half a word that was stored to a load of all of it.
  void Set() {
    if (words_ - 1u >= kFarthest) return;
    std::byte* const at = Here() - words_ * sizeof(uint64_t);
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    word |= kWritten;
    std::memcpy(at, &word, sizeof(word));
  }

 private:
  static constexpr unsigned kFarthest = 127;

  // The aligned word this is in: a distance in words takes a byte.
  std::byte* Here() {
    return reinterpret_cast<std::byte*>(reinterpret_cast<uintptr_t>(this) &
                                        ~uintptr_t{7});
  }

  // Back to the list's word; 0: nobody wants to know. More than kFarthest it is
  // in a freed block of a pool that fills those with a pattern.
  uint8_t words_ = 0;
};
static_assert(sizeof(ListMark) == 1);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_LIST_MARK_H_
