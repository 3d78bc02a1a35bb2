// Which cache the calling thread has for which pool: one load of a thread-local
// pointer and one of an array entry.
//
//   thread A: directory -> [ - | cache | - | cache | ... ]   by pool slot
//   thread B: directory -> [ - | -     | - | cache | ... ]
//
// Both ends may go first. When a thread ends, its caches give their blocks
// back; when a pool dies, its caches vanish from every thread's directory.
// Entries of a slot that is used again are therefore never stale.
//
// Thread-local state belongs to the process, and so does what is in this file.

#ifndef NETBUFD_ENGINE_POOL_THREAD_DIRECTORY_H_
#define NETBUFD_ENGINE_POOL_THREAD_DIRECTORY_H_

#include <atomic>
#include <cstdint>

#include "engine/pool/handle.h"
#include "engine/pool/thread_cache.h"

namespace netbuf {

struct ThreadDirectory {
  // By slot. Written by the thread, and by whoever destroys a pool.
  std::atomic<ThreadCache*> caches[BlockHandle::kMaxPools];
};

// Never null: a thread without caches shares an empty directory with the
// others, so that the fast path has one test less. constinit on the declaration
// is what lets the compiler read it without calling an initialiser.
extern constinit thread_local ThreadDirectory* tls_thread_directory;

// The calling thread's cache of the pool at `slot`, or null.
inline ThreadCache* CurrentThreadCache(uint32_t slot) {
  return tls_thread_directory->caches[slot].load(std::memory_order_relaxed);
}

// Makes one and has the pool adopt it. Null when there is no memory, and on a
// thread that is past the end of its caches because it is ending. REQUIRES:
// there is none yet; no pool's mutex is held.
ThreadCache* AttachThreadCache(ThreadCacheOwner* pool, uint32_t slot,
                               uint32_t magazine_size);

// Keeps threads from attaching and abandoning caches, for a pool that dies. The
// pool takes it, and no other mutex, and then detaches every cache it has.
class ThreadDirectoryLock {
 public:
  ThreadDirectoryLock();
  ~ThreadDirectoryLock();
  ThreadDirectoryLock(const ThreadDirectoryLock&) = delete;
  ThreadDirectoryLock& operator=(const ThreadDirectoryLock&) = delete;

  // Takes the cache out of its thread's directory and frees it.
  void Detach(ThreadCache* cache);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_THREAD_DIRECTORY_H_
