// Which cache the calling thread has for which pool: a load of a thread-local
// pointer and an addition.
//
//   thread A: directory -> [ none | 0 | to cache | 0 | to cache | ... ]
//   thread B: directory -> [ none | 0 | 0        | 0 | to cache | ... ]
//                            ^          by pool slot: how far from `none`
//                            | a cache without blocks or room for any
//
// A thread without a cache of a pool thus finds `none`, which sends it the slow
// way as an empty, or a full, cache does: the fast way need not ask.
//
// Both ends may go first. When a thread ends, its caches give their blocks
// back; when a pool dies, its caches vanish from every thread's directory.
// Entries of a slot that is used again are therefore never stale.
//
// Thread-local state belongs to the process, and so does what is in this file.

#ifndef NETBUFD_ENGINE_POOL_THREAD_DIRECTORY_H_
#define NETBUFD_ENGINE_POOL_THREAD_DIRECTORY_H_

#include <cstdint>

#include "engine/pool/handle.h"
#include "engine/pool/thread_cache.h"

namespace netbuf {

struct ThreadDirectory {
  ThreadCache none{0};  // Never written.
  // Bytes from `none`, by slot. Written by the thread, and by whoever destroys
  // a pool, when no thread is in it.
  uintptr_t caches[BlockHandle::kMaxPools];
};

// Never null: threads without caches share an empty directory. constinit on
// the declaration is what lets the compiler read it without calling an
// initialiser.
extern constinit thread_local ThreadDirectory* tls_thread_directory;

// The calling thread's cache of the pool at `slot`, or the directory's `none`,
// whose capacity is 0 and to which nothing must be written. Never null.
inline ThreadCache* CurrentThreadCache(uint32_t slot) {
  ThreadDirectory* const directory = tls_thread_directory;
  uintptr_t cache =
      reinterpret_cast<uintptr_t>(&directory->none) + directory->caches[slot];
  // To the compiler an address that comes out of an object's is in that object.
  asm("" : "+r"(cache));
  return reinterpret_cast<ThreadCache*>(cache);
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
