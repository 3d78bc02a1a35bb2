#include "tests/lib/seed.h"

#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace netbuf {
namespace {

uint64_t ChooseSeed() {
  const char* const text = std::getenv("NETBUFD_TEST_SEED");
  uint64_t seed;
  if (text != nullptr && *text != '\0') {
    char* end;
    errno = 0;
    seed = std::strtoull(text, &end, 0);
    if (errno != 0 || *end != '\0' || *text == '-') {
      std::fprintf(stderr, "NETBUFD_TEST_SEED is no 64-bit number: %s\n", text);
      std::exit(2);
    }
  } else {
    std::random_device device;
    seed = uint64_t{device()} << 32 | device();
  }
  std::fprintf(stderr, "To replay: NETBUFD_TEST_SEED=%" PRIu64 "\n", seed);
  return seed;
}

}  // namespace

uint64_t TestSeed() {
  static const uint64_t seed = ChooseSeed();
  return seed;
}

}  // namespace netbuf
