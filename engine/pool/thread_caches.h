// Which cache the calling thread has for which pool: a thread-local word, added
// to the address of the pool. For a pool is where its slot says,
// and a thread's cache of it as far behind the place of the first:
//
//   pools     [   | pool  | pool  | pool  |   |   ...
//   thread A  [ 0 | cache | 0     | cache | 0 | 0 ...    side by side, by slot
//   thread B  [ 0 | 0     | 0     | cache | 0 | 0 ...
//
// A thread has room for a cache of every pool there can be, in memory that the
// system gives when it is first written, and that the thread keeps until it
// ends; until then it is zero, and so a cache without blocks or room for any. A
// thread without a cache of a pool thus finds what sends it the slow way as an
// empty, or a full, cache does: the fast way need not ask.
//
// Both ends may go first. When a thread ends, its caches give their blocks
// back; when a pool dies, its caches vanish from every thread. What is found at
// a slot that is used again is therefore never stale.
//
// Thread-local state belongs to the process, and so does what is in this file.

#ifndef NETBUFD_ENGINE_POOL_THREAD_CACHES_H_
#define NETBUFD_ENGINE_POOL_THREAD_CACHES_H_

#include <cstddef>
#include <cstdint>

#include "engine/pool/handle.h"
#include "engine/pool/thread_cache.h"

namespace netbuf {

// What a pool or a cache has for itself.
inline constexpr size_t kPlaceBytes = sizeof(ThreadCache);
// All places, of the pools or of one thread: 21 MiB of addresses.
inline constexpr size_t kPlacesBytes =
    size_t{BlockHandle::kMaxPools} * kPlaceBytes;

// Where the pool at that slot is, and whose place that is. PlaceOfPool() is
// aligned as a ThreadCache.
void* PlaceOfPool(uint32_t slot);
uint32_t SlotOfPlace(const void* place);

// Threads without caches share some that are never written, behind the pools.
inline constexpr uintptr_t kToNoCache = kPlacesBytes;
// From a pool to the calling thread's cache of it, in bytes. constinit on the
// declaration is what lets the compiler read it without calling an initialiser;
// the symbol is for PoolToCache(), which reads it as the initial-exec model of
// thread-local storage does.
extern constinit thread_local uintptr_t tls_pool_to_cache asm(
    "netbufd_pool_to_cache");

// That word, which is another one from the thread's first cache to its end, and
// the same all that time. A compiler does not know that and loads it for every
// pair of a loop. Here it may load it before the loop, unless there was no
// cache yet then. REQUIRES: a function runs on one thread from beginning to
// end, which on fibers it might not.
inline uintptr_t PoolToCache() {
#if defined(__x86_64__)
  uintptr_t pool_to_cache;
  // Neither volatile nor a load, as far as the compiler is concerned.
  asm("movq netbufd_pool_to_cache@gottpoff(%%rip), %0\n\t"
      "movq %%fs:(%0), %0"
      : "=r"(pool_to_cache));
  if (pool_to_cache != kToNoCache) [[likely]]
    return pool_to_cache;
#endif
  return tls_pool_to_cache;
}

// The calling thread's cache of a pool, or one whose capacity is 0 and to which
// nothing must be written. Never null. REQUIRES: the pool is at its place.
inline ThreadCache* CurrentThreadCache(const ThreadCacheOwner* pool) {
  return reinterpret_cast<ThreadCache*>(reinterpret_cast<uintptr_t>(pool) +
                                        PoolToCache());
}

// Makes one and has the pool adopt it. Null when there is no memory, and on a
// thread that is past the end of its caches because it is ending. REQUIRES:
// there is none yet; no pool's mutex is held.
ThreadCache* AttachThreadCache(ThreadCacheOwner* pool, uint32_t magazine_size,
                               uint32_t ready_mark);

// Keeps threads from attaching and abandoning caches, for a pool that dies. The
// pool takes it, and no other mutex, and then detaches every cache it has.
class ThreadCachesLock {
 public:
  ThreadCachesLock();
  ~ThreadCachesLock();
  ThreadCachesLock(const ThreadCachesLock&) = delete;
  ThreadCachesLock& operator=(const ThreadCachesLock&) = delete;

  // Takes the cache away from its thread.
  void Detach(ThreadCache* cache);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_POOL_THREAD_CACHES_H_
