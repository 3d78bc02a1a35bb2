// Snapshots of engines that do not exist, for tests and benchmarks.

#ifndef NETBUFD_SERVER_METRICS_FAKE_SNAPSHOT_H_
#define NETBUFD_SERVER_METRICS_FAKE_SNAPSHOT_H_

#include "engine/snapshots.h"

namespace netbuf {

// One resource of each kind, two NICs; every field that is shown has a value of
// its own, so that a mix-up shows.
EngineSnapshot SmallSnapshot();

// `pools` NetBufferListPools and `bindings` bindings over ten adapters, with
// counters of long-running servers.
EngineSnapshot LargeSnapshot(int pools, int bindings);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_FAKE_SNAPSHOT_H_
