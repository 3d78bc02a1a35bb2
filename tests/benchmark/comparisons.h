// Which measurement is compared with which, and what ratio is to be reached.

#ifndef NETBUFD_TESTS_BENCHMARK_COMPARISONS_H_
#define NETBUFD_TESTS_BENCHMARK_COMPARISONS_H_

#include <map>
#include <string>
#include <vector>

namespace netbuf::bench {

// The ratio is the peer's time over ours: above 1, ours is the faster. Where
// nothing is to be reached, `ours` may be somebody else's as well.
struct Comparison {
  const char* name;
  const char* ours;
  const char* peer;
  double reach;
};

inline constexpr Comparison kComparisons[] = {
    {"pair_lifo", "pair_lifo/netbufd", "pair_lifo/dpdk_pktmbuf", 3.0},
    // On a thread that entered its loop before it had used any pool.
    {"pair_lifo_new_thread", "pair_lifo_new_thread/netbufd",
     "pair_lifo/dpdk_pktmbuf", 0},
    {"pair_two", "pair_two/netbufd", "pair_two/dpdk_pktmbuf", 0},
    // What a list costs that must be restored.
    {"pair_length", "pair_length/netbufd", "pair_length/dpdk_pktmbuf", 0},
    {"pair_bulk", "pair_bulk/netbufd", "pair_bulk/dpdk_pktmbuf", 4.0},
    // Without what the user does, whose way to the data is longer in ours:
    // list, NET_BUFFER, MDL.
    {"pair_lifo_untouched", "pair_lifo_untouched/netbufd",
     "pair_lifo_untouched/dpdk_pktmbuf", 0},
    {"pair_bulk_untouched", "pair_bulk_untouched/netbufd",
     "pair_bulk_untouched/dpdk_pktmbuf", 0},
    // How far ours, and the peer, are from what the processor can load and
    // store at most, of as many words as ours does.
    {"pair_lifo_memory", "pair_lifo/netbufd", "pair_lifo/memory_operations", 0},
    {"pair_lifo_peer_memory", "pair_lifo/dpdk_pktmbuf",
     "pair_lifo/memory_operations", 0},
    {"pair_bulk_memory", "pair_bulk/netbufd", "pair_bulk/memory_operations", 0},
    {"pair_bulk_peer_memory", "pair_bulk/dpdk_pktmbuf",
     "pair_bulk/memory_operations", 0},
    {"pair_random", "pair_random/netbufd", "pair_random/dpdk_pktmbuf", 3.0},
    {"pair_random_large", "pair_random_large/netbufd",
     "pair_random_large/dpdk_pktmbuf", 10.0},
    {"hand_over", "hand_over/netbufd", "hand_over/dpdk_pktmbuf", 1.5},
    // How far apart the two processors are, in pairs of DPDK's handed over.
    {"line_round_trip", "line_round_trip/no_allocator",
     "hand_over/dpdk_pktmbuf", 0},
    // From pools whose blocks are in the order they are made in: DPDK's in that
    // of their addresses, ours not quite.
    {"hand_over_new", "hand_over_new/netbufd", "hand_over_new/dpdk_pktmbuf", 0},
    // What others reach: DPDK's pool that touches no block and checks nothing,
    // and lists that no pool looks after.
    {"hand_over_mempool", "hand_over/dpdk_mempool", "hand_over/dpdk_pktmbuf",
     0},
    {"hand_over_least", "hand_over/least", "hand_over/dpdk_pktmbuf", 0},
    {"hand_over_bulk", "hand_over_bulk/netbufd", "hand_over_bulk/dpdk_mempool",
     1.3},
    {"hand_over_bulk_least", "hand_over_bulk/least",
     "hand_over_bulk/dpdk_mempool", 0},
    // Two threads' cost each within 1.2 of one alone.
    {"two_threads", "two_threads/netbufd", "one_thread/netbufd", 1 / 1.2},
    // What two threads cost each other who share nothing at all, and do as many
    // loads and stores as ours.
    {"two_threads_memory", "two_threads/memory_operations",
     "one_thread/memory_operations", 0},
    // What they do who hardly load or store.
    {"two_threads_no_allocator", "two_threads/no_allocator",
     "one_thread/no_allocator", 0},
    // At most 0.6 of two allocations.
    {"combined", "combined/netbufd", "list_then_buffer/netbufd", 1 / 0.6},
    // Within 1.2 of a small pool.
    {"pair_lifo_10m", "pair_lifo_10m/netbufd", "pair_lifo_10m/netbufd_10k",
     1 / 1.2},
    {"pair_random_10m", "pair_random_10m/netbufd",
     "pair_random_10m/netbufd_10k", 1 / 1.2},
    // All blocks out of four other threads' caches, against out of the own one
    // and the depot: what stealing costs. It has no aim but to be known.
    {"take_all", "take_all/netbufd", "take_all/netbufd_own", 0},
    // Within 1.3 of the system's own cost; and against that of huge pages,
    // which a pool asks for.
    {"pool_life", "pool_life/netbufd", "pool_life/mmap", 1 / 1.3},
    {"pool_life_huge", "pool_life/netbufd", "pool_life/mmap_huge", 0},
    // Within 2 of what is the least there can be.
    {"binding", "binding/netbufd", "binding/two_adds", 1 / 2.0},
    // The general allocators.
    {"pair_lifo_glibc", "pair_lifo/netbufd", "pair_lifo/glibc", 1.0},
    {"pair_lifo_mimalloc", "pair_lifo/netbufd", "pair_lifo/mimalloc", 1.0},
    {"pair_lifo_tcmalloc", "pair_lifo/netbufd", "pair_lifo/tcmalloc", 1.0},
    {"pair_lifo_jemalloc", "pair_lifo/netbufd", "pair_lifo/jemalloc", 1.0},
    {"pair_random_glibc", "pair_random/netbufd", "pair_random/glibc", 1.0},
    {"pair_random_mimalloc", "pair_random/netbufd", "pair_random/mimalloc",
     1.0},
    {"pair_random_tcmalloc", "pair_random/netbufd", "pair_random/tcmalloc",
     1.0},
    {"pair_random_jemalloc", "pair_random/netbufd", "pair_random/jemalloc",
     1.0},
};

// One line for each comparison both sides of which were measured:
//   RATIO pair_lifo ours=3.10 peer=11.70 ratio=3.77 reach=3.00 ok
// `nanoseconds` has every round of every measurement. Ours and the peer's are
// the medians; the ratio is the median of the rounds' ratios, because what
// slows a round down slows both. Returns false when a ratio falls short.
bool PrintRatios(const std::map<std::string, std::vector<double>>& nanoseconds);

}  // namespace netbuf::bench

#endif  // NETBUFD_TESTS_BENCHMARK_COMPARISONS_H_
