// A queue of NET_BUFFER_LISTs linked by their `next`: how lists travel between
// layers. Every operation is O(1) except where the name says Slow.
//
//   head -> A -> B -> C -> null
//                     ^
//                     tail

#ifndef NETBUFD_ENGINE_BUFFER_CHAIN_H_
#define NETBUFD_ENGINE_BUFFER_CHAIN_H_

#include <cstddef>
#include <utility>

#include "engine/buffer/net_buffer_list.h"

namespace netbuf {

// Does not own what it links. Move-only; not thread-safe.
class NetBufferListChain {
 public:
  NetBufferListChain() = default;
  // Takes over a null-terminated chain. O(n): it looks for the tail.
  static NetBufferListChain FromListSlow(NetBufferList* head) {
    NetBufferListChain chain;
    while (head != nullptr) {
      NetBufferList* const next = head->next;
      chain.Append(head);
      head = next;
    }
    return chain;
  }
  NetBufferListChain(NetBufferListChain&& other) noexcept {
    *this = std::move(other);
  }
  NetBufferListChain& operator=(NetBufferListChain&& other) noexcept {
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  NetBufferList* head() const { return head_; }

  void Append(NetBufferList* nbl) {
    nbl->next = nullptr;
    if (tail_ == nullptr) {
      head_ = nbl;
    } else {
      tail_->next = nbl;
    }
    tail_ = nbl;
    ++size_;
  }
  void Append(NetBufferListChain&& other) {
    if (other.empty()) return;
    if (tail_ == nullptr) {
      *this = std::move(other);
      return;
    }
    tail_->next = other.head_;
    tail_ = other.tail_;
    size_ += other.size_;
    other.head_ = other.tail_ = nullptr;
    other.size_ = 0;
  }
  // The first list, unlinked; null when empty.
  NetBufferList* PopFront() {
    NetBufferList* const nbl = head_;
    if (nbl == nullptr) return nullptr;
    head_ = nbl->next;
    if (head_ == nullptr) tail_ = nullptr;
    --size_;
    nbl->next = nullptr;
    return nbl;
  }
  // Gives the linked lists away and becomes empty.
  NetBufferList* Release() {
    NetBufferList* const head = head_;
    head_ = tail_ = nullptr;
    size_ = 0;
    return head;
  }

 private:
  NetBufferList* head_ = nullptr;
  NetBufferList* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_BUFFER_CHAIN_H_
