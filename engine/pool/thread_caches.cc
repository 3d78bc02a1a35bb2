#include "engine/pool/thread_caches.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "engine/base/mutex.h"

namespace netbuf {
namespace {

// The pools, and behind them what a thread finds that has no caches, at first
// and at last: never written. Memory of the program's own, so that a leak
// checker finds what pools own.
struct Places {
  std::byte pools[kPlacesBytes];
  std::byte no_caches[kPlacesBytes];
};
alignas(ThreadCache) constinit Places places{};
static_assert(offsetof(Places, no_caches) == kToNoCache);

// Guards every list of caches of one thread, and orders the end of threads
// against the end of pools. Taken before any pool's mutex. Never destroyed:
// threads may end after static objects have gone.
Mutex& CachesMutex() {
  static Mutex* const mutex = new Mutex;
  return *mutex;
}

// Lives from a thread's first cache to the thread's end.
class ThreadEnd {
 public:
  ThreadEnd() = default;
  ~ThreadEnd();

  // False when there is no memory, or the thread is ending.
  bool Prepare();

  ThreadCache* caches = nullptr;  // Guarded by CachesMutex().
};

thread_local ThreadEnd tls_thread_end;
// Outlives tls_thread_end: what destructors that run after its own find.
constinit thread_local bool tls_thread_ended = false;

ThreadEnd::~ThreadEnd() {
  tls_thread_ended = true;
  const uintptr_t pool_to_cache = tls_pool_to_cache;
  tls_pool_to_cache = kToNoCache;
  {
    MutexLock lock(CachesMutex());
    while (caches != nullptr) {
      ThreadCache* const cache = caches;
      caches = cache->next_of_thread;
      cache->pool->AbandonCache(cache);
    }
  }
  if (pool_to_cache != kToNoCache) {
    munmap(reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(places.pools) +
                                   pool_to_cache),
           kPlacesBytes);
  }
}

bool ThreadEnd::Prepare() {
  if (tls_pool_to_cache != kToNoCache) return true;
  void* const pages = mmap(nullptr, kPlacesBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return false;
  // Or a thread's first cache could take 2 MiB.
  madvise(pages, kPlacesBytes, MADV_NOHUGEPAGE);
  tls_pool_to_cache = reinterpret_cast<uintptr_t>(pages) -
                      reinterpret_cast<uintptr_t>(places.pools);
  return true;
}

}  // namespace

constinit thread_local uintptr_t tls_pool_to_cache = kToNoCache;

void* PlaceOfPool(uint32_t slot) {
  return places.pools + size_t{slot} * kPlaceBytes;
}

uint32_t SlotOfPlace(const void* place) {
  return static_cast<uint32_t>(
      static_cast<size_t>(static_cast<const std::byte*>(place) - places.pools) /
      kPlaceBytes);
}

ThreadCache* AttachThreadCache(ThreadCacheOwner* pool, uint32_t magazine_size,
                               uint32_t ready_mark) {
  if (tls_thread_ended || !tls_thread_end.Prepare()) return nullptr;
  auto* const cache =
      new (CurrentThreadCache(pool)) ThreadCache(magazine_size, ready_mark);
  cache->pool = pool;
  MutexLock lock(CachesMutex());
  ThreadEnd& end = tls_thread_end;
  cache->first_of_thread = &end.caches;
  cache->next_of_thread = end.caches;
  if (end.caches != nullptr) end.caches->previous_of_thread = cache;
  end.caches = cache;
  pool->AdoptCache(cache);
  return cache;
}

void ThreadCachesLock::Detach(ThreadCache* cache) {
  if (cache->previous_of_thread != nullptr) {
    cache->previous_of_thread->next_of_thread = cache->next_of_thread;
  } else {
    *cache->first_of_thread = cache->next_of_thread;
  }
  if (cache->next_of_thread != nullptr) {
    cache->next_of_thread->previous_of_thread = cache->previous_of_thread;
  }
  std::memset(static_cast<void*>(cache), 0, sizeof(*cache));
}

ThreadCachesLock::ThreadCachesLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  CachesMutex().Lock();
}

ThreadCachesLock::~ThreadCachesLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  CachesMutex().Unlock();
}

}  // namespace netbuf
