// The seed of randomised tests: a new one every run, printed, and replayable.

#ifndef NETBUFD_TESTS_LIB_SEED_H_
#define NETBUFD_TESTS_LIB_SEED_H_

#include <cstdint>

namespace netbuf {

// The value of the environment variable NETBUFD_TEST_SEED (decimal, or hex with
// 0x), else a random one. The same in every call of a process; the first call
// prints it to stderr in the form that replays it. A value that is no number
// ends the process: a replay with another seed would mislead. Thread-safe.
uint64_t TestSeed();

}  // namespace netbuf

#endif  // NETBUFD_TESTS_LIB_SEED_H_
