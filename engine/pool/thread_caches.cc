#include "engine/pool/thread_caches.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "engine/base/mutex.h"

namespace netbuf {
namespace {

// What every thread's pointer shows at first and at last. Never written.
alignas(ThreadCache) constinit std::byte no_caches[kThreadCachesBytes]{};

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
  std::byte* const all = tls_thread_caches;
  tls_thread_caches = no_caches;
  {
    MutexLock lock(CachesMutex());
    while (caches != nullptr) {
      ThreadCache* const cache = caches;
      caches = cache->next_of_thread;
      cache->pool->AbandonCache(cache);
    }
  }
  if (all != no_caches) munmap(all, kThreadCachesBytes);
}

bool ThreadEnd::Prepare() {
  if (tls_thread_caches != no_caches) return true;
  void* const pages = mmap(nullptr, kThreadCachesBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return false;
  // Or a thread's first cache could take 2 MiB.
  madvise(pages, kThreadCachesBytes, MADV_NOHUGEPAGE);
  tls_thread_caches = static_cast<std::byte*>(pages);
  return true;
}

}  // namespace

constinit thread_local std::byte* tls_thread_caches = no_caches;

ThreadCache* AttachThreadCache(ThreadCacheOwner* pool, size_t offset,
                               uint32_t magazine_size, uint32_t ready_mark) {
  if (tls_thread_ended || !tls_thread_end.Prepare()) return nullptr;
  auto* const cache =
      new (tls_thread_caches + offset) ThreadCache(magazine_size, ready_mark);
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
