#include "engine/facade/send_operation.h"

#include <array>

#include "absl/types/span.h"

namespace netbuf {
namespace {

// Lists freed into a pool in one go. A cache line of pointers four times over:
// beyond that the pool's bulk free gains nothing more.
constexpr size_t kFreeBatch = 32;

}  // namespace

void SendOperation::CompleteChain(NetBufferListChain chain) {
  std::array<NetBufferList*, kFreeBatch> batch;
  size_t batched = 0;
  size_t finished = 0;  // Lists of `current` done with, `batch` included.
  SendOperation* current = nullptr;
  // The lists must be back in the pool before their operation says so.
  auto flush = [&] {
    if (batched > 0) {
      current->pool_->pool->FreeNetBufferLists(
          absl::MakeSpan(batch.data(), batched));
      batched = 0;
    }
    if (finished > 0) current->Finish(finished);
    finished = 0;
  };
  while (NetBufferList* const nbl = chain.PopFront()) {
    auto* const operation =
        static_cast<SendOperation*>(nbl->protocol_reserved[0]);
    if (operation != current || batched == kFreeBatch) flush();
    current = operation;
    operation->Completed(nbl);
    if (operation->pool_ != nullptr) batch[batched++] = nbl;
    ++finished;
  }
  flush();
}

void SendOperation::Completed(NetBufferList* nbl) {
  const auto index = reinterpret_cast<size_t>(nbl->protocol_reserved[1]);
  statuses_[index] = nbl->status();
  nbl->protocol_reserved[0] = nullptr;
  nbl->protocol_reserved[1] = nullptr;
  nbl->set_source_handle(nullptr);
  if (pool_ != nullptr) return;
  // Back to the protocol: first what is attached, then the list itself, which
  // whoever sees it may use at once.
  auto* const lists = static_cast<NetBufferListPool*>(nbl->ndis_pool_handle());
  for (NetBuffer* nb = nbl->first_net_buffer(); nb != nullptr;) {
    NetBuffer* const next = nb->next();
    if (nb->ndis_pool_handle != nullptr) {
      static_cast<NetBufferPool*>(nb->ndis_pool_handle)
          ->Release(nb, protocol_->holder());
    }
    nb = next;
  }
  lists->Release(nbl, protocol_->holder());
}

void SendOperation::Finish(size_t count) {
  // Releases this list's status to whoever finishes; acquires the others'.
  if (remaining_.fetch_sub(count, std::memory_order_acq_rel) != count) return;
  const std::unique_ptr<SendOperation> self(this);
  timer_->CompletedSince(start_);
  done_(std::move(statuses_));
}

}  // namespace netbuf
