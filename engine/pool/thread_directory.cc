#include "engine/pool/thread_directory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "engine/base/mutex.h"

namespace netbuf {
namespace {

// What every thread's pointer shows at first and at last. Never written.
constinit ThreadDirectory empty_directory{};

// Guards every list of caches of one thread, and orders the end of threads
// against the end of pools. Taken before any pool's mutex. Never destroyed:
// threads may end after static objects have gone.
Mutex& DirectoryMutex() {
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

  ThreadCache* caches = nullptr;  // Guarded by DirectoryMutex().
};

thread_local ThreadEnd tls_thread_end;
// Outlives tls_thread_end: what destructors that run after its own find.
constinit thread_local bool tls_thread_ended = false;

ThreadEnd::~ThreadEnd() {
  tls_thread_ended = true;
  ThreadDirectory* const directory = tls_thread_directory;
  tls_thread_directory = &empty_directory;
  {
    MutexLock lock(DirectoryMutex());
    while (caches != nullptr) {
      ThreadCache* const cache = caches;
      caches = cache->next_of_thread;
      cache->pool->AbandonCache(cache);
      delete cache;
    }
  }
  if (directory != &empty_directory) munmap(directory, sizeof(*directory));
}

bool ThreadEnd::Prepare() {
  if (tls_thread_directory != &empty_directory) return true;
  // 128 KiB of which only the pages of slots in use are ever touched.
  void* const pages =
      mmap(nullptr, sizeof(ThreadDirectory), PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) return false;
  auto* const directory = static_cast<ThreadDirectory*>(pages);
  new (&directory->none) ThreadCache(0);
  tls_thread_directory = directory;
  return true;
}

}  // namespace

constinit thread_local ThreadDirectory* tls_thread_directory = &empty_directory;

ThreadCache* AttachThreadCache(ThreadCacheOwner* pool, uint32_t slot,
                               uint32_t magazine_size) {
  if (tls_thread_ended || !tls_thread_end.Prepare()) return nullptr;
  auto* const cache = new (std::nothrow) ThreadCache(magazine_size);
  if (cache == nullptr) return nullptr;
  cache->pool = pool;
  cache->slot = slot;
  cache->directory = tls_thread_directory;
  MutexLock lock(DirectoryMutex());
  ThreadEnd& end = tls_thread_end;
  cache->first_of_thread = &end.caches;
  cache->next_of_thread = end.caches;
  if (end.caches != nullptr) end.caches->previous_of_thread = cache;
  end.caches = cache;
  pool->AdoptCache(cache);
  tls_thread_directory->caches[slot] =
      reinterpret_cast<uintptr_t>(cache) -
      reinterpret_cast<uintptr_t>(&tls_thread_directory->none);
  return cache;
}

void ThreadDirectoryLock::Detach(ThreadCache* cache) {
  if (cache->previous_of_thread != nullptr) {
    cache->previous_of_thread->next_of_thread = cache->next_of_thread;
  } else {
    *cache->first_of_thread = cache->next_of_thread;
  }
  if (cache->next_of_thread != nullptr) {
    cache->next_of_thread->previous_of_thread = cache->previous_of_thread;
  }
  cache->directory->caches[cache->slot] = 0;
  delete cache;
}

ThreadDirectoryLock::ThreadDirectoryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  DirectoryMutex().Lock();
}

ThreadDirectoryLock::~ThreadDirectoryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  DirectoryMutex().Unlock();
}

}  // namespace netbuf
